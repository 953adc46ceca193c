"""What a reader of predictions asks: picks, explanations, traces and exports."""
