"""Train a model of one's own, and compress with it (needs torch).

    python examples/own_model.py [minutes]

Twenty digits and seconds of training make a poor model; with MNIST and half an hour it is the one of the package. Photos go the same way,
with `codec train photo` and a folder of pictures. A file needs the model that made it.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import codec

DIGITS = Path(__file__).with_name("digits.npy")
SMALL = ["--likelihood", "logistic", "--size", "0.25", "--batch", "8", "--validation", "4", "--particles", "5"]


def main(minutes: str) -> None:
    digits = np.load(DIGITS)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint, model_file = Path(folder, "mine.pt"), Path(folder, "mine.bbm")
        run = [sys.executable, "-m", "codec"]
        subprocess.run([*run, "train", "digits", "--data", DIGITS, "-o", checkpoint, "--minutes", minutes, *SMALL], check=True)
        subprocess.run([*run, "export", checkpoint, "--data", DIGITS, "-o", model_file], check=True)
        model = codec.load_model(model_file)
    for name, chosen in (("mine", model), ("digits-gray", codec.load_model("digits-gray"))):
        data = codec.compress(digits, chosen)
        assert np.array_equal(codec.decompress(data, chosen), digits)
        print(f"{name:12} {len(data):,} bytes, {8 * len(data) / digits.size:.3f} bits/pixel")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "0.02")
