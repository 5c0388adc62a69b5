"""Images out of a torch Dataset, for trainings that take arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from codec.errors import BadData
from codec.learn.common.data import LARGEST, Pictures


def images_of_dataset(data: Dataset[Any]) -> Pictures:
    """All images of a map-style Dataset, uint8 [n, height, width] or [n, height, width, channels]. Raises BadData.

    Its items are images, or tuples that begin with one: pictures of Pillow, arrays [height, width(, channels)], or tensors
    [(channels,) height, width]; uint8, bool, or floats from 0 to 1 that stand for v / 255, as torchvision's ToTensor gives them."""
    count = len(data)  # type: ignore[arg-type]  # map-style datasets have a length
    images = [_image_of(data[number]) for number in range(count)]
    shapes = sorted({image.shape for image in images})
    if len(shapes) != 1:
        raise BadData(f"the data set has images of {len(shapes)} different shapes; one is needed")
    return np.stack(images)


def _image_of(item: object) -> Pictures:
    one = item[0] if isinstance(item, tuple | list) else item
    if isinstance(one, torch.Tensor):
        tensor = one.detach().cpu()
        array = np.asarray(tensor.movedim(0, -1) if tensor.ndim == 3 else tensor)
    else:
        array = np.asarray(one)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8)
    if array.dtype.kind == "f":
        scaled = array.astype(np.float64) * LARGEST
        array = np.rint(scaled).clip(0, LARGEST).astype(np.uint8)
        if not np.allclose(array, scaled, atol=0.01):
            raise BadData("the data set has images of floats that are not v / 255 for whole numbers v: leave out what normalises them")
    if array.dtype != np.uint8 or array.ndim not in (2, 3):
        raise BadData(f"the data set has images of {array.dtype} {list(array.shape)}; uint8 [height, width(, channels)] is needed")
    return array
