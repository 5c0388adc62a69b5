"""bench/peers.py and the codecs it measures: all of them lossless, none that is not, and no picture measured twice."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from helpers.stand_in import noise, smooth
from PIL import Image

from bench import peers
from bench.__main__ import main
from bench.codecs import commands, library, raw
from bench.codecs.peer import Peer
from bench.measure import items, memory
from bench.measure.items import CHANNELS, Item, key_of, size, times
from bench.measure.timing import RoundTripFailed
from bench.peers import figures_of, makes_for
from codec.errors import BadInput

LIBRARIES = [make for name, make in vars(library).items() if name in ("png", "jpeg_ls", "jpeg_ls_planes", "jpeg_2000", "avif", "qoi")]
RAW = [raw.deflate, raw.bzip2, raw.xz, raw.zstandard]


def raw(name="raw", version="1"):
    return Peer(name, version, "none", raw.raw_bytes, raw.from_raw)


def item(mode="RGB", height=40, width=56, name="a.png"):
    return Item(name, smooth(mode, height, width).pixels, mode)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "set").mkdir()
    for number in range(3):
        Image.fromarray(smooth("RGB", 40, 56 + number).pixels).save(tmp_path / "set" / f"{number}.png")
    Image.fromarray(smooth("L", 40, 56).pixels[:, :, 0]).save(tmp_path / "set" / "gray.png")
    return tmp_path


@pytest.fixture
def few(monkeypatch):
    """Two codecs and one that is missing; memory is not measured."""
    monkeypatch.setattr(peers, "makes_for", lambda kind: {"raw": raw, "zlib -9": raw.deflate, "cjxl": lambda: None})
    monkeypatch.setattr(memory, "figures", lambda name, kind, pixels: {"encode": 10.0, "decode": 20.0})


# ---------------------------------------------------------------- codecs


@pytest.mark.parametrize("make", [*LIBRARIES, *RAW], ids=lambda make: make.__name__)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_codec_is_lossless_and_says_what_it_is(make, mode):
    peer = make()
    if peer is None:
        pytest.skip("not installed")
    for picture in (smooth(mode, 40, 56), noise(mode, 9, 7)):
        assert size(peer, Item("a", picture.pixels, mode))["bytes"] > 0
    assert any(digit in peer.version for digit in "0123456789")


@pytest.mark.parametrize("make", RAW, ids=lambda make: make.__name__)
def test_a_general_compressor_takes_arrays_of_bytes_and_of_bits(make, rng):
    peer = make()
    if peer is None:
        pytest.skip("not installed")
    sizes = {}
    for levels in (2, 256):
        array = rng.integers(0, levels, (5, 28, 28)).astype(np.uint8)
        sizes[levels] = size(peer, Item("a", array, "bytes"))["bytes"]
    assert sizes[2] < 5 * 28 * 28 / 8 + 300 < sizes[256]


@pytest.mark.parametrize("kind", ["L", "RGB", "bits", "bytes"])
def test_codecs_are_listed_under_their_own_names(kind):
    for name, make in makes_for(kind).items():
        peer = make()
        assert peer is None or peer.name == name


def test_this_codec_is_among_them_and_lossless(tiny_photos):
    made = {name: make() for name, make in makes_for("RGB").items() if name.startswith("codec")}
    assert len(made) == 3
    peer = made["codec effort 5"]
    assert size(peer, item())["bytes"] > 0 and "model" in peer.version


FAKE = """#!{python}
import sys, zlib
words, how = sys.argv[1:], {how!r}
files = [word for word in words if "/" in word]
if len(files) < 2:
    print("{name} 1.2")
    sys.exit(0)
if how == "fails" or (how == "fails to decode" and not files[0].endswith("m")):
    sys.exit("out of luck")
if how == "writes nothing":
    sys.exit(0)
content = open(files[0], "rb").read()
if content[:1] == b"P":
    content = zlib.compress(content)
else:
    content = bytearray(zlib.decompress(content))
    content[-1] ^= how == "loses a bit"
open(files[1], "wb").write(content)
"""


@pytest.fixture
def pretend(tmp_path, monkeypatch):
    """pretend(command, how): programs of a command's names come on PATH that deflate, or do something wrong."""

    def make(command, how=""):
        for name in command.programs:
            script = tmp_path / name
            script.write_text(FAKE.format(python=sys.executable, how=how, name=name))
            script.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        return commands.found(command)

    return make


@pytest.mark.parametrize("command", commands.COMMANDS, ids=lambda command: command.name)
def test_a_command_is_used_where_it_is_found(command, pretend, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commands.found(command) is None
    peer = pretend(command)
    assert peer.name == command.name and peer.version == f"{command.version[0]} 1.2"
    for mode in CHANNELS:
        assert 0 < size(peer, item(mode))["bytes"] < item(mode).pixels.size


@pytest.mark.parametrize("command", commands.COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("loses a bit", "does not return a"),
        ("fails", "failed: out of luck"),
        ("fails to decode", "failed: out of luck"),
        ("writes nothing", "failed: it says nothing"),
    ],
)
def test_a_command_that_loses_data_or_fails_is_not_measured(command, how, said, pretend):
    with pytest.raises(RoundTripFailed, match=said) as caught:
        size(pretend(command, how), item())
    assert command.name in str(caught.value)


