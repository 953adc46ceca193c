"""The application without a browser: addresses, headers, errors in one sentence, and a snapshot that cannot be torn."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from shared.adapters.local.readers import HomeRows
from shared.clock import VirtualClock
from shared.errors import UserError
from tests.support.local import graded, homes
from tests.support.local.homes import DAY, NOW
from tipoff.cli import main
from tipoff.home import Home
from tipoff.web.app import create_app
from tipoff.web.site import Site

BOARD = f"/?date={DAY}&system=moving_average"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two formulas' graded predictions."""
    path = tmp_path_factory.mktemp("pages")
    graded.fill(path)
    return path


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    """A client of its pages."""
    with TestClient(create_app(Home(home), VirtualClock(NOW)), "http://localhost") as found:
        yield found


def test_every_answer_forbids_foreign_scripts(client: TestClient) -> None:
    """Pages, errors and static files have the content security policy; no page has a script or style of its own."""
    for path in (BOARD, "/nowhere", "/static/live.js"):
        answer = client.get(path)
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    text = client.get(BOARD).text
    assert text.count("<script") == text.count('<script src="/static/live.js"') == 1
    assert "style=" not in text
    assert "onclick" not in text


def test_a_page_of_another_site_cannot_read_the_home(client: TestClient) -> None:
    """A name of its own that leads to this machine is refused."""
    assert client.get("/", headers={"Host": "example.org"}).status_code == 400


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/nowhere", 404, "there is no page /nowhere"),
        ("/?date=soon", 422, "not a valid date"),
        ("/static/..%2f..%2fapp.py", 404, ""),
    ],
)
def test_a_wrong_address_is_one_sentence(client: TestClient, path: str, status: int, sentence: str) -> None:
    """With the strip and the way back."""
    answer = client.get(path)
    assert answer.status_code == status
    assert sentence in answer.text
    assert "Traceback" not in answer.text


def test_what_a_home_holds_is_escaped(client: TestClient) -> None:
    """A filter's text comes back as text."""
    answer = client.get(BOARD, params={"q": '"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.text


def test_everything_of_a_page_is_of_one_snapshot(tmp_path: Path) -> None:
    """Rows that are written while a page reads are not mixed into it: it is read again."""
    homes.make_app(tmp_path).close()
    site, seen = Site(Home(tmp_path), VirtualClock(NOW)), []

    def make(tables: HomeRows) -> int:
        tables.read("SELECT 1")
        tables.close()
        if not seen:
            app = homes.make_app(tmp_path)
            homes.put(app, "nba_raw.nbac_player_list", [{"player_id": 1, "list_date": DAY}])
            app.close()
        seen.append(len(seen))
        return len(seen)

    assert site.of_rows(("key",), make) == 2
    assert site.of_rows(("key",), make) == 2
    assert seen == [0, 1]


def test_a_taken_port_and_an_empty_home_are_one_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2 and what to do."""
    from tipoff.web.serving import listen

    with listen(0) as taken:
        port = taken.getsockname()[1]
        assert main.run(["web", "--home", str(home), "--port", str(port)]) == 2
    assert "take another with --port" in capsys.readouterr().err
    with pytest.raises(UserError, match="run tipoff demo"):
        create_app(Home(home / "nothing"))
