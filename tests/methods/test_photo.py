"""Rows of photos by a density: which planes it codes, what goes beside them, and where their bits went."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.stand_in import DENSITIES, smooth

from codec.density.density import PlaceCosts, TileCost
from codec.errors import BadFile, BadInput
from codec.media.form import CHANNELS, Form, Pixels
from codec.methods.method import Setting
from codec.methods.photo import MOST_VALUES, PHOTO, PHOTO_PLANES, channels_for, check_density, groups
from codec.methods.traces.trace import side_of


def pixels_of(mode: str, height: int = 40, width: int = 20) -> Pixels:
    channels = [smooth("L", height, width).pixels + np.uint8(3 * channel) for channel in range(CHANNELS[mode])]
    return np.concatenate(channels, axis=2)


def form_for(mode: str, height: int = 40, width: int = 20) -> Form:
    return Form(mode, 8, width, height)


@pytest.mark.parametrize("mode", PHOTO_PLANES)
def test_rows_of_every_mode_come_back_from_the_density_of_its_channels(mode: str) -> None:
    pixels, form = pixels_of(mode), form_for(mode)
    density = DENSITIES[channels_for(form) or 0]
    data = PHOTO.encode(pixels, form, Setting(density)).data
    assert np.array_equal(PHOTO.decode(memoryview(data)[1:], form, 40, density), pixels)


@pytest.mark.parametrize(("mode", "bits"), [("P", 8), ("1", 1), ("L", 4), ("F", 32), ("I;16", 16)])
def test_what_is_no_photo_has_no_density(mode: str, bits: int) -> None:
    assert channels_for(Form(mode, bits, 9, 9)) is None and not PHOTO.can_code(Form(mode, bits, 9, 9))


@pytest.mark.parametrize(("mode", "count"), [("L", 1), ("LA", 1), ("RGB", 1), ("RGBA", 1), ("CMYK", 1), ("YCbCr", 3), ("LAB", 3)])
def test_planes_are_coded_together_or_one_by_one(mode: str, count: int) -> None:
    form = form_for(mode)
    assert len(groups(pixels_of(mode), form, DENSITIES[channels_for(form) or 0])) == count


@pytest.mark.parametrize("mode", ["RGBA", "CMYK", "LA"])
def test_alpha_and_black_go_beside_the_photo(mode: str) -> None:
    form, density = form_for(mode), DENSITIES[channels_for(form_for(mode)) or 0]
    alone = PHOTO.encode(pixels_of(mode)[:, :, :-1], form_for({"RGBA": "RGB", "CMYK": "RGB", "LA": "L"}[mode]), Setting(density))
    coded = PHOTO.encode(pixels_of(mode), form, Setting(density))
    assert coded.density_bytes == alone.density_bytes and len(coded.data) > len(alone.data)


def test_gray_pixels_of_three_channels_are_one_plane() -> None:
    pixels, form = np.repeat(pixels_of("L"), 3, axis=2), form_for("RGB")
    ((_, (planes,)),) = groups(pixels, form, DENSITIES[1])
    data = PHOTO.encode(pixels, form, Setting(DENSITIES[1])).data
    assert len(planes) == 1 and np.array_equal(PHOTO.decode(memoryview(data)[1:], form, 40, DENSITIES[1]), pixels)


def toned() -> Pixels:
    """Pixels whose colours lie on a line."""
    gray = pixels_of("L")
    return np.concatenate([gray, gray // 2 + 20, 200 - gray // 2], axis=2).astype(np.uint8)


def test_toned_pixels_are_one_plane() -> None:
    form = form_for("RGB")
    data = PHOTO.encode(toned(), form, Setting(DENSITIES[1])).data
    assert np.array_equal(PHOTO.decode(memoryview(data)[1:], form, 40, DENSITIES[1]), toned())


def test_a_gray_picture_has_no_colours_on_a_line() -> None:
    data = PHOTO.encode(toned(), form_for("RGB"), Setting(DENSITIES[1])).data
    with pytest.raises(BadFile, match="colours in a gray stripe"):
        PHOTO.decode(memoryview(data)[1:], form_for("L"), 40, DENSITIES[1])


def test_colours_on_no_line_are_not_coded_by_a_model_of_gray() -> None:
    with pytest.raises(BadInput, match="a model of gray pictures"):
        PHOTO.encode(np.random.default_rng(0).integers(0, 256, (40, 20, 3)).astype(np.uint8), form_for("RGB"), Setting(DENSITIES[1]))


def test_without_a_density_nothing_is_coded() -> None:
    with pytest.raises(BadInput, match="without a model"):
        PHOTO.encode(pixels_of("RGB"), form_for("RGB"), Setting())


def test_without_a_density_nothing_is_decoded() -> None:
    data = PHOTO.encode(pixels_of("RGB"), form_for("RGB"), Setting(DENSITIES[3])).data
    with pytest.raises(BadFile, match="names no model"):
        PHOTO.decode(memoryview(data)[1:], form_for("RGB"), 40, None)


@pytest.mark.parametrize(("mode", "channels"), [("L", 3), ("CMYK", 1), ("LA", 3)])
def test_a_density_of_other_channels_decodes_nothing(mode: str, channels: int) -> None:
    form = form_for(mode)
    data = PHOTO.encode(pixels_of(mode), form, Setting(DENSITIES[channels_for(form) or 0])).data
    with pytest.raises(BadFile, match=f"a model of {channels} channels"):
        PHOTO.decode(memoryview(data)[1:], form, 40, DENSITIES[channels])


def test_a_request_for_a_density_of_other_channels_is_refused() -> None:
    check_density(form_for("RGB"), DENSITIES[1])  # the colours may be gray
    with pytest.raises(BadInput, match="take a model of 1"):
        check_density(form_for("L"), DENSITIES[3])


def test_a_request_for_a_mode_that_is_none_of_photos_is_refused() -> None:
    with pytest.raises(BadInput, match="not coded by photo models"):
        check_density(form_for("P"), DENSITIES[1])


def test_a_byte_stands_for_so_many_samples_and_no_more() -> None:
    payload, form = memoryview(bytes(9)), Form("L", 8, MOST_VALUES, 99)
    assert PHOTO.is_plausible(payload, form, 10) and not PHOTO.is_plausible(payload, form, 11)


@pytest.mark.parametrize("cut", [1, 2, 9])
def test_a_payload_that_is_cut_off_is_refused(cut: int) -> None:
    data = PHOTO.encode(pixels_of("RGBA"), form_for("RGBA"), Setting(DENSITIES[3])).data
    with pytest.raises(BadFile):
        PHOTO.decode(memoryview(data)[1:cut], form_for("RGBA"), 40, DENSITIES[3])


# ---------------------------------------------------------------- where bits went


class Spotted(type(DENSITIES[3])):  # type: ignore[misc]
    """A density whose first pixel, as it sees them, costs a bit and all others none, and whose left tile has latents."""

    def encode(self, form, part, data, options):  # type: ignore[no-untyped-def]
        bits = np.zeros(data.shape[1:])
        bits[0, 0] = 1.0
        width = data.shape[2]
        tiles = TileCost(0, 3, 9.0), TileCost(3, width - 3, 0.0)
        return replace(super().encode(form, part, data, options), places=PlaceCosts(bits, tiles) if options.places else None)


SPOTTED = {channels: Spotted(DENSITIES[channels].file, channels, channels == 3) for channels in (1, 3)}


def test_costs_are_turned_back_from_the_side_that_the_stripe_was_coded_from() -> None:
    coded = PHOTO.encode(pixels_of("RGB"), form_for("RGB"), Setting(SPOTTED[3], places=True))
    ((trace, _),) = groups(pixels_of("RGB"), form_for("RGB"), SPOTTED[3])
    assert side_of(trace) == 3 and coded.places is not None
    assert coded.places.bits[39, 19] == coded.places.bits.sum() == 1.0
    assert coded.places.tiles == (TileCost(0, 17, 0.0), TileCost(17, 3, 9.0))


def test_costs_of_several_groups_are_added() -> None:
    coded = PHOTO.encode(pixels_of("YCbCr"), form_for("YCbCr"), Setting(SPOTTED[1], places=True))
    assert coded.places is not None and coded.places.bits[0, 0] == coded.places.bits.sum() == 3.0
    assert coded.places.tiles == (TileCost(0, 3, 27.0), TileCost(3, 17, 0.0))


def test_costs_by_place_are_there_only_if_they_are_wanted() -> None:
    assert PHOTO.encode(pixels_of("RGB"), form_for("RGB"), Setting(DENSITIES[3])).places is None


def test_the_bits_of_several_groups_are_added() -> None:
    coded = PHOTO.encode(pixels_of("YCbCr"), form_for("YCbCr"), Setting(DENSITIES[1]))
    unasked = 3 * 1 + 2  # bytes: one of each that the stand-in hides; lengths of all but the last
    assert coded.bits["prior"] == 3 * 50.0 and coded.bits["estimate"] == 8 * (coded.density_bytes - unasked)
