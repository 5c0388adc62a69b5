"""Pillow opens and saves compressed pictures once the plugin is imported.

python examples/pillow_plugin.py
"""

import tempfile
from pathlib import Path

from PIL import Image

import codec.pillow_plugin  # noqa: F401  (registers itself)


def main() -> None:
    original = Image.open(Path(__file__).with_name("photo.png"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "photo.bb")
        original.save(path)
        with Image.open(path) as image:
            print(f"{path.name}: {image.format}, {image.mode} {image.size[0]}x{image.size[1]}, {path.stat().st_size:,} bytes")
            print("thumbnail of", image.resize((64, 48)).size, "- the same pixels:", image.tobytes() == original.tobytes())


if __name__ == "__main__":
    main()
