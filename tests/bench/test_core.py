"""bench/core.py: what it measures is what it says, and a wrong coder cannot be timed."""

import json

from bench import core
from bench.__main__ import main


def test_the_overhead_stays_within_its_targets():
    rows = core.overheads(30_000)
    for row in core.targets({"overhead": rows}):
        assert row["met"] in (None, True), row
    assert {row["precision"] for row in rows if row["coder"] == "table"} == {20, 22, 24}


def test_a_target_that_is_missed_is_reported_as_missed():
    seconds = {"numpy": 9.0, "codec": 0.1, "codec.cli.main": 0.6}
    (row,) = (row for row in core.targets({"start": {"import_seconds": seconds}}) if row["measured"] is not None)
    assert row["measured"] == 0.6
    assert row["met"] is False


def test_the_bench_writes_every_contender_with_its_spread(tmp_path, capsys):
    assert main(["core", "--quick", "--parts", "speed", "--folder", str(tmp_path)]) == 0
    figures = json.loads((tmp_path / "core.json").read_text())["figures"]
    assert set(figures["speed"]) == {"intervals", "table", "bernoulli", "mixture"}
    for lanes in core.LANES:
        result = figures["speed"]["table"][f"codec, {lanes} lanes"]
        assert result["push"]["ns_low"] <= result["push"]["ns"] <= result["push"]["ns_high"]
    peers = {"constriction": "constriction, Categorical" in figures["speed"]["table"]}
    peers["craystack"] = "craystack, 64 lanes, a call per lane vector" in figures["speed"]["intervals"]
    assert figures["missing_peers"] == [name for name in ("craystack", "constriction") if not peers[name]]
    assert all(name in capsys.readouterr().out for name in figures["missing_peers"][:1])
