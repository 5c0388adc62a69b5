"""README, CONTRIBUTING and docs are true: sessions print what stands there, Python blocks run, links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from helpers.processes import ROOT, SECONDS, environment, python

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "bench" / "results" / "README.md"]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text() for path in PAGES if path.exists()}
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")


def blocks(language: str) -> list[object]:
    """The blocks of a language, each as a parameter that is named by its page and place."""
    found = [(name, re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)) for name, text in TEXTS.items()]
    return [pytest.param(block, id=f"{name} {place}") for name, texts in found for place, block in enumerate(texts)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder as a reader has one: the examples, and a photo and digits of one's own."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for name in ("photo.png", "digits.npy"):
        shutil.copy(ROOT / "examples" / name, tmp_path)
    return tmp_path


def output(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, env=environment(COLUMNS="120"), capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout


def commands(session: str) -> list[tuple[str, str]]:
    """(command, expected output) of every line that begins with a dollar sign."""
    parts = re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]
    return [(command, printed) for command, _, printed in (part.partition("\n") for part in parts)]


@pytest.mark.parametrize("session", blocks("console"))
def test_a_session_prints_what_stands_there(session: str, place: Path) -> None:
    for command, expected in commands(session):
        first, *rest = shlex.split(command)
        program = {"codec": python("-m", "codec"), "python": python()}.get(first, [first])
        assert output([*program, *rest], place) == expected, command


@pytest.mark.parametrize("block", blocks("python"))
def test_a_block_of_python_runs(block: str, place: Path) -> None:
    (place / "block.py").write_text(block)
    output(python("block.py"), place)


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_to_files_and_headings_that_are_there(name: str) -> None:
    for target, heading in LINK.findall(TEXTS[name]):
        if "://" not in target:
            path = (ROOT / name).parent / target if target else ROOT / name
            assert path.exists(), target
            assert not heading or heading in headings(path), f"{target}#{heading}"


def headings(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    prose = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    found = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def test_the_readme_has_sessions_and_the_two_commands() -> None:
    readme, check = TEXTS["README.md"], (ROOT / ".ci" / "run").read_text()
    assert "```console" in readme and "pip install . &&" in readme
    assert 'pip install -e ".[train,bench,dev]" && python -m pytest' in readme
    assert 'pip install --quiet -e ".[train,bench,dev]" && python -m pytest' in check
