"""Train the systems with a model on the feature store up to a date, measure and promote them."""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from shared.adapters.models import FileModels
from shared.contracts.work import Model
from shared.errors import UserError
from shared.ports import Queryable
from shared.provenance import module_hash
from tipoff.training import gates, recipes
from tipoff.training.examples import Examples, read_examples
from tipoff.training.recipes import RECIPES

SYSTEMS = tuple(RECIPES)
MIN_ROWS = 500


def train(
    tables: Queryable,
    models: FileModels,
    *,
    through: date,
    now: datetime,
    progress: Callable[[str], None],
    systems: Iterable[str] = SYSTEMS,
) -> list[Model]:
    """Train these systems on games up to and including `through`; the same rows give the same bytes.

    Every artefact is saved, and promoted if it passes the gates. A model that this code already trained through that
    date is taken from the registry. Reads nothing known after noon Eastern of the next day. UserError below 500 rows.
    """
    trained, rows = [], None
    for system in systems:
        model = find(models, system, through)
        if model is None:
            rows = rows or _enough(read_examples(tables, through), through, progress)
            model = _train(models, system, rows, through, now)
        _promote(models, model, progress)
        trained.append(model)
    return trained


def find(models: FileModels, system: str, through: date) -> Model | None:
    """The system's model that this code trained through that date, None if there is none."""
    wanted = (through.isoformat(), code_hash())
    for card in models.cards(system):
        if (card["trained_through"], card["code_hash"]) == wanted:
            return models.load(system, card["hash"])
    return None


def code_hash() -> str:
    """The hash of the training code: the recipes and all of our modules that they import."""
    return module_hash(recipes.__name__)


def _enough(rows: Examples, through: date, progress: Callable[[str], None]) -> Examples:
    if len(rows) < MIN_ROWS:
        raise UserError(
            f"{len(rows)} training rows up to {through}: at least {MIN_ROWS} are needed; load more history first"
        )
    progress(f"{len(rows)} player-games, {rows.dates[0]} to {rows.dates[-1]}")
    return rows


def _train(models: FileModels, system: str, rows: Examples, through: date, now: datetime) -> Model:
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


def _promote(models: FileModels, model: Model, progress: Callable[[str], None]) -> None:
    refused = model.card["refused"]
    if not refused:
        models.promote(model.system_id, model.hash)
    held_back = f"held-back MAE {model.card['metrics']['mae']:.3f}"
    progress(f"{model.system_id}: {held_back}" + (f"; not promoted: {'; '.join(refused)}" if refused else ""))
