"""Pictures as a kind of file: what their commands print, what they write, and how they fail."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.cli import run
from helpers.drawings import drawing
from helpers.pictures import same_image, saved
from helpers.small_models import small_images, small_model
from helpers.stand_in import MODELS, Deflated, forged, model_data, noise, smooth, stand_ins_known
from PIL import Image, PngImagePlugin

from codec.container.container import read_container
from codec.density import library
from codec.density.efforts import STRIPE_TIMES
from codec.density.library import PHOTO_TITLES
from codec.density.named_model import NamedModel
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadFile, BadInput
from codec.kinds.kind import Summary
from codec.kinds.picture.info import PictureInfo
from codec.kinds.picture.kind import PictureKind, compress_image
from codec.kinds.requests import Restoring, Settings, Source
from codec.kinds.table import kind_of_source, open_file
from codec.media.form import Pixels
from codec.media.picture import Picture
from codec.media.write import write_picture

METHODS = ["photo", "graphics", "planes"]
PARTS = ["prior", "posterior", "likelihood", "funding", "coder", "header", "total"]
ROWS = 1500  # of a picture of several stripes
STRIPES = stripe_rows(ROWS, 20, STRIPE_TIMES[5])


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[int, Deflated]]:
    """Inside, the models that come with the package are stand-ins: those by channels."""
    models = {channels: NamedModel(title, model_data(channels)) for channels, title in PHOTO_TITLES.items()}
    monkeypatch.setattr(library, "embedded", lambda: list(models.values()))
    with stand_ins_known():
        yield {channels: model.planes for channels, model in models.items()}  # type: ignore[misc]


@pytest.fixture
def place(tmp_path: Path, embedded: dict[int, Deflated]) -> Path:
    """A folder with pictures."""
    for name, picture in (("colour", smooth()), ("gray", smooth("L")), ("noise", noise("RGB", 30, 40))):
        (tmp_path / f"{name}.png").write_bytes(write_picture(picture, ".png"))
    Image.new("P", (9, 9)).save(tmp_path / "palette.png")
    Image.fromarray(smooth().pixels).save(tmp_path / "photo.jpg", quality=90)
    for name, settings in (("frames.gif", {}), ("pages.tif", {})):
        frames = [Image.new("L", (9, 9), 90 * index) for index in range(3)]
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **settings)
    return tmp_path


def pixels(path: Path) -> Pixels:
    with Image.open(path) as image:
        return np.asarray(image)


def told(*arguments: object) -> dict[str, Any]:
    """What a command prints as JSON."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def refused(*arguments: object) -> str:
    """The one line with which a command fails."""
    result = run(*arguments)
    assert result.exit_code == 1 and result.output.startswith("codec: ") and result.output.count("\n") == 1, result.output
    return result.output


# ---------------------------------------------------------------- there and back


@pytest.mark.parametrize("name", ["colour", "noise"])
@pytest.mark.parametrize("how", ["--verify", "--no-verify", "--method=photo", "--method=graphics", "--method=planes", "--method=stored"])
def test_a_picture_comes_back_beside_its_file(place: Path, name: str, how: str) -> None:
    before = pixels(place / f"{name}.png")
    assert run("compress", place / f"{name}.png", "-T", 2, how).stdout == ""
    (place / f"{name}.png").unlink()
    assert run("decompress", place / f"{name}.bb").output == ""
    assert np.array_equal(pixels(place / f"{name}.png"), before)


@pytest.mark.parametrize("ending", [".tif", ".bmp", ".pgm", ".PNG"])
@pytest.mark.parametrize("method", ["photo", "stored"])
def test_the_ending_of_the_output_chooses_its_format(place: Path, ending: str, method: str) -> None:
    run("compress", place / "gray.png", "-o", place / "x.bb", "--method", method)
    assert run("decompress", place / "x.bb", "-o", place / f"y{ending}").exit_code == 0
    assert np.array_equal(pixels(place / f"y{ending}"), pixels(place / "gray.png"))


