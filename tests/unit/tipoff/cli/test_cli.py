"""The command line: answers, exit codes, one line for a mistake, and nothing made by looking."""

import json
import os
import shlex
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shared.adapters.local.queue import SqliteQueue
from shared.contracts.events import Message
from shared.contracts.work import Missing
from shared.rules.dates import eastern_date
from tests.support.local.homes import DAY, GAME, NOW, completion, make_app, play, put
from tipoff.cli import main
from tipoff.cli.options import game_date

AT = ["--now", NOW.isoformat()]
ARTIFACT = {"sha256": "ab" * 32, "bytes": 3, "source": "s", "feed": "f", "path": "props", "fetched_at": NOW.isoformat()}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where a home may be made."""
    return tmp_path / "home"


def tipoff(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line."""
    code = main.run([str(a) for a in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def status(capsys: pytest.CaptureFixture[str], home: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """`tipoff status --json`."""
    code, out, _ = tipoff(capsys, "status", "--home", home, "--json", *AT, *more)
    return code, json.loads(out)


# -- status -----------------------------------------------------------------------------------------------------


def test_a_day_whose_runs_are_complete_is_whole(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both runs settled: exit 0, whole, and the latest date is the one shown without DATE."""
    app = make_app(home)
    play(app, "pregame", DAY - timedelta(days=1))
    play(app, "pregame")
    play(app, "postgame")
    code, report = status(capsys, home)
    assert (code, report["about"], report["is_whole"], report["state"]) == (0, "2024-02-26", True, "complete")
    assert [r["kind"] for r in report["runs"]] == ["pregame", "postgame"]
    assert all(p["completed"] == p["expected"] > 0 for r in report["runs"] for p in r["phases"])
    assert report["exit_code"] == 0
    code, out, _ = tipoff(capsys, "status", "2024-02-26", "--home", home, "--units", *AT)
    assert code == 0
    assert "2024-02-26 is whole" in out
    assert "ml_feature_store_v2" in out


def test_credits_are_one_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the run's paid requests cost, of what the map allows, and what the account has left."""
    counted = {"budget": 40, "spent": 11, "remaining": 19_989, "ended": "", "ended_in": 0}
    lines = completion(evidence={"credits": counted})
    play(make_app(home), "pregame", given={"scrape.odds_api_player_points_props": lines})
    assert "credits: 11 of 40 spent, 19,989 left in the account" in tipoff(capsys, "status", "--home", home, *AT)[1]
    runs = {r["kind"]: r["credits"] for r in status(capsys, home)[1]["runs"]}
    assert runs == {"pregame": counted, "postgame": None}


@pytest.mark.parametrize(
    ("minutes", "code", "state"), [(1, 3, "running"), (20, 4, "late")], ids=["inside the deadline", "past it"]
)
def test_what_is_awaited_and_until_when(
    home: Path, capsys: pytest.CaptureFixture[str], minutes: int, code: int, state: str
) -> None:
    """An open phase names its missing units and its deadline; past it the exit code changes."""
    play(make_app(home), "pregame", until="context")
    now = ["--now", (NOW + timedelta(minutes=minutes)).isoformat()]
    actual_code, report = status(capsys, home, *now)
    phase = next(p for p in report["runs"][0]["phases"] if p["phase"] == "context")
    assert (actual_code, report["state"], phase["state"]) == (code, state, state)
    assert phase["missing"] == ["upcoming_team_game_context", "upcoming_player_game_context"]
    assert phase["awaited_until"] == (NOW + timedelta(minutes=18)).isoformat()


def test_a_failed_unit_is_named_with_the_command_that_repeats_the_run(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 5, the reason as the unit gave it, and a repair."""
    play(make_app(home), "pregame", given={"scrape.nbac_schedule": completion("failed", "the schedule is cut off")})
    code, report = status(capsys, home)
    assert (code, report["state"]) == (5, "failed")
    assert "the schedule is cut off" in report["sentence"]
    repair = f"tipoff rerun 2024-02-26 --kind pregame --only failed --home {home}"
    assert repair in [a["command"] for a in report["attention"]]


def test_going_on_degraded_is_not_whole(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a unit that is not critical the run ends, and the day is degraded: exit 4."""
    play(make_app(home), "pregame", given={"scrape.odds_api_game_lines": completion("failed", "503")})
    code, report = status(capsys, home)
    assert (code, report["state"]) == (4, "degraded")
    assert "went on without odds_api_game_lines: 503" in report["sentence"]


def lacking(what: str, entity: str, ask_at: datetime | None) -> dict[str, Any]:
    """The completion of a feed that lacks one entity since the run's opening."""
    gap = Missing(entity, "HTTP 403", what=what, since=NOW, ask_at=ask_at)
    return completion("partial", f"{entity}: HTTP 403", evidence={"missing": [gap.doc()]})


@pytest.mark.parametrize(
    ("asked", "later", "ends", "command"),
    [
        (30, 0, "asked again at 18:00 ET", ""),
        (30, 60, "was to be asked again at 18:00 ET", "tipoff up --home {home}"),
        (None, 0, "not asked again", "tipoff rerun 2024-02-26 --kind postgame --only failed --home {home}"),
    ],
    ids=["in time", "the time has passed", "never"],
)
def test_what_is_missing_is_one_sentence_and_what_to_do(
    home: Path, capsys: pytest.CaptureFixture[str], asked: int | None, later: int, ends: str, command: str
) -> None:
    """Which game lacks what, since when and why, when it is tried next, and the command where nothing tries it."""
    part = lacking("box score", "SAC at LAL (0022400001)", None if asked is None else NOW + timedelta(minutes=asked))
    feed = "nbac_gamebook_player_stats"
    app = make_app(home)
    play(app, "pregame")
    play(app, "postgame", given={f"scrape.{feed}": part, f"raw.{feed}": part})
    now = ["--now", (NOW + timedelta(minutes=later)).isoformat()]
    _, report = status(capsys, home, *now)
    sentence = f"SAC at LAL (0022400001): box score not there since 17:30 ET (HTTP 403), {ends}"
    assert f"postgame is degraded: scrape: {sentence}" in report["sentence"]
    items = [(a["reason"], a["command"]) for a in report["attention"] if a["about"] == "2024-02-26.postgame"]
    assert items == [(sentence, command.format(home=home))], "once, whatever unit misses it"
    _, out, _ = tipoff(capsys, "status", "2024-02-26", "--home", home, *now)
    assert f"! missing 2024-02-26.postgame: {sentence}" in out


def test_a_unit_that_failed_beside_a_missing_part_is_still_a_repair(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two causes, two lines."""
    part = lacking("lines", "SAC at LAL", NOW + timedelta(minutes=30))
    given = {"scrape.odds_api_player_points_props": part, "scrape.odds_api_game_lines": completion("failed", "503")}
    play(make_app(home), "pregame", given=given)
    _, report = status(capsys, home)
    assert [a["kind"] for a in report["attention"]] == ["not whole", "missing"]
    assert "went on without odds_api_game_lines: 503" in report["sentence"]


def test_days_without_a_run_are_late_or_not_due(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A schedule that passed in silence is late, one that is to come is not due."""
    play(make_app(home), "pregame", until="scrape")
    assert status(capsys, home, "2024-02-20")[0] == 4
    code, report = status(capsys, home, "2024-02-29")
    assert (code, report["state"], report["runs"][0]["generation"]) == (0, "not_due", 0)


def test_a_backfill_answers_for_its_dates_and_by_id(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A date that only a backfill brought in is judged by it; --run asks for it by name."""
    play(make_app(home), "backfill")
    assert [r["kind"] for r in status(capsys, home, "2024-02-26")[1]["runs"]] == ["backfill"]
    code, report = status(capsys, home, "--run", "2024-02-26.backfill")
    assert (code, report["about"], report["state"]) == (0, "2024-02-26.backfill", "complete")
    code, _, err = tipoff(capsys, "status", "--run", "2024-01-01.pregame", "--home", home)
    assert (code, "its latest are: 2024-02-26.backfill" in err) == (2, True)


def test_everything_to_look_at_comes_with_a_command_that_exists(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Dead letters, quarantine, refused rows, alerts and unsent events are listed, each with a real command."""
    app = make_app(home)
    play(app, "pregame", given={"raw.odds_api_game_lines": completion(refused={"total_in_range": 2})}, until="context")
    app.engine.quarantine("2024-02-26.pregame.1.raw.x", "ContractError: cut off", "{}")
    app.engine.alert("2024-02-26.pregame.1.raw.failed", "it failed", "tipoff status 2024-02-26")
    app.state.create("verdicts", "2024-02-26.pregame.1.unsent", {"outbox": [], "state": "unsent"})
    while app.events.lease():
        pass
    kill(app.events, "2024-02-26.pregame.1.context.upcoming_team_game_context")
    kill(app.events, "2023-01-01.pregame.1.context.upcoming_team_game_context")
    _, report = status(capsys, home)
    kinds = sorted(a["kind"] for a in report["attention"])
    assert kinds == ["alert", "dead letter", "quarantined", "refused rows", "unsent"]
    assert [a["about"] for a in report["attention_elsewhere"]] == [
        "2023-01-01.pregame.1.context.upcoming_team_game_context"
    ]
    for item in (*report["attention"], *report["attention_elsewhere"]):
        words = shlex.split(item["command"])
        assert words[0] == "tipoff"
        assert CliRunner().invoke(main.app, [words[1], "--help"]).exit_code == 0
        assert str(home) in words


def kill(queue: SqliteQueue, message_id: str) -> None:
    """Make a message a dead letter."""
    queue.publish([Message(id=message_id, topic="t", to="analytics", data="{}")])
    delivery = queue.lease()
    assert delivery is not None
    limits = queue._limits
    queue._limits = {**limits, "max_attempts": 1}
    assert queue.nack(delivery, "boom")
    queue._limits = limits


# -- trace ------------------------------------------------------------------------------------------------------


@pytest.fixture
def traced(home: Path) -> Path:
    """A home in which one player has a line and a prediction, and another exists."""
    app = make_app(home)
    gaps = [Missing(e, "no answer", what="lines").doc() for e in ("Boston Celtics at Dallas Mavericks", "MIA at NYK")]
    scraped = completion("partial", "no answer", evidence={"artifacts": [ARTIFACT], "missing": gaps})
    play(app, "pregame", given={"scrape.odds_api_player_points_props": scraped})
    who = {"player_id": 1629029, "player_name": "Luka Dončić", "player_lookup": "lukadoncic"}
    other = {"player_id": 201939, "player_name": "Stephen Curry", "player_lookup": "stephencurry"}
    listed = {"home_team": "DAL", "away_team": "BOS", "game_status": "scheduled"}
    put(app, "nba_raw.nbac_schedule", [listed])
    put(app, "nba_raw.odds_api_player_points_props", [{**who, "points_line": 33.5}])
    issued = {**who, "system_id": "moving_average", "recommendation": "NO_LINE"}
    put(app, "nba_predictions.player_prop_predictions", [issued], unit="moving_average")
    put(app, "nba_raw.nbac_player_list", [{**who, "list_date": DAY}, {**other, "list_date": DAY}])
    app.close()
    return home


@pytest.mark.parametrize("name", ["Luka Doncic", "luka dončić", "Dončić, Luka", "1629029", "Luka Donkic", "doncic"])
def test_a_player_is_found_however_he_is_spelled(traced: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Accents, case, order, id and what only he is like all lead to the same rows, with run, generation and the raw bytes behind them."""
    code, out, _ = tipoff(capsys, "trace", name, "2024-02-26", "--home", traced, "--json")
    assert code == 0
    report = json.loads(out)
    assert report["player"]["player_id"] == 1629029
    sections = {s["table"].split(".")[1]: s for s in report["sections"]}
    assert [r["points_line"] for r in sections["odds_api_player_points_props"]["rows"]] == [33.5]
    assert sections["odds_api_player_points_props"]["artifacts"][0]["sha256"] == ARTIFACT["sha256"]
    assert sections["nbac_schedule"]["rows"][0]["game_id"] == GAME
    prediction = sections["player_prop_predictions"]["rows"][0]
    assert (prediction["run_id"], prediction["generation"]) == ("2024-02-26.pregame", 1)
    assert prediction["known_at"] == NOW.isoformat()
    assert sections["prediction_accuracy"]["rows"] == []
    (missing,) = report["missing"]
    assert missing["reason"] == "Boston Celtics at Dallas Mavericks: lines not there (no answer), not asked again"
    assert missing["command"].startswith("tipoff rerun 2024-02-26 --kind pregame --only failed")


def test_a_trace_reads_as_text(traced: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same, for people: name, line, short hash, and where there is nothing."""
    code, out, _ = tipoff(capsys, "trace", "Luka Doncic", "2024-02-26", "--home", traced)
    assert code == 0
    for part in ("Luka Dončić (1629029) on 2024-02-26", "33.5", "from raw bytes abababababab props", "no rows"):
        assert part in out


@pytest.mark.parametrize(
    ("name", "day", "message"),
    [
        ("c", "2024-02-26", "did you mean Luka Dončić or Stephen Curry?"),
        ("Luka Doncic", "2024-03-01", "his nearest dates are 2024-02-26"),
        ("curry", "2024-02-26", "Stephen Curry has no game on 2024-02-26; he has no rows on any date"),
    ],
)
def test_a_wrong_name_or_date_is_answered_with_near_ones(
    traced: Path, capsys: pytest.CaptureFixture[str], name: str, day: str, message: str
) -> None:
    """One line that says what would have worked, exit 2, nothing on stdout."""
    code, out, err = tipoff(capsys, "trace", name, day, "--home", traced)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


# -- request ----------------------------------------------------------------------------------------------------


def test_a_request_waits_in_the_queue_for_a_running_service(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every request is a new generation's: asked twice, two messages with different ids."""
    app = make_app(home)
    for _ in range(2):
        code, out, _ = tipoff(capsys, "request", "postgame", "2024-02-26", "--home", home, "--json")
        assert (code, json.loads(out)["run_id"]) == (0, "2024-02-26.postgame")
    queue = SqliteQueue(home / "queue.db", app.clock, app.map.engine)
    assert queue.counts()["queued"] == 2
    code, _, err = tipoff(capsys, "request", "midgame", "2024-02-26", "--home", home)
    assert (code, "use one of pregame, postgame, backfill" in err) == (2, True)


# -- mistakes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "status --home {home}",
        "status 2024-02-31 --home {home}",
        "status --now yesterday --home {home}",
        "trace Luka 2024-02-26 --home {home}",
        "export player_prop_predictions --home {home} --out {home}/x.csv",
        "request pregame 2024-02-26 --home {home}",
        "train --home {home}",
        "models list --home {home}",
        "up --home {home} --source elsewhere",
        "up --home {home} --source history --data {home}/nowhere",
        "frobnicate",
        "export",
    ],
)
def test_a_mistake_is_one_line_exit_2_and_leaves_nothing(
    home: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    """No traceback, nothing on stdout, no home created by asking about one that is not there."""
    code, out, err = tipoff(capsys, *line.format(home=home).split())
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("tipoff: ")
    assert not home.exists()


@pytest.mark.parametrize("damage", [b"not a database", b""], ids=["other bytes", "nothing"])
def test_a_damaged_state_file_is_one_line(home: Path, capsys: pytest.CaptureFixture[str], damage: bytes) -> None:
    """Looking at a damaged home says so; it neither crashes nor calls the day whole."""
    home.mkdir()
    (home / "state.db").write_bytes(damage * 500)
    code, out, err = tipoff(capsys, "status", "--home", home)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_pages_torn_out_of_the_state_file_are_one_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Damage behind a good header shows only when it is read; it is one line as well."""
    app = make_app(home)
    for number in range(200):
        play_one = {"state": "open", "generation": 1, "requests": {}, "pad": "x" * 500}
        app.state.create("runs", f"2024-01-01.pregame{number}", play_one)
    app.state.close()
    path = home / "state.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    code, out, err = tipoff(capsys, "status", "--home", home)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_an_error_of_ours_exits_1(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged registry is not the user's mistake: exit 1 with one plain sentence."""
    folder = home / "models" / "catboost_v8"
    folder.mkdir(parents=True)
    (folder / "aa.json").write_text("{", "utf-8")
    code, _, err = tipoff(capsys, "models", "list", "--home", home)
    assert code == 1
    assert err == "tipoff: the registry file aa.json of catboost_v8 cannot be read\n"


def test_ctrl_c_while_it_starts_leaves_no_traceback() -> None:
    """Interrupted before the command line is imported, the process ends by the signal."""
    code = "import os, signal, tipoff.__main__; os.kill(os.getpid(), signal.SIGINT)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_the_latest_date_is_the_homes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`latest` stands for a date wherever a command has a home; without runs there is none."""
    app = make_app(home)
    play(app, "pregame")
    assert status(capsys, home, "latest")[1]["about"] == "2024-02-26"
    code, out, _ = tipoff(
        capsys, "rerun", "--from", "2024-02-25", "--to", "latest", "--dry-run", "--json", "--home", home
    )
    assert (code, [p["run_id"] for p in json.loads(out)["plans"]]) == (0, ["2024-02-26.pregame"])
    code, _, err = tipoff(capsys, "status", "latest", "--home", home / "nothing")
    assert (code, "holds no Tipoff state" in err) == (2, True)


def test_ctrl_c_exits_130_without_a_traceback(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupting a command is no error and says nothing."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tipoff.cli.commands.status.open_stores", interrupted)
    assert tipoff(capsys, "status", "--home", home) == (130, "", "")


def streams(*words: object, stdout: int, **environment: str) -> tuple[int, str]:
    """Exit code and stderr of a process of its own with that stdout."""
    command = [sys.executable, "-c", "from tipoff.cli.main import main; main()", *(str(w) for w in words)]
    environ = {**os.environ, **environment}
    done = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, env=environ)
    return done.returncode, done.stderr


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["table", "json"])
def test_a_closed_pipe_is_no_error(home: Path, form: list[str]) -> None:
    """A reader that has seen enough, as `head` has, ends the command without a message."""
    play(make_app(home), "pregame", until="context")
    reader, writer = os.pipe()
    os.close(reader)
    code, err = streams("dlq", "list", "--home", home, *form, stdout=writer)
    os.close(writer)
    assert (code, err) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["table", "json"])
def test_a_full_device_is_one_line(home: Path, form: list[str]) -> None:
    """What cannot be written is said once, and not again when the process ends."""
    play(make_app(home), "pregame", until="context")
    with Path("/dev/full").open("w") as full:
        code, err = streams("dlq", "list", "--home", home, *form, stdout=full.fileno())
    assert (code, err) == (2, "tipoff: the output cannot be used: No space left on device\n")


def test_an_output_that_cannot_be_made_is_one_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder in the place of the file, and a file in the place of the home."""
    play(make_app(home), "pregame")
    code, out, err = tipoff(capsys, "spans", str(DAY), "--home", home, "--out", home)
    assert (code, out, err) == (2, "", f"tipoff: {home} cannot be used: Is a directory\n")
    file = home / "file"
    file.write_text("", "utf-8")
    code, out, err = tipoff(capsys, "up", "--home", file)
    assert (code, out, err) == (2, "", f"tipoff: {file} cannot be used as a home: File exists\n")


@pytest.mark.parametrize(("form", "reads"), [([], "Don?i?"), (["--json"], "Don\\u010di\\u0107")], ids=["table", "json"])
def test_a_terminal_without_the_characters_gets_replacements(home: Path, form: list[str], reads: str) -> None:
    """Under ASCII a letter that it lacks is a question mark in a table and an escape in JSON."""
    make_app(home).engine.quarantine("x", "Dončić is unknown", "{}")
    reader, writer = os.pipe()
    code, err = streams("quarantine", "list", "--home", home, *form, stdout=writer, PYTHONIOENCODING="ascii")
    os.close(writer)
    with os.fdopen(reader, encoding="ascii") as output:
        assert f"{reads} is unknown" in output.read()
    assert (code, err) == (0, "")


@pytest.mark.parametrize(("word", "days"), [("today", 0), ("yesterday", 1)])
def test_dates_may_be_named(word: str, days: int) -> None:
    """They are those of the US East Coast, as all game dates."""
    assert game_date(word) == eastern_date(datetime.now(UTC) - timedelta(days=days))


# -- the whole ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", main.COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    """Help of each command says what it does and shows a command line."""
    words = [command, "list"] if command in ("models", "systems") else [command]
    shown = CliRunner().invoke(main.app, [*words, "--help"])
    assert shown.exit_code == 0
    assert f"Example: tipoff {' '.join(words)}" in " ".join(shown.output.split())


def test_asking_for_help_loads_nothing_heavy() -> None:
    """`tipoff --help` stays quick because no store, schema or model library is imported."""
    heavy = {
        "duckdb",
        "pyarrow",
        "pydantic",
        "yaml",
        "numpy",
        "pandas",
        "flask",
        "catboost",
        "sqlglot",
        "rich.markdown",
    }
    code = f"import sys, tipoff.cli.main; tipoff.cli.main.run(['--help']); sys.exit(repr({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "set()"


@pytest.mark.parametrize("words", [[], ["models"], ["deploy"], ["dlq"], ["quarantine"]])
def test_without_a_command_there_is_help_and_no_complaint(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`tipoff` or a group alone lists its commands, each with a whole sentence on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = tipoff(capsys, *words)
    assert (code, err) == (2, "")
    listed = out.partition("Commands:")[2].strip().splitlines()
    assert listed
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)
    if not words:
        assert all(f"\n  {name} " in out for name in main.COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`tipoff --version` is one line."""
    assert tipoff(capsys, "--version")[:2] == (0, "tipoff 0.1.0\n")
