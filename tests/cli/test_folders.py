"""A folder of all kinds of pictures, good and bad, goes through the commands in one run each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.cli import run
from PIL import Image, ImageSequence

KEPT = ("icc_profile", "exif", "xmp", "dpi", "gamma", "transparency", "srgb", "chromaticity")  # what of it is compared


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    found = shared_data / "robust"
    if not found.is_dir():
        pytest.skip(f"no test pictures in {found}")
    return found


@pytest.fixture(scope="module")
def runs(
    folder: Path, tiny_photos: None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[dict[str, Any]], list[str], dict[str, Path]]:
    """What compress says of every file, its errors, and for every compressed file what decompress gives back."""
    out, back = tmp_path_factory.mktemp("out"), tmp_path_factory.mktemp("back")
    compressed = run("compress", "-r", folder, "-o", out, "--json", "-q")
    assert compressed.exit_code == 1
    restored = run("decompress", "-r", out, "-o", back, "--json")
    assert restored.exit_code == 0 and not restored.stderr, restored.output
    places = {fact["source"]: Path(fact["file"]) for fact in map(json.loads, restored.stdout.splitlines())}
    return [json.loads(line) for line in compressed.stdout.splitlines()], compressed.stderr.splitlines(), places


def frames(path: Path) -> list[tuple[Any, ...]] | None:
    """Everything of a picture that has to come back; None if Pillow cannot read it."""
    try:
        with Image.open(path) as image:
            known = {key: image.info[key] for key in KEPT if key in image.info} | {"text": getattr(image, "text", {})}
            known["exif"] = known.get("exif", b"").removeprefix(b"Exif\0\0")
            dots = tuple(round(float(value), 2) for value in image.info.get("dpi", ()))  # Pillow reckons inches otherwise in a BMP
            known["dpi"] = () if dots == (1, 1) else dots  # what it says of a TIFF that says nothing
            every = ImageSequence.Iterator(image)
            return [(frame.mode, frame.size, frame.getpalette(), known, np.array(frame).tobytes()) for frame in every]
    except Exception:  # Pillow raises nearly any exception on damaged files
        return None


def test_every_readable_picture_comes_back_and_every_other_one_is_named_in_one_line(folder: Path, runs: Any) -> None:
    facts, errors, places = runs
    assert len(facts) == len([path for path in folder.rglob("*") if path.suffix])
    assert errors[-1] == f"codec: {len(errors) - 1} of {len(facts)} inputs failed"
    for fact in facts:
        source = Path(fact.get("source", fact["file"]))
        if "error" in fact:
            assert frames(source) is None and sum(str(source) in line for line in errors) == 1, source
            continue
        found = places[fact["file"]]
        if fact["method"] == "stored":
            assert found.read_bytes() == source.read_bytes()
        else:
            assert frames(found) == frames(source), source
        assert found.stat().st_mtime == int(source.stat().st_mtime)


def test_no_file_is_more_than_64_bytes_larger_than_its_original(runs: Any) -> None:
    assert all(fact["bytes"] <= fact["original_bytes"] + 64 for fact in runs[0] if "error" not in fact)
