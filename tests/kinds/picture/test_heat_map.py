"""Heat maps: their bits are those of the file, pixel by pixel, at every effort."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from helpers.cli import run
from helpers.drawings import drawing
from helpers.processes import ROOT
from helpers.small_photos import small_photo_model
from helpers.stand_in import DENSITIES, MODELS, noise, smooth, stand_ins_known
from PIL import Image

from codec.density.density import PlaceCosts, TileCost
from codec.density.efforts import STRIPE_TIMES
from codec.density.named_model import NamedModel
from codec.density.photo.area import PhotoArea, PhotoRows
from codec.density.photo.colour import to_planes
from codec.density.photo.family import PhotoDensity
from codec.errors import BadInput
from codec.kinds.kind import Drawn, Summary
from codec.kinds.picture.heat_map import SCALE_ROWS, DrawnTile, Heat, StripePlaces, draw, heat_of, hottest
from codec.kinds.picture.info import PictureBits, PictureInfo
from codec.kinds.picture.kind import PictureKind
from codec.kinds.picture.write import Plan, write_picture_file
from codec.kinds.requests import EFFORTS, Settings, Source
from codec.media.form import Form, Pixels
from codec.media.picture import Picture
from codec.media.write import write_picture
from codec.methods.method import Setting
from codec.methods.photo import PHOTO

LEARNING = ("none", "outputs")


@cache
def small(learning: str = "none", channels: int = 3) -> NamedModel:
    return NamedModel(f"small-{channels}-{learning}", small_photo_model(channels, 0, "two", learning))


def noise_below(top: int, height: int, width: int) -> Pixels:
    """Flat, and noise from row `top` on."""
    pixels = np.full((height, width, 3), 90, np.uint8)
    pixels[top:] = np.random.default_rng(0).integers(0, 256, (height - top, width, 3))
    return pixels


def photo(mode: str, width: int = 150, height: int = 110) -> Picture:
    """A part of the photo of the examples."""
    with Image.open(ROOT / "examples" / "photo.png") as image:
        pixels = np.asarray(image.convert(mode).crop((100, 60, 100 + width, 60 + height)))
    return Picture(mode, pixels.reshape(height, width, -1))


def both(picture: Picture, settings: Settings) -> tuple[Summary, Drawn]:
    """What is told of a picture's file, and its heat map, by the same settings."""
    source = Source("x", write_picture(picture, ".png"), ".png")
    return PictureKind().compress(source, settings)[1], PictureKind().heat_map(source, settings)


def pixels_bits(summary: Summary) -> float:
    """What the file has for its pixels, the latents left out."""
    assert isinstance(summary.spent, PictureBits)
    return summary.spent.likelihood_bits + summary.spent.funding_bits


# ---------------------------------------------------------------- the bits are those of the file


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("effort", EFFORTS)
def test_the_map_shows_the_coding_that_the_file_has_at_every_effort(mode: str, effort: int) -> None:
    summary, drawn = both(photo(mode), Settings(method="photo", effort=effort))
    assert drawn.bits_of_pixels == pytest.approx(pixels_bits(summary), rel=0.005)


@pytest.mark.parametrize("learning", LEARNING)
@pytest.mark.parametrize("particles", [1, 3])
def test_the_map_shows_the_coding_that_the_file_has_with_latents(learning: str, particles: int) -> None:
    """The small models' latents pay on any picture; those of the embedded ones do not on one so small."""
    summary, drawn = both(photo("RGB"), Settings(small(learning), particles=particles))
    assert isinstance(summary.spent, PictureBits) and summary.spent.prior_bits > 0
    assert drawn.bits_of_pixels == pytest.approx(pixels_bits(summary), rel=0.005)


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_map_of_a_family_that_is_new_shows_the_coding_that_the_file_has(mode: str) -> None:
    with stand_ins_known():
        summary, drawn = both(smooth(mode), Settings(MODELS[len(mode)]))
    assert drawn.bits_of_pixels == pytest.approx(pixels_bits(summary), rel=0.005)