LOSSES = [(".jpg", "keeps every pixel"), (".pgm", "does not keep the mode RGB"), ("", "no ending")]


@pytest.mark.parametrize(("ending", "reason"), LOSSES)
def test_a_format_that_loses_something_is_refused_before_any_work(
    place: Path, embedded: dict[int, Deflated], monkeypatch: pytest.MonkeyPatch, ending: str, reason: str
) -> None:
    run("compress", place / "colour.png", "--method", "photo")
    monkeypatch.setattr(embedded[3], "decode", lambda *given: pytest.fail("it went on to decode"))
    assert reason in refused("decompress", place / "colour.bb", "-o", place / f"y{ending}")


def test_a_format_that_loses_something_is_written_if_that_is_allowed(place: Path) -> None:
    run("compress", place / "colour.png")
    assert run("decompress", place / "colour.bb", "-o", place / "y.jpg", "--lossy-format-ok").exit_code == 0
    assert pixels(place / "y.jpg").shape == (700, 20, 3)


def test_metadata_come_back(place: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "a title")
    Image.fromarray(noise("RGB", 2, 3).pixels).save(place / "text.png", pnginfo=text, icc_profile=b"profile" * 50, dpi=(300, 300))
    assert run("compress", place / "text.png").output == ""
    run("decompress", place / "text.bb", "-o", place / "again.png")
    with Image.open(place / "text.png") as before, Image.open(place / "again.png") as after:
        assert before.info == after.info and after.info["Title"] == "a title"
    assert "does not keep Title, dpi" in refused("decompress", place / "text.bb", "-o", place / "x.webp")


@pytest.mark.parametrize("method", [*METHODS, "stored"])
def test_the_time_comes_back(place: Path, method: str) -> None:
    os.utime(place / "colour.png", (1_600_000_000, 1_600_000_000))
    run("compress", place / "colour.png", "--method", method)
    run("decompress", place / "colour.bb", "-o", place / "again.png")
    assert (place / "again.png").stat().st_mtime == 1_600_000_000


def test_a_region_comes_back(place: Path) -> None:
    run("compress", place / "colour.png", "--method", "photo")
    run("decompress", place / "colour.bb", "-o", place / "part.png", "--region", "3,250,9,100")
    assert np.array_equal(pixels(place / "part.png"), pixels(place / "colour.png")[250:350, 3:12])


def test_arrays_and_pictures_go_by_the_same_commands(place: Path) -> None:
    (place / "gray.bbm").write_bytes(small_model(256))
    np.save(place / "array.npy", small_images(9, 256))
    (place / "array.npy").rename(place / "array.png")
    assert told("compress", place / "array.png", "--model", place / "gray.bbm")["kind"] == "array"
    assert run("decompress", place / "array.bb", "--model", place / "gray.bbm").exit_code == 0
    assert np.array_equal(np.load(place / "array.npy"), small_images(9, 256))


# ---------------------------------------------------------------- what is told


def test_the_parts_of_the_size_add_up(place: Path) -> None:
    facts = told("compress", place / "colour.png", "-N", 3, "--method", "photo")
    assert facts["total_bits"] == 8 * (place / "colour.bb").stat().st_size
    parts = sum(facts[f"{name}_bits"] for name in ("prior", "likelihood", "funding", "coder", "stored", "header"))
    assert parts - facts["posterior_bits"] == pytest.approx(facts["total_bits"], abs=1)


def test_what_was_done_is_told(place: Path) -> None:
    facts = told("compress", place / "colour.png", "-N", 3, "--method", "photo")
    assert (facts["particles"], facts["verified"], facts["notes"], facts["left"], facts["method"]) == (3, True, [], [], "photo")
    assert facts["original_bytes"] == (place / "colour.png").stat().st_size


@pytest.mark.parametrize("method", [*METHODS, "stored"])
@pytest.mark.parametrize(("how", "verified"), [("--verify", True), ("--no-verify", False)])
def test_whether_it_was_verified_is_told(place: Path, method: str, how: str, verified: bool) -> None:
    assert told("compress", place / "colour.png", "--method", method, how)["verified"] == verified


