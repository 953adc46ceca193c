"""The user's Python file: loaded, and called with a DataFrame. A mistake in it becomes a message that names the line.

The file defines `forecast(features)`, or `forecast(features, past)`. It may state TRAINED_THROUGH, an ISO date, if it
brings a model that has seen the results of games up to that date.
"""

import inspect
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from shared.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

FUNCTION = "forecast"
_HELP = "define forecast(features) or forecast(features, past), which returns a DataFrame"


@dataclass(frozen=True)
class Code:
    """A loaded file: its function, whether that takes the past too, and the last date whose results it has seen."""

    path: Path
    function: Callable[..., Any]
    takes_past: bool
    trained_through: date | None

    def call(self, features: "pd.DataFrame", past: "pd.DataFrame | None") -> Any:
        """What the function returns; UserError names the line where it failed."""
        return _guarded(self.path, lambda: self.function(*([features] if past is None else [features, past])))


def load(body: bytes, path: Path) -> Code:
    """Run the file's code, which is shown under its path; UserError if it fails or lacks the function."""
    module = ModuleType(f"tipoff_own_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses and pickles look there
    _guarded(path, lambda: exec(compile(body, str(path), "exec"), module.__dict__))  # noqa: S102 - the user's own code
    function = getattr(module, FUNCTION, None)
    if not callable(function):
        raise UserError(f"{path.name} has no function {FUNCTION}: {_HELP}")
    taken = _positional(function)
    if taken not in (1, 2):
        raise UserError(f"{FUNCTION} of {path.name} takes {taken} arguments: {_HELP}")
    return Code(path, function, taken == 2, _trained_through(module, path))  # noqa: PLR2004 - features and past


def _positional(function: Callable[..., Any]) -> int:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    named = inspect.signature(function).parameters.values()
    return sum(p.kind in kinds and p.default is inspect.Parameter.empty for p in named)


def _trained_through(module: ModuleType, path: Path) -> date | None:
    stated = getattr(module, "TRAINED_THROUGH", None)
    try:
        return None if stated is None else date.fromisoformat(str(stated))
    except ValueError as error:
        raise UserError(f"TRAINED_THROUGH of {path.name} is {stated!r}; write a date as 2024-02-26") from error


def _guarded(path: Path, run: Callable[[], Any]) -> Any:
    """What `run` returns; UserError with the user's line for whatever it raises, but for Ctrl-C."""
    try:
        return run()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise UserError(crash(error, path)) from error


def crash(error: BaseException, path: Path) -> str:
    """`mine.py line 7, in forecast: KeyError: 'points'`, of the innermost line that is in the user's file."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"{path.name} line {error.lineno}: {error.msg}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    where = f" line {frames[-1].lineno}, in {frames[-1].name}" if frames else ""
    return f"{path.name}{where}: {''.join(traceback.format_exception_only(error)).strip()}"
