"""bench/peers.py: codecs side by side on the same pixels, no picture measured twice, and nothing at all of what loses data."""

import json

import pytest
from helpers.stand_in import smooth
from PIL import Image

from bench.codecs import raw
from bench.errors import RoundTripFailed, Unusable
from bench.measure.items import Item
from bench.measure.peer import Peer
from bench.peers import figures_of, main


def raw_peer():
    return Peer("raw", "1", "none", raw.raw_bytes, raw.from_raw)


def item(height=40, width=56, name="a.png"):
    return Item(name, smooth("RGB", height, width).pixels, "RGB")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "set").mkdir()
    for number in range(3):
        Image.fromarray(smooth("RGB", 40, 56 + number).pixels).save(tmp_path / "set" / f"{number}.png")
    Image.fromarray(smooth("L", 40, 56).pixels[:, :, 0]).save(tmp_path / "set" / "gray.png")
    return tmp_path


def few(kind, traces):
    """Two codecs and one that is missing."""
    return {"raw": raw_peer, "zlib -9": raw.deflate, "cjxl": lambda: None}


def run(folder, *arguments, known=few):
    where = ["--work", str(folder / "work"), "--folder", str(folder)]
    return main([str(folder / "set"), *where, *arguments], known, lambda make, pixels: {"encode": 10.0, "decode": 20.0})


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


def test_the_bench_writes_what_it_measured_and_names_what_is_missing(folder, capsys):
    assert run(folder) == 0
    content = json.loads((folder / "peers.json").read_text())
    assert content["command"] == "python -m bench peers set"
    found = content["figures"]["sets"]["set"]
    assert [picture["name"] for picture in found["pictures"]] == ["0.png", "1.png", "2.png"]
    assert found["left_out"] == ["gray.png"] and found["missing_peers"] == ["cjxl"]
    assert set(found["peers"]) == {"raw", "zlib -9"}
    assert found["peers"]["raw"]["memory_mb"] == {"encode": 10.0, "decode": 20.0}
    assert "not installed, not measured: cjxl" in capsys.readouterr().out


def test_an_interrupted_run_goes_on_where_it_was(folder):
    def encode(pixels):
        if broken and pixels.shape[1] == 58:
            raise KeyboardInterrupt
        widths.append(pixels.shape[1])
        return raw.raw_bytes(pixels)

    def again(*arguments):
        widths.clear()
        return run(folder, *arguments, known=lambda kind, traces: {"raw": lambda: Peer("raw", "1", "none", encode, raw.from_raw)})

    widths, broken = [], [True]
    with pytest.raises(KeyboardInterrupt):
        again("--sizes")
    assert sorted(widths) == [56, 57] and not (folder / "peers.json").exists()
    broken.clear()
    assert again("--sizes") == 0 and widths == [58] and not (folder / "peers.json").exists()
    broken.append(True)
    with pytest.raises(KeyboardInterrupt):
        again()  # when times are taken
    broken.clear()
    assert again() == 0 and set(widths) == {56, 58}  # the first picture warms up
    assert again() == 0 and not widths


def test_a_set_without_a_codec_or_without_pictures_is_an_error(folder):
    with pytest.raises(Unusable, match="flif"):
        run(folder, "--only", "flif")
    (folder / "empty").mkdir()
    with pytest.raises(Unusable, match="empty"):
        main([str(folder / "empty"), "--work", str(folder), "--folder", str(folder)])


def test_traces_are_looked_for_unless_they_are_not_wanted(folder):
    asked = []

    def known(kind, traces):
        asked.append(traces)
        return few(kind, traces)

    assert run(folder, known=known) == 0 and run(folder, "--traces", "none", "--name", "peers-plain", known=known) == 0
    assert asked == [True, False]
    assert json.loads((folder / "peers-plain.json").read_text())["command"] == "python -m bench peers set --traces none --name peers-plain"
