"""Golden files: what was written once decodes for ever, and today's code writes the very same bytes."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from helpers.fuzz_files import FRAMES, JPEGS, METADATA, MODIFIED, PATHS, PLAIN, content_of_series, plain_pictures
from helpers.jpeg_stand_in import DENSITY
from helpers.make_golden import deep_models
from helpers.photo_planes import DEEP_TOP, deep_planes_of
from helpers.pictures import same
from helpers.small_jpegs import blocks_of, colour_form

from codec.container.container import read_container
from codec.density import library
from codec.density.density import PlanesDensity
from codec.density.jpeg.model import load_jpeg
from codec.density.jpeg.part import decode_part, encode_part
from codec.density.named_model import NamedModel
from codec.density.photo.deep.stripe import decode_deep_stripe, encode_deep_stripe
from codec.density.photo.model import load_photo
from codec.kinds.array.plain import read_description, read_plain, write_plain
from codec.kinds.array.stream import read_array_header, read_images, write_array
from codec.kinds.frames.kind import OpenedFrames
from codec.kinds.jpeg.stream import JpegReader
from codec.kinds.original import OriginalFile
from codec.kinds.picture.file import PictureFile
from codec.kinds.picture.read import StoredRows
from codec.kinds.picture.write import Plan, write_picture_file
from codec.kinds.requests import Restoring
from codec.media.array import parse_array
from codec.media.picture import Picture
from codec.methods.method import Setting
from codec.methods.photo import PHOTO
from codec.nets.model_file import read_model

FOLDER = Path(__file__).resolve().parent / "golden"
SMALL = ["small-2-1", "small-256-2", "small-order-2", "small-order-256", "small-layers-2", "small-layers-256", "small-beside-256"]
TITLES = ["cifar", "digits-binary", "digits-gray", "mnist", "mnist-binary"]
PHOTO_MODELS = ["small-photo", "small-photo-gray", "small-photo-learning", "small-photo-singles"]
PICTURES = [name for name, path in PATHS.items() if path.mode]
EXACT = [
    "photo",
    "photo-gray",
    "photo-stripes",
    "photo-learning",
    "photo-singles",
    "photo-groups",
    "photo-particles",
    "raw",
    "drawing",
    "drawing-stripes",
    "drawing-gray",
    "drawing-palette",
]  # no other library's bytes


def golden(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def model_of(name: str) -> NamedModel:
    """A small model from its golden file; an embedded one from the package."""
    return library.find(name if name in TITLES else str(FOLDER / f"{name}.bbm"))


@pytest.mark.parametrize("particles", [1, 4])
@pytest.mark.parametrize("name", SMALL + TITLES)
def test_a_golden_file_decodes_and_is_written_again_byte_for_byte(name: str, particles: int) -> None:
    data, model, images = golden(f"{name}-{particles}.bb"), model_of(name), parse_array(golden(f"{name}.npy"))
    container = read_container(data)
    assert container.model == model.name
    assert np.array_equal(read_images(container, read_array_header(container), lambda found: model.images), images)
    assert write_array(images, model.images, particles)[0] == data


@pytest.mark.parametrize("name", SMALL + TITLES + PHOTO_MODELS)
def test_a_golden_model_is_named_by_its_bytes(name: str) -> None:
    model = model_of(name)
    assert (model.images if model.codes_images else model.planes).file.name == model.name


@pytest.mark.parametrize("name", SMALL + TITLES)
def test_a_golden_model_passes_its_probe(name: str) -> None:
    assert model_of(name).probe() == model_of(name).file.metadata["probe"]


@pytest.mark.parametrize("title", TITLES)
def test_golden_files_name_a_model_that_comes_with_the_package(title: str) -> None:
    assert library.named_by(golden(f"{title}-1.bb")[6:14]) is library.find(title)


@pytest.mark.parametrize("title", TITLES)
def test_embedded_models_are_small(title: str) -> None:
    assert library.find(title).size < 1_000_000


PHOTO_TITLES = [one.title for one in library.embedded() if one.family == "photo"]


@pytest.mark.parametrize("title", PHOTO_TITLES)
def test_a_golden_file_of_every_embedded_photo_model_decodes_and_is_written_again(title: str) -> None:
    data, model = golden(f"embedded-{title}.bb"), library.find(title)
    mode = "L" if model.planes.channels == 1 else "RGB"
    picture = Picture(mode, parse_array(golden(f"embedded-{mode}.npy")), METADATA)
    rows = StoredRows(PictureFile.read(data))
    rows.find_density({model.name: model.planes}.__getitem__)
    assert same(rows.picture(), picture)
    assert write_picture_file(picture, Plan((PHOTO,), setting=Setting(model.planes, 1)), modified=MODIFIED).data == data


@cache
def photo_densities() -> dict[bytes, PlanesDensity]:
    models = [NamedModel(name, golden(f"{name}.bbm")) for name in PHOTO_MODELS]
    return {model.name: model.planes for model in models}


def golden_picture(name: str) -> Picture:
    return Picture(PATHS[name].mode, parse_array(golden(f"{name}.npy")), METADATA, PATHS[name].bits)


@pytest.mark.parametrize("name", PICTURES)
def test_a_golden_file_of_every_way_to_code_a_picture_decodes(name: str) -> None:
    rows = StoredRows(PictureFile.read(golden(f"{name}.bb")))
    rows.find_density(photo_densities().__getitem__)
    assert same(rows.picture(), golden_picture(name))
    assert rows.header.modified == MODIFIED


@pytest.mark.parametrize("name", EXACT)
def test_the_stripes_of_a_golden_picture_are_written_again_byte_for_byte(name: str) -> None:
    container, path = read_container(golden(f"{name}.bb")), PATHS[name]
    setting = Setting(photo_densities().get(container.model), path.particles)
    again = write_picture_file(golden_picture(name), Plan(path.methods, path.single, setting, times=path.times), modified=MODIFIED).data
    assert read_container(again).section("S") == container.section("S")


@pytest.mark.parametrize("name", ["short-particles"])  # the models of the others know a way that takes less: as small stripes, or not
def test_a_golden_short_file_is_written_again_byte_for_byte(name: str) -> None:
    path, density = PATHS[name], photo_densities()[PictureFile.read(golden(f"{name}.bb")).carrier.model]
    plan = Plan(path.methods, path.single, Setting(density, path.particles), short=True)
    assert write_picture_file(golden_picture(name), plan, modified=MODIFIED).data == golden(f"{name}.bb")


@pytest.mark.parametrize("name", PLAIN)
def test_a_golden_array_of_any_type_comes_back(name: str) -> None:
    container = read_container(golden(f"{name}.bb"))
    array, expected = read_plain(container, read_description(container), plain_pictures), parse_array(golden(f"{name}.npy"))
    assert (array.dtype, array.shape, array.tobytes()) == (expected.dtype, expected.shape, expected.tobytes())


def test_a_golden_raw_array_is_written_again_byte_for_byte() -> None:
    assert write_plain(parse_array(golden("plain-raw.npy")), None)[0] == golden("plain-raw.bb")


@pytest.mark.parametrize("name", ["kept", "kept-packed"])
def test_a_golden_kept_file_comes_back(name: str) -> None:
    file = OriginalFile(read_container(golden(f"{name}.bb")))
    assert (file.header.ending, file.header.modified, file.content()) == (".jpg", MODIFIED, golden(f"{name}.bin"))


@pytest.mark.parametrize("name", FRAMES)
def test_golden_frames_come_back(name: str) -> None:
    opened = OpenedFrames(read_container(golden(f"{name}.bb")))
    assert content_of_series(opened.series(Restoring())) == golden(f"{name}.bin")
    assert opened.header.modified == MODIFIED


@pytest.mark.parametrize("name", JPEGS)
def test_a_golden_jpeg_file_comes_back(name: str) -> None:
    """Coded by the stand-in: what is golden is all but the density."""
    assert JpegReader(read_container(golden(f"{name}.bb"))).content(lambda found: DENSITY) == golden(f"{name}.bin")


@pytest.mark.parametrize(
    "learning",
    [
        *("none", "half", "all", "whole", "whole-own", "directed", "directed-settled", "directed-settled-solved"),
        *("directed-seldom-together", "counters"),
    ],
)
def test_golden_coefficients_of_a_jpeg_file_come_back_and_are_written_again_byte_for_byte(learning: str) -> None:
    model, form = load_jpeg(read_model(golden(f"small-jpeg-{learning}.bbm"))), colour_form(12, 10)
    payload, data = golden(f"small-jpeg-{learning}.bin"), blocks_of(form)
    found = decode_part(model, form, slice(0, 12), payload)
    assert all(np.array_equal(one, other) for one, other in zip(found, data, strict=True))
    assert encode_part(model, form, slice(0, 12), data).payload == payload


@pytest.mark.parametrize(("channels", "title", "learning"), deep_models())
def test_a_golden_stripe_of_16_bits_comes_back_and_is_written_again_byte_for_byte(channels: int, title: str, learning: str) -> None:
    model, planes = load_photo(library.find(title).file), deep_planes_of("random walk", channels, 40, 50)
    payload = golden(f"deep-{title}-{learning}.bin")
    assert np.array_equal(decode_deep_stripe(model, payload, planes.shape, DEEP_TOP), planes)
    assert encode_deep_stripe(model, learning, planes, DEEP_TOP).payload == payload
