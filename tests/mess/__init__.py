"""Real-world faults over prepared game dates, with invariants after every run."""
