"""What users of predictions read: picks, explanations, a player's rows through all phases, and exports."""
