"""Pictures of the map: complete, and in step with what is committed."""

from shared.map.loader import pipeline_map
from tests.support.places import ROOT
from tipoff.operate import map_docs

PAGE = ROOT / "docs" / "pipeline.md"


def test_the_committed_page_is_the_generated_one() -> None:
    """docs/pipeline.md says what the map says; after a change run `make docs`."""
    assert PAGE.read_text("utf-8") == map_docs.markdown(pipeline_map())


def test_every_phase_is_drawn_once_below_what_it_waits_for() -> None:
    """A tree has each phase of its run exactly once, after the phase it starts after."""
    for kind in pipeline_map().runs.values():
        drawn = [phase.name for _, phase in map_docs.tree(kind)]
        assert sorted(drawn) == sorted(kind.phases)
        for name in drawn:
            before = kind.phases[name].after
            assert before is None or drawn.index(before) < drawn.index(name)


def test_a_fork_branches_and_a_chain_does_not() -> None:
    """The postgame run forks after the player level, and each branch is a chain."""
    lines = {phase.name: branch for branch, phase in map_docs.tree(pipeline_map().runs["postgame"])}
    assert lines["scrape"] == ""
    assert lines["player"] == "↓ "
    assert lines["grading_gate"] == "├→ "
    assert lines["grade"] == "│  ↓ "
    assert lines["caches"] == "└→ "
