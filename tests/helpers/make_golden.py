"""Makes the golden files that are not there yet, and never replaces one.

PYTHONPATH=tests python -m helpers.make_golden
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path as FilePath

from codec.density import library
from codec.density.density import MAX_BATCH, Images
from codec.density.jpeg.part import encode_part
from codec.density.named_model import NamedModel
from codec.density.photo.deep.stripe import encode_deep_stripe
from codec.density.photo.model import load_photo
from codec.kinds.array.stream import write_array
from codec.kinds.picture.write import Plan, write_picture_file
from codec.media.array import array_bytes
from codec.methods.method import Setting
from codec.methods.photo import PHOTO
from helpers.exactness_worker import digits
from helpers.fuzz_files import MODIFIED, PATHS, PLAIN, Path, file_of, picture_of
from helpers.photo_planes import DEEP_TOP, deep_planes_of
from helpers.small_contexts import small_context
from helpers.small_hierarchies import small_hierarchy, small_pictures
from helpers.small_jpegs import blocks_of, colour_form, small_jpeg_bytes, small_jpeg_model
from helpers.small_models import small_images, small_model
from helpers.small_photos import small_photo_model

FOLDER = FilePath(__file__).resolve().parents[1] / "whole" / "golden"
PARTICLES = (1, 4)


def arrays() -> Iterator[tuple[NamedModel, Images]]:
    """Models of images, and images for each: small models, and the embedded ones."""
    for levels, layers in ((2, 1), (256, 2)):
        yield NamedModel(f"small-{levels}-{layers}", small_model(levels, layers)), small_images(30, levels)
    for levels, count in ((2, 30), (256, MAX_BATCH + 30)):
        yield NamedModel(f"small-order-{levels}", small_context(levels)), small_images(count, levels)
    for levels in (2, 256):
        yield NamedModel(f"small-layers-{levels}", small_hierarchy(levels)), small_pictures(30, levels)
    yield NamedModel("small-beside-256", small_hierarchy(256, context=True)), small_pictures(30)
    for one in library.embedded():
        if one.codes_images:
            yield one, digits(12, one.images.levels, one.images.shape)


def array_files() -> Iterator[tuple[str, bytes]]:
    """Names and contents of the golden files of arrays of images."""
    for model, images in arrays():
        for particles in PARTICLES:
            yield f"{model.title}-{particles}.bb", write_array(images, model.images, particles)[0]
        if model.title.startswith("small"):
            yield f"{model.title}.bbm", model.data
        yield f"{model.title}.npy", array_bytes(images)


def picture_files() -> Iterator[tuple[str, bytes]]:
    """Those of pictures, and of files that are kept: one of each path through the decoders that is fuzzed."""
    yield "small-photo.bbm", small_photo_model()
    yield "small-photo-gray.bbm", small_photo_model(1)
    yield "small-photo-learning.bbm", small_photo_model(3, 0, "four", "all")
    yield "small-photo-singles.bbm", small_photo_model(3, 0, "four", "all-whole", True)
    for name, path in PATHS.items():
        if not name.startswith("array"):
            data, content = file_of(name)
            yield f"{name}.bb", data
            if name in PLAIN:
                yield f"{name}.npy", array_bytes(PLAIN[name])
                continue
            yield (f"{name}.npy", array_bytes(picture_of(path).pixels)) if path.mode else (f"{name}.bin", content)


def embedded_files() -> Iterator[tuple[str, bytes]]:
    """Those of the embedded models of photos."""
    pictures = {mode: picture_of(Path(mode, (PHOTO,), 48)) for mode in ("L", "RGB")}
    for mode, picture in pictures.items():
        yield f"embedded-{mode}.npy", array_bytes(picture.pixels)
    for one in library.embedded():
        if one.family == "photo":
            picture = pictures["L" if one.planes.channels == 1 else "RGB"]
            yield (
                f"embedded-{one.title}.bb",
                write_picture_file(picture, Plan((PHOTO,), setting=Setting(one.planes, 1)), modified=MODIFIED).data,
            )


def coefficient_files() -> Iterator[tuple[str, bytes]]:
    """Those of JPEG files' coefficients: small models, and the payload of a part by each."""
    kinds = "none", "half", "all", "whole", "whole-own", "directed", "directed-settled", "directed-seldom-together", "counters"
    for learning in (*kinds, "directed-settled-solved"):
        form = colour_form(12, 10)
        yield f"small-jpeg-{learning}.bbm", small_jpeg_bytes(0, learning)
        payload = encode_part(small_jpeg_model(0, learning), form, slice(0, 12), blocks_of(form)).payload
        yield f"small-jpeg-{learning}.bin", payload


def deep_models() -> list[tuple[int, str, str]]:
    """The embedded models that code more than 8 bits, of this release and of earlier ones: channels, title, what learns."""
    known = ((channels, *one) for channels, models in library.DEEP_MODELS.items() for one in models.values())
    earlier = ((channels, *one) for channels, models in library.EARLIER_DEEP.items() for one in models)
    return sorted({*known, *earlier})


def deep_payloads() -> Iterator[tuple[str, bytes]]:
    """The payloads of a stripe of more than 8 bits by each of them."""
    for channels, title, learning in deep_models():
        planes = deep_planes_of("random walk", channels, 40, 50)
        payload = encode_deep_stripe(load_photo(library.find(title).file), learning, planes, DEEP_TOP).payload
        yield f"deep-{title}-{learning}.bin", payload


def main() -> None:
    """Write what is missing, and say what was written."""
    FOLDER.mkdir(exist_ok=True)
    for title, content in chain(array_files(), picture_files(), embedded_files(), coefficient_files(), deep_payloads()):
        if not (FOLDER / title).exists():
            (FOLDER / title).write_bytes(content)
            print(title, len(content))


if __name__ == "__main__":
    main()
