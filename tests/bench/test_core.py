"""bench/core.py: what it measures is what it says, and a wrong coder cannot be timed."""

import json
from dataclasses import replace

import numpy as np
import pytest

from bench import core
from bench.__main__ import main
from bench.measure.cases import BINS, logistic_masses, mixture_case, table_case
from bench.measure.timing import RoundTripFailed, compare, spread


@pytest.fixture
def case():
    return table_case(300, 12, np.random.default_rng(1))


def test_a_rate_and_its_quartiles_come_from_the_seconds_of_the_rounds():
    assert spread([1e-6, 2e-6, 3e-6, 4e-6, 5e-6], 100) == {"ns": 30.0, "ns_low": 20.0, "ns_high": 40.0, "millions_per_s": 33.33}


def test_contenders_take_turns(case):
    log = []

    def logged(name):
        contender = replace(core.coding(case, 4), name=name)
        return replace(contender, fresh=lambda: log.append(name) or contender.fresh())

    compare([logged("a"), logged("b")], rounds=3)
    assert log == ["a", "b"] * 4


def test_a_coder_that_returns_another_symbol_is_not_timed(case):
    contender = core.coding(case, 4)
    lying = replace(contender, pop=lambda message: (case.symbols[::-1], contender.pop(message)[1]))
    with pytest.raises(RoundTripFailed, match="does not return what it coded"):
        compare([lying], rounds=2)


def test_a_coder_that_leaves_bits_behind_is_not_timed(case):
    contender = core.coding(case, 4)

    def pop(message):
        symbols, message = contender.pop(message)
        message.push([0], [1], 16)
        return symbols, message

    with pytest.raises(RoundTripFailed, match="where it began"):
        compare([replace(contender, pop=pop)], rounds=2)


def test_the_ideal_masses_of_a_mixture_add_up_to_one():
    parameters = mixture_case(50, 24, np.random.default_rng(2)).parameters
    masses = logistic_masses(np.arange(BINS)[None], parameters)
    assert masses.shape == (50, BINS)
    assert (masses > 0).all()
    np.testing.assert_allclose(masses.sum(1), 1.0, rtol=1e-12)


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


def test_the_first_use_of_every_coder_is_timed():
    assert set(core.first_use()) == {"table", "bernoulli", "mixture"}
