"""Pure rules: when a phase is settled, who may work, coverage, outcomes, dates, names."""
