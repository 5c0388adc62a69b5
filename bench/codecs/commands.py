"""Runs codecs of pictures that are commands, where they are found on PATH. Pixels go in and out as PPM or PGM files.

Their times are those of whole processes, start and files included; that is what their users wait for.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bench.codecs.library import spread_out, squeezed
from bench.errors import RoundTripFailed
from bench.measure.peer import Peer, Pixels

LIMIT = 3600  # seconds for a picture


@dataclass(frozen=True)
class Command:
    """A codec at one setting. encode, decode: words of its commands, in which {in} and {out} stand for files.

    ending: of its own files. version: the words that make it print its version on the first line of what it says.
    """

    name: str
    settings: str
    encode: Sequence[str]
    decode: Sequence[str]
    ending: str
    version: Sequence[str]

    @property
    def programs(self) -> tuple[str, str]:
        return self.encode[0], self.decode[0]


COMMANDS = (
    *(
        Command(
            f"cjxl -e {effort}",
            f"-d 0 -e {effort} --num_threads=0",
            ("cjxl", "{in}", "{out}", "-d", "0", "-e", str(effort), "--num_threads=0", "--quiet"),
            ("djxl", "{in}", "{out}", "--num_threads=0", "--quiet"),
            ".jxl",
            ("cjxl", "--version"),
        )
        for effort in (7, 9, 10)
    ),
    Command("FLIF -E100", "-e -E100", ("flif", "-e", "-E100", "{in}", "{out}"), ("flif", "-d", "{in}", "{out}"), ".flif", ("flif", "-h")),
    Command("NBLI", "", ("nbli", "{in}", "-o", "{out}"), ("nbli", "{in}", "-o", "{out}"), ".nbli", ("nbli",)),
    Command("NBLI -ga", "-ga", ("nbli", "-ga", "{in}", "-o", "{out}"), ("nbli", "{in}", "-o", "{out}"), ".nbli", ("nbli",)),
    Command("QLIC", "", ("qlic", "c", "{in}", "{out}"), ("qlic", "d", "{in}", "{out}"), ".qlic", ("qlic",)),
    Command("paq8px -5", "-5", ("paq8px", "-5", "{in}", "{out}"), ("paq8px", "-d", "{in}", "{out}"), ".paq8px", ("paq8px",)),
)


def found(command: Command) -> Peer | None:
    """The peer, or None where a program of it is not on PATH."""
    if any(shutil.which(program) is None for program in command.programs):
        return None

    def encode(pixels: Pixels) -> bytes:
        file = io.BytesIO()
        Image.fromarray(squeezed(pixels)).save(file, "PPM")
        return _run(command.name, command.encode, file.getvalue(), plain_ending(pixels), command.ending)

    def decode(data: bytes) -> Pixels:
        channels, content = data[0], data[1:]
        plain = _run(command.name, command.decode, content, command.ending, ENDINGS[channels])
        with Image.open(io.BytesIO(plain), formats=("PPM",)) as image:
            return spread_out(image)

    def marked(pixels: Pixels) -> bytes:
        return bytes([pixels.shape[2]]) + encode(pixels)  # which format to ask the decoder for

    return Peer(command.name, _version(command), command.settings or "default settings", marked, decode)


ENDINGS = {1: ".pgm", 3: ".ppm"}  # by channels


def plain_ending(pixels: Pixels) -> str:
    """The ending of the plain file that holds such pixels."""
    return ENDINGS[pixels.shape[2]]


def _run(name: str, words: Sequence[str], content: bytes, before: str, after: str) -> bytes:
    """What a command makes of a file. Raises RoundTripFailed when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "picture" + before), Path(folder, "result" + after)
        source.write_bytes(content)
        line = [word.replace("{in}", str(source)).replace("{out}", str(target)) for word in words]
        try:
            done = subprocess.run(line, capture_output=True, text=True, errors="replace", timeout=LIMIT, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired as error:
            raise RoundTripFailed(f"{name}: {words[0]} took more than {LIMIT} seconds") from error
        if done.returncode or not target.is_file():
            said = (done.stderr or done.stdout).strip().splitlines() or ["it says nothing"]
            raise RoundTripFailed(f"{name}: {words[0]} failed: {said[-1]}")
        return target.read_bytes()


def _version(command: Command) -> str:
    """The first line of what it says of itself that has a digit in it."""
    done = subprocess.run(command.version, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=60)
    lines = [line.strip() for line in (done.stdout + "\n" + done.stderr).splitlines()]
    return next((line for line in lines if any(letter.isdigit() for letter in line)), "unknown")
