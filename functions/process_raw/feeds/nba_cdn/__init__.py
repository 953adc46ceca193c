"""NBA.com live data: schedule, scoreboard, box score, play-by-play, odds and player movement."""

from functions.process_raw.feeds.kind import Kind
from functions.process_raw.feeds.nba import play_by_play, schedule, scoreboard
from functions.process_raw.feeds.nba_cdn import boxscore, odds, player_movement

KINDS = (
    Kind("schedule", "json", schedule.recognises, schedule.read, schedule.league),
    Kind("boxscore", "json", boxscore.recognises, boxscore.read, play_by_play.league),
    Kind("play_by_play", "json", play_by_play.is_live, play_by_play.read_live, play_by_play.league),
    Kind("odds", "json", odds.recognises, odds.read, odds.league, "a day without odds"),
    Kind("scoreboard", "json", scoreboard.recognises, scoreboard.read, scoreboard.league, "a day without games"),
    Kind("player_movement", "json", player_movement.recognises, player_movement.read),
)
