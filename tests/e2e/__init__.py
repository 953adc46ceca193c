"""The real commands on the sample season: replays, demo, kills, late and wrong input."""
