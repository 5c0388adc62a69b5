"""The commands on models: what they are, whether this machine can use them, and where the benches are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.cli import run
from helpers.processes import ROOT
from helpers.small_models import small_model

from codec.cli.models import checkout, is_model, known_facts, read_info
from codec.density import library
from codec.errors import BadInput, BadModel
from codec.nets.model_file import read_model, write_model


def test_every_embedded_model_is_listed() -> None:
    listed = json.loads(run("models", "--json").output)
    assert [one["title"] for one in listed] == [one.title for one in library.embedded()]
    assert [one["bytes"] for one in listed] == [one.size for one in library.embedded()]
    lines = run("models").output.splitlines()
    assert [line.split()[0] for line in lines] == [one["title"] for one in listed]
    assert all(word in "\n".join(lines) for word in ("2 levels", "256 levels", "gray pictures", "colour pictures"))


def test_info_describes_a_model_file(place: Path) -> None:
    facts = json.loads(run("info", "gray.bbm", "--json").output)
    assert facts["kind"] == "model" and facts["levels"] == 256 and facts["training"] == {"data": "none"} and facts["latents"] == [3]
    assert facts["sha256"] in run("info", "gray.bbm").output


def test_what_a_model_of_this_family_does_not_have_is_not_told() -> None:
    data = small_model(2)
    assert is_model(data) and not is_model(b"\x89BB\n")
    assert not {"channels"} & known_facts(read_info(data)).keys() and read_info(data).channels is None
    with pytest.raises(BadModel):
        read_info(data[:-1])


def test_selftest_passes_where_the_probe_gives_what_it_gave(place: Path) -> None:
    result = run("selftest", "--model", "gray.bbm", "--json")
    assert result.exit_code == 0 and json.loads(result.output)["safe"]
    assert "files made here are safe" in run("selftest", "--model", "gray.bbm").output


def test_selftest_fails_for_another_probe_or_a_model_that_does_not_load(place: Path) -> None:
    file = read_model(small_model())
    (place / "wrong.bbm").write_bytes(write_model({**file.metadata, "probe": "0" * 64}, dict(file.tensors)))
    (place / "strange.bbm").write_bytes(write_model({**file.metadata, "kind": "strange"}, dict(file.tensors)))
    for name in ("wrong.bbm", "strange.bbm"):
        result = run("selftest", "--model", name)
        assert result.exit_code == 1 and "WRONG" in result.output and "do NOT" in result.output


def test_the_torch_engine_passes_the_selftest(place: Path) -> None:
    pytest.importorskip("torch")
    assert run("selftest", "--engine", "torch-cpu", "--model", "gray.bbm").exit_code == 0


def test_the_benches_run_from_a_checkout() -> None:
    result = run("bench")
    assert result.exit_code == 0 and "core" in result.output
    assert run("bench", "nothing").exit_code == 2


def test_the_benches_are_missed_elsewhere(tmp_path: Path) -> None:
    assert checkout([tmp_path, ROOT]) == ROOT
    with pytest.raises(BadInput, match="in a checkout"):
        checkout([tmp_path])
