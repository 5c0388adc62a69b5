"""A JPEG model settles: what it begins with moves towards what files teach, so that others like these take fewer bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.small_jpegs import COUNTERS, blocks_of, colour_form, small_jpeg_bytes, small_jpeg_model

pytest.importorskip("torch")

from codec.density.jpeg.estimate import part_bits
from codec.density.jpeg.model import JpegModel, load_jpeg
from codec.density.jpeg.part import probe_digest
from codec.learn.jpeg.export import jpeg_with_learning
from codec.learn.jpeg.files import read_coefficients
from codec.learn.jpeg.settle import first_parts, piece_of, settle_on_jpegs, with_first
from codec.nets.model_file import model_bytes, read_model


def bits_of(model: JpegModel, path: Path) -> float:
    found = read_coefficients(path)
    assert found is not None
    return part_bits(model, found[0], slice(0, found[0].unit_rows), found[1])


def test_a_model_that_has_settled_takes_fewer_bits(files: Path, tmp_path: Path) -> None:
    (tmp_path / "small.bbm").write_bytes(small_jpeg_bytes(0, "directed"))
    settle_on_jpegs([*map(str, [files, "--model", tmp_path / "small.bbm", "--pace", 0.1, "-o", tmp_path / "settled.bbm"])])
    before, after = (load_jpeg(read_model(model_bytes(tmp_path / name))) for name in ("small.bbm", "settled.bbm"))
    assert isinstance(before, JpegModel) and isinstance(after, JpegModel)
    assert bits_of(after, files / "5.jpg") < 0.98 * bits_of(before, files / "5.jpg")
    assert after.file.metadata["learning"] == "directed" and after.file.metadata["training"]["settled"]["files"] == 5
    assert after.file.metadata["decisions"] == "together"
    assert probe_digest(after) == after.file.metadata["probe"]
    assert np.array_equal(after.file.tensors["luma.out.directions"], before.file.tensors["luma.out.directions"])


def test_what_a_model_begins_with_comes_back_from_its_file() -> None:
    model = small_jpeg_model(learning="directed-settled")
    assert isinstance(model, JpegModel)
    again = load_jpeg(with_first(model, first_parts(model)))
    assert isinstance(again, JpegModel)
    assert all(np.array_equal(one, other) for one, other in zip(first_parts(again), first_parts(model), strict=True))
    biases = [each.biases * 2.0 ** -each.plan[2] for each in (again.luma, model.luma)]
    assert np.array_equal(*biases)


def test_a_model_keeps_what_its_decisions_begin_with_where_other_layers_learn(tmp_path: Path) -> None:
    model = small_jpeg_model(learning="directed-settled")
    other = load_jpeg(read_model(jpeg_with_learning(small_jpeg_bytes(0, "directed-settled"), "half", {}, None, tmp_path)))
    assert isinstance(model, JpegModel) and isinstance(other, JpegModel)
    assert other.file.metadata["learning"] == "half" and other.file.metadata["decisions"] == "settled"
    assert np.array_equal(other.luma_sets, model.luma_sets) and np.array_equal(other.chroma_sets, model.chroma_sets)


@pytest.mark.parametrize("decisions", ["settled", "together"])
def test_a_model_can_settle_as_it_is_to_learn(decisions: str, files: Path, tmp_path: Path) -> None:
    (tmp_path / "small.bbm").write_bytes(small_jpeg_bytes(0, "directed"))
    ways = "--learning", "directed-seldom", "--decisions", decisions
    settle_on_jpegs([str(files), "--model", str(tmp_path / "small.bbm"), *ways, "-o", str(tmp_path / "new.bbm")])
    metadata = read_model(model_bytes(tmp_path / "new.bbm")).metadata
    assert metadata["learning"] == "directed-seldom" and metadata["decisions"] == decisions


def test_a_piece_is_rows_of_units_of_a_file() -> None:
    form, rng = colour_form(40, 5), np.random.default_rng(0)
    data = blocks_of(form)
    part, piece = piece_of(form, data, 400, rng)
    assert part.stop - part.start == 400 // (5 * 6)
    assert [len(one) for one in piece] == [26, 13, 13] and np.array_equal(piece[2], data[2][part])
    assert {piece_of(form, data, 9999, rng)[0].stop for _ in range(3)} == {40}


def test_counters_do_not_settle(files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "small.bbm").write_bytes(small_jpeg_bytes(0, COUNTERS))
    with pytest.raises(SystemExit):
        settle_on_jpegs([*map(str, [files, "--model", tmp_path / "small.bbm", "-o", tmp_path / "settled.bbm"])])
    assert "small.bbm: no layers that learn while they code" in capsys.readouterr().err
    assert not (tmp_path / "settled.bbm").exists()
