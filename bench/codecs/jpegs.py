"""Runs what makes JPEG files smaller and gives them back byte for byte: this codec, Lepton, JPEG XL, Brunsli, and commands on PATH.

Each is a peer, or None where it is not installed. packJPG and PJA are commands that write beside the file that they are given.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.codecs.library import imagecodecs_with, version_of
from bench.errors import RoundTripFailed
from codec.density import library
from codec.density.efforts import MAIN_EFFORTS
from codec.kinds import table
from codec.kinds.requests import Restoring, Settings, Source

LIMIT = 3600  # seconds for a file


@dataclass(frozen=True)
class FilePeer:
    """A codec of files at one setting. encode: the file -> what it becomes; decode: back."""

    name: str
    version: str
    encode: Callable[[bytes], bytes]
    decode: Callable[[bytes], bytes]


def ours(effort: int, model: str | None = None) -> FilePeer | None:
    """This codec, on one thread and without verifying; None where there is no model of JPEG files."""
    density = library.jpeg_density(model, effort)
    if density is None:
        return None
    settings = Settings(model, threads=1, verify=False, effort=effort)

    def encode(data: bytes) -> bytes:
        source = Source("a file", data, ".jpg", 0)
        return table.kind_of_source(source).compress(source, settings)[0]

    def decode(data: bytes) -> bytes:
        return table.open_file(data).decompress(Restoring(model=model, threads=1)).content

    return FilePeer(f"codec effort {effort}", f"model {density.file.name.hex()}", encode, decode)


def lepton() -> FilePeer | None:
    if importlib.util.find_spec("lepton_jpeg_python") is None:
        return None
    module = importlib.import_module("lepton_jpeg_python")
    version = f"lepton-jpeg-python {importlib.metadata.version('lepton-jpeg-python')}"
    return FilePeer("Lepton", version, lambda data: bytes(module.compress_bytes(data)), lambda data: bytes(module.decompress_bytes(data)))


def jpeg_xl() -> FilePeer | None:
    if (module := imagecodecs_with("JPEGXL")) is None:
        return None
    return FilePeer(
        "JPEG XL transcoding",
        version_of(str(module.jpegxl_version())),
        lambda data: bytes(module.jpegxl_encode_jpeg(data, numthreads=1)),
        lambda data: bytes(module.jpegxl_decode_jpeg(data, numthreads=1)),
    )


def brunsli() -> FilePeer | None:
    if (module := imagecodecs_with("BRUNSLI")) is None:
        return None
    return FilePeer(
        "Brunsli",
        version_of(str(module.brunsli_version())),
        lambda data: bytes(module.brunsli_encode(data)),
        lambda data: bytes(module.brunsli_decode(data, asjpeg=True)),
    )


def command(name: str, program: str, ending: str) -> FilePeer | None:
    """A program that makes FILE.ending of FILE.jpg, and the other way round."""
    if shutil.which(program) is None:
        return None
    return FilePeer(name, program, partial(_beside, program, ".jpg", ending), partial(_beside, program, ending, ".jpg"))


def _beside(program: str, before: str, after: str, data: bytes) -> bytes:
    """What a program writes beside a file. Raises RoundTripFailed when it writes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "picture" + before), Path(folder, "picture" + after)
        source.write_bytes(data)
        done = subprocess.run([program, str(source)], capture_output=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
        if not target.is_file():
            raise RoundTripFailed(f"{program} gave no {after} of a {before}, and exit code {done.returncode}")
        return target.read_bytes()


def file_codecs() -> Mapping[str, Callable[[], FilePeer | None]]:
    """By name: what gives each codec of JPEG files."""
    return {
        **{f"codec effort {effort}": partial(ours, effort) for effort in MAIN_EFFORTS},
        "Lepton": lepton,
        "JPEG XL transcoding": jpeg_xl,
        "Brunsli": brunsli,
        "packJPG": partial(command, "packJPG", "packJPG", ".pjg"),
        "PJA": partial(command, "PJA", "pja", ".pja"),
    }
