"""Pure rules: verdicts on phases, leases, coverage, alarms, outcomes, odds, dates, names."""
