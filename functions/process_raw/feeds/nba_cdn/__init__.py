"""NBA.com live data: schedule, scoreboard, box score, play-by-play, odds and player movement."""

from functions.process_raw.feeds.kind import Kind
from functions.process_raw.feeds.nba_cdn import boxscore

KINDS = (Kind("boxscore", "json", boxscore.recognises, boxscore.read),)
