"""What `tipoff systems` does, and what `tipoff evaluate` brings up to date before it looks."""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from shared.errors import UserError
from tipoff.home import Home
from tipoff.own import grades, imports, store, user_code, walk
from tipoff.own.imports import Imported
from tipoff.own.store import Own
from tipoff.own.walk import Progress, Walked

if TYPE_CHECKING:
    from shared.adapters.local.readers import HomeRows


@dataclass(frozen=True)
class Added:
    """A system that was added: what was walked, and how many predictions are graded."""

    own: Own
    walked: Walked
    grades: int


def add(home: Home, path: Path, name: str | None, now: datetime, progress: Progress) -> Added:
    """Store a copy of the file and walk it forward; UserError, and nothing stored, if it fails on any date."""
    own = store.new(home, store.name_for(path, name), "file", path, now)
    if store.find(home, own.name) is not None:
        raise UserError(f"{home} has a system {own.name} already: tipoff systems remove {own.name}, or --name NAME")
    body = store.read_bytes(path)
    code = user_code.load(body, path)
    with closing(home.tables()) as rows:
        if not walk.predicted_dates(rows):
            raise UserError(f"{home} has no predicted date to walk over; run tipoff replay with this --home first")
        draft = store.moved(own, home.root / "draft" / own.name)
        try:
            walked = walk.walk(draft, code, rows, now, progress)
            if walked.stopped:
                raise UserError(f"{own.name} is not added: on {walked.stopped}")
            graded = grades.grade(draft, rows, now)
            store.save(draft, body)
            own.folder.parent.mkdir(exist_ok=True)
            draft.folder.rename(own.folder)
        finally:
            rmtree(draft.folder.parent, ignore_errors=True)
    return Added(own, walked, graded)


def bring_in(home: Home, path: Path, name: str | None, now: datetime) -> tuple[Own, Imported]:
    """Import a file of predictions under a name, new or imported to before; nothing is stored if a row is refused."""
    frame = imports.read(path)
    own = store.new(home, store.name_for(path, name), "import", path, now)
    kept = store.find(home, own.name)
    if kept is not None and kept.kind != "import":
        raise UserError(f"{own.name} is a system with a file; choose another name with --name NAME")
    with closing(home.tables()) as rows:
        try:
            imported = imports.bring_in(own, frame, rows, now)
            grades.grade(own, rows, now)
            store.save(imports.renamed(own, kept) if kept else own)
        except BaseException:
            if kept is None:
                rmtree(own.folder, ignore_errors=True)
            raise
    return own, imported


def refresh(home: Home, now: datetime, progress: Progress) -> list[str]:
    """Walk every own system over the dates that are new or changed, and grade; a sentence for each that failed.

    What one system fails at costs only that system, from the date at which it failed.
    """
    failed = []
    own_systems = store.listed(home)
    if not own_systems:
        return []
    with closing(home.tables()) as rows:
        for own in own_systems:
            try:
                failed += [f"{own.name} stopped at {why}" for why in _walked(own, rows, now, progress) if why]
                grades.grade(own, rows, now)
            except UserError as error:
                failed.append(f"{own.name}: {error}")
    return failed


def _walked(own: Own, rows: "HomeRows", now: datetime, progress: Progress) -> list[str]:
    if own.kind != "file":
        return []
    code = user_code.load(store.read_bytes(own.code), Path(own.origin))
    return [walk.walk(own, code, rows, now, progress).stopped]
