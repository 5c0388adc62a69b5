"""README, CONTRIBUTING and docs are true: sessions print what stands there, Python blocks run, links lead somewhere."""

from __future__ import annotations

import gzip
import re
import shlex
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from helpers.processes import ROOT, SECONDS, environment, python
from PIL import Image

from codec.cli.training import train_arrays, train_digits, train_jpeg, train_photo

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "bench" / "results" / "README.md"]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text() for path in PAGES if path.exists()}
NAMED = re.compile(r"`((?:codec|bench|tests|examples|docs)/[\w./-]*)`")
TRAINING = ("## Photos", "## Arrays of any shape", "## Digits")  # sections of docs/training.md whose commands run
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


@pytest.mark.parametrize("name", TEXTS)
def test_files_and_folders_that_a_page_names_are_there(name: str) -> None:
    assert [named for named in NAMED.findall(TEXTS[name]) if not (ROOT / named).exists()] == []


def headings(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    prose = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    found = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def test_the_readme_has_sessions_and_the_two_commands() -> None:
    readme, check = TEXTS["README.md"], (ROOT / ".ci" / "run").read_text()
    assert "```console" in readme and "pip install . &&" in readme
    assert 'pip install -e ".[train,bench,dev]" && python -m pytest' in readme
    assert 'pip install --quiet -e ".[train,bench,ecosystem,dev]" && python -m pytest' in check


def test_the_readme_is_one_page() -> None:
    assert 80 <= len(TEXTS["README.md"].splitlines()) <= 120


# ---------------------------------------------------------------- training


def shell(text: str) -> list[str]:
    """The lines of all blocks of commands."""
    return [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


def section(title: str) -> str:
    """A section of docs/training.md."""
    return TEXTS["docs/training.md"].partition(f"{title}\n")[2].partition("\n## ")[0]


@pytest.fixture
def training_place(place: Path) -> Path:
    """Stand-ins for one's own photos and images, and for MNIST."""
    (place / "my-photos").mkdir()
    np.save(place / "images.npy", np.random.default_rng(0).integers(0, 256, (40, 6, 5, 3)).astype(np.uint8))
    with Image.open(place / "photo.png") as image:
        for number in range(20):
            image.crop((4 * number, 0, 4 * number + 64, 64)).save(place / "my-photos" / f"{number:02}.png")
    images = np.resize(np.load(place / "digits.npy"), (40, 28, 28))
    (place / "data" / "mnist").mkdir(parents=True)
    with gzip.open(place / "data" / "mnist" / "train-images-idx3-ubyte.gz", "wb") as file:
        file.write(struct.pack(">4I", 0x803, *images.shape) + images.tobytes())
    return place


def hurried(command: str) -> list[str]:
    """The words of a command, with next to no minutes, and of digits and arrays a small net and few of them."""
    words = shlex.split(re.sub(r"--minutes \S+", "--minutes 0.0001", command))
    of_arrays = ["--widths", "8,8"] if "--layers" in words else ["--units", "8"]
    small = {"digits": ["--size", "0.25"], "arrays": of_arrays} if words[1] == "train" else {}
    return [*words, "--batch", "8", "--validation", "8", *small[words[2]]] if small.get(words[2]) else words


@pytest.mark.parametrize("title", TRAINING)
def test_the_commands_of_training_run_as_written(title: str, training_place: Path) -> None:
    pytest.importorskip("torch")
    for command in shell(section(title)):
        first, *rest = hurried(command)
        if first == "codec" or "bench" not in rest:  # which fetches data from the net
            output(python(*(["-m", "codec", *rest] if first == "codec" else rest)), training_place)


def test_the_options_of_longer_recipes_are_there() -> None:
    recipes = [line for line in shell(TEXTS["docs/training.md"]) if line.startswith("codec train ")]
    assert len(recipes) > 10
    for recipe in recipes:
        family, *options = shlex.split(recipe)[2:]
        {"arrays": train_arrays, "digits": train_digits, "jpeg": train_jpeg, "photo": train_photo}[family].make_context(family, options)


def test_the_readme_trains_as_the_page_on_training() -> None:
    lines = shell(TEXTS["README.md"].partition("## Train your own")[2])
    assert lines and set(lines) <= set(shell(TEXTS["docs/training.md"]))
