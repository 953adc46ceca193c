"""The text of a PDF, page by page."""

from collections.abc import Iterator
from functools import lru_cache
from threading import Lock
from typing import Any

from functions.process_raw.feeds.refusal import Refusal

MAX_PAGES = 60
_GAP = 0.2  # of its height that a word is away from the next one at least: parts of one word stand closer
_PDFIUM = Lock()  # the library is not thread-safe


@lru_cache(maxsize=2)
def page_texts(body: bytes) -> tuple[str, ...]:
    """The text of every page; Refusal for a PDF that does not open, has too many pages or one without text."""
    import pypdfium2  # takes 0.1 s, and only two feeds need it

    with _PDFIUM:
        try:
            with pypdfium2.PdfDocument(body) as document:
                if len(document) > MAX_PAGES:
                    raise Refusal("too_large", f"a PDF of {len(document)} pages")
                texts = tuple(page.get_textpage().get_text_bounded() for page in document)
        except (pypdfium2.PdfiumError, UnicodeError) as error:
            raise Refusal("damaged", f"the PDF does not open: {error}") from error
    if not texts or not all(t.strip() for t in texts):
        raise Refusal("damaged", "the PDF has an unreadable page: its streams do not decompress, or it is a picture")
    return texts


def lines_by_position(body: bytes) -> list[str]:
    """The lines of all pages from top to bottom, whatever the order in which the PDF writes its words.

    A word belongs to the line above it if its middle is not below the first word of that line.
    """
    import pypdfium2

    page_texts(body)  # refuses what cannot be read
    with _PDFIUM, pypdfium2.PdfDocument(body) as document:
        return [line for page in document for line in _page_lines(page.get_textpage())]


def _page_lines(page: Any) -> Iterator[str]:
    rows: list[list[tuple[float, float, str]]] = []
    lowest = float("inf")
    boxes = [page.get_rect(n) for n in range(page.count_rects())]
    for left, bottom, right, top in sorted(boxes, key=lambda box: (-box[3], box[1])):
        if (bottom + top) / 2 < lowest:
            rows.append([])
            lowest = bottom
        rows[-1].append((left, right + _GAP * (top - bottom), page.get_text_bounded(left, bottom, right, top)))
    for row in rows:
        words, end = "", float("inf")
        for left, right, text in sorted(row):
            words, end = f"{words}{' ' if left > end else ''}{text}", right
        if line := " ".join(words.split()):
            yield line