@pytest.mark.parametrize("method", ["auto", "graphics", "drawing"])
def test_the_map_of_graphics_shows_the_coding_that_the_file_has(method: str) -> None:
    summary, drawn = both(Picture("RGB", drawing(150, 200)), Settings(method=method))
    assert isinstance(summary.info, PictureInfo) and summary.info.method == "drawing"
    assert isinstance(summary.spent, PictureBits)
    assert drawn.bits_of_pixels == pytest.approx(summary.spent.likelihood_bits, abs=0.1) and drawn.bits_of_tiles == ()


def test_planes_cost_what_their_payload_has_everywhere_alike() -> None:
    summary, drawn = both(Picture("RGB", drawing(150, 200)), Settings(method="planes"))
    assert isinstance(summary.info, PictureInfo) and summary.info.method == "planes"
    assert drawn.bits_of_pixels == pytest.approx(summary.info.payload_bits, abs=0.1) and drawn.bits_of_tiles == ()


def test_stripes_without_a_model_cost_what_their_samples_take() -> None:
    with stand_ins_known():
        summary, drawn = both(noise("RGB", 300, 40), Settings(MODELS[3]))
    assert isinstance(summary.info, PictureInfo) and summary.info.method == "raw"
    assert drawn.bits_of_pixels == pytest.approx(8 * 3 * 300 * 40, abs=0.1)


def test_an_array_has_no_map() -> None:
    from codec.kinds.array.kind import ArrayKind

    with pytest.raises(BadInput, match="only the bits of pictures are drawn"):
        ArrayKind().heat_map(Source("x", b""), Settings())


# ---------------------------------------------------------------- where they are


def heat_by(model: NamedModel, pixels: Pixels) -> Heat:
    """The heat of the file of a picture by a model."""
    heat = write_picture_file(Picture("RGB", pixels), Plan((PHOTO,), setting=Setting(model.planes, places=True))).heat
    assert heat is not None
    return heat


@pytest.mark.parametrize("learning", LEARNING)
def test_bits_are_where_it_takes_them_to_code_the_picture(learning: str) -> None:
    bits = heat_by(small(learning), noise_below(40, 90, 270)).bits
    assert bits.shape == (90, 270) and bits[45:].mean() > 2 * bits[:35].mean()


@pytest.mark.parametrize("learning", LEARNING)
def test_the_bits_of_pixels_are_those_that_coding_them_takes(learning: str) -> None:
    rows = rows_of(noise_below(40, 90, 270), learning)
    assert rows.bits_of_pixels().sum() == pytest.approx(rows.total_bits, rel=1e-6)


def rows_of(pixels: Pixels, learning: str = "none") -> PhotoRows:
    """All rows of a picture, coded without latents."""
    planes = small(learning).planes
    assert isinstance(planes, PhotoDensity)
    area = PhotoArea.known(planes.model, to_planes(pixels))
    rows = area.rows(0, area.height)
    rows.cost(area)
    return rows


def test_each_pixel_has_its_own() -> None:
    """A changed pixel costs more; nothing above it changes."""
    flat = np.full((20, 33, 3), 90, np.uint8)
    spot = flat.copy()
    spot[11, 21] = 200
    before, after = (rows_of(pixels).bits_of_pixels() for pixels in (flat, spot))
    assert after[11, 21] > before[11, 21] + 3
    assert np.array_equal(before[:11], after[:11]) and np.array_equal(before[11, :21], after[11, :21])


