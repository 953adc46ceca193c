"""The real command on the sample season: replays, demo, kills, late and wrong input."""
