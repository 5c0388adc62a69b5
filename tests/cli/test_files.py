"""The commands: what they print, what they write, and how they fail."""

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.cli import run
from helpers.small_models import small_images, small_model

from codec.cli.main import main
from codec.density import library


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a binary and a gray model, and an array for each."""
    for title, levels in (("binary", 2), ("gray", 256)):
        (tmp_path / f"{title}.bbm").write_bytes(small_model(levels))
        np.save(tmp_path / f"{title}.npy", small_images(20, levels))
    return tmp_path


@pytest.mark.parametrize("title", ["binary", "gray"])
@pytest.mark.parametrize("particles", [1, 4])
def test_decompress_gives_back_the_very_same_file(place: Path, title: str, particles: int) -> None:
    source, model = place / f"{title}.npy", place / f"{title}.bbm"
    assert run("compress", source, "--model", model, "-N", particles).exit_code == 0
    assert run("decompress", place / f"{title}.bb", "--model", model, "-o", place / "back.npy").exit_code == 0
    assert (place / "back.npy").read_bytes() == source.read_bytes()
    assert not [path for path in place.iterdir() if path.suffix == ".tmp"]


def test_compress_reports_net_initial_and_total_bits(place: Path) -> None:
    result = run("compress", place / "gray.npy", "--model", place / "gray.bbm", "--json")
    facts = json.loads(result.output)
    assert facts["total_bits"] == 8 * (place / "gray.bb").stat().st_size
    assert facts["total_bits"] == facts["net_bits"] + facts["initial_bits"] + facts["header_bits"]
    assert json.loads(run("info", place / "gray.bb", "--json").output)["net_bits"] == facts["net_bits"]
    verbose = run("compress", place / "gray.npy", "--model", place / "gray.bbm", "-v", "-f").output
    assert all(word in verbose for word in ("net", "initial", "total"))


def test_info_describes_a_model_file(place: Path) -> None:
    facts = json.loads(run("info", place / "binary.bbm", "--json").output)
    assert facts["kind"] == "model" and facts["levels"] == 2 and facts["training"] == {"data": "none"}
    assert facts["sha256"] in run("info", place / "binary.bbm").output


def test_nothing_is_replaced_without_force(place: Path) -> None:
    for _ in range(2):
        result = run("compress", place / "gray.npy", "--model", place / "gray.bbm")
    assert result.exit_code == 1 and "gray.bb" in result.output and "-f" in result.output
    assert run("compress", place / "gray.npy", "--model", place / "gray.bbm", "-f").exit_code == 0
    result = run("decompress", place / "gray.bb", "--model", place / "gray.bbm")
    assert result.exit_code == 1 and "gray.npy" in result.output


def bad_inputs(place: Path) -> dict[str, tuple[object, ...]]:
    (place / "text.npy").write_text("no array")
    (place / "cut.npy").write_bytes((place / "gray.npy").read_bytes()[:-5])
    np.save(place / "floats.npy", np.zeros((2, 4, 4)))
    np.save(place / "large.npy", np.zeros((2, 5, 5), np.uint8))
    np.save(place / "objects.npy", np.array([None, {}], dtype=object), allow_pickle=True)
    gray = ("--model", place / "gray.bbm")
    return {
        "cannot read": ("compress", place / "missing.npy", *gray),
        "not a .npy array": ("compress", place / "text.npy", *gray),
        "cut.npy": ("compress", place / "cut.npy", *gray),
        "pickle": ("compress", place / "objects.npy", *gray),
        "float64": ("compress", place / "floats.npy", *gray),
        "shape": ("compress", place / "large.npy", *gray),
        "below 2": ("compress", place / "gray.npy", "--model", place / "binary.bbm"),
        "no model": ("compress", place / "gray.npy", "--model", "nothing"),
        "not a model file": ("compress", place / "gray.npy", "--model", place / "text.npy"),
        "particles": ("compress", place / "gray.npy", *gray, "-N", 0),
        "not a file": ("decompress", place / "text.npy", "-o", place / "x.npy"),
        "not a file of": ("info", place / "text.npy"),
        "no-such-folder": ("compress", place / "gray.npy", *gray, "-o", place / "no-such-folder" / "x.bb"),
    }


def test_bad_input_gives_one_clear_line_and_exit_code_1(place: Path) -> None:
    for expected, arguments in bad_inputs(place).items():
        result = run(*arguments)
        assert result.exit_code == 1, expected
        assert expected in result.output and result.output.startswith("codec: ") and result.output.count("\n") == 1, result.output


def test_wrong_usage_gives_exit_code_2(place: Path) -> None:
    for arguments in (
        ("compress",),
        ("compress", place / "gray.npy", "--colour"),
        ("density", place / "gray.npy", "--particles", "many"),
        ("x",),
    ):
        assert run(*arguments).exit_code == 2


def test_a_file_of_another_model_says_which_one_it_needs(place: Path) -> None:
    run("compress", place / "gray.npy", "--model", place / "gray.bbm")
    other = place / "other.bbm"
    other.write_bytes(small_model(256, seed=9))
    result = run("decompress", place / "gray.bb", "--model", other, "-o", place / "x.npy")
    assert result.exit_code == 1 and library.find_file(str(place / "gray.bbm")).name.hex() in result.output
    assert run("decompress", place / "gray.bb", "-o", place / "x.npy").exit_code == 1
    assert not (place / "x.npy").exists()


def test_density_estimates_fall_with_the_particles(place: Path) -> None:
    result = run("density", place / "gray.npy", "--model", place / "gray.bbm", "--particles", "1,8,64", "--json")
    rows = json.loads(result.output)["estimates"]
    assert [row["particles"] for row in rows] == [1, 8, 64]
    assert rows[2]["bits_per_pixel"] < rows[0]["bits_per_pixel"]
    assert len(run("density", place / "gray.npy", "--model", place / "gray.bbm").output.splitlines()) == 5


def test_density_is_what_compression_costs(place: Path) -> None:
    np.save(place / "many.npy", small_images(400, 2, seed=5))
    model = ("--model", place / "binary.bbm")
    rate = json.loads(run("density", place / "many.npy", *model, "--particles", "1", "--json").output)["estimates"][0]["bits_per_pixel"]
    assert json.loads(run("compress", place / "many.npy", *model, "--json").output)["net_bits_per_pixel"] == pytest.approx(rate, rel=0.03)


def test_selftest_passes_for_embedded_models_and_fails_for_a_wrong_probe(place: Path) -> None:
    result = run("selftest", "--model", place / "gray.bbm", "--json")
    assert result.exit_code == 0 and json.loads(result.output)["safe"]
    from codec.nets.model_file import read_model, write_model

    file = read_model(small_model())
    (place / "wrong.bbm").write_bytes(write_model({**file.metadata, "probe": "0" * 64}, dict(file.tensors)))
    result = run("selftest", "--model", place / "wrong.bbm")
    assert result.exit_code == 1 and "do NOT" in result.output


def test_the_torch_engine_passes_the_selftest(place: Path) -> None:
    pytest.importorskip("torch")
    assert run("selftest", "--engine", "torch-cpu", "--model", place / "gray.bbm").exit_code == 0


def test_every_command_has_help() -> None:
    for name in main.commands:
        result = run(name, "--help")
        assert result.exit_code == 0 and len(result.output) > 100
