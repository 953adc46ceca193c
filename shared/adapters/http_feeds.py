"""The HTTP feeds: a fixed list of hosts, redirects checked, bodies limited in size, and a type for every failure."""

import codecs
import json
from collections.abc import Mapping
from urllib.parse import quote

import httpx2
import stamina

from shared.contracts.sources import MAX_BODY_BYTES, SITES, is_loopback, may_be_asked
from shared.contracts.work import Answer, Credits, Request
from shared.errors import ContractError, CreditsUsedUp, NotThereYet, RequestRefused, SourceUnavailable, UserError
from shared.settings import BASE_URL

MAX_REDIRECTS = 3
MAX_RETRY_AFTER_S = 5.0  # a site that asks for a longer wait is asked again by the queue, not here
_HOSTS = {name: site.host for name, site in SITES.items()}
_BUSY = {408, 425, 429}
_ABSENT = {403, 404}
_ERROR_BYTES = 64 * 1024  # of the body of an error, which is a sentence
_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; tipoff)",
    "Accept": "application/json, application/pdf;q=0.9",
    "Referer": "https://www.nba.com/",
}


class _Later(SourceUnavailable):
    """The site named the seconds to wait."""

    def __init__(self, message: str, wait_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class HttpFeeds:
    """Fetches from the sites of `shared/contracts/sources.yaml`, with a few quick retries.

    `base_urls` gives a site another address, which must be on the list of hosts or a loopback address (UserError if
    it is not); `api_keys` gives keys by site; sites that block clouds are asked through `proxy`, if there is one. One
    fetch makes at most `attempts` requests, and the queue delivers its message again later.
    """

    def __init__(
        self,
        base_urls: Mapping[str, str] | None = None,
        api_keys: Mapping[str, str] | None = None,
        *,
        proxy: str = "",
        timeout_s: float = 20.0,
        max_bytes: int = MAX_BODY_BYTES,
        attempts: int = 3,
    ) -> None:
        self._bases = {**_HOSTS, **(base_urls or {})}
        self._keys = dict(api_keys or {})
        self._max_bytes, self._attempts = max_bytes, attempts
        for site, url in self._bases.items():
            _check_base(site, url)
        self._client = _client(timeout_s)
        self._by_proxy = _client(timeout_s, proxy) if proxy else self._client

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._by_proxy.close()

    def fetch(self, request: Request) -> Answer:
        """The answer to one request: a body of the site's kind (JSON or PDF), neither empty nor too large."""
        url, params = self._address(request), dict(request.params)
        if request.site in self._keys:
            params[SITES[request.site].key_parameter] = self._keys[request.site]
        where = f"{request.site}/{request.path}"
        patience_s = request.patience_s
        for attempt in stamina.retry_context(
            on=lambda error: _may_retry(error) if patience_s != 0 or not isinstance(error, NotThereYet) else False,
            attempts=None if patience_s else self._attempts,
            timeout=patience_s or None,
            wait_initial=0.2,
        ):
            with attempt:
                answer = self._get(url, params, request.site, where)
                _check_kind(answer.body, request.site, where)
        return answer

    def _address(self, request: Request) -> str:
        if request.site not in self._bases:
            raise ContractError(f"no site {request.site}: one of {', '.join(self._bases)}")
        parts = request.path.split("/")
        if any(p in ("", ".", "..") for p in parts):
            raise ContractError(f"not a path below a site: {request.path!r}")
        return self._bases[request.site].rstrip("/") + "/" + quote(request.path)

    def _get(self, url: str, params: Mapping[str, str], site: str, where: str) -> Answer:
        address = httpx2.URL(url, params=dict(params))
        client = self._by_proxy if SITES[site].blocks_clouds else self._client
        for _ in range(MAX_REDIRECTS + 1):
            _check_address(str(address.copy_with(query=None)), url)
            try:
                with client.stream("GET", address) as response:
                    if not response.has_redirect_location:
                        _check_status(response, site, where)
                        return Answer(self._read(response, where), _credits(response.headers))
                    address = address.join(response.headers["location"])
            except (httpx2.TransportError, httpx2.DecodingError) as error:
                raise SourceUnavailable(f"{where}: {type(error).__name__}") from error
            except httpx2.InvalidURL as error:
                raise ContractError(f"{where}: redirected to something that is no address") from error
        raise ContractError(f"{where}: more than {MAX_REDIRECTS} redirects")

    def _read(self, response: httpx2.Response, where: str) -> bytes:
        body = bytearray()
        for part in response.iter_bytes():
            body += part
            if len(body) > self._max_bytes:
                raise ContractError(f"{where}: body larger than {self._max_bytes} bytes")
        return bytes(body)


def _client(timeout_s: float, proxy: str = "") -> httpx2.Client:
    """A client that follows no redirect by itself; UserError, without the password, for a proxy that is no address."""
    try:
        return httpx2.Client(timeout=timeout_s, headers=_HEADERS, follow_redirects=False, proxy=proxy or None)
    except (ValueError, httpx2.InvalidURL) as error:
        raise UserError("TIPOFF_PROXY is not the address of a proxy, as http://user:password@host:port") from error


def _check_base(site: str, url: str) -> None:
    """UserError unless there is such a site and the address may stand for it."""
    if site not in SITES:
        known = ", ".join(f"{BASE_URL}{s.upper()}" for s in SITES)
        raise UserError(f"{BASE_URL}{site.upper()} is about no source; use one of {known}")
    if not may_be_asked(url):
        raise UserError(
            f"'{url}' may not stand for {_HOSTS[site]} ({BASE_URL}{site.upper()} or --feeds-from); use a loopback"
            f" address, as http://127.0.0.1:8000, or one of {', '.join(_HOSTS.values())}"
        )


def _check_address(url: str, first: str) -> None:
    """ContractError unless the address may be asked; one of this machine only where `first` is of this machine too."""
    if not may_be_asked(url) or (is_loopback(url) and not is_loopback(first)):
        raise ContractError(f"not on the list of hosts: {url}")


def _check_status(response: httpx2.Response, site: str, where: str) -> None:
    status = response.status_code
    if status == httpx2.codes.OK:
        return
    if status in _BUSY or response.is_server_error:
        message, wait = f"{where}: HTTP {status}", response.headers.get("retry-after", "")
        raise _Later(message, float(wait)) if wait.isdigit() else SourceUnavailable(message)
    if status in _ABSENT and SITES[site].may_be_absent:
        raise NotThereYet(f"{where}: HTTP {status}, not there yet or throttled")
    code, message = _stated(response)
    if not code:
        hint = " (is the key right, or are we blocked?)" if status in (401, 403) else ""
        raise ContractError(f"{where}: HTTP {status}{hint}")
    sentence = f"{where}: HTTP {status} {code}: {message}"
    if code == SITES[site].credits_used_up:
        raise CreditsUsedUp(sentence)
    if code in SITES[site].refused:
        raise RequestRefused(f"{sentence}; {SITES[site].refused[code]}")
    raise ContractError(sentence)


def _stated(response: httpx2.Response) -> tuple[str, str]:
    """`error_code` and `message` of a JSON body, as The Odds API gives them; empty where there are none."""
    try:
        document = json.loads(next(response.iter_bytes(_ERROR_BYTES), b""))
    except ValueError:
        return "", ""
    stated = document if isinstance(document, dict) else {}
    return str(stated.get("error_code", "")), str(stated.get("message", ""))


def _credits(headers: Mapping[str, str]) -> Credits:
    """What The Odds API states in `x-requests-last` and `x-requests-remaining`, in credits.

    Source: https://the-odds-api.com/liveapi/guides/v4/#usage-quota-costs
    """
    cost, remaining = (headers.get(f"x-requests-{name}", "") for name in ("last", "remaining"))
    return Credits(int(cost) if cost.isdecimal() else None, int(remaining) if remaining.isdecimal() else None)


def _may_retry(error: Exception) -> bool | float:
    if isinstance(error, _Later):
        return error.wait_s if error.wait_s <= MAX_RETRY_AFTER_S else False
    return isinstance(error, SourceUnavailable)


def _check_kind(body: bytes, site: str, where: str) -> None:
    """ContractError for a body of another kind; SourceUnavailable for no body and a block page, which both pass."""
    start = body[:256].removeprefix(codecs.BOM_UTF8).lstrip()
    if not start:
        raise SourceUnavailable(f"{where}: empty body")
    media = SITES[site].media
    if start.startswith(b"<"):
        raise SourceUnavailable(f"{where}: a web page where {media} was expected (block page?)")
    if not start.startswith(b"%PDF-" if media == "pdf" else (b"{", b"[")):
        raise ContractError(f"{where}: not {media}")
