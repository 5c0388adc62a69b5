"""Compress a picture and get it back.

python examples/compress_image.py [picture]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

import codec


def main(path: Path) -> None:
    data = codec.compress(path)  # the file with all that is in it; an image of Pillow or an array of pixels will do as well
    print(f"{path.name}: {path.stat().st_size:,} bytes become {len(data):,}")
    image = codec.decompress(data)
    print(
        f"{image.mode} {image.size[0]}x{image.size[1]} came back:", "the same" if np.array_equal(image, Image.open(path)) else "DIFFERENT"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("photo.png"))
