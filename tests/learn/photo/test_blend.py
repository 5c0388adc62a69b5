"""The mean of two photo models lies between them; models of other sizes have none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.small_photos import small_photo_model

from codec.density.photo.model import load_photo
from codec.density.photo.stripe import probe_digest
from codec.learn.photo.blend import blend_models
from codec.nets.model_file import model_bytes, read_model


def blend(tmp_path: Path, first: bytes, second: bytes, share: float) -> Path:
    (tmp_path / "first.bbm").write_bytes(first)
    (tmp_path / "second.bbm").write_bytes(second)
    blend_models([*map(str, [tmp_path / "first.bbm", tmp_path / "second.bbm", "--share", share, "-o", tmp_path / "blend.bbm"])])
    return tmp_path / "blend.bbm"


@pytest.mark.parametrize("share", [0.0, 0.7, 1.0])
def test_the_weights_are_shares_of_both(share: float, tmp_path: Path) -> None:
    files = [small_photo_model(3, seed, "two", "directed-2") for seed in (0, 1)]
    found = load_photo(read_model(model_bytes(blend(tmp_path, *files, share))))
    one, other = (load_photo(read_model(file)) for file in files)
    wanted = (1 - share) * one.network.learnt[0] + share * other.network.learnt[0]
    assert found.network.learnt[0] == pytest.approx(wanted, abs=2.0**-8)
    assert found.file.metadata["training"]["blended"] == {"with": one.file.name.hex(), "share": share}
    assert np.array_equal(found.file.tensors["trunk0.directions"], other.file.tensors["trunk0.directions"])
    assert probe_digest(found) == found.file.metadata["probe"]


@pytest.mark.parametrize("learning", ["outputs", "none"])
def test_models_that_do_not_learn_in_all_layers_have_no_mean(learning: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = small_photo_model(3, 0, "two", learning)
    with pytest.raises(SystemExit):
        blend(tmp_path, file, file, 0.5)
    assert "only models of the same sizes all of whose layers learn have a mean" in capsys.readouterr().err
    assert not (tmp_path / "blend.bbm").exists()
