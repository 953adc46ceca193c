"""GoogleSQL translated to DuckDB: known differences are corrected, what would still give other results is refused.

sqlglot alone translates sixteen of ninety tested expressions into SQL that runs but gives another result
(UNNEST WITH OFFSET, week truncation, boundary-counting TIMESTAMP_DIFF, rounding casts, ...).
"""

from functools import cache

import sqlglot
from sqlglot import exp

from shared.errors import Unportable

# Functions that DuckDB lacks under BigQuery's name; created on every connection.
DUCKDB_MACROS = ("CREATE OR REPLACE TEMP MACRO ieee_divide(a, b) AS (a::DOUBLE / b::DOUBLE)",)
_SUPPLIED = {"ieee_divide"}
_TYPE = exp.DataType.Type
_EXACT_DIFF = ("SECOND", "MILLISECOND", "MICROSECOND")


def _refusal(node: exp.Expr) -> str | None:
    """Why this node cannot be translated faithfully, or None."""
    unit = node.args.get("unit")
    unit_name = unit.sql().upper() if isinstance(unit, exp.Expr) else ""
    if isinstance(node, exp.DateTrunc | exp.TimestampTrunc | exp.DatetimeTrunc) and unit_name.startswith(
        ("WEEK", "ISO")
    ):
        return f"truncation to {unit_name}"
    if isinstance(node, exp.Extract) and node.this.sql().upper().startswith(("WEEK", "ISO")):
        return "EXTRACT of a week"
    if isinstance(node, exp.TimestampDiff) and unit_name not in _EXACT_DIFF:
        return "TIMESTAMP_DIFF above SECOND"
    if isinstance(node, exp.ArrayAgg | exp.GroupConcat) and node.find(exp.Limit):
        return f"{node.key} with LIMIT"
    if isinstance(node, exp.IgnoreNulls) and isinstance(node.this, exp.ArrayAgg):
        return "ARRAY_AGG IGNORE NULLS"
    if isinstance(node, exp.TimeToStr) and node.args.get("zone"):
        return "FORMAT_TIMESTAMP with a zone"
    if isinstance(node, exp.Unnest) and not node.args.get("alias") and node.find(exp.Struct):
        return "UNNEST of structs without alias"
    if isinstance(node, exp.Format | exp.Normalize | exp.FarmFingerprint | exp.ApproxQuantile | exp.ApproxQuantiles):
        return node.key
    if isinstance(node, exp.Anonymous) and node.name.lower() not in _SUPPLIED:
        return f"function {node.name}"
    return _cast_refusal(node) if isinstance(node, exp.Cast) else None


def _cast_refusal(node: exp.Cast) -> str | None:
    to = node.to.this
    literals = (x for x in node.this.find_all(exp.Literal) if not x.is_string)
    fractional = isinstance(node.this, exp.Cast) or node.this.find(exp.Div) or any("." in x.name for x in literals)
    if to in (_TYPE.DECIMAL, _TYPE.BIGDECIMAL):
        return "NUMERIC"
    if to == _TYPE.BIGINT and fractional and not isinstance(node.this, exp.Round | exp.Floor | exp.Ceil | exp.Trunc):
        return "CAST of a float to INT64 without ROUND"
    if to == _TYPE.TEXT and isinstance(node.this, exp.Literal) and "." in node.this.name:
        return "CAST of FLOAT64 to STRING"
    return None


def _repair(tree: exp.Expr) -> exp.Expr:
    """Correct what sqlglot translates wrongly."""
    for node in list(tree.find_all(exp.Unnest)):  # WITH OFFSET counts from 0 in BigQuery, from 1 in DuckDB
        offset = node.args.get("offset")
        select = node.find_ancestor(exp.Select)
        if not (isinstance(offset, exp.Expr) and offset.name and select):
            continue
        for column in list(select.find_all(exp.Column)):
            if column.name == offset.name and not column.table:
                zero_based = exp.paren(exp.Sub(this=column.copy(), expression=exp.Literal.number(1)))
                projected = isinstance(column.parent, exp.Select) and column.arg_key == "expressions"
                column.replace(exp.alias_(zero_based, offset.name) if projected else zero_based)
    for dated in list(tree.find_all(exp.DateTrunc, exp.DateAdd, exp.DateSub, exp.DateFromUnixDate)):
        dated.replace(exp.cast(dated.copy(), "DATE"))
    for count in list(tree.find_all(exp.CountIf)):  # of no rows it is 0 in BigQuery, NULL in DuckDB
        count.replace(exp.Count(this=exp.If(this=count.this, true=exp.Literal.number(1))))
    for part in list(tree.find_all(exp.Extract)):  # DAYOFWEEK is 1..7 in BigQuery, 0..6 in DuckDB
        if part.this.sql().upper() in ("DAYOFWEEK", "DAY_OF_WEEK"):
            part.replace(exp.paren(exp.Add(this=part.copy(), expression=exp.Literal.number(1))))
    return tree


def parse(sql: str) -> exp.Expr:
    """The GoogleSQL syntax tree; Unportable names the expressions that would differ between the warehouses."""
    tree = sqlglot.parse_one(sql, read="bigquery")
    refused = sorted({reason for node in tree.walk() if (reason := _refusal(node))})
    if refused:
        raise Unportable("not portable to DuckDB: " + "; ".join(refused))
    return tree


def render(tree: exp.Expr) -> str:
    """DuckDB text of a checked tree."""
    return _repair(tree.copy()).sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)


@cache
def to_duckdb(sql: str) -> str:
    """Translate one GoogleSQL statement; parameters `@name` become `$name`."""
    return render(parse(sql))
