"""A hash changes with the code that its unit, formula or trainer uses, and with nothing else."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from functions.predict.core import IMPLEMENTS
from shared import provenance
from shared.contracts.rows import tables
from shared.map.loader import parse_map, pipeline_map
from shared.sql import queries
from tipoff.training import recipes, trainer

ROOT = provenance.ROOT
ADJUSTED = {"moving_average", "similarity_balanced_v1", "zone_matchup_v1"}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the code that is hashed, for a test to change."""
    for top in ("shared", "functions", "tipoff"):
        copytree(ROOT / top, tmp_path / top, ignore=ignore_patterns("__pycache__"))
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    monkeypatch.setattr(queries, "FUNCTIONS_DIR", tmp_path / "functions")
    monkeypatch.setattr(queries, "FRAGMENTS_DIR", tmp_path / queries.FRAGMENTS_DIR.relative_to(ROOT))
    clear_caches()
    yield tmp_path
    monkeypatch.undo()
    clear_caches()


def clear_caches() -> None:
    """Make the next hash read every file again."""
    provenance.module_hash.cache_clear()
    provenance.unit_hash.cache_clear()
    queries.load.cache_clear()


def units() -> dict[tuple[str, str], str]:
    """The hash of every unit, by function and name."""
    clear_caches()
    pipeline = pipeline_map()
    return {
        (f.name, u): provenance.unit_hash(pipeline, f.name, u) for f in pipeline.functions.values() for u in f.units
    }


def formulas() -> dict[str, str]:
    """The hash of every system's formula."""
    clear_caches()
    return {name: provenance.module_hash(module) for name, (module,) in IMPLEMENTS.items()}


def rewrite(path: Path, old: str, new: str) -> None:
    """Change a file's text; the old text must be there."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def changed(before: dict, after: dict) -> set:
    """The names whose hashes differ."""
    return {name for name in before if before[name] != after[name]}


def module(tree: Path, name: str) -> Path:
    """The file of a module in the copy."""
    return tree.joinpath(*name.split(".")).with_suffix(".py")


def test_a_comment_or_docstring_makes_nothing_stale(tree: Path) -> None:
    """In a rule that units use, and in one that they do not use."""
    before = units(), formulas(), trainer.code_hash()
    for name in (
        "shared.rules.outcomes",
        "shared.rules.dates",
        "functions.predict.adjustments",
        "functions.predict.core",
    ):
        path = module(tree, name)
        first, _, rest = path.read_text("utf-8").partition("\n")
        path.write_text(f"{first[:3]}Another sentence. {first[3:]}\n# a comment\n\n{rest}", "utf-8")
    assert (units(), formulas(), trainer.code_hash()) == before


def test_a_rule_that_no_unit_imports_makes_nothing_stale(tree: Path) -> None:
    """The alarms' rule is the monitor's alone."""
    before = units()
    module(tree, "shared.rules.alarms").open("a").write("\nANOTHER = 1\n")
    assert units() == before


def test_a_source_contract_changes_the_units_that_read_records_of_it(tree: Path) -> None:
    """The YAML files of a package are part of it: box scores are parsed anew, predictions are not made anew."""
    before = units()
    rewrite(tree / "shared/contracts/feeds/nba_cdn.yaml", "personId: whole", "personId: text")
    after = changed(before, units())
    assert ("process_raw", "nbac_gamebook_player_stats") in after
    assert {function for function, _ in after} <= {"process_raw", "scrape"}


def test_an_adjustment_changes_exactly_the_systems_that_use_it(tree: Path) -> None:
    """The formulas' hashes, which name their rows, and the units that issue them."""
    formulas_before, units_before = formulas(), units()
    rewrite(module(tree, "functions.predict.adjustments"), "0.4 *", "0.5 *")
    assert changed(formulas_before, formulas()) == ADJUSTED
    assert changed(units_before, units()) == {("predict", s) for s in ADJUSTED}


def test_an_ensembles_hash_covers_the_code_it_reuses(tree: Path) -> None:
    """ensemble_v1_1 mixes with ensemble_v1's code."""
    before = formulas()
    rewrite(module(tree, IMPLEMENTS["ensemble_v1"][0]), "total > 0.0", "total > 0.1")
    assert changed(before, formulas()) == {"ensemble_v1", "ensemble_v1_1"}


def test_an_include_changes_exactly_the_units_whose_queries_include_it(tree: Path) -> None:
    """The expected units are those whose query file names the include."""
    before = units()
    queries_dir = tree / "functions" / "precompute" / "queries"
    (queries_dir / "form.sql").open("a").write("-- and a change\n")
    including = {p.name for p in queries_dir.glob("*.sql") if "-- include: form.sql" in p.read_text("utf-8")}
    users = {u.name for u in pipeline_map().functions["precompute"].units.values() if u.query in including}
    assert users
    assert changed(before, units()) == {("precompute", u) for u in users}


def test_a_contract_changes_exactly_the_units_that_read_or_write_the_table(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One column less in the contract."""
    del tree
    before, name = units(), "nba_predictions.prediction_accuracy"
    contract = tables()[name]
    monkeypatch.setitem(tables(), name, type(contract)(**{**vars(contract), "columns": contract.columns[1:]}))
    after = units()
    users = {
        (f.name, u.name)
        for f in pipeline_map().functions.values()
        for u in f.units.values()
        if name in (*u.reads, u.writes)
    }
    assert users
    assert changed(before, after) == users


def test_an_entry_of_the_map_changes_its_unit_and_a_setting_all() -> None:
    """`ahead_days` belongs to one unit; `lead_minutes` is given to every unit."""
    text, before = (ROOT / "shared" / "pipeline.yaml").read_text("utf-8"), pipeline_map()
    entry = parse_map(text.replace("nbac_player_list: {feed: nbac_player_list}", "nbac_player_list: {feed: nbac_player_list, ahead_days: 1}"))  # fmt: skip
    setting = parse_map(text.replace("lead_minutes: 30", "lead_minutes: 45"))
    every = {(f.name, u) for f in before.functions.values() for u in f.units}

    def stale(other: object) -> set[tuple[str, str]]:
        return {u for u in every if provenance.unit_hash(before, *u) != provenance.unit_hash(other, *u)}

    assert stale(entry) == {("scrape", "nbac_player_list")}
    assert stale(setting) == every


def test_a_trainers_hash_covers_the_distribution(tree: Path) -> None:
    """A model trained under another distribution is not reused: the registry is asked by this hash."""
    before = trainer.code_hash()
    rewrite(module(tree, "functions.predict.distribution"), "SHIFT = 6.0", "SHIFT = 7.0")
    clear_caches()
    assert trainer.code_hash() != before


def test_a_moved_module_keeps_its_hash(tree: Path) -> None:
    """Where a module lies does not matter, nor do the import lines that follow the move."""
    before = formulas(), provenance.module_hash(recipes.__name__)
    old, new = "functions.predict.adjustments", "functions.predict.moved"
    module(tree, old).rename(module(tree, new))
    for path in (tree / "functions" / "predict").rglob("*.py"):
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    assert (formulas(), provenance.module_hash(recipes.__name__)) == before


def test_an_import_for_type_checking_does_not_count(tree: Path) -> None:
    """An import below TYPE_CHECKING does nothing when the code runs."""
    path = module(tree, "functions.predict.core")
    before = provenance.module_hash("functions.predict.core")
    rewrite(path, "    import pyarrow as pa\n", "    import pyarrow as pa\n\n    from shared.rules import alarms\n")
    clear_caches()
    assert provenance.module_hash("functions.predict.core") == before