@pytest.mark.parametrize("method", [*METHODS, "stored"])
def test_info_tells_of_a_file_what_was_told_when_it_was_made(place: Path, method: str) -> None:
    made = told("compress", place / "colour.png", "--method", method)
    found = told("info", place / "colour.bb")
    assert {**found, "file": 0}.items() <= {**made, "file": 0}.items()


def test_the_parts_of_the_size_are_printed(place: Path) -> None:
    lines = run("compress", place / "colour.png", "-v", "--method", "photo").output.splitlines()
    assert [line.split()[0] for line in lines[-len(PARTS) :]] == PARTS


def test_info_is_printed(place: Path) -> None:
    run("compress", place / "colour.png", "--method", "photo")
    assert [line.split()[0] for line in run("info", place / "colour.bb").output.splitlines()] == ["20x700", "payload", "header", "total"]


def test_density_gives_bits_per_dimension_for_each_number_of_particles(place: Path) -> None:
    rows = told("density", place / "colour.png", "--particles", "1,10", "--model", "photo")["estimates"]
    assert [row["particles"] for row in rows] == [1, 10]
    assert rows[1]["bits_per_dimension"] == pytest.approx(2.1, abs=0.001)
    assert rows[1]["bits"] == pytest.approx(2.1 * 20 * 700 * 3, abs=4 + 3 * 8), "and a byte of each stripe"


def test_density_is_printed(place: Path) -> None:
    assert len(run("density", place / "colour.png").output.splitlines()) == 5


# ---------------------------------------------------------------- stored as it is


@pytest.mark.parametrize(("name", "reason"), [("photo.jpg", "JPEG is already small"), ("frames.gif", "more than one frame")])
def test_what_is_smaller_is_stored_as_it_is_and_says_so(place: Path, name: str, reason: str) -> None:
    before = (place / name).read_bytes()
    result = run("compress", place / name, "-o", place / "kept.bb", "-v")
    assert f"stored as it is: {reason}" in result.stderr and "stored as it is" in result.stdout
    assert (place / "kept.bb").stat().st_size <= len(before) + 64
    run("decompress", place / "kept.bb")
    assert (place / f"kept{Path(name).suffix}").read_bytes() == before
    assert told("info", place / "kept.bb")["method"] == "stored"


def test_several_frames_come_back_in_no_other_format(place: Path) -> None:
    run("compress", place / "frames.gif")
    assert "take its own ending, .gif" in refused("decompress", place / "frames.bb", "-o", place / "x.png")


def test_a_stored_photo_comes_back_in_another_format(place: Path) -> None:
    run("compress", place / "photo.jpg")
    run("decompress", place / "photo.bb", "-o", place / "x.png")
    assert np.array_equal(pixels(place / "x.png"), pixels(place / "photo.jpg"))


def test_a_part_of_a_stored_photo_comes_back(place: Path) -> None:
    run("compress", place / "photo.jpg")
    run("decompress", place / "photo.bb", "-o", place / "part.png", "--region", "2,3,4,5")
    assert np.array_equal(pixels(place / "part.png"), pixels(place / "photo.jpg")[3:8, 2:6])


