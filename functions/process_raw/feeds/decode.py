"""Bytes to a document: plain or gzip, JSON, a web page, a PDF or CSV, recognised by content, never by name."""

import csv
import io
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from functions.process_raw.feeds.refusal import Refusal
from shared.contracts.sources import MAX_BODY_BYTES

Media = Literal["json", "html", "pdf", "csv"]
_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_GZIP_WINDOW = 31  # zlib: a gzip header and the largest window
_FEWEST_COLUMNS = 3  # of CSV: a line of text may have a comma or two
_PRE = re.compile(r"<pre[^>]*>\s*([\[{].*?)\s*</pre>", re.DOTALL | re.IGNORECASE)
_BLOCKED = re.compile(
    r"cloudflare|captcha|access denied|attention required|just a moment|are you a robot|unusual traffic"
    r"|request unsuccessful|incapsula|perimeterx|px-captcha|akamai|you have been blocked|403 forbidden|forbidden",
    re.IGNORECASE,
)
_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # the first or the second half of a character
_CODES = ("error_code", "errorCode", "code", "status", "statusCode")
_MESSAGES = ("message", "Message", "error", "errors", "detail", "details", "msg", "error_message")


@dataclass(frozen=True)
class Document:
    """What a body holds: decoded JSON, the text of a page, the bytes of a PDF, or the rows of CSV by its header."""

    media: Media
    value: Any
    size: int


def decode(body: bytes) -> Document:
    """The document of a body; Refusal where it is empty, damaged or none of these."""
    plain = _unzipped(body) if body.startswith(_GZIP) else body
    start = plain[:1024].lstrip(b" \t\r\n\x00")
    for mark in _BYTE_ORDER_MARKS:
        start = start.removeprefix(mark)
    start = start.replace(b"\x00", b"").lstrip()
    if not start:
        raise Refusal("empty_body", "the body is empty")
    if b"%PDF-" in plain[:1024]:
        return Document("pdf", plain, len(plain))
    if start.startswith((b"{", b"[")):
        return Document("json", read_json(plain), len(plain))
    text = _text(plain)
    if start.startswith(b"<"):
        wrapped = _PRE.search(text)
        if wrapped:  # JSON that a browser saved
            import html

            return Document("json", read_json(html.unescape(wrapped[1]).encode()), len(plain))
        return Document("html", text, len(plain))
    return Document("csv", _csv_rows(text), len(plain))


def read_json(body: bytes) -> Any:
    """The document; Refusal if it is truncated, too deep or not JSON (NaN and infinities are not)."""
    try:
        text = body.decode(json.detect_encoding(body))  # without what is no character in it
        return whole_characters(json.loads(text, parse_constant=_no_number), text)
    except RecursionError as error:
        raise Refusal("damaged", "the JSON is nested too deep") from error
    except ValueError as error:
        raise Refusal("damaged", f"not whole JSON: {error}") from error


def whole_characters(value: Any, text: str) -> Any:
    """The value read from JSON text; Refusal if an escape in it is half a character, which no file can hold."""
    if _HALF.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise Refusal("damaged", f"text with half a character: {error}") from error
    return value


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number of JSON")


def _unzipped(body: bytes) -> bytes:
    stream = zlib.decompressobj(_GZIP_WINDOW)
    try:
        plain = stream.decompress(body, MAX_BODY_BYTES)
    except zlib.error as error:
        raise Refusal("damaged", f"the gzip stream does not decompress: {error}") from error
    if stream.unconsumed_tail:
        raise Refusal("too_large", f"larger than {MAX_BODY_BYTES} bytes when decompressed")
    if not stream.eof:
        raise Refusal("damaged", "the gzip stream ends too early")
    return plain


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")  # old pages; every byte is a character


def _csv_rows(text: str) -> list[dict[str, str]]:
    """The rows by the header, each with a field for every column; Refusal if the text is not such a table."""
    if "\x00" in text:
        raise Refusal("unknown_media", "neither JSON, a web page, a PDF nor text")
    try:
        header, *records = [r for r in csv.reader(io.StringIO(text, newline="")) if r] or [[]]
    except csv.Error as error:
        raise Refusal("damaged", f"not whole CSV: {error}") from error
    names = [name.strip() for name in header]
    if len(names) < _FEWEST_COLUMNS or len(set(names)) < len(names):
        raise Refusal("unknown_media", "neither JSON, a web page, a PDF nor CSV with a header")
    torn = next((n for n, record in enumerate(records, 2) if len(record) != len(names)), None)
    if torn is not None:
        raise Refusal("damaged", f"line {torn} of the CSV does not have the {len(names)} columns of its header")
    return [dict(zip(names, record, strict=True)) for record in records]


def unrecognised(document: Document, feed: str, kinds: tuple[str, ...]) -> Refusal:
    """Why a document that is of no kind of the feed is refused: a block page, an error, or an unknown kind."""
    if document.media == "html":
        title = re.search(r"<title[^>]*>\s*(.*?)\s*</title>", document.value, re.DOTALL | re.IGNORECASE)
        named = f" titled '{' '.join(title[1].split())[:80]}'" if title else ""
        if _BLOCKED.search(document.value[:20_000]):
            return Refusal("block_page", f"a block page{named} instead of a document of {feed}")
        return Refusal("unknown_kind", f"a web page{named} that is no page of {feed}: {', '.join(kinds)}")
    if stated := error_of(document.value):
        return Refusal("error_body", stated)
    looks = f"fields {', '.join(map(str, list(document.value)[:8]))}" if isinstance(document.value, dict) else "a list"
    of = {"json": f"JSON ({looks})", "pdf": "a PDF", "csv": "CSV"}[document.media]
    return Refusal("unknown_kind", f"{of} that is no document of {feed}: {', '.join(kinds)}")


def error_of(value: Any) -> str:
    """Code and message of a body that states an error instead of an answer; empty: it states none."""
    if not isinstance(value, Mapping):
        return ""
    nested = value.get("error")
    inner = nested if isinstance(nested, Mapping) else value
    stated = next((inner[name] for name in _MESSAGES if inner.get(name)), None)
    code = next((inner[name] for name in _CODES if isinstance(inner.get(name), str | int)), None)
    if stated is None:
        return ""
    message = stated if isinstance(stated, str) else json.dumps(stated, default=str)
    return (
        f"the source answered with an error: {f'{code}: ' if code is not None else ''}{' '.join(message.split())[:200]}"
    )
