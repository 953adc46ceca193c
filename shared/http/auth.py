"""Who may call a function: the bearer of a token that Google signed for the push account and for this function.

Pub/Sub signs every push with such a token (OpenID Connect, RS256). Cloud Run checks it first, against IAM, and hands
it on with `SIGNATURE_REMOVED_BY_GOOGLE` in place of the signature (https://cloud.google.com/run/docs/troubleshooting).
Only where that is known to stand in front, with `keys` set to `PLATFORM`, is the mark accepted as a signature.
"""

import json
import re
import threading
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from shared.errors import StoreUnavailable

CERTIFICATES_URL = "https://www.googleapis.com/oauth2/v1/certs"
PLATFORM = "platform"
REMOVED_SIGNATURE = "SIGNATURE_REMOVED_BY_GOOGLE"
ISSUERS = ("accounts.google.com", "https://accounts.google.com")
MAX_TOKEN_CHARS = 4096
CLOCK_SKEW_S = 30
FETCH_TIMEOUT_S = 5.0
DEFAULT_AGE_S = 3600.0
MIN_REFETCH_S = 60.0  # a stranger's invented key ids must not make us ask Google for each
_BEARER = re.compile(r"bearer ([\w-]+\.[\w-]+\.[\w-]+)", re.ASCII | re.IGNORECASE)
_MAX_AGE = re.compile(r"max-age=(\d{1,6})", re.ASCII)


class Keys(Protocol):
    """Certificates by key id."""

    def certificates(self, key_id: str) -> Mapping[str, str]:
        """PEM certificates, with that of `key_id` if there is one; StoreUnavailable if they cannot be had."""


@dataclass
class PublishedKeys:
    """Keys as `fetch` returns them with their age in seconds, kept for that long; an unknown id asks once a minute."""

    fetch: Callable[[], tuple[Mapping[str, str], float]]
    stopwatch: Callable[[], float] = monotonic
    _held: Mapping[str, str] = field(default_factory=dict)
    _fetched_at: float = float("-inf")
    _good_until: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def certificates(self, key_id: str) -> Mapping[str, str]:
        """The certificates held; fetched anew when they are too old or lack the id."""
        with self._lock:
            now = self.stopwatch()
            is_new_id = key_id not in self._held and now - self._fetched_at >= MIN_REFETCH_S
            if now >= self._good_until or is_new_id:
                self._held, age_s = self.fetch()
                self._fetched_at, self._good_until = now, now + age_s
            return self._held


def fetch_certificates(where: str) -> tuple[Mapping[str, str], float]:
    """Certificates by key id from an https address or a file, and for how many seconds they are good."""
    try:
        if not where.startswith("https://"):
            return _certificates(Path(where).read_bytes()), DEFAULT_AGE_S
        from urllib.request import urlopen

        with urlopen(where, timeout=FETCH_TIMEOUT_S) as answer:  # noqa: S310 - https only, see above
            said = _MAX_AGE.search(answer.headers.get("Cache-Control", ""))
            return _certificates(answer.read(1 << 20)), float(said[1]) if said else DEFAULT_AGE_S
    except (OSError, ValueError) as error:
        raise StoreUnavailable(f"no keys to check tokens with from {where}: {error}") from error


def _certificates(body: bytes) -> Mapping[str, str]:
    found = json.loads(body)
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise ValueError("certificates are an object of key id and PEM text")
    return found


@dataclass(frozen=True)
class Verifier:
    """Judges the Authorization header of a request; with `is_behind_platform` the mark stands for a signature."""

    account: str
    audience: str
    keys: Keys
    is_behind_platform: bool = False

    def refusal(self, header: str | None, now: datetime) -> str | None:
        """Why the request is refused, never quoting the token; None if it is let in. StoreUnavailable without keys."""
        if not self.account or not self.audience:
            return "nobody may call: the push account or its audience is not set"
        if header is None or len(header) > MAX_TOKEN_CHARS:
            return "no token" if header is None else f"token over {MAX_TOKEN_CHARS} characters"
        bearer = _BEARER.fullmatch(header)
        if bearer is None:
            return "not one bearer token"
        claims = self._signed_claims(bearer[1])
        return claims if isinstance(claims, str) else self._wrong_claim(claims, now.timestamp())

    def _signed_claims(self, token: str) -> Mapping[str, Any] | str:
        """What the token claims, its signature checked; or why it proves nothing."""
        from google.auth import exceptions, jwt

        try:
            header = jwt.decode_header(token)  # type: ignore[no-untyped-call]
            claims: Mapping[str, Any] = jwt.decode(token, verify=False)  # type: ignore[no-untyped-call]
            if header.get("alg") != "RS256":  # never what the token would like to be checked with
                return "not signed by RS256"
            if self.is_behind_platform and token.rpartition(".")[2] == REMOVED_SIGNATURE:
                return claims
            key_id = header.get("kid")
            certificate = self.keys.certificates(key_id).get(key_id) if isinstance(key_id, str) else None
            if certificate is None:
                return "signed by no key of Google's"
            if not _is_signed(token, certificate):
                return "its signature is not Google's"
        except (exceptions.GoogleAuthError, ValueError, RecursionError) as error:
            return f"not a token: {type(error).__name__}"
        return claims

    def _wrong_claim(self, claims: Mapping[str, Any], now_s: float) -> str | None:
        if claims.get("iss") not in ISSUERS:
            return "another issuer"
        if claims.get("aud") != self.audience:
            return "made for another audience"
        times = [claims.get("iat"), claims.get("exp"), claims.get("nbf", 0)]
        if any(type(t) not in (int, float) for t in times):
            return "without the times it is good for"
        issued_at, expires_at, not_before = times
        if not now_s - CLOCK_SKEW_S < expires_at < float("inf"):
            return "expired"
        if not max(issued_at, not_before) <= now_s + CLOCK_SKEW_S:
            return "not good yet"
        if claims.get("email_verified") is not True:
            return "its e-mail address is not verified"
        return None if claims.get("email") == self.account else "somebody else's"


def _is_signed(token: str, certificate: str) -> bool:
    """Whether the certificate's key signed the token."""
    from google.auth import crypt

    signed, _, signature = token.rpartition(".")
    raw = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    return bool(crypt.verify_signature(signed.encode(), raw, certificate))  # type: ignore[no-untyped-call]


@cache
def verifier(account: str, audience: str, keys: str = "") -> Verifier:
    """The process's verifier. `keys`: empty for Google's, `platform`, or an address or file of other certificates."""
    is_behind_platform = keys == PLATFORM
    where = CERTIFICATES_URL if is_behind_platform or not keys else keys
    return Verifier(account, audience, PublishedKeys(lambda: fetch_certificates(where)), is_behind_platform)
