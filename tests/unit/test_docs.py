"""What the documentation says exists, exists."""

import ast
import re
from pathlib import Path

import pytest

from shared.map.loader import pipeline_map
from tests.support.places import ROOT
from tipoff.cli.main import COMMANDS
from tipoff.evaluation import columns

PAGES = {page.stem: page.read_text("utf-8") for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]}
README, GLOSSARY, ARCHITECTURE = PAGES["README"], PAGES["glossary"], PAGES["architecture"]


def test_every_setting_is_documented():
    """Each variable that is read stands in the table of docs/architecture.md, and no other."""
    files = (ROOT / "shared" / "settings.py", ROOT / "tipoff" / "cli" / "options.py")
    read = {name for file in files for name in re.findall(r"TIPOFF_[A-Z_]+", file.read_text("utf-8"))}
    written = set(re.findall(r"`(TIPOFF_[A-Z_]+)`", ARCHITECTURE))
    assert read == written


def test_only_settings_read_the_environment():
    """One file knows the environment's variables; the composition root hands it the environment."""
    readers = {
        str(path.relative_to(ROOT))
        for folder in ("shared", "functions")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"os\.environ|os\.getenv", path.read_text("utf-8"))
    }
    assert readers == {"shared/bootstrap.py"}


def test_commands_in_the_readme_exist():
    """Each `tipoff COMMAND` shown is a command."""
    shown = set(re.findall(r"tipoff ([a-z]+)(?: |$)", README, re.MULTILINE))
    assert shown
    assert shown - set(COMMANDS) == set()


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:tests|shared|tipoff|docs|functions)/[^`*<{: ]+)`", "".join(PAGES.values()))))
)
def test_paths_in_the_documentation_exist(path):
    """Each path that is named is there."""
    assert (ROOT / path).exists()


def test_the_walk_of_a_game_date_is_short_and_real():
    """Architecture's reading list: from a scraper to the outcome, at most 12 different files, none of them long."""
    files = re.findall(r"^\d+\. `([^`]+)`", ARCHITECTURE, re.MULTILINE)
    assert len(set(files)) == len(files) <= 12
    assert (files[0].split("/")[1], files[-1]) == ("scrape", "shared/rules/outcomes.py")
    assert {file for file in files if len((ROOT / file).read_text("utf-8").splitlines()) > 300} == set()


def test_the_glossary_is_one_short_table():
    """At most 40 rows, each with a meaning, no term twice."""
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", GLOSSARY, re.MULTILINE)[2:]
    terms = [term for row in rows for term in row[0].split(", ")]
    assert 20 <= len(rows) <= 40
    assert len(set(terms)) == len(terms)


def test_functions_of_the_map_have_their_folder():
    """Each function of the map has a thin main and, where it computes, a core."""
    for name in pipeline_map().functions:
        main = ROOT / "functions" / name / "main.py"
        assert main.is_file()
        assert len(main.read_text("utf-8").splitlines()) <= 40


def test_no_copies_below_functions():
    """Nothing is shared by copy or by link."""
    assert not [p for p in (ROOT / "functions").rglob("*") if p.is_symlink() or p.name == "shared"]


def _strings(path: Path) -> list[str]:
    """The texts of a module that its users may see: no docstring but a command's own, no SQL."""
    tree = ast.parse(path.read_text("utf-8"))
    hidden = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0], ast.Expr)
        and not (isinstance(node, ast.FunctionDef) and path.parent.name == "commands" and not node.name.startswith("_"))
    }
    constants = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in hidden]
    return [n.value for n in constants if isinstance(n.value, str) and "SELECT " not in n.value]


VISIBLE = {
    str(path.relative_to(ROOT)): _strings(path)
    for room in ("cli", "evaluation", "operate", "slate")
    for path in sorted((ROOT / "tipoff" / room).rglob("*.py"))
}
HEADINGS = [
    *(c.heading for table in (columns.POINTS, columns.CHANCES, columns.BETS, columns.FILTERS) for c in table),
    *re.findall(r'">?([\w-]+)"', (ROOT / "tipoff" / "cli" / "commands" / "picks.py").read_text("utf-8")),
]


def test_terms_in_tables_are_in_the_glossary():
    """Each abbreviation and each of the field's terms that heads a column of the evaluation or of the picks."""
    terms = {term.lower() for row in re.findall(r"^\| (.+?) \|", GLOSSARY, re.MULTILINE) for term in row.split(", ")}
    words = {word for heading in HEADINGS for word in re.findall(r"[\w-]+", heading)}
    used = {w for w in words if re.fullmatch(r"[A-Z]{2,}", w)}
    used |= {w for w in words if w in ("Brier", "slope", "No-vig", "Edge", "hold")}
    assert {"MAE", "CRPS", "ROI", "CLV", "EV", "Brier", "No-vig", "Edge"} <= used
    assert {w for w in used if w.lower() not in terms} == set()


FIGURES = {
    column.key
    for tables in vars(columns).values()
    if isinstance(tables, tuple)
    for column in tables
    if isinstance(column, columns.Column) and not column.key.endswith("_95")
}


def test_every_figure_of_the_evaluation_is_defined():
    """Each key and heading that the tables show stands on the page of metrics, in code marks or in brackets."""
    page = PAGES["metrics"]
    explained = {"group", "how", "state", "void", "system", "baseline"}  # texts, and what the table itself says
    pattern = r"_(?:lead|of_baseline|best|word|rows|dates)$"
    named = {
        key if key.startswith("roi") else re.sub(f"^(?:crps|log_score|brier)(?={pattern})", "mae", key)
        for key in FIGURES
    }
    assert len(FIGURES) > 40
    assert {key for key in named - explained if f"`{key}`" not in page} == set()


@pytest.mark.parametrize("path", VISIBLE)
def test_users_see_no_private_words(path):
    """No text that a user sees has a word of this list, which says in an odd way what the field has a term for."""
    private = r"\b(who(so)?ever|nobody|somebody|told|mend(s|ed)?|surest|in hand|worth|best value|faded|straight line)\b"
    assert [text for text in VISIBLE[path] if re.search(private, text, re.IGNORECASE)] == []


def test_the_pictures_are_there_and_small() -> None:
    """Every picture that the README shows exists, is described, and has less than 200 kB."""
    shown = re.findall(r"!\[([^\]]*)\]\((docs/[^)]+)\)", README)
    assert len(shown) >= 4
    for words, path in shown:
        assert words
        assert 0 < (ROOT / path).stat().st_size < 200_000