def test_tiles_lie_where_those_of_the_stripes_do() -> None:
    tiles = heat_by(small(), noise_below(300, 600, 300) // 4).tiles
    assert [(tile.left, tile.top, tile.width, tile.height) for tile in tiles] == [(0, 0, 300, 300), (0, 300, 300, 300)]


def test_stripes_stand_one_above_the_other() -> None:
    top = StripePlaces(slice(0, 2), 99, PlaceCosts(np.full((2, 4), 3.0), (TileCost(0, 4, 7.0),)))
    heat = heat_of([top, StripePlaces(slice(2, 5), 24, None)], Form("L", 8, 4, 5))
    assert heat.bits[:, 0].tolist() == [3.0, 3.0, 2.0, 2.0, 2.0] and heat.tiles == [DrawnTile(0, 0, 4, 2, 7.0)]


# ---------------------------------------------------------------- how they are drawn


def half_hot() -> Heat:
    bits = np.zeros((60, 80))
    bits[30:] = 8.0
    return Heat(bits, [DrawnTile(0, 0, 40, 60, 20.0), DrawnTile(40, 0, 40, 60, 0.0)])


def test_the_map_is_bright_where_bits_are() -> None:
    drawn = draw(half_hot())
    assert drawn.pixels.shape == (60 + SCALE_ROWS, 80, 3) and drawn.pixels[35:59].mean() > 1.5 * drawn.pixels[10:25].mean()


def test_a_tile_has_a_bar_as_long_as_its_latents_cost() -> None:
    pixels = draw(half_hot()).pixels
    assert (pixels[1, 1:11] == 255).all() and not (pixels[1, 11:40] == 255).any() and not (pixels[1, 41:] == 255).any()


def test_one_pixel_in_two_hundred_may_cost_more_than_the_brightest_colour() -> None:
    bits = np.full((20, 50), 4.0)
    bits[0, :3] = 100.0
    assert hottest(Heat(bits, [])) == 4.0


def test_where_pixels_cost_next_to_nothing_the_brightest_colour_is_a_bit() -> None:
    assert hottest(Heat(np.zeros((3, 3)), [])) == 1.0


# ---------------------------------------------------------------- the command


@pytest.fixture
def command(tmp_path: Path) -> list[object]:
    """The command that draws the map of a picture by a small model."""
    Image.fromarray(noise_below(60, 120, 80)).save(tmp_path / "a.png")
    (tmp_path / "m.bbm").write_bytes(small().data)
    return ["density", tmp_path / "a.png", "--model", tmp_path / "m.bbm", "--heatmap", tmp_path / "h.png"]


def test_the_command_draws_a_png(command: list[object]) -> None:
    assert run(*command).exit_code == 0
    with Image.open(str(command[-1])) as drawn:
        assert drawn.size == (80, 120 + SCALE_ROWS) and drawn.mode == "RGB"


def test_the_command_says_what_the_map_shows(command: list[object]) -> None:
    facts = json.loads(run(*command, "--json").stdout)
    assert facts["bits_of_pixels"] == pytest.approx(facts["estimates"][0]["bits"], rel=0.05)
    assert len(facts["bits_of_tiles"]) == 1 and facts["brightest_bits"] > 1


def test_the_command_draws_at_the_effort_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(write_picture(photo("L", 40, 30), ".png"))
    maps = [json.loads(run("density", tmp_path / "a.png", "--effort", effort, "--heatmap", tmp_path / f"{effort}.png", "--json").stdout)
            for effort in EFFORTS]  # fmt: skip
    assert len({drawn["bits_of_pixels"] for drawn in maps}) == len(EFFORTS)


def test_the_command_replaces_nothing(command: list[object]) -> None:
    run(*command)
    again = run(*command)
    assert again.exit_code == 1 and "already there" in again.stderr


def test_the_command_draws_one_picture(command: list[object]) -> None:
    assert run(*command, command[-1]).exit_code == 2


def test_the_map_in_the_file_is_the_one_that_was_drawn() -> None:
    with stand_ins_known():
        drawn = both(smooth("L"), Settings(MODELS[1]))[1]
    with Image.open(io.BytesIO(drawn.png)) as image:
        plan = Plan((PHOTO,), setting=Setting(DENSITIES[1], places=True), times=STRIPE_TIMES[5])
        heat = write_picture_file(smooth("L"), plan).heat
        assert heat is not None and np.array_equal(np.asarray(image), draw(heat).pixels)
