"""One fresh process of the exactness matrix: codes images with every model, decodes them, prints digests as JSON.

    python -m helpers.exactness_worker ENGINE ROWS COUNT        engine: numpy or torch; rows: block size or 0; count: images for each model

Stripes of photos are worked one after another; with a block size of n backwards, by n threads. Without a compiler there are two only.
`control` is the digest of what the matrix is there to catch: the same kind of layer in ordinary floats.
"""

from __future__ import annotations

import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from codec.density import library
from codec.density.arrays.chain import decode_chain, encode_chain
from codec.density.arrays.load import load_arrays
from codec.density.density import Images, ImagesForm, Options, PixelsForm
from codec.density.jpeg.part import decode_part, encode_part
from codec.density.photo.chain import decode_pictures, encode_pictures
from codec.density.photo.deep.stripe import decode_deep_stripe, encode_deep_stripe
from codec.density.photo.model import load_photo
from codec.density.photo.predictors import predict
from codec.density.photo.stripe import decode_stripe, encode_small_stripe, encode_stripe
from codec.methods.traces.maps import MAPS, colour_map
from codec.methods.traces.traces import find_trace, restore_pixels
from codec.nets.layers import Engine
from codec.nets.model_file import ModelFile, read_model
from codec.system.kernel_choice import way
from helpers.photo_planes import DEEP_TOP, deep_planes_of, planes_of
from helpers.small_contexts import small_context
from helpers.small_hierarchies import small_hierarchy, small_pictures
from helpers.small_jpegs import blocks_of, colour_form, small_jpeg_model
from helpers.small_models import small_images, small_model
from helpers.small_photos import small_photo_model

Stripe: TypeAlias = tuple[int, int, int, int, str, str]
SMALL = [(2, 1), (2, 2), (256, 1), (256, 2)]
CONTEXTS = [(256, 3, False), (256, 1, True), (2, 1, False)]  # levels, channels, whether there are latents
PLAIN_STRIPES = [(1, 12, 20, 1, "two", "none"), (3, 6, 8, 3, "four", "heads")]  # channels, rows, columns, particles, predictors, learning
SMALL_STRIPES = [(1, 12, 20, 1, "two", "none"), (3, 50, 90, 1, "four", "all")]  # small ones, and chains; the first without a compiler, too
STRIPES = [
    *PLAIN_STRIPES, (1, 12, 20, 3, "one", "none"), (3, 6, 8, 1, "one", "outputs"), (1, 21, 203, 1, "four", "heads"),
    (3, 13, 420, 3, "two", "none"), (3, 100, 90, 1, "four", "all"), (1, 150, 150, 3, "two", "outputs"),
]  # fmt: skip
MIXED = "directed-often-steadily"  # what models of two networks learn
SINGLE_STRIPES = [  # sums in singles; the first five without a compiler, too
    (1, 12, 20, 1, "one", "outputs-half"), (3, 6, 8, 1, "four", "all-whole"), (1, 8, 9, 1, "one", "all-whole-16"),
    (1, 8, 9, 1, "one", "directed-2"), (1, 8, 9, 1, "one", MIXED),
    (3, 13, 420, 1, "two", "heads-4"), (3, 60, 90, 1, "four", "all"), (3, 60, 90, 1, "four", "all-whole"),
    (3, 60, 90, 1, "four", "all-whole-16"), (3, 60, 90, 1, "four", "directed-often-4-1"), (3, 60, 90, 1, "four", MIXED),
]  # fmt: skip
DEEP_STRIPES = [  # of 16 bits; the first two without a compiler, too
    (1, 7, 10, 1, "two", "outputs"), (1, 5, 9, 1, "one", MIXED), (3, 20, 90, 1, "four", "all"), (1, 100, 203, 1, "four", "heads"),
    (3, 30, 90, 1, "four", "all-whole"), (3, 30, 90, 1, "one", "directed-often-3"), (3, 30, 90, 1, "four", MIXED),
]  # fmt: skip
PLAIN_JPEGS = [  # rows, columns of units, luma's horizontal, vertical sampling, what learns
    (2, 3, 2, 2, "none"), (1, 1, 1, 1, "all"), (1, 2, 1, 1, "whole"), (1, 2, 1, 1, "whole-own"),
    (9, 1, 1, 1, "none-settled-solved"), (2, 3, 2, 2, "counters"),
]  # fmt: skip
JPEGS = [
    *PLAIN_JPEGS, (9, 20, 1, 1, "none"), (20, 9, 2, 1, "none"), (40, 20, 1, 1, "all"), (40, 20, 1, 1, "whole"), (40, 20, 1, 1, "whole-own"),
    (40, 20, 1, 1, "directed-settled"), (40, 32, 2, 2, "directed-seldom-together"), (20, 19, 2, 1, "counters"),
    (20, 17, 2, 2, "directed-settled-solved"),
]  # fmt: skip