# ---------------------------------------------------------------- measuring


def dropping_a_bit(data):
    pixels = raw.from_raw(data).copy()
    pixels[3, 4, 1] ^= 1
    return pixels


@pytest.mark.parametrize(
    "decode", [dropping_a_bit, lambda data: raw.from_raw(data)[1:], lambda data: raw.from_raw(data).astype(np.int16)]
)
def test_a_codec_that_returns_something_else_is_not_measured(decode):
    with pytest.raises(RoundTripFailed, match=r"raw does not return a\.png"):
        size(replace(raw(), decode=decode), item())


def test_a_codec_that_fails_in_a_later_round_is_not_measured_either():
    calls = []

    def decode(data):
        calls.append(data)
        return dropping_a_bit(data) if len(calls) == 3 else raw.from_raw(data)

    with pytest.raises(RoundTripFailed):
        times(replace(raw(), decode=decode), item(), 2)


def test_the_first_round_only_warms_up():
    found = times(raw(), item(), 3)
    assert len(found["encode"]) == len(found["decode"]) == 3


def test_rates_and_speeds_are_those_of_the_set():
    items = [item(height=40, width=50), item(height=20, width=50)]
    rows = [{"bytes": 3000, "encode": [1.0, 2.0, 3.0], "decode": [1.0]}, {"bytes": 3000, "encode": [1.0], "decode": [0.5]}]
    found = figures_of(items, [3000, 3000], rows)
    assert found["mean_bits_per_dimension"] == pytest.approx((4 + 8) / 2)
    assert found["total_bits_per_dimension"] == pytest.approx(48000 / 9000)
    assert found["encode_mpix_per_s"] == pytest.approx(3000 / 3 / 1e6, abs=1e-4)
    assert found["encode_spread_of_rounds_percent"] == pytest.approx(100)
    first = figures_of(items, [3000, 3000], rows[:1])
    assert first["encode_mpix_per_s"] == pytest.approx(2000 / 2 / 1e6, abs=1e-4) and first["bytes"] == found["bytes"]


def test_a_file_of_another_size_when_it_is_timed_is_refused():
    with pytest.raises(RoundTripFailed, match=r"a\.png took 2999 bytes, and 3000"):
        figures_of([item()], [2999], [{"bytes": 3000, "encode": [1.0], "decode": [1.0]}])


def test_another_version_or_picture_is_measured_anew():
    keys = {key_of(raw(), item(), "size"), key_of(raw(version="2"), item(), "size"), key_of(raw(), item("L"), "size")}
    assert len(keys | {key_of(raw(), item(), "3 rounds")}) == 4


# ---------------------------------------------------------------- the whole


def run(folder, *arguments):
    return main(["peers", str(folder / "set"), "--work", str(folder / "work"), "--folder", str(folder), *arguments])


def test_the_bench_writes_what_it_measured_and_names_what_is_missing(folder, few, capsys):
    assert run(folder) == 0
    content = json.loads((folder / "peers.json").read_text())
    assert content["command"] == "python -m bench peers set"
    found = content["figures"]["sets"]["set"]
    assert [picture["name"] for picture in found["pictures"]] == ["0.png", "1.png", "2.png"]
    assert found["left_out"] == ["gray.png"] and found["missing_peers"] == ["cjxl"]
    assert set(found["peers"]) == {"raw", "zlib -9"}
    assert found["peers"]["raw"]["memory_mb"] == {"encode": 10.0, "decode": 20.0}
    assert "not installed, not measured: cjxl" in capsys.readouterr().out


def test_an_interrupted_run_goes_on_where_it_was(folder, few, monkeypatch):
    def interrupted(peer, item, *rounds):
        if item.name == "2.png":
            raise KeyboardInterrupt
        return noted(peer, item, *rounds)

    def noted(peer, item, *rounds):
        done.append((item.name, *rounds))
        return times(peer, item, *rounds) if rounds else size(peer, item)

    done = []
    monkeypatch.setattr(peers, "cores", lambda: 1)
    for name in ("size", "times"):
        monkeypatch.setattr(items, name, interrupted)
        assert run(folder) == 130 and not (folder / "peers.json").exists()
        first = ("2.png", 3) if name == "times" else ("2.png",)
        expected = [(f"{number}.png", *first[1:]) for number in (0, 1) for _ in range(2)]
        assert sorted(done) == expected
        done.clear()
        monkeypatch.setattr(items, name, noted)
        if name == "size":
            assert run(folder, "--sizes") == 0 and done == [first, first] and not (folder / "peers.json").exists()
            done.clear()
    assert run(folder) == 0 and done == [first, first]


def test_a_set_without_a_codec_or_without_pictures_is_an_error(folder, few, capsys):
    assert run(folder, "--only", "flif") == BadInput.exit_code
    assert "flif" in capsys.readouterr().err
    (folder / "empty").mkdir()
    assert main(["peers", str(folder / "empty"), "--work", str(folder), "--folder", str(folder)]) == BadInput.exit_code


def test_memory_is_that_of_fresh_processes(rng):
    found = memory.figures("zlib -9", "bytes", rng.integers(0, 256, (5, 28, 28)).astype(np.uint8))
    assert set(found) == {"encode", "decode"} and min(found.values()) > 1