def test_a_file_that_is_smaller_than_what_is_coded_from_its_pixels_is_stored(place: Path) -> None:
    y, x = np.indices((200, 200))
    colours = np.random.default_rng(0).integers(0, 256, (64, 3)).astype(np.uint8)
    drawing = Image.fromarray(colours[(x * y // 37 + x // 3) % 64])
    drawing.save(place / "small.webp", lossless=True, method=6, quality=100)
    facts = told("compress", place / "small.webp")
    assert facts["method"] == "stored" and facts["notes"] == [
        "stored as it is: the WEBP file is smaller than what is coded from its pixels"
    ]


@pytest.mark.parametrize("arguments", [("--method", "photo"), ("--model", "photo")])
def test_a_method_or_model_that_is_named_is_obeyed(place: Path, arguments: tuple[str, str]) -> None:
    assert told("compress", place / "colour.png", *arguments)["method"] == "photo"


@pytest.mark.parametrize("arguments", [("--method", "photo"), ("--model", "photo")])
def test_a_method_or_model_that_cannot_be_obeyed_is_an_error(place: Path, arguments: tuple[str, str]) -> None:
    assert "does not code pictures of mode P" in refused("compress", place / "palette.png", *arguments)


@pytest.mark.parametrize("method", METHODS)
def test_pages_can_only_be_stored(place: Path, method: str) -> None:
    assert "only be stored" in refused("compress", place / "pages.tif", "--method", method)


# ---------------------------------------------------------------- damaged, or too large


def damaged(place: Path) -> Path:
    """A compressed photo whose last stripe is damaged."""
    (place / "high.png").write_bytes(write_picture(smooth("RGB", ROWS), ".png"))
    run("compress", place / "high.png", "--method", "photo")
    data = bytearray((place / "high.bb").read_bytes())
    data[-12] ^= 4
    (place / "damaged.bb").write_bytes(data)
    return place / "damaged.bb"


def test_what_is_intact_comes_back_and_what_is_lost_is_named(place: Path) -> None:
    result, last = run("decompress", damaged(place), "--salvage"), STRIPES[-1].start
    assert result.exit_code == 1 and f"rows {last} to {ROWS - 1} are lost" in result.output
    assert np.array_equal(pixels(place / "damaged.png")[:last], pixels(place / "high.png")[:last])
    assert not pixels(place / "damaged.png")[last:].any()


def test_a_damaged_file_is_told_with_the_way_out_of_it(place: Path) -> None:
    assert "--salvage gives back what is intact" in refused("decompress", damaged(place))


def test_verifying_tells_an_intact_file_from_a_damaged_one(place: Path) -> None:
    assert run("verify", damaged(place)).exit_code == 1 and run("verify", place / "high.bb").exit_code == 0


@pytest.mark.parametrize("command", ["verify", "decompress"])
def test_the_digest_of_many_stripes_is_checked(place: Path, command: str) -> None:
    damaged(place)
    data = (place / "high.bb").read_bytes()
    header = bytearray(read_container(data).section("H"))
    header[20] ^= 1
    (place / "forged.bb").write_bytes(forged(data, H=bytes(header)))
    assert "digest" in refused(command, place / "forged.bb")


@pytest.mark.parametrize(("command", "name"), [("compress", "colour.png"), ("decompress", "colour.bb")])
def test_more_pixels_than_allowed_are_refused_both_ways(place: Path, command: str, name: str) -> None:
    run("compress", place / "colour.png")
    assert "20x700 are more than 13999 pixels" in refused(command, place / name, "--max-pixels", 13999, "-f")
    assert run(command, place / name, "--max-pixels", 14000, "-f").exit_code == 0


BAD = {
    "not a picture": ("compress", "text.png"),
    "cannot read": ("compress", "missing.png"),
    "already there": ("compress", "high.png"),
    "0 particles": ("compress", "colour.png", "-f", "-N", "0", "--method", "photo"),
    "damaged.bb": ("decompress", "damaged.bb"),
    "damaged": ("info", "damaged.bb"),
}


@pytest.mark.parametrize("reason", BAD)
def test_bad_input_gives_one_clear_line_and_exit_code_1(place: Path, reason: str) -> None:
    damaged(place)
    (place / "text.png").write_text("no picture")
    command, name, *rest = BAD[reason]
    assert reason in refused(command, place / name, *rest)


def test_no_threads_are_wrong_usage(place: Path) -> None:
    assert run("compress", place / "colour.png", "-T", 0).exit_code == 2


def test_a_result_that_does_not_decode_is_not_written(place: Path, embedded: dict[int, Deflated]) -> None:
    embedded[3].wrong = True
    assert "nothing was written" in refused("compress", place / "colour.png", "--method", "photo")
    assert not (place / "colour.bb").exists()


def test_without_a_model_for_pictures_the_command_says_what_to_do(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "embedded", list)
    assert "give a model's file with --model" in refused("compress", place / "colour.png", "--method", "photo")


# ---------------------------------------------------------------- kernels


def test_kernels_are_prepared_before_a_photo_is_coded(place: Path, embedded: dict[int, Deflated]) -> None:
    embedded[3].prepared.clear()
    run("compress", place / "colour.png", "--method", "photo")
    assert embedded[3].prepared == [True]


def test_kernels_are_prepared_before_a_photo_is_decoded(place: Path, embedded: dict[int, Deflated]) -> None:
    run("compress", place / "colour.png", "--method", "photo")
    embedded[3].prepared.clear()
    run("decompress", place / "colour.bb", "-f")
    assert embedded[3].prepared == [True]


def test_kernels_that_are_there_are_not_prepared_again(place: Path, embedded: dict[int, Deflated]) -> None:
    run("compress", place / "colour.png", "--method", "photo")
    assert embedded[3].prepared == [True]


@pytest.mark.parametrize("method", ["graphics", "planes", "stored"])
def test_no_kernels_are_prepared_where_no_model_is_needed(place: Path, embedded: dict[int, Deflated], method: str) -> None:
    embedded[3].prepared.clear()
    run("compress", place / "colour.png", "--method", method)
    assert embedded[3].prepared == []


# ---------------------------------------------------------------- in memory, and opened


@pytest.mark.parametrize("method", METHODS)
def test_a_picture_in_memory_comes_back(embedded: dict[int, Deflated], method: str) -> None:
    data, summary = compress_image(smooth(), Settings(method=method))
    found = open_file(data).restore(Restoring())
    assert isinstance(found, Picture) and np.array_equal(found.pixels, smooth().pixels) and summary.original_bytes is None


def test_a_picture_in_memory_has_no_file_to_store() -> None:
    with pytest.raises(BadInput, match="no file that could be stored"):
        compress_image(smooth(), Settings(method="stored"))


def compressed(settings: Settings, picture: Picture) -> tuple[bytes, Summary]:
    return PictureKind().compress(Source("x", write_picture(picture, ".png"), ".png"), settings)


@pytest.mark.parametrize("colour", [True, False])
def test_a_picture_whose_colours_are_on_a_line_is_coded_as_a_gray_one(embedded: dict[int, Deflated], colour: bool) -> None:
    gray = smooth("L").pixels
    picture = smooth() if colour else Picture("RGB", np.concatenate([gray, gray // 2, 255 - gray], axis=2).astype(np.uint8))
    _, summary = compressed(Settings(method="photo"), picture)
    assert isinstance(summary.info, PictureInfo) and summary.info.model == embedded[3 if colour else 1].file.name.hex()


def test_a_model_file_codes_what_it_was_made_for_and_nothing_else() -> None:
    with stand_ins_known(), pytest.raises(BadInput, match="a model of gray pictures"):
        compressed(Settings(MODELS[1]), noise("RGB", 30, 40))


def test_the_smallest_of_all_that_was_tried_is_taken(embedded: dict[int, Deflated]) -> None:
    data, _ = compressed(Settings(), smooth("RGB", 99))
    assert len(data) <= min(len(compressed(Settings(method=method), smooth("RGB", 99))[0]) for method in METHODS)


def test_more_time_for_graphics_makes_smaller_files(embedded: dict[int, Deflated]) -> None:
    sizes = [len(compressed(Settings(method="graphics", effort=effort), Picture("RGB", drawing(150, 200)))[0]) for effort in (5, 9)]
    assert sizes[1] < sizes[0]


def test_a_file_is_verified_against_the_picture_it_was_made_from(embedded: dict[int, Deflated]) -> None:
    opened = open_file(compressed(Settings(), smooth())[0])
    opened.verify(Restoring(), Source("x", write_picture(smooth(), ".tif"), ".tif"))
    with pytest.raises(BadFile, match="pixels differ"):
        opened.verify(Restoring(), Source("x", write_picture(Picture("RGB", smooth().pixels ^ 1), ".tif"), ".tif"))


def test_progress_of_verifying_is_told_once(embedded: dict[int, Deflated]) -> None:
    seen = list[tuple[str, int, int]]()
    open_file(compressed(Settings(method="photo"), smooth("RGB", ROWS))[0]).verify(Restoring(progress=lambda *done: seen.append(done)))
    assert seen == [("verifying", row * 20, ROWS * 20) for row in (0, *(part.stop for part in STRIPES))]


def test_what_is_several_pictures_has_no_density_if_it_is_damaged(place: Path) -> None:
    (place / "cut.gif").write_bytes((place / "frames.gif").read_bytes()[:-3])
    assert "it has no density: more than one frame" in refused("density", place / "cut.gif")


def test_the_ending_of_a_stored_file_is_that_of_its_format_where_it_has_no_name(place: Path) -> None:
    data, _ = PictureKind().compress(Source("bytes", (place / "photo.jpg").read_bytes()), Settings())
    assert open_file(data).ending() == ".jpg"


# ---------------------------------------------------------------- the pixels alone


def other_file(form: str, mode: str = "RGB") -> bytes:
    """A file of a format that is kept as it is."""
    return saved(Image.fromarray(smooth().pixels[:128, :20]).resize((64, 64)).convert(mode), form)


@pytest.mark.parametrize("form", ["JPEG", "JPEG2000", "DDS", "ICNS", "PCX", "SGI"])
def test_of_a_file_that_is_kept_the_pixels_alone_may_be_coded(embedded: dict[int, Deflated], form: str) -> None:
    source = Source("x", other_file(form), f".{form.lower()}")
    data, summary = kind_of_source(source).compress(source, Settings(pixels=True))
    assert isinstance(summary.info, PictureInfo) and any(f"the {form} file itself" in note for note in summary.notes)
    found = open_file(data).decompress(Restoring())
    assert found.ending == ".png"
    with Image.open(io.BytesIO(found.content)) as ours, Image.open(io.BytesIO(source.data)) as theirs:
        theirs.load()  # of an icon, the mode may change with it
        assert same_image(ours, theirs)
        assert ours.info["Source"] == f"the pixels of a {form} file, which is not kept"


def test_without_being_asked_a_file_is_kept(embedded: dict[int, Deflated]) -> None:
    source = Source("x", other_file("JPEG2000"), ".jp2")
    data, _ = PictureKind().compress(source, Settings())
    assert open_file(data).decompress(Restoring()).content == source.data


def test_pixels_of_a_mode_that_no_png_has_come_back_as_a_tiff(embedded: dict[int, Deflated]) -> None:
    source = Source("x", other_file("JPEG", "CMYK"), ".jpg")
    data, _ = PictureKind().compress(source, Settings(pixels=True))
    found = open_file(data).restore(Restoring())
    assert open_file(data).ending() == ".tif" and isinstance(found, Picture) and found.mode == "CMYK"


def test_a_file_whose_pixels_alone_are_coded_is_not_removed(place: Path) -> None:
    result = run("compress", "--pixels", "--rm", place / "photo.jpg")
    assert result.exit_code == 1 and "the JPEG file itself" in result.stderr and (place / "photo.jpg").exists()
    assert "Source" in told("info", place / "photo.bb")["metadata"]


def test_the_pixels_of_a_picture_that_is_coded_anyway_are_all_of_it(place: Path) -> None:
    run("compress", "--pixels", place / "colour.png", "-o", place / "one.bb")
    run("compress", place / "colour.png", "-o", place / "other.bb")
    assert (place / "one.bb").read_bytes() == (place / "other.bb").read_bytes()


def test_pixels_that_cannot_be_told_are_refused(place: Path) -> None:
    (place / "cut.gif").write_bytes((place / "frames.gif").read_bytes()[:-3])
    assert "its pixels alone cannot be coded: more than one frame" in refused("compress", "--pixels", place / "cut.gif")
