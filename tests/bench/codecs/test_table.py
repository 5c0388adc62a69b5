"""bench/codecs/table.py and the codecs in it: all of them lossless, each under its own name."""

import pickle

import pytest
from helpers.stand_in import noise, smooth

from bench.codecs import library, raw
from bench.codecs.table import codecs_for
from bench.measure.items import Item, size

PLANES = "JPEG-LS on G, R-G, B-G"
LIBRARIES = ["PNG", "WebP method 4", "JPEG XL effort 3", "JPEG-LS", PLANES, "JPEG 2000", "AVIF", "QOI", "zstd -19", "xz -9e"]
RAW = [raw.deflate, raw.bzip2, raw.xz, raw.zstandard]


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_codec_is_lossless_and_says_what_it_is(name, mode):
    peer = codecs_for(mode)[name]()
    if peer is None:
        pytest.skip("not installed")
    for picture in (smooth(mode, 40, 56), noise(mode, 9, 7)):
        assert size(peer, Item("a", picture.pixels, mode))["bytes"] > 0
    facts = peer.facts()
    assert set(facts) == {"name", "version", "settings"} and any(digit in facts["version"] for digit in "0123456789")


@pytest.mark.parametrize("make", RAW, ids=lambda make: make.__name__)
def test_a_general_compressor_takes_arrays_of_bytes_and_of_bits(make, rng):
    peer = make()
    if peer is None:
        pytest.skip("not installed")
    sizes = {}
    for levels in (2, 256):
        array = rng.integers(0, levels, (5, 28, 28)).astype("uint8")
        sizes[levels] = size(peer, Item("a", array, "bytes"))["bytes"]
    assert sizes[2] < 5 * 28 * 28 / 8 + 300 < sizes[256]


def test_streams_that_are_joined_can_be_parted():
    parts = [b"one", b"", b"three"]
    assert library.parted(library.joined(parts)) == parts


@pytest.mark.parametrize("kind", ["L", "RGB", "bits", "bytes"])
def test_codecs_are_listed_under_their_own_names_and_can_be_sent_to_another_process(kind):
    for name, make in codecs_for(kind).items():
        peer = pickle.loads(pickle.dumps(make))()
        assert peer is None or peer.name == name


def test_this_codec_is_among_them_and_lossless(tiny_photos, rng):
    ours = {name: make for name, make in codecs_for("RGB").items() if name.startswith("codec")}
    assert list(ours) == ["codec effort 1", "codec effort 5", "codec effort 9"]
    peer = ours["codec effort 5"]()
    assert size(peer, Item("a", smooth("RGB", 40, 56).pixels, "RGB"))["bytes"] > 0 and "model" in peer.version
    assert ours["codec effort 1"]() is None  # of the tiny models there is none
    digits = (rng.random((5, 28, 28)) < 0.1).astype("uint8")
    assert size(codecs_for("bits")["codec, N = 4"](), Item("a", digits, "bits"))["bytes"] > 0


def test_it_looks_for_traces_unless_told_otherwise(rng):
    gray = rng.integers(0, 256, (80, 72, 1)).astype("uint8").repeat(3, 2)  # a line of colours, which is a trace
    sizes = {}
    for traces in (True, False):
        peer = codecs_for("RGB", traces)["codec effort 5"]()
        sizes[traces] = size(peer, Item("a", gray, "RGB"))["bytes"]
        assert ("no traces" in peer.settings) != traces
    assert sizes[True] < sizes[False]
