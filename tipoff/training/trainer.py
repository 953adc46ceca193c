"""Train the systems that learn, on the feature store up to a date, measured on games they have not seen."""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from shared.adapters.models import FileModels
from shared.contracts.work import Model
from shared.errors import UserError
from shared.ports import Tables
from shared.provenance import module_hash
from tipoff.training import gates, recipes
from tipoff.training.examples import Examples, read_examples
from tipoff.training.recipes import RECIPES

SYSTEMS = tuple(RECIPES)
MIN_ROWS = 500

Told = Callable[[str], None]


def train(
    tables: Tables,
    models: FileModels,
    *,
    through: date,
    now: datetime,
    progress: Told,
    systems: Iterable[str] = SYSTEMS,
) -> list[Model]:
    """Train these systems on games up to and including `through`; the same rows give the same bytes.

    Every artefact is kept; it is promoted if it passes the gates. One that this code made from games up to that very
    date before is taken from the registry. Nothing known after the end of that day's games (noon Eastern of the next
    day) is read. UserError below 500 rows.
    """
    made, rows = [], None
    for system in systems:
        held = find(models, system, through)
        if held is None:
            rows = rows or _enough(read_examples(tables, through), through, progress)
            held = _make(models, system, rows, through, now)
        _promote(models, held, progress)
        made.append(held)
    return made


def find(models: FileModels, system: str, through: date) -> Model | None:
    """The model of a system that this code trained on games up to that date, None if there is none."""
    wanted = (through.isoformat(), code_hash())
    for card in models.cards(system):
        if (card["trained_through"], card["code_hash"]) == wanted:
            return models.load(system, card["hash"])
    return None


def code_hash() -> str:
    """What names the code that trains: the hash of the recipes with all that they import of ours."""
    return module_hash(recipes.__name__)


def _enough(found: Examples, through: date, progress: Told) -> Examples:
    if len(found) < MIN_ROWS:
        raise UserError(
            f"{len(found)} training rows up to {through}: at least {MIN_ROWS} are needed; load more history first"
        )
    progress(f"{len(found)} player-games, {found.dates[0]} to {found.dates[-1]}")
    return found


def _make(models: FileModels, system: str, rows: Examples, through: date, now: datetime) -> Model:
    trained, seen = RECIPES[system](rows), rows.held_back_from()
    card = {
        **trained.card,
        "first_date": str(rows.dates[0]),
        "trained_through": through.isoformat(),
        "held_back_from": str(rows.dates[seen]),
        "rows": len(rows),
        "rows_fitted": seen,
        "trials": recipes.TRIALS[system],
        "code_hash": code_hash(),
        "created_at": now.isoformat(),
    }
    return models.save(system, trained.body, {**card, "refused": gates.failures(card)}, promote=False)


def _promote(models: FileModels, model: Model, progress: Told) -> None:
    refused = model.card["refused"]
    if not refused:
        models.promote(model.system_id, model.hash)
    held_back = f"held-back MAE {model.card['metrics']['mae']:.3f}"
    progress(f"{model.system_id}: {held_back}" + (f"; not promoted: {'; '.join(refused)}" if refused else ""))
