"""The text of a PDF, page by page."""

from functools import lru_cache
from threading import Lock

from functions.process_raw.feeds.refusal import Refusal

MAX_PAGES = 60
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


def lines_of(pages: tuple[str, ...]) -> list[str]:
    """The lines of all pages without blanks around them and empty ones."""
    return [line.strip() for text in pages for line in text.splitlines() if line.strip()]
