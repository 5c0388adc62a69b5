"""One fresh process of the exactness matrix: code images with every model, decode, print digests as JSON.

    python tests/exactness_worker.py ENGINE ROWS COUNT        engine: numpy or torch; rows: block size or 0; count: images for each model

Stripes of photos are worked one after another; with a block size of n backwards, by n threads. Without numba's compiler there are two only.
`control` is the digest of what the matrix is there to catch: the same kind of layer in ordinary floats.
"""

import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import config

from codec.density import library
from codec.density.arrays.load import load_model
from codec.density.arrays.model import Model
from codec.density.photo.model import load_photo
from codec.density.photo.predictors import predict
from codec.density.photo.stripe import decode_stripe, encode_stripe
from codec.kinds.array.stream import compress_array, decompress_array
from codec.nets.layers import Engine
from codec.nets.model_file import ModelFile, read_model
from helpers.photo_planes import planes_of
from helpers.small_models import small_images, small_model
from helpers.small_photos import small_photo_model

SMALL = [(2, 1), (2, 2), (256, 1), (256, 2)]
PLAIN_STRIPES = [(1, 12, 20, 1, "two", "none"), (3, 6, 8, 3, "four", "heads")]  # channels, rows, columns, particles, predictors, learning
STRIPES = [
    *PLAIN_STRIPES, (1, 12, 20, 3, "one", "none"), (3, 6, 8, 1, "one", "outputs"), (1, 21, 203, 1, "four", "heads"),
    (3, 13, 420, 3, "two", "none"), (3, 100, 90, 1, "four", "all"), (1, 150, 150, 3, "two", "outputs"),
]  # fmt: skip


def make_engine(name: str) -> Engine | None:
    if name == "numpy":
        return None
    from codec.nets.torch_engine import TorchEngine

    return TorchEngine("cpu")


def digits(count: int, levels: int) -> np.ndarray:
    """Smooth blobs, uint8 [count, 28, 28]: something that the embedded models code without data at hand."""
    rng = np.random.default_rng(3)
    place = rng.integers(0, 2, (count, 7, 7)).repeat(4, axis=1).repeat(4, axis=2)
    return (place * rng.integers(0, levels, (count, 28, 28))).astype(np.uint8)


def control() -> str:
    """A layer in float32, rounded at the end as if that made it safe."""
    rng = np.random.default_rng(4)
    weight, values = rng.normal(size=(784, 200)).astype(np.float32), rng.normal(size=(300, 784)).astype(np.float32)
    return hashlib.sha256(np.floor(1024 * (values @ weight)).tobytes()).hexdigest()


def coded(file: ModelFile, images: np.ndarray, engine: Engine | None, rows: int | None) -> str:
    """The digest of the images' files with one particle and with three, after both were decoded."""
    model: Model = load_model(file, engine)
    both = [compress_array(images, model, particles, block_rows=rows) for particles in (1, 3)]
    for data in both:
        if not np.array_equal(decompress_array(data, lambda name: model, block_rows=rows), images):
            raise SystemExit("a file does not decode to what it was made from")
    return hashlib.sha256(b"".join(both)).hexdigest()


def photo(stripe: tuple[int, int, int, int, str, str]) -> tuple[str, str]:
    """The name of a stripe and the digest of its predictions' errors and its payload, after that was decoded."""
    channels, height, width, particles, predictors, learning = stripe
    model = load_photo(read_model(small_photo_model(channels, 0, predictors, learning)))
    planes = planes_of("random walk", channels, height, width)
    coded = encode_stripe(model, planes, particles)
    if not 0 < coded.funding_rows < height or not np.array_equal(decode_stripe(model, coded.payload, planes.shape), planes):
        raise SystemExit("a stripe uses no latents, or does not decode to what it was made from")
    return f"photo {stripe}", hashlib.sha256(predict(planes, model.predictors).tobytes() + coded.payload).hexdigest()


def photos(threads: int | None) -> dict[str, str]:
    """Digests of stripes, by name."""
    stripes = PLAIN_STRIPES if config.DISABLE_JIT else STRIPES
    if threads is None:
        return dict(map(photo, stripes))
    with ThreadPoolExecutor(threads) as pool:
        return dict(pool.map(photo, reversed(stripes)))


def main() -> None:
    engine, rows, count = make_engine(sys.argv[1]), int(sys.argv[2]) or None, int(sys.argv[3])
    digests = {}
    for levels, layers in SMALL:
        images = small_images(4 * count, levels)
        digests[f"small {levels} {layers}"] = coded(read_model(small_model(levels, layers)), images, engine, rows)
    for entry in library.embedded("vae"):
        digests[entry.title] = coded(entry.file, digits(count, entry.file.metadata["levels"]), engine, rows)
    print(json.dumps({"digests": digests, "photos": photos(rows), "control": control()}))


if __name__ == "__main__":
    main()
