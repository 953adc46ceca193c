"""Who is let in: one bearer of one token, right in everything; each thing that can be wrong with it is refused."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.auth import jwt

from shared.errors import StoreUnavailable
from shared.http import auth
from shared.http.auth import CLOCK_SKEW_S, MAX_TOKEN_CHARS, PLATFORM, PublishedKeys, Verifier
from tests.support.cloud.tokens import GOOGLE, Published
from tools.emulators.signer import Signer

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
ACCOUNT = "pubsub-push@tipoff-test.iam.gserviceaccount.com"
AUDIENCE = "https://grade-1.us-east1.run.app"


STRANGER = Signer("google-1")


def claims(**changes: Any) -> dict[str, Any]:
    """A push's claims; None leaves one out."""
    good = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "email": ACCOUNT,
        "email_verified": True,
        "iat": NOW.timestamp() - 60,
        "exp": NOW.timestamp() + 3540,
        "sub": "113774264463038321964",
    }
    return {k: v for k, v in {**good, **changes}.items() if v is not None}


def part(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def refusal(header: str | None, verifier: Verifier | None = None) -> str | None:
    strict = Verifier(ACCOUNT, AUDIENCE, PublishedKeys(Published()))
    return (verifier or strict).refusal(header, NOW)


def signed(**changes: Any) -> str:
    return f"Bearer {GOOGLE.token(claims(**changes))}"


def with_public_key_as_secret() -> str:
    """The classic: HS256 with the public key as the shared secret."""
    body = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'google-1'})}.{part(claims())}"
    digest = hmac.digest(GOOGLE.public, body.encode(), "sha256")
    return f"Bearer {body}.{urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def tampered() -> str:
    header, _, signature = GOOGLE.token(claims()).split(".")
    return f"Bearer {header}.{part(claims(email='thief@tipoff-test.iam.gserviceaccount.com'))}.{signature}"


def unsigned(alg: str, signature: str = "") -> str:
    return f"Bearer {part({'alg': alg, 'kid': 'google-1'})}.{part(claims())}.{signature}"


def nested() -> str:
    deep = urlsafe_b64encode(b"[" * 2700).rstrip(b"=").decode()
    return f"Bearer {deep}.e30.AA"


