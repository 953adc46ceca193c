"""The operator's side of Tipoff: the command line, the local runtime, replay, training and evaluation."""

import os

# Two OpenMP libraries (XGBoost's and CatBoost's) that spin while they wait starve each other: training took three
# times as long beside another busy process. Read once, when the first of them is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
