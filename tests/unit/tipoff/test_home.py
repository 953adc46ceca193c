"""The local home: one writer, and a source that is remembered."""

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from shared.clock import VirtualClock
from shared.contracts.sources import SITES
from shared.contracts.work import Request
from shared.errors import ContractError, HomeInUse, UserError
from shared.settings import Settings
from tests.support.local.homes import NOW, NoFeeds, make_app
from tipoff.home import SAMPLE, Home, Origin

SCHEDULE = Request("nba", "schedule", {})
LOCAL = {"nba_cdn": "http://127.0.0.1:1"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home that is not there yet, and an environment that says nothing."""
    for name in ("TIPOFF_BACKEND", "TIPOFF_SOURCE", "TIPOFF_DATA"):
        monkeypatch.delenv(name, raising=False)
    return Home(tmp_path / "home")


def make(home: Home, source: str = "nba", data: Path | None = None, **more: dict[str, str]) -> None:
    """Open the home for writing once, on a source."""
    settings = Settings(home=home.root, source=source, data=data, **more)  # type: ignore[arg-type]
    with home.opened(settings, VirtualClock(NOW), NoFeeds()):
        pass


def folder_of(home: Home, name: str = "data") -> Path:
    """A data folder beside the home."""
    folder = home.root.parent / name
    folder.mkdir()
    return folder


def test_a_home_remembers_the_source_it_was_made_from(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The folder is kept so that it is found from any working directory; another source opened later changes nothing."""
    folder_of(home)
    monkeypatch.chdir(tmp_path)
    make(home, "history", Path("data"))
    assert home.origin() == Origin("history", tmp_path / "data")
    make(home, "nba")
    make(home, "history", folder_of(home, "other"))
    assert home.origin() == Origin("history", tmp_path / "data")


def test_a_live_home_stays_live_when_a_folder_is_read_once(home: Home) -> None:
    """One opening on a history folder is no reason to read it from then on."""
    make(home, "nba")
    make(home, "history", folder_of(home))
    assert home.origin() == Origin("nba")
    assert home.source(None, None)[0].source == "nba"


def test_a_given_source_goes_before_the_remembered_one(home: Home) -> None:
    """--source and --data override, alone and together."""
    make(home, "history", folder_of(home))
    assert home.source("nba", None)[0].source == "nba"
    with pytest.raises(UserError, match="no such data folder"):
        home.source(None, home.root / "elsewhere")


def test_a_moved_folder_is_an_error_that_says_what_to_do_once(home: Home) -> None:
    """The error names the folder and the option; the place that is given then is remembered."""
    old = folder_of(home)
    make(home, "history", old)
    new = old.rename(old.with_name("moved"))
    with pytest.raises(UserError, match=r"made from .*/data, which is not there any more: give --data"):
        home.source(None, None)
    make(home, "history", new)
    assert home.origin() == Origin("history", new)


def test_the_demos_home_asks_nothing_of_live_sources(home: Home) -> None:
    """Its league is fictional: a fetch is refused for good, until a source is named."""
    with home.opened(Settings(home=home.root, base_urls=LOCAL), VirtualClock(NOW), NoFeeds(), source=SAMPLE):
        pass
    settings, feeds = home.source(None, None)
    assert (home.origin(), settings.base_urls) == (Origin("sample"), {})
    with pytest.raises(ContractError, match="only tipoff demo serves"):
        feeds.fetch(SCHEDULE)
    assert not isinstance(home.source("nba", None)[1], type(feeds))
    assert home.source(None, None, LOCAL["nba_cdn"])[0].base_urls == dict.fromkeys(SITES, LOCAL["nba_cdn"])


def test_a_home_made_from_a_local_server_goes_on_asking_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its addresses are remembered; a variable gives a site another one, and naming the source asks the real sites."""
    make(home, "nba", base_urls=LOCAL)
    assert home.origin() == Origin("nba", None, LOCAL)
    assert home.source(None, None)[0].base_urls == LOCAL
    assert home.source("nba", None)[0].base_urls == {}
    monkeypatch.setenv("TIPOFF_BASE_URL_NBA_CDN", "http://127.0.0.1:2")
    assert home.source(None, None)[0].base_urls == {"nba_cdn": "http://127.0.0.1:2"}
    assert set(home.source(None, None, LOCAL["nba_cdn"])[0].base_urls.values()) == {LOCAL["nba_cdn"]}


def test_feeds_from_an_address_are_not_those_of_a_folder(home: Home) -> None:
    """An address and a folder contradict each other, and an address must be one that may be asked."""
    with pytest.raises(UserError, match="leave out --source history"):
        home.source("history", None, LOCAL["nba_cdn"])
    with pytest.raises(UserError, match=r"'http://example\.com' may not stand for .*--feeds-from"):
        home.source(None, None, "http://example.com")


def test_a_home_of_an_older_version_reads_live_sources_until_it_is_replayed(home: Home) -> None:
    """Nothing is known of it, so nothing is written down by a command that assumes its source."""
    make_app(home.root).close()
    make(home, "nba")
    assert (home.origin(), home.source(None, None)[0].source) == (None, "nba")
    make(home, "history", folder_of(home))
    assert home.origin() == Origin("history", home.root.parent / "data")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"source": "nba"}', '{"source": "nba", "data": 3}'])
def test_a_damaged_record_of_the_source_is_a_clear_error(home: Home, content: str) -> None:
    """It names the file and what to give instead."""
    make(home)
    home.files.origin.write_text(content, "utf-8")
    with pytest.raises(UserError, match=r"home\.json is damaged; remove it"):
        home.origin()


def test_one_process_writes_at_a_time(home: Home) -> None:
    """The second one gets a type that commands can go by, and may come when the first one is done."""
    with home.locked(), pytest.raises(HomeInUse, match="in use by another tipoff process"), home.locked():
        pass
    with home.locked():
        pass


def test_a_home_that_cannot_be_made_is_a_clear_error(home: Home) -> None:
    """A file in its place is one sentence, as an unwritable folder is."""
    home.root.write_text("", "utf-8")
    with pytest.raises(UserError, match="cannot be used as a home"), home.locked():
        pass


def test_a_command_for_a_home_refuses_the_cloud_backend(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """TIPOFF_BACKEND=gcp is about the deployed system."""
    for name, value in (("BACKEND", "gcp"), ("PROJECT", "p")):
        monkeypatch.setenv(f"TIPOFF_{name}", value)
    with pytest.raises(UserError, match="unset TIPOFF_BACKEND"):
        home.source("nba", None)
    with pytest.raises(UserError, match="unset TIPOFF_BACKEND"):
        home.tables()


def test_a_home_of_an_older_version_can_be_read(home: Home) -> None:
    """The tables and columns that it lacks are there when it is read, without any row or value."""
    make(home)
    with duckdb.connect(str(home.files.warehouse)) as db:
        db.execute("DROP TABLE nba_analytics.player_quotes")
        db.execute("ALTER TABLE nba_raw.nbac_schedule DROP COLUMN status_reason")
    with closing(home.tables()) as rows:
        assert rows.read("FROM nba_analytics.player_quotes").num_rows == 0
        assert "status_reason" in rows.read("FROM nba_raw.nbac_schedule").column_names
