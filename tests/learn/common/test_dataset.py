"""Images out of torch Datasets: whatever their items are, they become arrays of bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")

from torch.utils.data import Dataset, TensorDataset  # noqa: E402

from codec.errors import BadData  # noqa: E402
from codec.learn.common.dataset import images_of_dataset  # noqa: E402

COLOUR = np.random.default_rng(0).integers(0, 256, (3, 5, 4, 3)).astype(np.uint8)
GRAY = COLOUR[..., 0]


class Listed(Dataset[Any]):
    """A Dataset of items that are given."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, number: int) -> Any:
        return self.items[number]


@pytest.mark.parametrize(
    ("items", "wanted"),
    [
        (list(COLOUR), COLOUR),
        ([(image, 7) for image in COLOUR], COLOUR),
        ([Image.fromarray(image) for image in COLOUR], COLOUR),
        ([(torch.from_numpy(image).permute(2, 0, 1), 1) for image in COLOUR], COLOUR),
        ([torch.from_numpy(image).permute(2, 0, 1) / 255 for image in COLOUR], COLOUR),
        ([torch.from_numpy(image) for image in GRAY], GRAY),
        ([image > 100 for image in GRAY], (GRAY > 100).astype(np.uint8)),
    ],
    ids=["arrays", "labels", "Pillow", "tensors", "floats", "gray", "bits"],
)
def test_items_of_all_kinds_become_bytes(items: list[Any], wanted: np.ndarray) -> None:
    found = images_of_dataset(Listed(items))
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, wanted)


def test_tensors_side_by_side_are_a_data_set() -> None:
    labels = torch.zeros(3)
    np.testing.assert_array_equal(images_of_dataset(TensorDataset(torch.from_numpy(GRAY), labels)), GRAY)


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([GRAY[0], GRAY[1, :3]], "2 different shapes"),
        ([torch.randn(3, 5, 4)], "normalises"),
        ([np.zeros((2, 2), np.int64)], "int64"),
        ([], "0 different shapes"),
    ],
)
def test_what_is_no_image_of_bytes_is_refused(items: list[Any], reason: str) -> None:
    with pytest.raises(BadData, match=reason):
        images_of_dataset(Listed(items))
