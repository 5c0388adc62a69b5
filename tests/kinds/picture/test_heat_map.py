"""Heat maps: their bits are those of files, pixel by pixel."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from helpers.small_photos import small_photo_model
from PIL import Image

from codec.cli.main import main
from codec.density.photo.model import load_photo
from codec.density.photo.stripe import Area, Rows, bits_of_pixels, encode_stripe
from codec.kinds.picture import heat_map
from codec.media.picture import Picture, to_planes
from codec.nets.model_file import read_model

MODELS = {learning: load_photo(read_model(small_photo_model(3, 0, "two", learning))) for learning in ("none", "outputs")}


def noise_below(top: int, height: int, width: int) -> np.ndarray:
    """Flat, and noise from row `top` on."""
    pixels = np.full((height, width, 3), 90, np.uint8)
    pixels[top:] = np.random.default_rng(0).integers(0, 256, (height - top, width, 3))
    return pixels


@pytest.mark.parametrize("learning", MODELS)
def test_the_bits_of_pixels_are_those_that_coding_them_takes(learning: str) -> None:
    planes = to_planes(noise_below(40, 90, 270))
    rows = Rows(Area.known(MODELS[learning], planes), 90, 0)
    rows.cost(rows.area)
    assert rows.bits_of_pixels().sum() == pytest.approx(rows.total_bits, rel=1e-6)
    stripe = encode_stripe(MODELS[learning], planes)
    assert bits_of_pixels(MODELS[learning], planes).sum() == pytest.approx(stripe.bits["likelihood"] + stripe.bits["funding"], rel=0.01)


def test_each_pixel_has_its_own() -> None:
    """A changed pixel costs more; nothing above it changes."""
    flat = np.full((20, 33, 3), 90, np.uint8)
    spot = flat.copy()
    spot[11, 21] = 200
    before, after = (Rows(Area.known(MODELS["none"], to_planes(pixels)), 20, 0).bits_of_pixels() for pixels in (flat, spot))
    assert after[11, 21] > before[11, 21] + 3
    assert np.array_equal(before[:11], after[:11]) and np.array_equal(before[11, :21], after[11, :21])


def test_the_map_is_bright_where_bits_are() -> None:
    found = heat_map.heat_picture(Picture("RGB", noise_below(300, 600, 300)), MODELS["none"], 2)
    assert found.bits.shape == (600, 300) and found.bits[310:].mean() > 2 * found.bits[:290].mean()
    assert [(tile.left, tile.top, tile.width, tile.height) for tile in found.tiles] == [(0, 0, 300, 300), (0, 300, 300, 300)]
    drawn = heat_map.draw(found)
    assert drawn.pixels.shape == (600 + heat_map.SCALE_ROWS, 300, 3)
    assert drawn.pixels[320:600].mean() > 1.5 * drawn.pixels[20:280].mean()


def test_the_command_draws_a_png(tmp_path: Path) -> None:
    Image.fromarray(noise_below(30, 60, 80)).save(tmp_path / "a.png")
    (tmp_path / "m.bbm").write_bytes(small_photo_model(3))
    command = ["density", str(tmp_path / "a.png"), "--model", str(tmp_path / "m.bbm"), "--heatmap", str(tmp_path / "h.png")]
    result = CliRunner().invoke(main, [*command, "--json"])
    facts = json.loads(result.stdout)
    assert result.exit_code == 0 and facts["bits_of_pixels"] == pytest.approx(facts["estimates"][0]["bits"], rel=0.05)
    with Image.open(tmp_path / "h.png") as drawn:
        assert drawn.size == (80, 60 + heat_map.SCALE_ROWS)
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 1 and "already there" in again.stderr
    two = CliRunner().invoke(main, [*command, str(tmp_path / "h.png")])
    assert two.exit_code == 2
