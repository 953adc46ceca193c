"""The sample season: equal for equal seeds, and plausible."""

from collections import defaultdict
from datetime import date, timedelta
from statistics import mean, pstdev

import pytest

from shared.rules.dates import eastern_date
from shared.rules.names import player_lookup
from tipoff.sample import League
from tipoff.sample.lines import american, game_offers, points_offers


@pytest.fixture(scope="module")
def league() -> League:
    return League()


def _summary(league: League) -> list[object]:
    return [
        (
            g.fixture,
            g.overtimes,
            [(line.player.player_id, line.seconds, line.counts) for s in g.sides or () for line in s.lines],
        )
        for g in league.games
    ]


def test_a_seed_is_a_season(league: League) -> None:
    """Equal seeds give equal seasons to the last rebound; another seed gives another one."""
    assert _summary(League()) == _summary(league)
    assert _summary(League(seed=7)) != _summary(league)


def test_players_are_fictional_and_told_apart(league: League) -> None:
    """450 players with distinct lookups and ids, fifteen to a team."""
    players = [p for squad in league.squads.values() for p in squad]
    assert len({player_lookup(p.name) for p in players}) == len({p.player_id for p in players}) == len(players) == 450
    assert {len(squad) for squad in league.squads.values()} == {15}


def test_points_and_minutes_add_up(league: League) -> None:
    """Every line's shots make its points; a side's seconds are five whole games, no player's more than one."""
    for game in league.games:
        length = 2880 + 300 * game.overtimes
        for side in game.sides or ():
            assert sum(line.seconds for line in side.lines) == 5 * length
            assert len(side.lines) + len(side.benched) + len(side.out) == 15
            assert sum(line.starter for line in side.lines) == 5
            for line in side.lines:
                c = line.counts
                assert c["points"] == 2 * (c["fgm"] - c["fg3m"]) + 3 * c["fg3m"] + c["ftm"]
                assert c["fg3m"] <= c["fgm"] <= c["fga"] >= c["fg3a"] >= c["fg3m"]
                assert 0 < line.seconds <= length
                assert c["pf"] <= 6
        if game.sides:
            assert game.sides[0].points != game.sides[1].points


def test_scores_are_believable(league: League) -> None:
    """Teams score about 112, stars about 27, home teams win more, a few games have overtime, some players sit."""
    games = [g for g in league.games if g.sides]
    points = [s.points for g in games for s in g.sides or ()]
    assert 107 < mean(points) < 118
    assert 10 < pstdev(points) < 15
    averages: defaultdict[int, list[int]] = defaultdict(list)
    for line in (line for g in games for s in g.sides or () for line in s.lines):
        averages[line.player.player_id].append(line.counts["points"])
    assert 24 < max(mean(p) for p in averages.values()) < 36
    assert 0.5 < mean(s[0].points > s[1].points for g in games if (s := g.sides)) < 0.65
    assert 0.01 < mean(g.overtimes > 0 for g in games) < 0.1
    assert 1 < mean(len(s.out) for g in games for s in g.sides or ()) < 3


def test_the_calendar_has_back_to_backs_a_day_off_and_a_postponement(league: League) -> None:
    """Eight weeks, 28 or 29 games a team, no three days in a row, dates Eastern, ids unique."""
    days: defaultdict[str, list[date]] = defaultdict(list)
    for fixture in league.fixtures:
        assert eastern_date(fixture.tip) == fixture.game_date
        for team in (fixture.home, fixture.away):
            days[team].append(fixture.game_date)
    one = timedelta(days=1)
    assert {len(d) for d in days.values()} <= {28, 29}
    assert all(len(set(d)) == len(d) for d in days.values())
    assert all(sum(day + one in d for day in d) > 0 for d in days.values())
    assert not any(day + one in d and day + 2 * one in d for d in days.values() for day in d)
    assert sum(f.postponed_at is not None for f in league.fixtures) == 1
    assert len({f.game_id for f in league.fixtures}) == len(league.fixtures)
    span = [league.start + n * one for n in range((league.end - league.start).days)]
    assert [d for d in span if not league.slate(d)] == [league.start + 37 * one]


def test_statuses_tell_the_truth_by_the_tip(league: League) -> None:
    """Exactly the players who are out are reported out before the tip."""
    for game in league.games:
        out = {p.player_id for s in game.sides or () for p, _ in s.out}
        last = {
            i: [r for r in reports if r.known_at <= game.fixture.tip][-1].status for i, reports in game.reports.items()
        }
        if game.sides:
            assert {i for i, status in last.items() if status == "Out"} == out
    words = {r.status for g in league.games for reports in g.reports.values() for r in reports}
    assert words == {"Out", "Doubtful", "Questionable", "Probable", "Available"}


def test_lines_are_a_market(league: League) -> None:
    """Half the results are over, the error is that of real books, the hold 4 to 7.5 %, and no offer after the tip."""
    errors, overs, holds = [], [], []
    for game in league.games[::4]:
        scored = {line.player.player_id: line.counts["points"] for s in game.sides or () for line in s.lines}
        for offers in points_offers(league, game, game.fixture.tip - timedelta(minutes=31)).values():
            for offer in offers:
                holds.append(
                    sum(100 / (p + 100) if p > 0 else -p / (100 - p) for p in (offer.over_price, offer.under_price)) - 1
                )
                if offer.player_id in scored:
                    errors.append(abs(scored[offer.player_id] - offer.line))
                    overs.append(scored[offer.player_id] > offer.line)
        assert points_offers(league, game, game.fixture.tip) == game_offers(league, game, game.fixture.tip) == {}
    assert 0.46 < mean(overs) < 0.54
    assert 4.2 < mean(errors) < 5.4
    assert 0.04 < mean(holds) < 0.075


def test_lines_move_and_go_when_a_player_is_out(league: League) -> None:
    """Between opening and tip some lines change; a player reported out has no line any more."""
    moved = gone = 0
    for game in league.games[:40]:
        tip = game.fixture.tip
        early, late = ({(b, o.player_id): o.line for b, offers in points_offers(league, game, tip - lead).items() for o in offers}
                       for lead in (timedelta(hours=5), timedelta(minutes=31)))  # fmt: skip
        moved += sum(early[k] != late[k] for k in early.keys() & late.keys())
        out = {
            i
            for i, r in game.reports.items()
            if [x.status for x in r if x.known_at <= tip - timedelta(minutes=31)][-1:] == ["Out"]
        }
        assert not any(player in out for _, player in late)
        gone += len(early.keys() - late.keys())
    assert moved > 100
    assert gone > 0


@pytest.mark.parametrize(("probability", "odds"), [(0.5, -100), (0.6, -150), (0.4, 150), (0.999, -4900), (0.0, 4900)])
def test_odds_imply_their_probability(probability: float, odds: int) -> None:
    """American odds are never between -100 and 100, and bounded."""
    assert american(probability) == odds
