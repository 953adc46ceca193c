"""A page of Basketball-Reference: tables by id, cells by their `data-stat`, also those that stand in comments."""

import re
from functools import lru_cache
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from functions.process_raw.feeds.kind import Row
from functions.process_raw.feeds.refusal import Refusal

_COMMENT = re.compile(r"<!--|-->")


@lru_cache(maxsize=2)
def parsed(page: str) -> LexborHTMLParser:
    """The page; what its scripts take out of comments later stands where the comments are. Refusal if it is cut off."""
    if page.count("<table") != page.count("</table"):
        raise Refusal("damaged", "the page is cut off: a table has no end")
    return LexborHTMLParser(_COMMENT.sub("", page))


def text_of(node: Any) -> str | None:
    """The text of a node without the blanks around and between; None where there is none."""
    return (" ".join(node.text().split()) or None) if node is not None else None


def rows_of(page: str, table: str) -> list[Row]:
    """The rows of the body of the table with that id, each with the text of its cells by `data-stat`.

    `heading` holds the text of a row that divides the table; `player_code` and the like the codes of a cell.
    """
    found = parsed(page).css_first(f"table#{table}")
    return [_row(row) for row in found.css("tbody tr")] if found else []


def footer_of(page: str, table: str) -> Row:
    """The totals below the table with that id; empty where it has none."""
    found = parsed(page).css_first(f"table#{table} tfoot tr")
    return _row(found) if found else {}


def _row(row: Any) -> Row:
    cells: Row = {}
    for cell in row.css("th, td"):
        if name := cell.attributes.get("data-stat"):
            cells[name] = text_of(cell)
            code = cell.attributes.get("data-append-csv") or cell.attributes.get("csk")
            if code:
                cells[f"{name}_code"] = code
    if "thead" in (row.attributes.get("class") or "").split():
        return {"heading": text_of(row)}
    return cells
