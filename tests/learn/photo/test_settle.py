"""A photo model settles: its first weights move towards what pictures teach, so that others like these take fewer bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.photo_planes import planes_of
from helpers.small_photos import small_photo_model

from codec.density.photo.area import PhotoArea
from codec.density.photo.model import PhotoModel, load_photo
from codec.density.photo.stripe import probe_digest
from codec.learn.photo.settle import settle_on_photos, turned
from codec.nets.model_file import model_bytes, read_model


def bits_of(model: PhotoModel, planes: np.ndarray) -> float:
    area = PhotoArea.known(model, planes)
    rows = area.rows(0, area.height)
    rows.cost(area)
    return rows.total_bits


@pytest.mark.parametrize("channels", [1, 3])
def test_a_model_that_has_settled_takes_fewer_bits(channels: int, pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "small.bbm").write_bytes(small_photo_model(channels, 0, "two", "directed-2"))
    arguments = [pictures, "--model", tmp_path / "small.bbm", "--pace", 0.8, "-o", tmp_path / "settled.bbm"]
    settle_on_photos([*map(str, arguments)])
    before, after = (load_photo(read_model(model_bytes(tmp_path / name))) for name in ("small.bbm", "settled.bbm"))
    planes = planes_of("smooth", channels, 40, 60)
    assert bits_of(after, planes) < 0.98 * bits_of(before, planes)
    assert after.file.metadata["learning"] == "directed-2" and after.file.metadata["training"]["settled"]["pictures"] == 5
    assert probe_digest(after) == after.file.metadata["probe"]
    assert np.array_equal(after.file.tensors["trunk0.directions"], before.file.tensors["trunk0.directions"])


def test_a_model_that_is_unknown_is_said_in_a_line(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        settle_on_photos([*map(str, [pictures, "--model", "nobody", "-o", tmp_path / "settled.bbm"])])
    assert "error: no model is called 'nobody'" in capsys.readouterr().err


def test_pictures_are_turned_in_four_ways() -> None:
    planes, rng = np.arange(24, dtype=np.int16).reshape(2, 3, 4), np.random.default_rng(0)
    found = {turned(planes, rng).tobytes() for _ in range(60)}
    assert found == {np.ascontiguousarray(planes[:, ::y, ::x]).tobytes() for y in (1, -1) for x in (1, -1)}
