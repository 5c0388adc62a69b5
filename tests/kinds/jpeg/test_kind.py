"""JPEG files become files, and come back."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from helpers.jpeg_files import MODES, SETTINGS, all_files, in_chunks, jpeg_file
from helpers.jpeg_stand_in import WRONG, jpeg_stand_in_known
from PIL import Image

from codec import api
from codec.container.container import read_container, write_container
from codec.density.named_model import NamedModel
from codec.errors import BadFile, BadInput, CodecError, UnknownModel
from codec.kinds import table
from codec.kinds.jpeg import pictures
from codec.kinds.jpeg.kind import OpenedJpeg
from codec.kinds.kind import Opened, Summary, facts_of
from codec.kinds.original import OriginalInfo
from codec.kinds.requests import Restored, Restoring, Settings, Source


@pytest.fixture
def model() -> Iterator[NamedModel]:
    with jpeg_stand_in_known() as known:
        yield known


def compressed(data: bytes, model: NamedModel, ending: str = ".jpg", **settings: object) -> tuple[bytes, Summary]:
    source = Source("a file", data, ending, 10**9)
    return table.kind_of_source(source).compress(source, Settings(model, **settings))  # type: ignore[arg-type]


def restored(data: bytes, model: NamedModel, **settings: object) -> Restored:
    return table.open_file(data).decompress(Restoring(model=model, **settings))  # type: ignore[arg-type]


def with_inside() -> bytes:
    """A file with a thumbnail in its EXIF, and a second picture and a trailer behind its end."""
    exif = b"Exif\0\0II*\0\x08\0\0\0\0\0" + jpeg_file("444", "RGB", 33, 20) + b"padding"
    file = io.BytesIO()
    Image.open(io.BytesIO(jpeg_file())).save(file, "JPEG", quality=70, exif=exif)
    return file.getvalue() + jpeg_file("progressive") + b"trailer"


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("mode", MODES)
def test_files_come_back(model: NamedModel, name: str, mode: str) -> None:
    data, _ = compressed(jpeg_file(name, mode), model)
    assert restored(data, model) == Restored(jpeg_file(name, mode), ".jpg", 10**9)


@pytest.mark.parametrize("cut", [0, 100, 700])
def test_files_that_are_cut_short_and_trailers_come_back(model: NamedModel, cut: int) -> None:
    whole = jpeg_file("444")[: -cut or None] + b"trailer"
    assert restored(compressed(whole, model)[0], model).content == whole


def test_jpeg_files_inside_are_coded_too(model: NamedModel) -> None:
    data, summary = compressed(with_inside(), model)
    assert facts_of(summary)["pictures"] == 3
    assert restored(data, model).content == with_inside()
    assert len(read_container(data).section("H")) < 1200


@pytest.mark.parametrize(
    "whole",
    [
        in_chunks(jpeg_file(), jpeg_file("444"), 700),
        jpeg_file() + b"\0" + jpeg_file("444")[1:] + b"trailer",
        in_chunks(jpeg_file(), jpeg_file("progressive", "L"), 900) + b"\1" + jpeg_file("444")[1:],
    ],
)
def test_jpeg_files_inside_that_are_not_in_one_piece_are_coded_too(model: NamedModel, whole: bytes) -> None:
    data, summary = compressed(whole, model)
    assert facts_of(summary)["pictures"] == (3 if b"FPXR" in whole and b"\1\xd8\xff" in whole else 2)
    assert restored(data, model).content == whole
    assert len(read_container(data).section("H")) < 600


def test_bytes_that_look_like_a_chunk_stay_where_they_are(model: NamedModel) -> None:
    whole = in_chunks(jpeg_file(), bytes(2000), 700) + b"\0\xd8\xff\xdb"
    assert not pictures.take_apart(whole, 1 << 20).moves
    assert restored(compressed(whole, model)[0], model).content == whole


@pytest.mark.parametrize("ending", [".jpg", ".jpeg", ".jpe", ".jfif", ".foto", ""])
def test_endings_are_kept(model: NamedModel, ending: str) -> None:
    data, _ = compressed(jpeg_file(), model, ending)
    assert restored(data, model).ending == (ending or ".jpg")
    assert table.open_file(data).ending() == (ending or ".jpg")


def test_the_file_does_not_depend_on_threads(model: NamedModel) -> None:
    assert compressed(jpeg_file(), model, threads=1)[0] == compressed(jpeg_file(), model, threads=4)[0]


def test_info_tells_what_it_is(model: NamedModel) -> None:
    data, summary = compressed(jpeg_file("422"), model)
    info = facts_of(table.open_file(data).info())
    assert (info["width"], info["height"], info["quality"], info["exact_quality"]) == (61, 43, 60, True)
    assert (info["sampling"], info["progressive"], info["original_bytes"]) == ("4:2:2", False, len(jpeg_file("422")))
    assert info["total_bits"] == 8 * len(data) == info["payload_bits"] + info["header_bits"]
    assert 0 < info["description_bits"] < info["header_bits"]
    assert {key: value for key, value in facts_of(summary).items() if key in info} == info


def test_bits_add_up(model: NamedModel) -> None:
    data, summary = compressed(with_inside(), model)
    spent = facts_of(summary.spent)
    components = spent["component_bits"]
    assert isinstance(components, list)
    parts = [*components, *(spent[f"{name}_bits"] for name in ("coder", "header"))]
    assert sum(parts) == pytest.approx(8 * len(data), abs=1)  # type: ignore[arg-type]


def test_pixels_are_those_of_pillow(model: NamedModel) -> None:
    data, _ = compressed(jpeg_file(), model)
    there = Image.open(io.BytesIO(jpeg_file()))
    image = Image.open(io.BytesIO(restored(data, model, ending=".png").content))
    assert np.array_equal(np.asarray(image), np.asarray(there))
    part = Image.open(io.BytesIO(restored(data, model, ending=".png", region=(5, 6, 20, 10)).content))
    assert np.array_equal(np.asarray(part), np.asarray(there)[6:16, 5:25])
    found = api.decompress(data, model)
    assert isinstance(found, Image.Image)
    assert np.array_equal(np.asarray(found), np.asarray(there))


def test_a_part_needs_a_format(model: NamedModel) -> None:
    with pytest.raises(BadInput, match="-o"):
        restored(compressed(jpeg_file(), model)[0], model, region=(0, 0, 8, 8))


def test_nothing_is_salvaged(model: NamedModel) -> None:
    with pytest.raises(BadInput, match="salvaged"):
        restored(compressed(jpeg_file(), model)[0], model, salvage=True)


def test_verifying_finds_another_source(model: NamedModel) -> None:
    opened = table.open_file(compressed(jpeg_file(), model)[0])
    opened.verify(Restoring(model=model), Source("", jpeg_file()))
    with pytest.raises(BadFile):
        opened.verify(Restoring(model=model), Source("", jpeg_file("422")))


def test_stored_is_stored(model: NamedModel) -> None:
    source = Source("a file", jpeg_file(), ".jpg")
    data, summary = table.kind_of_source(source).compress(source, Settings(method="stored"))
    assert isinstance(summary.info, OriginalInfo)
    assert table.open_file(data).decompress(Restoring()).content == jpeg_file()


def test_what_is_not_understood_is_stored_with_the_reason(monkeypatch: pytest.MonkeyPatch, model: NamedModel) -> None:
    monkeypatch.setattr("codec.density.library.embedded", lambda: [replace(model, title="jpeg")])
    odd = jpeg_file().replace(b"\xff\xc0", b"\xff\xc9")
    source = Source("a file", odd, ".jpg")
    data, summary = table.kind_of_source(source).compress(source, Settings())
    assert summary.notes == ("stored as it is: arithmetic coding",)
    assert table.open_file(data).decompress(Restoring()).content == odd


def test_what_decodes_to_something_else_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    with jpeg_stand_in_known(WRONG) as model:
        monkeypatch.setattr("codec.density.library.embedded", lambda: [replace(model, title="jpeg")])
        source = Source("a file", jpeg_file(), ".jpg")
        data, summary = table.kind_of_source(source).compress(source, Settings())
    assert "does not decode" in summary.notes[0]
    assert table.open_file(data).decompress(Restoring()).content == jpeg_file()


def test_what_a_reader_would_refuse_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "FREE_BLOCKS", 0)
    monkeypatch.setattr(pictures, "BLOCKS_PER_BYTE", 0)
    source = Source("a file", jpeg_file(), ".jpg", None)
    data, summary = table.kind_of_source(source).compress(source, Settings())
    assert "too large for what it holds" in summary.notes[0]
    assert table.open_file(data).decompress(Restoring()).content == jpeg_file()


def test_density_and_heat_map(model: NamedModel) -> None:
    source = Source("a file", jpeg_file(), ".jpg")
    kind = table.kind_of_source(source)
    estimates = facts_of(kind.density(source, Settings(model), (1, 4), 0))
    assert estimates["model"] == hashlib.sha256(model.data).hexdigest()
    drawn = kind.heat_map(source, Settings(model))
    assert Image.open(io.BytesIO(drawn.png)).size[0] == 8
    assert drawn.bits_of_pixels > 0


def test_another_model_is_an_error() -> None:
    with jpeg_stand_in_known() as model:
        data, _ = compressed(jpeg_file(), model)
        with pytest.raises(UnknownModel):
            table.open_file(data).decompress(Restoring())


def opened(data: bytes) -> Opened:
    found = table.open_file(data)
    assert isinstance(found, OpenedJpeg)
    return found


def test_more_pixels_than_allowed_are_refused(model: NamedModel) -> None:
    with pytest.raises(BadInput, match="max-pixels"):
        restored(compressed(jpeg_file(), model)[0], model, max_pixels=100)
    assert facts_of(opened(compressed(jpeg_file(), model)[0]).info())["width"] == 61


def test_damaged_files_give_an_error_or_the_file(model: NamedModel) -> None:
    rng = np.random.default_rng(0)
    files = [(data, compressed(data, model)[0]) for data in (jpeg_file("exif"), jpeg_file("rows"), with_inside())]
    for number in range(600):
        data, file = files[number % 3]
        container = read_container(file)
        sections = {tag: bytearray(container.section(tag)) for tag in container.spans}
        for _ in range(1 + number % 3):
            section = sections[str(rng.choice(list(sections)))]
            section[rng.integers(len(section))] ^= 1 << int(rng.integers(8))
        forged = write_container("J", container.model, {tag: bytes(section) for tag, section in sections.items()})
        try:
            assert restored(forged, model).content == data
        except CodecError as error:
            assert "\n" not in str(error)


def test_every_file_of_pillow_is_coded(model: NamedModel) -> None:
    for data in all_files():
        assert isinstance(table.open_file(compressed(data, model)[0]), OpenedJpeg)
