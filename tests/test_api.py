"""What programs call: every way to give a picture, and the same bytes from any number of threads and processes."""

from __future__ import annotations

import inspect
import io
import pydoc
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from helpers.loaded import loaded_by
from helpers.pictures import same_image, small_photo
from helpers.processes import environment, printed, python
from helpers.small_models import small_images, small_model
from helpers.small_photos import small_photo_model
from PIL import Image, PngImagePlugin

import codec
from codec import api
from codec.errors import BadFile, BadInput, BadModel, UnknownModel
from codec.kinds.array.stream import ArrayInfo
from codec.kinds.original import OriginalInfo
from codec.kinds.picture.info import PictureInfo

pytestmark = pytest.mark.usefixtures("tiny_photos")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models of colour, of gray and of digits, and a photo."""
    folder = tmp_path_factory.mktemp("api")
    (folder / "colour.bbm").write_bytes(small_photo_model(3))
    (folder / "gray.bbm").write_bytes(small_photo_model(1))
    (folder / "digits.bbm").write_bytes(small_model(256))
    small_photo().save(folder / "photo.png")
    np.save(folder / "digits.npy", small_images(3, 256))
    return folder


def array_same(one: object, other: np.ndarray) -> bool:
    """Whether something is an array with the type, shape and values of another."""
    return isinstance(one, np.ndarray) and one.dtype == other.dtype and one.shape == other.shape and np.array_equal(one, other)


FUNCTIONS = (
    "compress", "decode", "decompress", "density", "encode", "info", "load_model", "open_archive", "thumbnail",
    "write_archive",
)  # fmt: skip
ERRORS = ("BadFile", "BadInput", "BadModel", "CodecError", "UnknownModel")


def test_importing_the_package_loads_nothing_until_it_is_used() -> None:
    assert not {"numpy", "PIL", "click"} & loaded_by("codec")


def test_the_package_has_ten_functions_and_the_errors() -> None:
    assert set(dir(codec)) == {*FUNCTIONS, *ERRORS, "__version__"} and set(codec.__all__) == {*FUNCTIONS, *ERRORS}
    assert all(callable(getattr(codec, name)) for name in FUNCTIONS)
    assert all(issubclass(getattr(codec, name), codec.CodecError) for name in ERRORS)


def test_what_the_package_does_not_have_is_missed_by_name() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        codec.nothing  # noqa: B018


def test_help_tells_of_the_ten_functions_and_the_errors_before_anything_inside() -> None:
    text = pydoc.plain(pydoc.render_doc(codec))
    first = text[: text.index("PACKAGE CONTENTS")]
    assert all(re.search(rf"^ +{name} ", first, re.MULTILINE) for name in (*FUNCTIONS, *ERRORS))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_help_on_a_function_says_what_it_takes_and_raises(name: str) -> None:
    text = pydoc.plain(pydoc.render_doc(getattr(codec, name)))
    assert "Raises" in text and len(text.splitlines()) > 3


def test_help_on_density_has_the_arguments_of_the_function() -> None:
    arguments = list(inspect.signature(api.density).parameters)
    written = re.search(r"codec\.density\((.*)\)", codec.density.__doc__ or "")
    assert written and [word.split("=")[0] for word in re.sub(r"\(.*?\)", "", written[1]).split(", ") if word != "*"] == arguments


def test_density_is_called_whether_its_room_has_been_imported_or_not() -> None:
    for modules in ((), ("codec.density.library",)):
        assert printed("-m", "helpers.density_worker", *modules) == "2\n"


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1", "I;16", "F"])
def test_images_come_back_with_their_mode(mode: str) -> None:
    image = small_photo("L").convert("I").convert(mode) if mode == "I;16" else small_photo(mode)
    assert same_image(codec.decompress(codec.compress(image)), image)


def test_a_picture_may_be_given_as_anything_that_holds_one(place: Path) -> None:
    content = (place / "photo.png").read_bytes()
    for given in (small_photo(), content, bytearray(content), memoryview(content), place / "photo.png", str(place / "photo.png")):
        data = codec.compress(given, place / "colour.bbm")
        assert same_image(codec.decompress(data, str(place / "colour.bbm")), small_photo())
        found = codec.info(data)
        assert isinstance(found, PictureInfo) and found.width == 60


def test_files_are_taken_from_wherever_they_are(place: Path, tmp_path: Path) -> None:
    data, path = codec.compress(small_photo(), method="graphics"), tmp_path / "x.bb"
    path.write_bytes(data)
    with path.open("rb") as opened, (place / "photo.png").open("rb") as picture:
        assert same_image(codec.decompress(opened), small_photo())
        assert same_image(codec.decompress(codec.compress(picture, method="graphics")), small_photo())
    for given in (path, str(path), bytearray(data), memoryview(data), io.BytesIO(data)):
        assert same_image(codec.decompress(given), small_photo()) and codec.info(path) == codec.info(data)


def test_an_error_names_the_file_that_it_is_about(tmp_path: Path) -> None:
    (tmp_path / "x.bb").write_bytes(b"no file")
    with pytest.raises(BadFile, match=r"x\.bb: "):
        codec.decompress(tmp_path / "x.bb")
    with pytest.raises(BadInput, match="give a file as its path, its bytes, or opened to read bytes"):
        codec.decompress(io.StringIO("text"))  # type: ignore[arg-type]


def test_metadata_come_back_too() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "a title")
    file = io.BytesIO()
    small_photo().save(file, "PNG", pnginfo=text, dpi=(72, 72))
    back = codec.decompress(codec.compress(file.getvalue()))
    assert isinstance(back, Image.Image) and back.info["Title"] == "a title" and round(back.info["dpi"][0]) == 72


@pytest.mark.parametrize("shape", [(6, 4, 4), (2, 3, 4, 4), (4, 4)])
def test_arrays_of_images_come_back_by_the_model_that_is_given(place: Path, shape: tuple[int, ...]) -> None:
    model = codec.load_model(place / "digits.bbm")
    digits = small_images(6, 256).reshape(-1)[: int(np.prod(shape))].reshape(shape)
    data = codec.compress(digits, model)
    assert isinstance(codec.info(data), ArrayInfo) and array_same(codec.decompress(data, model), digits)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 28, 28), np.uint8),
        np.zeros((28, 28), np.uint8),
        np.asarray(small_photo()),
        np.linspace(0, 1, 12).reshape(3, 4),
        np.arange(5, dtype=">i2"),
        np.zeros((2, 2, 2, 2), np.complex64),
        np.asfortranarray(np.eye(3, dtype=bool)),
    ],
    ids=lambda array: f"{array.dtype} {array.shape}",
)
def test_an_array_comes_back_as_an_array_with_its_type_shape_and_values(array: np.ndarray) -> None:
    assert array_same(codec.decompress(codec.compress(array)), array)


def test_density_is_told_for_each_number_of_particles(place: Path) -> None:
    for given, model in ((small_photo(), "colour.bbm"), (place / "photo.png", "colour.bbm"), (small_images(9, 256), "digits.bbm")):
        rows = codec.density(given, place / model, particles=[1, 5]).estimates
        assert [row.particles for row in rows] == [1, 5] and rows[0].bits_per_dimension >= rows[1].bits_per_dimension > 0


def test_a_region_is_a_part_of_the_picture(place: Path) -> None:
    part = codec.decompress(codec.compress(small_photo(), place / "colour.bbm"), place / "colour.bbm", region=(10, 5, 20, 30))
    assert same_image(part, small_photo().crop((10, 5, 30, 35)))


def test_originals_that_were_kept_are_opened_as_they_are() -> None:
    file = io.BytesIO()
    small_photo().save(file, "JPEG")
    data = codec.compress(file.getvalue())
    image = codec.decompress(data)
    assert isinstance(image, Image.Image) and image.format == "JPEG" and isinstance(codec.info(data), OriginalInfo)
    assert same_image(codec.decompress(data, region=(3, 4, 20, 10)), image.crop((3, 4, 23, 14)))


def digits_file(place: Path) -> bytes:
    return codec.compress(small_images(3, 256), place / "digits.bbm")


def graphics_file(place: Path) -> bytes:
    return codec.compress(small_photo(), method="graphics")


REFUSED: dict[str, tuple[type[codec.CodecError], Callable[[Path], object]]] = {
    "a title of no model": (UnknownModel, lambda place: codec.load_model("nothing")),
    "a file without its model": (UnknownModel, lambda place: codec.decompress(digits_file(place))),
    "a photo by a model of digits": (BadModel, lambda place: codec.compress(small_photo(), place / "digits.bbm")),
    "images by a model of photos": (BadInput, lambda place: codec.compress(np.zeros((2, 2, 2, 2)), place / "colour.bbm")),
    "a file that is missing": (BadInput, lambda place: codec.compress(place / "missing.png")),
    "bytes that are no picture": (BadInput, lambda place: codec.compress(b"no picture")),
    "channels that come first": (BadInput, lambda place: codec.compress(np.zeros((3, 20, 30), np.uint8))),
    "something else": (BadInput, lambda place: codec.compress(7)),  # type: ignore[arg-type]
    "too many pixels": (BadInput, lambda place: codec.compress(small_photo(), max_pixels=100)),
    "no method": (BadInput, lambda place: codec.compress(small_photo(), method="magic")),
    "no effort": (BadInput, lambda place: codec.compress(small_photo(), effort=0)),
    "no threads": (BadInput, lambda place: codec.compress(small_photo(), threads=0)),
    "no particles": (BadInput, lambda place: codec.compress(small_photo(), particles=0)),
    "a mode that is not coded": (BadInput, lambda place: codec.compress(small_photo().convert("HSV"))),
    "an empty image": (BadInput, lambda place: codec.compress(Image.new("RGB", (0, 5)))),
    "a region outside": (BadInput, lambda place: codec.decompress(graphics_file(place), region=(0, 0, 61, 1))),
    "a region of nothing": (BadInput, lambda place: codec.decompress(graphics_file(place), region=(0, 0, 0, 0))),
    "more pixels than allowed": (BadInput, lambda place: codec.decompress(graphics_file(place), max_pixels=100)),
    "a region of an array": (BadInput, lambda place: codec.decompress(digits_file(place), region=(0, 0, 1, 1))),
    "bytes that are no file": (BadFile, lambda place: codec.decompress(b"no file")),
    "a file that is cut off": (BadFile, lambda place: codec.info(digits_file(place)[:-1])),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_done_is_one_of_our_errors_in_one_line(place: Path, what: str) -> None:
    error, work = REFUSED[what]
    with pytest.raises(error) as found:
        work(place)
    assert isinstance(found.value, codec.CodecError) and "\n" not in str(found.value)


def test_a_loaded_model_is_loaded_once(place: Path) -> None:
    assert codec.load_model(place / "colour.bbm") is codec.load_model(str(place / "colour.bbm"))
    assert codec.load_model("digits-gray") is codec.load_model("digits-gray")


# ---------------------------------------------------------------- several at once


def test_threads_and_processes_at_once_give_the_same_bytes(place: Path, tmp_path: Path) -> None:
    content = (place / "photo.png").read_bytes()

    def work(number: int) -> tuple[bytes, bool]:
        data = codec.compress(content, place / "colour.bbm", particles=3)
        return data, same_image(codec.decompress(data, place / "colour.bbm"), small_photo())

    alone = work(0)
    with ThreadPoolExecutor(4) as pool:
        assert all(result == alone and result[1] for result in pool.map(work, range(8)))
    command = python("-m", "helpers.compress_worker", place / "photo.png", place / "colour.bbm")
    processes = [subprocess.Popen([*command, str(tmp_path / name)], env=environment()) for name in ("a", "b")]
    assert [process.wait() for process in processes] == [0, 0]
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == alone[0]


@pytest.mark.parametrize("shape", [(20, 30), (3, 20, 30), (20, 30, 3), (5,), (2, 28, 28)])
def test_encode_and_decode_are_inverse_whatever_the_axes_mean(shape: tuple[int, ...]) -> None:
    given = np.arange(np.prod(shape)).reshape(shape).astype(np.uint8)
    found = codec.decode(codec.encode(given))
    assert found.dtype == given.dtype and np.array_equal(found, given)


def test_an_archive_is_written_and_read_by_programs(tmp_path: Path) -> None:
    image, array = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8)), np.arange(7)
    image.save(tmp_path / "x.png")
    codec.write_archive(tmp_path / "set.bba", {"a/x.png": tmp_path / "x.png", "y.npy": array, "note.txt": b"text"})
    codec.write_archive(tmp_path / "set.bba", {"late.txt": b"later"}, update=True)
    with codec.open_archive(tmp_path / "set.bba") as archive:
        assert archive.names == ["a/x.png", "y.npy", "note.txt", "late.txt"]
        found = archive["a/x.png"]
        assert isinstance(found, Image.Image) and found.tobytes() == image.tobytes()
        assert np.array_equal(archive["y.npy"], array) and archive["note.txt"] == archive.read("note.txt") == b"text"
