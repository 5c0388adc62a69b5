"""numcodecs, and zarr of version 2 by it, write and read arrays by the codec."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

numcodecs = pytest.importorskip("numcodecs")

from codec.plugins.for_numcodecs import BitsBack  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # of zarr itself


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3), (3, 20, 30), (7,)])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_arrays_come_back(shape: tuple[int, ...], dtype: str) -> None:
    numcodecs.register_codec(BitsBack)
    given = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    codec = numcodecs.get_codec({"id": "codec.bits_back", "effort": 1})
    found = codec.decode(codec.encode(given))
    assert found.dtype == given.dtype and np.array_equal(found, given)
    out = np.empty_like(given)
    codec.decode(codec.encode(given), out)
    assert np.array_equal(out, given) and codec.get_config() == {"id": "codec.bits_back", "effort": 1}


def test_zarr_of_version_2_takes_it(tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr")
    numcodecs.register_codec(BitsBack)
    given = np.arange(1200, dtype=np.uint16).reshape(30, 40)
    array = zarr.create_array(
        str(tmp_path / "x.zarr"), shape=given.shape, dtype="u2", chunks=(20, 40), zarr_format=2, compressors=BitsBack()
    )
    array[:] = given
    assert np.array_equal(zarr.open_array(str(tmp_path / "x.zarr"), mode="r")[:], given)
