"""Settings are read once; wrong ones are refused with the name of the variable to set."""

import pytest

from shared.adapters.http_feeds import HttpFeeds
from shared.bootstrap import build_cloud
from shared.clock import SystemClock
from shared.errors import UserError
from shared.settings import Settings, from_environment

CLOUD = {
    "TIPOFF_BACKEND": "gcp", "TIPOFF_PROJECT": "p", "TIPOFF_DATABASE": "tipoff", "TIPOFF_ARCHIVE": "gs://a",
    "TIPOFF_MODELS": "gs://m", "TIPOFF_MAX_BYTES_BILLED": "1000000", "TIPOFF_PUSH_ACCOUNT": "push@p",
    "TIPOFF_PUSH_AUDIENCE": "https://f", "TIPOFF_PUSH_KEYS": "platform", "TIPOFF_STAGING": "nba_staging_grade",
    "TIPOFF_PROXY": "http://me:secret@proxy:8080",
}  # fmt: skip


def test_the_cloud_is_set_by_variables() -> None:
    """Every variable of the cloud reaches its field."""
    settings = from_environment(CLOUD)
    assert (settings.project, settings.database, settings.archive, settings.models) == (
        "p",
        "tipoff",
        "gs://a",
        "gs://m",
    )
    assert (settings.max_bytes_billed, settings.push_account, settings.push_audience, settings.push_keys) == (
        1_000_000, "push@p", "https://f", "platform",
    )  # fmt: skip
    assert (settings.staging, settings.proxy) == ("nba_staging_grade", "http://me:secret@proxy:8080")
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"TIPOFF_BACKEND": "aws"}, "TIPOFF_BACKEND"),
        ({"TIPOFF_PROJECT": ""}, "TIPOFF_PROJECT"),
        ({"TIPOFF_SOURCE": "guess"}, "TIPOFF_SOURCE"),
        ({"TIPOFF_SOURCE": "history"}, "TIPOFF_DATA"),
        ({"TIPOFF_MAX_BYTES_BILLED": "2 GB"}, "TIPOFF_MAX_BYTES_BILLED"),
        ({"TIPOFF_MAX_BYTES_BILLED": "0"}, "TIPOFF_MAX_BYTES_BILLED"),
        ({"TIPOFF_MAX_BYTES_BILLED": "-1"}, "TIPOFF_MAX_BYTES_BILLED"),
    ],
)
def test_a_wrong_variable_is_named(changed: dict[str, str], named: str) -> None:
    """The error names the wrong variable."""
    with pytest.raises(UserError, match=named):
        from_environment({**CLOUD, **changed})


def test_an_address_of_each_site_may_be_set() -> None:
    """Loopback addresses and the listed hosts; an empty variable sets nothing."""
    given = {"NBA_CDN": "http://127.0.0.1:8000", "NBA_STATS": "http://[::1]:8000/stats", "NBA_REPORTS": ""}
    settings = from_environment({f"TIPOFF_BASE_URL_{site}": url for site, url in given.items()})
    assert settings.base_urls == {"nba_cdn": "http://127.0.0.1:8000", "nba_stats": "http://[::1]:8000/stats"}


@pytest.mark.parametrize("lacking", ["archive", "models"])
def test_the_cloud_needs_buckets(lacking: str) -> None:
    """Without a bucket nothing is built: no client looks for a project first."""
    settings = Settings(**{"backend": "gcp", "project": "p", "archive": "gs://a", "models": "gs://m", lacking: ""})
    with pytest.raises(UserError, match="TIPOFF_ARCHIVE and TIPOFF_MODELS"):
        build_cloud(settings, SystemClock(), HttpFeeds({}, {}), {})