GOOD = GOOGLE.token(claims())
REFUSED: dict[str, Callable[[], str | None]] = {
    "no header": lambda: None,
    "empty": lambda: "",
    "scheme alone": lambda: "Bearer",
    "scheme and nothing": lambda: "Bearer ",
    "basic": lambda: "Basic cHVzaDpwdXNo",
    "token without scheme": lambda: GOOD,
    "two tokens in one header": lambda: f"Bearer {GOOD} {GOOD}",
    "two headers joined": lambda: f"Bearer {GOOD},Bearer {GOOD}",
    "padding after it": lambda: f"Bearer {GOOD} ",
    "line after it": lambda: f"Bearer {GOOD}\n",
    "garbage": lambda: "Bearer x.y.z",
    "two parts": lambda: "Bearer e30.e30",
    "not json": lambda: f"Bearer {urlsafe_b64encode(b'{').decode().rstrip('=')}.e30.AA",
    "deeply nested": nested,
    "too long": lambda: f"Bearer {'a' * MAX_TOKEN_CHARS}.e30.AA",
    "claims are a list": lambda: f"Bearer {part({'alg': 'RS256', 'kid': 'google-1'})}.{part([1])}.AA",
    "alg none": lambda: unsigned("none"),
    "alg none, something there": lambda: unsigned("none", "AA"),
    "alg None": lambda: unsigned("None", "AA"),
    "alg is a list": lambda: f"Bearer {part({'alg': ['RS256'], 'kid': 'google-1'})}.{part(claims())}.AA",
    "HS256 with the public key": with_public_key_as_secret,
    "another's key under Google's id": lambda: f"Bearer {STRANGER.token(claims())}",
    "unknown key id": lambda: f"Bearer {jwt.encode(GOOGLE.signer, claims(), key_id='other').decode()}",
    "key id is an object": lambda: f"Bearer {part({'alg': 'RS256', 'kid': {}})}.{part(claims())}.AA",
    "no key id": lambda: f"Bearer {part({'alg': 'RS256'})}.{part(claims())}.AA",
    "signature cut short": lambda: f"Bearer {GOOD[:-8]}",
    "signature removed": lambda: f"Bearer {GOOD.rpartition('.')[0]}.{auth.REMOVED_SIGNATURE}",
    "tampered claims": tampered,
    "another issuer": lambda: signed(iss="https://accounts.example.com"),
    "issuer that only begins so": lambda: signed(iss="https://accounts.google.com.example.com"),
    "no issuer": lambda: signed(iss=None),
    "another function's audience": lambda: signed(aud="https://scrape-1.us-east1.run.app"),
    "audiences": lambda: signed(aud=[AUDIENCE]),
    "no audience": lambda: signed(aud=None),
    "expired": lambda: signed(exp=NOW.timestamp() - CLOCK_SKEW_S - 1),
    "no expiry": lambda: signed(exp=None),
    "never expires": lambda: signed(exp=float("inf")),
    "expiry is no number": lambda: signed(exp="tomorrow"),
    "expiry is not a number": lambda: signed(exp=float("nan")),
    "expiry is true": lambda: signed(exp=True),
    "issued later": lambda: signed(iat=NOW.timestamp() + CLOCK_SKEW_S + 1),
    "not issued": lambda: signed(iat=None),
    "not before later": lambda: signed(nbf=NOW.timestamp() + 600),
    "no e-mail": lambda: signed(email=None),
    "another account": lambda: signed(email="fn-grade@tipoff-test.iam.gserviceaccount.com"),
    "e-mail in capitals": lambda: signed(email=ACCOUNT.upper()),
    "e-mail not verified": lambda: signed(email_verified=False),
    "verified as a word": lambda: signed(email_verified="true"),
    "verification missing": lambda: signed(email_verified=None),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refused(kind: str) -> None:
    """Every kind of bad token is refused with a short reason that does not quote the token."""
    header = REFUSED[kind]()
    reason = refusal(header)
    assert reason
    assert len(reason) < 80
    assert GOOD[:20] not in reason


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_behind_the_platform_too(kind: str) -> None:
    """Behind the platform only its mark is accepted in addition; everything else is checked as without it."""
    behind = Verifier(ACCOUNT, AUDIENCE, PublishedKeys(Published()), is_behind_platform=True)
    assert (refusal(REFUSED[kind](), behind) is None) == (kind == "signature removed")
    assert refusal(f"Bearer {GOOD}", behind) is None


@pytest.mark.parametrize("change", [{}, {"iss": "accounts.google.com"}, {"exp": NOW.timestamp() - CLOCK_SKEW_S + 1}])
def test_the_push_account_is_accepted(change: dict[str, Any]) -> None:
    """Valid in everything: Google's key, both spellings of the issuer, clocks half a minute apart."""
    assert refusal(signed(**change)) is None


def test_the_schemes_case_does_not_matter() -> None:
    """RFC 7235: the scheme is case-insensitive."""
    assert refusal(f"bearer {GOOD}") is None


def test_behind_the_platform_a_claim_is_checked_all_the_same() -> None:
    """The mark in place of the signature, with another account's address: refused."""
    body = GOOGLE.token(claims(email="other@example.org")).rpartition(".")[0]
    header = f"Bearer {body}.{auth.REMOVED_SIGNATURE}"
    assert refusal(header, auth.verifier(ACCOUNT, AUDIENCE, PLATFORM)) == "another account"


@pytest.mark.parametrize(("account", "audience"), [("", AUDIENCE), (ACCOUNT, ""), ("", "")])
def test_without_configuration_every_call_is_refused(account: str, audience: str) -> None:
    """An unset account or audience is no wildcard."""
    keys = PublishedKeys(Published())
    token = f"Bearer {GOOGLE.token(claims(email=account, aud=audience))}"
    assert refusal(token, Verifier(account, audience, keys)) is not None


# -- keys -------------------------------------------------------------------------------------------------------------


def test_keys_are_kept_until_they_are_too_old() -> None:
    """Fetched once for many tokens, and again after their age; a key that was withdrawn is refused then."""
    published, clock = Published(age_s=600), [0.0]
    verifier = Verifier(ACCOUNT, AUDIENCE, PublishedKeys(published, lambda: clock[0]))
    assert [refusal(f"Bearer {GOOD}", verifier) for _ in range(5)] == [None] * 5
    assert published.asked == 1
    published.certificates = {"google-2": STRANGER.public.decode()}
    clock[0] = 599
    assert refusal(f"Bearer {GOOD}", verifier) is None
    clock[0] = 600
    assert refusal(f"Bearer {GOOD}", verifier) == "not signed with a key of Google's"
    assert published.asked == 2


def test_a_new_key_is_fetched_before_the_old_ones_expire() -> None:
    """An unknown id fetches again, but at most once a minute, however many ids are invented."""
    published, clock = Published(age_s=600), [0.0]
    verifier = Verifier(ACCOUNT, AUDIENCE, PublishedKeys(published, lambda: clock[0]))
    new = Signer("google-9")
    token = f"Bearer {new.token(claims())}"
    assert refusal(token, verifier) is not None
    published.certificates = {**published.certificates, "google-9": new.public.decode()}
    assert [refusal(token, verifier) is None for _ in range(9)] == [False] * 9
    assert published.asked == 1
    clock[0] = 61
    assert refusal(token, verifier) is None
    assert published.asked == 2


def test_without_keys_a_request_is_retried() -> None:
    """When Google's keys cannot be fetched the request is neither accepted nor refused: it is delivered again."""

    def unreachable() -> tuple[Mapping[str, str], float]:
        raise StoreUnavailable("no keys")

    with pytest.raises(StoreUnavailable):
        refusal(f"Bearer {GOOD}", Verifier(ACCOUNT, AUDIENCE, PublishedKeys(unreachable)))


def test_a_test_issuers_keys_are_a_file(tmp_path: Path) -> None:
    """Named explicitly, a file of certificates replaces Google's; its tokens are checked as strictly."""
    where = tmp_path / "certificates.json"
    where.write_text(json.dumps({"google-1": STRANGER.public.decode()}), "utf-8")
    verifier = auth.verifier(ACCOUNT, AUDIENCE, str(where))
    assert refusal(f"Bearer {STRANGER.token(claims())}", verifier) is None
    assert refusal(f"Bearer {GOOD}", verifier) == "its signature is not Google's"


@pytest.mark.parametrize("content", [None, "", "[]", '{"a": 1}'])
def test_unusable_keys_are_a_missing_store(tmp_path: Path, content: str | None) -> None:
    """No file, no JSON or no certificates: StoreUnavailable, which has the push delivered again."""
    where = tmp_path / "certificates.json"
    if content is not None:
        where.write_text(content, "utf-8")
    with pytest.raises(StoreUnavailable):
        auth.fetch_certificates(str(where))


def test_a_malformed_certificate_is_refused() -> None:
    """A token cannot be verified with text that is not a key."""
    published = Published()
    published.certificates = {"google-1": "not PEM"}
    assert refusal(f"Bearer {GOOD}", Verifier(ACCOUNT, AUDIENCE, PublishedKeys(published))) is not None


def test_by_default_the_keys_are_googles() -> None:
    """Only an explicit setting replaces Google's published keys."""
    seen = []

    def fetch(where: str) -> tuple[Mapping[str, str], float]:
        seen.append(where)
        return Published()()

    original, auth.fetch_certificates = auth.fetch_certificates, fetch
    try:
        assert refusal(signed(), auth.verifier(ACCOUNT, AUDIENCE)) is None
    finally:
        auth.fetch_certificates = original
    assert seen == [auth.CERTIFICATES_URL]
