"""One module or one rule at a time: no emulators, no replays."""
