"""What the NBA's feeds have in common: game ids, schedules and scoreboards, play-by-play."""
