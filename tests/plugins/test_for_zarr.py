"""zarr of version 3, and xarray on it, write and read chunks by the codec."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

zarr = pytest.importorskip("zarr")

from codec.plugins.for_zarr import NAME, BitsBack  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # of zarr itself


def images(dtype: str) -> np.ndarray:
    steps = np.random.default_rng(1).integers(-3, 4, (2, 40, 30, 3)).cumsum(1).cumsum(2)
    return (steps % (256 if dtype == "uint8" else 60000)).astype(dtype)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("chunks", [(1, 40, 30, 3), (1, 16, 16, 3), (2, 40, 30, 1)])
def test_chunks_come_back(tmp_path: Path, dtype: str, chunks: tuple[int, ...]) -> None:
    zarr.registry.register_codec(NAME, BitsBack)
    given = images(dtype)
    array = zarr.create_array(
        str(tmp_path / "x.zarr"), shape=given.shape, dtype=dtype, chunks=chunks, serializer=BitsBack(effort=1), compressors=None
    )
    array[:] = given
    opened = zarr.open_array(str(tmp_path / "x.zarr"), mode="r")
    assert np.array_equal(opened[:], given) and opened.dtype == given.dtype
    assert np.array_equal(opened[1, 5:9, 3:20], given[1, 5:9, 3:20])


def test_xarray_reads_what_it_wrote(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    zarr.registry.register_codec(NAME, BitsBack)
    given = xarray.DataArray(images("uint8"), dims=("time", "y", "x", "band"), name="pictures")
    encoding = {"pictures": {"serializer": BitsBack(), "compressors": None, "chunks": (1, 40, 30, 3)}}
    given.to_dataset().to_zarr(str(tmp_path / "x.zarr"), zarr_format=3, encoding=encoding, consolidated=False)
    with xarray.open_zarr(str(tmp_path / "x.zarr"), chunks=None, consolidated=False) as opened:
        assert opened.pictures.identical(given) or np.array_equal(opened.pictures.values, given.values)


def test_the_codec_is_named_in_the_metadata() -> None:
    assert BitsBack.from_dict(BitsBack(effort=9).to_dict()) == BitsBack(effort=9)