def make_engine(name: str) -> Engine | None:
    """None for numpy."""
    if name == "numpy":
        return None
    from codec.nets.torch_engine import TorchEngine

    return TorchEngine("cpu")


def digits(count: int, levels: int, shape: tuple[int, ...] = (28, 28)) -> Images:
    """Smooth blobs, uint8 [count, *shape]: something that the embedded models code without data at hand."""
    rng = np.random.default_rng(3)
    place = rng.integers(0, 2, (count, shape[0] // 4, shape[1] // 4, *shape[2:])).repeat(4, axis=1).repeat(4, axis=2)
    return (place * rng.integers(0, levels, (count, *shape))).astype(np.uint8)


def control() -> str:
    """A layer in float32, rounded at the end as if that made it safe."""
    rng = np.random.default_rng(4)
    weight, values = rng.normal(size=(784, 200)).astype(np.float32), rng.normal(size=(300, 784)).astype(np.float32)
    return hashlib.sha256(np.floor(1024 * (values @ weight)).tobytes()).hexdigest()


def coded(file: ModelFile, images: Images, engine: Engine | None, rows: int | None) -> str:
    """The digest of the images' payloads with one particle and with three, after both were decoded."""
    model, flat = load_arrays(file, engine), images.reshape(len(images), -1)
    form, digest = ImagesForm(len(images), b"a prefix"), hashlib.sha256()
    for particles in (1, 3):
        found = encode_chain(model, form, flat, Options(particles), rows)
        if not np.array_equal(decode_chain(model, replace(form, batches=found.batches), found.payload, block_rows=rows), flat):
            raise SystemExit("a payload does not decode to what it was made from")
        digest.update(repr(found.batches).encode() + found.payload)
    return digest.hexdigest()


def photo(stripe: Stripe) -> tuple[str, str]:
    """The name of a stripe and the digest of its predictions' errors and its payload, after that was decoded."""
    channels, height, width, particles, predictors, learning = stripe
    model = load_photo(read_model(small_photo_model(channels, 0, predictors, learning)))
    planes = planes_of("random walk", channels, height, width)
    found = encode_stripe(model, planes, particles)
    if found.bits["prior"] == 0 or not np.array_equal(decode_stripe(model, found.payload, (channels, height, width)), planes):
        raise SystemExit("a stripe uses no latents, or does not decode to what it was made from")
    return f"photo {stripe}", hashlib.sha256(predict(planes, model.predictors).tobytes() + found.payload).hexdigest()


def single_photo(stripe: Stripe) -> tuple[str, str]:
    """The same of a model whose predictors' sums are in single precision."""
    channels, height, width, particles, predictors, learning = stripe
    model = load_photo(read_model(small_photo_model(channels, 0, predictors, learning, True, 2 if learning == MIXED else 1)))
    planes = planes_of("random walk", channels, height, width)
    found = encode_stripe(model, planes, particles)
    if not np.array_equal(decode_stripe(model, found.payload, (channels, height, width)), planes):
        raise SystemExit("a stripe does not decode to what it was made from")
    return f"single photo {stripe}", hashlib.sha256(predict(planes, model.predictors, True).tobytes() + found.payload).hexdigest()


def small_photo(stripe: Stripe) -> tuple[str, str]:
    """The same of a small stripe: its payload alone."""
    channels, height, width, _, predictors, learning = stripe
    model = load_photo(read_model(small_photo_model(channels, 0, predictors, learning)))
    planes = planes_of("random walk", channels, height, width)
    found = encode_small_stripe(model, planes)
    if not np.array_equal(decode_stripe(model, found.payload, (channels, height, width)), planes):
        raise SystemExit("a small stripe does not decode to what it was made from")
    return f"small photo {stripe}", hashlib.sha256(found.payload).hexdigest()


def photo_chain(stripe: Stripe) -> tuple[str, str]:
    """The same of a chain of two pictures."""
    channels, height, width, _, predictors, learning = stripe
    model = load_photo(read_model(small_photo_model(channels, 0, predictors, learning)))
    planes = planes_of("random walk", channels, 2 * height, width)
    payload = encode_pictures(model, planes, 2).payload
    if not np.array_equal(decode_pictures(model, payload, planes.shape, 2), planes):
        raise SystemExit("a chain does not decode to what it was made from")
    return f"chain {stripe}", hashlib.sha256(payload).hexdigest()


def deep_photo(stripe: Stripe) -> tuple[str, str]:
    """The same of a stripe of 16 bits."""
    channels, height, width, _, predictors, learning = stripe
    model = load_photo(read_model(small_photo_model(channels, 0, predictors, learning, networks=2 if learning == MIXED else 1)))
    planes = deep_planes_of("random walk", channels, height, width)
    payload = encode_deep_stripe(model, learning, planes, DEEP_TOP).payload
    if not np.array_equal(decode_deep_stripe(model, payload, (channels, height, width), DEEP_TOP), planes):
        raise SystemExit("a stripe of 16 bits does not decode to what it was made from")
    return f"deep photo {stripe}", hashlib.sha256(payload).hexdigest()


def jpeg(units: tuple[int, int, int, int, str]) -> tuple[str, str]:
    """The name of a JPEG file's coefficients and the digest of their payload, after it was decoded."""
    form = colour_form(*units[:4])
    part, data, model = slice(0, form.unit_rows), blocks_of(form), small_jpeg_model(learning=units[4])
    payload = encode_part(model, form, part, data).payload
    if any((one != other).any() for one, other in zip(decode_part(model, form, part, payload), data, strict=True)):
        raise SystemExit("coefficients do not decode to what they were")
    return f"jpeg {units}", hashlib.sha256(payload).hexdigest()


def photos(threads: int | None) -> dict[str, str]:
    """Digests of stripes and of JPEG files' coefficients, by name."""
    is_plain = way() == "python"
    stripes, small = (PLAIN_STRIPES, SMALL_STRIPES[:1]) if is_plain else (STRIPES, SMALL_STRIPES)
    single = SINGLE_STRIPES[:5] if is_plain else SINGLE_STRIPES
    deep, files = (DEEP_STRIPES[:2], PLAIN_JPEGS) if is_plain else (DEEP_STRIPES, JPEGS)
    if threads is None:
        found = [*map(photo, stripes), *map(single_photo, single), *map(small_photo, small), *map(photo_chain, small)]
        return dict([*found, *map(deep_photo, deep), *map(jpeg, files)])
    with ThreadPoolExecutor(threads) as pool:
        first = [*pool.map(photo, reversed(stripes)), *pool.map(single_photo, single), *pool.map(small_photo, small)]
        return dict([*first, *pool.map(photo_chain, small), *pool.map(deep_photo, deep), *pool.map(jpeg, reversed(files))])


def drawings() -> dict[str, str]:
    """Digests of stripes of graphics by the embedded models, by name, after they were decoded."""
    found, form = dict[str, str](), PixelsForm(24, 40, 4)
    for effort in (1, 5, 9):
        density = library.graphics_density(effort)
        pixels = density.file.tensors["probe.pixels"].astype(np.uint8)
        payload = density.encode(form, slice(0, 24), pixels, Options()).payload
        if not np.array_equal(density.decode(form, slice(0, 24), payload), pixels):
            raise SystemExit("a drawing does not decode to what it was made from")
        found[f"graphics {effort}"] = hashlib.sha256(payload).hexdigest()
    return found


def lattices() -> dict[str, str]:
    """Digests of the planes that are found in pixels on the lattices of colour maps, by name, after pixels were made of them again."""
    found, rng = dict[str, str](), np.random.default_rng(5)
    y, u, v = (128 + rng.integers(-most, most + 1, (60, 80)).cumsum(1, dtype=np.int32) for most in (2, 1, 1))
    for number in range(len(MAPS)):
        colours = colour_map(number)
        pixels = colours.colours(y, colours.terms(u, v))
        trace, parts = find_trace(pixels, 3)
        if not np.array_equal(restore_pixels(trace, parts), pixels):
            raise SystemExit("planes do not give the pixels that they were found in")
        found[f"lattice {number}"] = hashlib.sha256(bytes([number]) + trace[:3] + parts[0].tobytes()).hexdigest()
    return found


def main() -> None:
    """Print the digests."""
    engine, rows, count = make_engine(sys.argv[1]), int(sys.argv[2]) or None, int(sys.argv[3])
    digests = {}
    for levels, layers in SMALL:
        images = small_images(4 * count, levels)
        digests[f"small {levels} {layers}"] = coded(read_model(small_model(levels, layers)), images, engine, rows)
    for levels, channels, latents in CONTEXTS:
        file = read_model(small_context(levels, channels, latents))
        images = np.random.default_rng(5).integers(0, levels, (count, 16 * channels)).astype(np.uint8)
        digests[f"in order {levels} {channels} {latents}"] = coded(file, images, engine, rows)
    for levels in (2, 256):
        for context in (False, True):
            name, file = f"hierarchy {levels} {context}", read_model(small_hierarchy(levels, context=context))
            digests[name] = coded(file, small_pictures(2 * count, levels), engine, rows)
    for one in library.embedded():
        if one.codes_images and one.images.latents:  # small models stand for those that code in order
            digests[one.title] = coded(one.file, digits(count, one.images.levels, one.images.shape), engine, rows)
    print(json.dumps({"digests": digests, "photos": photos(rows) | drawings() | lattices(), "control": control()}))


if __name__ == "__main__":
    main()
