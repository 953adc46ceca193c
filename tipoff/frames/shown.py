"""A DataFrame whose print ends with where its rows come from and how new they are."""

from typing import Any

import pandas as pd


class Loaded(pd.DataFrame):
    """Rows as they were loaded. What is derived from them is a plain DataFrame."""

    @property
    def _constructor(self) -> Any:
        return pd.DataFrame

    def __repr__(self) -> str:
        return f"{super().__repr__()}\n{self.attrs.get('about', '')}".rstrip()
