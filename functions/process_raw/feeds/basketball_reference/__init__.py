"""Basketball-Reference: box scores, schedules, rosters."""

from functions.process_raw.feeds.basketball_reference import boxscore, roster, schedule
from functions.process_raw.feeds.kind import Kind

KINDS = (
    Kind("boxscore", "html", boxscore.recognises, boxscore.read),
    Kind("schedule", "html", schedule.is_schedule, schedule.read_schedule, if_empty="a month without games"),
    Kind("roster", "html", roster.recognises, roster.read),
    Kind("games_of_a_day", "html", schedule.is_day, schedule.read_day, if_empty="a day without games"),
)
