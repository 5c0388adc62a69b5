"""Arrays as a kind of file: compressed, opened, verified, estimated, or refused."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.changed_models import changed, value
from helpers.cli import run
from helpers.processes import ROOT
from helpers.small_models import small_images, small_model
from PIL import Image

from codec.density import library
from codec.density.named_model import NamedModel
from codec.errors import BadFile, BadInput
from codec.kinds.array.kind import ArrayFile, ArrayKind, PlainFile, compress_array, is_data_set
from codec.kinds.array.plain import PlainInfo
from codec.kinds.array.stream import ArrayInfo
from codec.kinds.kind import Opened
from codec.kinds.original import OriginalInfo
from codec.kinds.requests import Restoring, Settings, Source
from codec.kinds.table import open_file
from codec.media.array import Array, array_bytes

GRAY, BINARY = (NamedModel(f"small-{levels}", small_model(levels)) for levels in (256, 2))
IMAGES = small_images(20, 256)
SETTINGS = Settings(GRAY)


def source_of(array: Array) -> Source:
    return Source("a.npy", array_bytes(array), ".npy")


def compressed(settings: Settings = SETTINGS) -> bytes:
    return ArrayKind().compress(source_of(IMAGES), settings)[0]


def opened(settings: Settings = SETTINGS) -> Opened:
    return open_file(compressed(settings))


def test_a_file_gives_back_the_very_same_npy_file() -> None:
    found = opened().decompress(Restoring(model=GRAY))
    assert (found.content, found.ending) == (array_bytes(IMAGES), ".npy")


def test_a_file_gives_back_the_array_in_memory() -> None:
    found = opened().restore(Restoring(model=GRAY))
    assert isinstance(found, np.ndarray) and np.array_equal(found, IMAGES)


@pytest.mark.parametrize("particles", [1, 4])
def test_info_tells_of_a_file_what_was_told_when_it_was_made(particles: int) -> None:
    data, summary = ArrayKind().compress(source_of(IMAGES), Settings(GRAY, particles=particles))
    assert open_file(data).info() == summary.info


def test_a_models_own_number_of_particles_is_taken_unless_another_one_is_asked_for() -> None:
    own, many = NamedModel("own", changed(small_model(256), value("particles", 3))), small_images(300, 256)
    for images, settings, particles in (
        (many, Settings(own), 3), (many[:200], Settings(own), 2), (IMAGES, Settings(own), 1), (IMAGES, Settings(own, particles=3), 3),
        (many, Settings(own, particles=1), 1), (many, Settings(GRAY), 1),
    ):  # fmt: skip
        info = ArrayKind().compress(source_of(images), settings)[1].info
        assert isinstance(info, ArrayInfo) and info.particles == particles


def test_a_file_decodes_nothing_to_tell_what_it_is() -> None:
    info = opened().info()  # the model is not at hand
    assert isinstance(info, ArrayInfo) and info.model == GRAY.name.hex()


@pytest.mark.parametrize("verify", [True, False])
def test_what_was_done_is_told(verify: bool) -> None:
    summary = ArrayKind().compress(source_of(IMAGES), Settings(GRAY, verify=verify))[1]
    assert (summary.verified, summary.original_bytes, summary.notes, summary.left) == (verify, len(array_bytes(IMAGES)), (), ())


def test_progress_is_told_of_images_coded_and_verified() -> None:
    seen = list[tuple[str, int, int]]()
    ArrayKind().compress(source_of(IMAGES), Settings(GRAY, progress=lambda *done: seen.append(done)))
    assert [label for label, _, _ in seen] == sorted(label for label, _, _ in seen)  # compressing, then verifying
    assert ("compressing", IMAGES.size, IMAGES.size) in seen and ("verifying", IMAGES.size, IMAGES.size) in seen


def test_progress_is_told_of_images_decoded() -> None:
    file, seen = opened(), list[tuple[str, int, int]]()
    file.restore(Restoring(model=GRAY, progress=lambda *done: seen.append(done)))
    assert seen[-1] == ("decompressing", IMAGES.size, IMAGES.size)


def test_a_result_that_does_not_decode_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codec.kinds.array.kind.read_images", lambda *given: IMAGES[1:])
    with pytest.raises(BadInput, match="nothing was written"):
        compressed()


def test_nothing_is_verified_that_nobody_wants_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codec.kinds.array.kind.read_images", lambda *given: pytest.fail("it was decoded"))
    assert compressed(Settings(GRAY, verify=False))


def test_a_file_is_verified_against_the_array_it_was_made_from() -> None:
    opened().verify(Restoring(model=GRAY), source_of(IMAGES))


@pytest.mark.parametrize("other", [IMAGES ^ 1, IMAGES.astype(np.int64), IMAGES[1:]], ids=["values", "type", "shape"])
def test_another_array_does_not_verify_it(other: Array) -> None:
    with pytest.raises(BadFile, match="another array"):
        opened().verify(Restoring(model=GRAY), source_of(other))


@pytest.mark.parametrize("method", ["photo", "graphics", "stored"])
def test_a_model_of_images_codes_by_no_method_of_pictures(method: str) -> None:
    with pytest.raises(BadInput, match=f"not by the method '{method}'"):
        compressed(Settings(GRAY, method))


@pytest.mark.parametrize("asked", [Restoring(region=(0, 0, 1, 1)), Restoring(salvage=True)], ids=["region", "salvage"])
def test_arrays_have_no_regions_and_no_stripes(asked: Restoring) -> None:
    with pytest.raises(BadInput, match="all in one message"):
        opened().restore(asked)


def test_arrays_are_written_to_no_other_format() -> None:
    with pytest.raises(BadInput, match=r"give the output the ending .npy"):
        opened().decompress(Restoring(".png", GRAY))


def digits(levels: int) -> Array:
    """Handwritten digits of so many levels."""
    found: Array = np.load(ROOT / "examples" / "digits.npy")
    return found if levels == 256 else (found > 127).astype(np.uint8)


@pytest.mark.parametrize(("levels", "title"), [(2, "digits-binary"), (256, "digits-gray")])
def test_without_a_model_digits_are_coded_by_the_embedded_one_for_their_levels(levels: int, title: str) -> None:
    info = ArrayKind().compress(source_of(digits(levels)), Settings(verify=False))[1].info
    assert isinstance(info, ArrayInfo) and info.model == library.find(title).name.hex()


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([None]), np.zeros(3, "M8[s]")], ids=["text", "objects", "times"])
def test_an_array_of_another_type_is_refused_by_its_type(array: Array) -> None:
    with pytest.raises(BadInput, match=re.escape(f"an array of type {array.dtype}")):
        compress_array(array, Settings())


def test_what_is_no_array_is_refused() -> None:
    with pytest.raises(BadInput, match=r"not a .npy array"):
        ArrayKind().compress(Source("a.npy", b"no array", ".npy"), SETTINGS)


def test_an_array_of_more_levels_than_the_model_is_refused() -> None:
    with pytest.raises(BadInput, match="values below 2"):
        compressed(Settings(BINARY))


# ---------------------------------------------------------------- estimates


def test_there_is_an_estimate_for_each_number_of_particles() -> None:
    found = ArrayKind().density(source_of(IMAGES), SETTINGS, [1, 8, 64], 0)
    assert [row.particles for row in found.estimates] == [1, 8, 64] and (found.images, found.pixels) == (20, 16)


def test_estimates_fall_with_the_particles() -> None:
    one, _, many = ArrayKind().density(source_of(IMAGES), SETTINGS, [1, 8, 64], 0).estimates
    assert many.bits_per_pixel < one.bits_per_pixel


def test_one_particle_says_nothing_of_its_own_error() -> None:
    one, many = ArrayKind().density(source_of(IMAGES), SETTINGS, [1, 8], 0).estimates
    assert one.estimator_standard_error_nats is None and many.estimator_standard_error_nats


def test_the_seed_alone_decides_an_estimate() -> None:
    kind, source = ArrayKind(), source_of(IMAGES)
    assert kind.density(source, SETTINGS, [4], 1) == kind.density(source, SETTINGS, [4], 1) != kind.density(source, SETTINGS, [4], 2)


def test_no_images_have_no_density() -> None:
    with pytest.raises(BadInput, match="no images"):
        ArrayKind().density(source_of(IMAGES[:0]), SETTINGS, [1], 0)


def test_a_file_is_about_as_large_as_its_estimate() -> None:
    images = small_images(400, 2, seed=5)
    (row,) = ArrayKind().density(source_of(images), Settings(BINARY), [1], 0).estimates
    info = ArrayKind().compress(source_of(images), Settings(BINARY))[1].info
    assert isinstance(info, ArrayInfo) and info.net_bits_per_pixel == pytest.approx(row.bits_per_pixel, rel=0.03)


@pytest.mark.parametrize("shape", [(3, 60, 70), (6, 60, 70), (2, 3, 60, 70), (60, 70, 3)])
def test_a_volume_of_16_bits_is_as_large_as_its_estimate(shape: tuple[int, ...]) -> None:
    slices = np.cumsum(np.cumsum(np.random.default_rng(0).integers(-9, 10, (1, 60, 70)), 1), 2) + 2000
    noise = np.random.default_rng(1).integers(0, 9, shape)
    array = (noise + (slices if shape[-1] == 70 else slices[0, :, :, None])).astype(np.uint16)
    (row,) = ArrayKind().density(source_of(array), Settings(effort=1), [1], 0).estimates
    size = len(compress_array(array, Settings(effort=1, verify=False))[0])
    assert 0 < size - row.bits_per_dimension * array.size / 8 < 0.001 * size + 250, "headers, and ends of messages"


def test_an_array_file_is_opened_as_one() -> None:
    assert isinstance(opened(), ArrayFile) and opened().ending() == ".npy"


# ---------------------------------------------------------------- arrays that are no data sets

RNG = np.random.default_rng(0)
PLAIN = {
    "a photo": np.cumsum(RNG.integers(-3, 4, (40, 50)), 1).astype(np.uint8),
    "colours": np.cumsum(RNG.integers(-3, 4, (40, 50, 3)), 1).astype(np.uint8),
    "floats": RNG.normal(size=(5, 6, 7)),
    "floats of 32 bits in colours": np.cumsum(RNG.normal(size=(40, 50, 3)), 1).astype(np.float32),
    "floats of 16 bits": np.cumsum(RNG.normal(size=(40, 50)), 1).astype(np.float16),
    "a volume of 16 bits": np.cumsum(RNG.integers(-9, 10, (4, 40, 50)), 1).astype(np.int16),
    "truth values": RNG.integers(0, 2, (9, 9)).astype(bool),
    "complex numbers": RNG.normal(size=8) + 1j,
    "one number": np.array(7),
    "nothing": np.zeros((0, 3)),
}
by_plain = pytest.mark.parametrize("array", PLAIN.values(), ids=list(PLAIN))


def plain_file(array: Array) -> PlainFile:
    opened = open_file(compress_array(array, Settings())[0])
    assert isinstance(opened, PlainFile)
    return opened


@by_plain
def test_an_array_of_anything_comes_back(array: Array) -> None:
    found = plain_file(array).restore(Restoring())
    assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())


def test_floats_that_are_no_numbers_come_back_bit_for_bit() -> None:
    for kind in ("f2", "f4"):
        array = np.frombuffer(np.random.default_rng(3).bytes(9000 * int(kind[1])), kind).reshape(30, 100, 3)
        found = plain_file(array).restore(Restoring())
        assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())


@by_plain
def test_an_array_takes_at_most_its_bytes_and_128(array: Array) -> None:
    assert len(compress_array(array, Settings())[0]) <= array.nbytes + 128


@by_plain
def test_the_npy_file_of_anything_comes_back_byte_for_byte(array: Array) -> None:
    data, _ = ArrayKind().compress(source_of(array), Settings())
    assert open_file(data).decompress(Restoring()).content == array_bytes(array)


@by_plain
def test_info_tells_of_anything_what_was_told_when_it_was_made(array: Array) -> None:
    data, summary = compress_array(array, Settings())
    assert open_file(data).info() == summary.info and isinstance(summary.info, PlainInfo)


@pytest.mark.parametrize("change", [lambda data: data + b" ", lambda data: data.replace(b"'descr'", b'"descr"')], ids=["grown", "reworded"])
def test_an_npy_file_that_numpy_would_write_otherwise_is_kept_as_it_is(change: Callable[[bytes], bytes]) -> None:
    content = change(array_bytes(PLAIN["floats"]))
    data, summary = ArrayKind().compress(Source("a.npy", content, ".npy"), Settings())
    assert open_file(data).decompress(Restoring()).content == content and isinstance(summary.info, OriginalInfo)


@by_plain
def test_info_of_anything_is_printed(tmp_path: Path, array: Array) -> None:
    np.save(tmp_path / "a.npy", array)
    assert run("compress", tmp_path / "a.npy", "-v").exit_code == 0
    lines = run("info", tmp_path / "a.bb").stdout.splitlines()
    assert lines[0].startswith(f"an array of type {array.dtype.str} and shape {list(array.shape)}") and lines[-1].startswith("total")


def test_an_array_that_is_a_picture_comes_back_as_one_where_that_is_asked_for() -> None:
    opened = open_file(compress_array(PLAIN["colours"], Settings(method="graphics"))[0])
    content = opened.decompress(Restoring(".png", region=(3, 2, 10, 20))).content
    with Image.open(io.BytesIO(content)) as image:
        assert np.array_equal(np.asarray(image), PLAIN["colours"][2:22, 3:13])


def test_an_array_that_is_no_picture_comes_back_as_none() -> None:
    with pytest.raises(BadInput, match="an array that is no picture"):
        plain_file(PLAIN["floats"]).decompress(Restoring(".png"))


def test_a_model_of_pictures_codes_no_array_that_is_none() -> None:
    with pytest.raises(BadInput, match="is like no picture"):
        compress_array(PLAIN["floats"], Settings(method="graphics"))


def test_another_array_does_not_verify_an_array_of_anything() -> None:
    with pytest.raises(BadFile, match="another array"):
        plain_file(PLAIN["floats"]).verify(Restoring(), source_of(PLAIN["floats"] + 1))


@pytest.mark.parametrize(
    ("shape", "dtype", "is_one"),
    [((5, 28, 28), np.uint8, True), ((5, 28, 28), np.bool_, True), ((28, 28), np.uint8, False), ((5, 28, 28), np.int64, False)],
)
def test_without_a_model_an_array_is_a_data_set_if_it_holds_digits(shape: tuple[int, ...], dtype: type, is_one: bool) -> None:
    assert is_data_set(np.zeros(shape, dtype), None) == is_one
