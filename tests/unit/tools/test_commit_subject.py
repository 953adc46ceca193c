"""The commit-msg hook: a subject of 72 characters passes, one of 73 does not."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.commit_subject import check


@pytest.mark.parametrize(
    "message",
    [
        "x" * 72,
        "x" * 72 + "   ",
        "short\n\n" + "a long line of the body, " * 9,
        "\n# a comment " + "c" * 80 + "\nshort",
    ],
)
def test_a_subject_of_72_characters_passes(message: str) -> None:
    """Only the subject counts: not trailing space, not the body, not git's comments above it."""
    check(message)


@pytest.mark.parametrize("message", ["x" * 73, "# a comment\n\n" + "x" * 73 + "\n\nbody"])
def test_a_longer_subject_is_refused(message: str) -> None:
    """The refusal names the length and the limit."""
    with pytest.raises(SystemExit, match="73 characters, at most 72"):
        check(message)


def test_git_sees_the_refusal(tmp_path: Path) -> None:
    """As a command with git's message file: an exit code other than 0 stops the commit."""
    path = tmp_path / "COMMIT_EDITMSG"
    codes = []
    for length in (72, 73):
        path.write_text("x" * length, "utf-8")
        done = subprocess.run([sys.executable, "-m", "tools.commit_subject", path], stderr=subprocess.PIPE, check=False)
        codes.append(done.returncode)
    assert codes == [0, 1]
