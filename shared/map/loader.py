"""Loading the map `shared/pipeline.yaml`."""

from collections.abc import Iterable
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from shared.errors import UserError
from shared.map.checks import problems
from shared.map.implemented import disagreements
from shared.map.model import PipelineMap

MAP_PATH = Path(__file__).parent.parent / "pipeline.yaml"
# A function's zip has this file: the hash of the map that was checked when the zip was built. It is not checked again
# at each cold start, because the checks load every table and the function's code.
CHECKED_PATH = MAP_PATH.with_suffix(".checked")


def parse_map(text: str) -> PipelineMap:
    """The map from its YAML text; UserError lists every mistake, with its line where there is one."""
    return _parse(text, "")


def _parse(text: str, checked: str) -> PipelineMap:
    """`parse_map`; `checked` is the hash of a map that is known to fit the tables and the code."""
    try:
        document = yaml.compose(text, yaml.CSafeLoader)
        raw = yaml.CSafeLoader("").construct_document(document) if document else None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise UserError(f"{MAP_PATH.name}: {line}{error.problem}") from error
    if not isinstance(raw, dict):
        raise UserError(f"{MAP_PATH.name}: is not a mapping")
    assert document is not None
    raw["hash"] = sha256(text.encode()).hexdigest()[:16]
    try:
        m = TypeAdapter(PipelineMap).validate_python(raw)
    except ValidationError as error:
        wrong = [
            f"line {_line_of(document, e['loc'])}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()
        ]
    else:
        wrong = [] if m.hash == checked else [*problems(m), *disagreements(m, partial(_line_of, document))]
    if wrong:
        raise UserError(f"{MAP_PATH.name}: " + "; ".join(wrong))
    return m


def _line_of(document: yaml.Node, path: Iterable[int | str]) -> int:
    """The line (from 1) of the deepest key along a path that the document has."""
    node, line = document, 1
    for key in path:
        entries = node.value if isinstance(node, yaml.MappingNode) else []
        entry = next(((k, v) for k, v in entries if k.value == key), None)
        if entry is None:
            break
        line, node = entry[0].start_mark.line + 1, entry[1]
    return line


@cache
def pipeline_map() -> PipelineMap:
    """The map of this checkout, or of this function's zip."""
    checked = CHECKED_PATH.read_text("utf-8") if CHECKED_PATH.exists() else ""
    return _parse(MAP_PATH.read_text("utf-8"), checked)
