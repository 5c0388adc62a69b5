"""How likely is a picture? -log2 p(x) under the photo model, and how far the file is from it.

    python examples/image_density.py [picture]

More particles give a tighter bound: each figure is an upper bound of -log2 p(x) in the mean. Noise and a turned picture are what the
model does not expect, and what it gives more bits.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

import codec


def main(path: Path) -> None:
    picture = np.asarray(Image.open(path).convert("RGB"))
    noise = np.random.default_rng(0).integers(-8, 9, picture.shape)
    variants = {
        "as it is": picture,
        "upside down": np.ascontiguousarray(picture[::-1]),
        "with noise": np.clip(picture + noise, 0, 255).astype(np.uint8),
    }
    for name, pixels in variants.items():
        rows = codec.density(pixels, "photo", particles=(1, 4)).estimates
        rates = ", ".join(f"{row.bits_per_dimension:.4f} with {row.particles}" for row in rows)
        size = 8 * len(codec.compress(pixels, "photo", verify=False)) / pixels.size
        print(f"{name:12} {rates} particles; file {size:.4f} bits/dim")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("photo.png"))
