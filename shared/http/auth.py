"""Authentication: a call needs a token that Google signed for the push account and for this function.

Every push of Pub/Sub carries such a token (OpenID Connect, RS256). Cloud Run checks it first, against IAM, and passes
it on with `SIGNATURE_REMOVED_BY_GOOGLE` in place of the signature (https://cloud.google.com/run/docs/troubleshooting).
That mark is accepted as a signature only where Cloud Run is known to be in front: with `keys` set to `PLATFORM`.
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
from typing import Any

from shared.errors import StoreUnavailable

CERTIFICATES_URL = "https://www.googleapis.com/oauth2/v1/certs"
PLATFORM = "platform"
# Where this header is given Cloud Run checks the token in it and passes `Authorization` on as it came, so that a forged
# one with the mark would be taken for checked: a request that has it is refused. Pub/Sub never sends it.
# https://cloud.google.com/run/docs/authenticating/service-to-service#acquire-token
PLATFORMS_OWN = "X-Serverless-Authorization"
REMOVED_SIGNATURE = "SIGNATURE_REMOVED_BY_GOOGLE"
ISSUERS = ("accounts.google.com", "https://accounts.google.com")
MAX_TOKEN_CHARS = 4096
CLOCK_SKEW_S = 30
FETCH_TIMEOUT_S = 5.0
DEFAULT_AGE_S = 3600.0
MIN_REFETCH_S = 60.0  # tokens with invented key ids must not cause a fetch each
_BEARER = re.compile(r"bearer ([\w-]+\.[\w-]+\.[\w-]+)", re.ASCII | re.IGNORECASE)
_MAX_AGE = re.compile(r"max-age=(\d{1,6})", re.ASCII)


@dataclass
class PublishedKeys:
    """Keys from `fetch`, held for the seconds it returns; an unknown id fetches again, at most once a minute."""

    fetch: Callable[[], tuple[Mapping[str, str], float]]
    stopwatch: Callable[[], float] = monotonic
    _held: Mapping[str, str] = field(default_factory=dict)
    _fetched_at: float = float("-inf")
    _good_until: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def certificates(self, key_id: str) -> Mapping[str, str]:
        """The certificates held, fetched again when too old or without the id; StoreUnavailable if that fails."""
        with self._lock:
            now = self.stopwatch()
            is_new_id = key_id not in self._held and now - self._fetched_at >= MIN_REFETCH_S
            if now >= self._good_until or is_new_id:
                self._held, age_s = self.fetch()
                self._fetched_at, self._good_until = now, now + age_s
            return self._held


def fetch_certificates(where: str) -> tuple[Mapping[str, str], float]:
    """Certificates by key id from an https address or a file, and for how many seconds they may be used."""
    try:
        if not where.startswith("https://"):
            return _certificates(Path(where).read_bytes()), DEFAULT_AGE_S
        from urllib.request import urlopen

        with urlopen(where, timeout=FETCH_TIMEOUT_S) as answer:  # noqa: S310 - https only, see above
            max_age = _MAX_AGE.search(answer.headers.get("Cache-Control", ""))
            return _certificates(answer.read(1 << 20)), float(max_age[1]) if max_age else DEFAULT_AGE_S
    except (OSError, ValueError) as error:
        raise StoreUnavailable(f"cannot load keys for tokens from {where}: {error}") from error


def _certificates(body: bytes) -> Mapping[str, str]:
    certificates = json.loads(body)
    if not isinstance(certificates, dict) or not all(isinstance(v, str) for v in certificates.values()):
        raise ValueError("certificates are an object of key id and PEM text")
    return certificates


@dataclass(frozen=True)
class Verifier:
    """Checks a request's Authorization header; with `is_behind_platform` the mark counts as a signature."""

    account: str
    audience: str
    keys: PublishedKeys
    is_behind_platform: bool = False

    def refusal(self, header: str | None, now: datetime) -> str | None:
        """Why the request is refused, without the token; None if it is accepted. StoreUnavailable without keys."""
        if not self.account or not self.audience:
            return "the push account or its audience is not set"
        if header is None or len(header) > MAX_TOKEN_CHARS:
            return "no token" if header is None else f"token over {MAX_TOKEN_CHARS} characters"
        bearer = _BEARER.fullmatch(header)
        if bearer is None:
            return "not one bearer token"
        claims = self._signed_claims(bearer[1])
        return claims if isinstance(claims, str) else self._wrong_claim(claims, now.timestamp())

    def _signed_claims(self, token: str) -> Mapping[str, Any] | str:
        """The token's claims once its signature is verified; else why it is not valid."""
        from google.auth import exceptions, jwt

        try:
            header = jwt.decode_header(token)  # type: ignore[no-untyped-call]
            claims: Mapping[str, Any] = jwt.decode(token, verify=False)  # type: ignore[no-untyped-call]
            if header.get("alg") != "RS256":  # the token must not choose how it is checked
                return "not signed by RS256"
            if self.is_behind_platform and token.rpartition(".")[2] == REMOVED_SIGNATURE:
                return claims
            key_id = header.get("kid")
            certificate = self.keys.certificates(key_id).get(key_id) if isinstance(key_id, str) else None
            if certificate is None:
                return "not signed with a key of Google's"
            if not _is_signed(token, certificate):
                return "its signature is not Google's"
        except (exceptions.GoogleAuthError, ValueError, RecursionError) as error:
            return f"not a token: {type(error).__name__}"
        return claims

    def _wrong_claim(self, claims: Mapping[str, Any], now_s: float) -> str | None:
        if claims.get("iss") not in ISSUERS:
            return "another issuer"
        if claims.get("aud") != self.audience:
            return "another audience"
        times = [claims.get("iat"), claims.get("exp"), claims.get("nbf", 0)]
        if any(type(t) not in (int, float) for t in times):
            return "without valid times"
        issued_at, expires_at, not_before = times
        if not now_s - CLOCK_SKEW_S < expires_at < float("inf"):
            return "expired"
        if not max(issued_at, not_before) <= now_s + CLOCK_SKEW_S:
            return "not valid yet"
        if claims.get("email_verified") is not True:
            return "its e-mail address is not verified"
        return None if claims.get("email") == self.account else "another account"


def _is_signed(token: str, certificate: str) -> bool:
    """Whether the certificate's key signed the token."""
    from google.auth import crypt

    signed, _, signature = token.rpartition(".")
    raw = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    return bool(crypt.verify_signature(signed.encode(), raw, certificate))  # type: ignore[no-untyped-call]


@cache
def verifier(account: str, audience: str, keys: str = "") -> Verifier:
    """The process's verifier. `keys`: empty for Google's, `platform`, or the address or file of other certificates."""
    is_behind_platform = keys == PLATFORM
    where = CERTIFICATES_URL if is_behind_platform or not keys else keys
    return Verifier(account, audience, PublishedKeys(lambda: fetch_certificates(where)), is_behind_platform)
