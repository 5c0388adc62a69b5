"""One fresh process of the exactness matrix: code images with every model, decode, print digests as JSON.

    python tests/exactness_worker.py ENGINE ROWS COUNT        engine: numpy or torch; rows: block size or 0; count: images for each model

`control` is the digest of what the matrix is there to catch: the same kind of layer in ordinary floats.
"""

import hashlib
import json
import sys

import numpy as np
from small_models import small_images, small_model

from codec import store
from codec.load import load_model
from codec.model import Model
from codec.modelfile import ModelFile, read_model
from codec.pipeline import compress_array, decompress_array
from codec.runtime import Engine

SMALL = [(2, 1), (2, 2), (256, 1), (256, 2)]


def make_engine(name: str) -> Engine | None:
    if name == "numpy":
        return None
    from codec.learn.engine import TorchEngine

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


def main() -> None:
    engine, rows, count = make_engine(sys.argv[1]), int(sys.argv[2]) or None, int(sys.argv[3])
    digests = {}
    for levels, layers in SMALL:
        images = small_images(4 * count, levels)
        digests[f"small {levels} {layers}"] = coded(read_model(small_model(levels, layers)), images, engine, rows)
    for entry in store.embedded("vae"):
        digests[entry.title] = coded(entry.file, digits(count, entry.file.metadata["levels"]), engine, rows)
    print(json.dumps({"digests": digests, "control": control()}))


if __name__ == "__main__":
    main()
