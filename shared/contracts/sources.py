"""The sites that may be requested, from sources.yaml."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import yaml
from pydantic import ConfigDict, TypeAdapter
from pydantic import dataclasses as checked

MAX_BODY_BYTES = 32 * 1024 * 1024
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_STRICT = ConfigDict(extra="forbid")


@checked.dataclass(frozen=True, config=_STRICT)
class Site:
    """One site of the fixed list; sources.yaml says what its values mean."""

    host: str
    media: Literal["json", "pdf"]
    key_parameter: str = ""
    blocks_clouds: bool = False
    may_be_absent: bool = False
    credits_used_up: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)


_RAW = yaml.load(Path(__file__).with_suffix(".yaml").read_text("utf-8"), yaml.CSafeLoader)
SITES = TypeAdapter(dict[str, Site]).validate_python(_RAW["sites"])


def may_be_asked(url: str) -> bool:
    """Whether an address may be requested: https on a host of the fixed list, or any loopback address."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # reading an impossible port raises ValueError
    except ValueError:
        return False
    is_listed = parts.scheme == "https" and host in {urlsplit(site.host).hostname for site in SITES.values()}
    return is_listed or (parts.scheme in ("http", "https") and is_loopback(url))


def is_loopback(url: str) -> bool:
    """Whether an address is of this machine; ValueError if it is not an address."""
    return urlsplit(url).hostname in _LOOPBACK
