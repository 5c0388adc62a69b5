"""A small density of every family, with data that it codes: for what must be true of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np

from codec.density.arrays.family import load_density as load_arrays
from codec.density.density import Density, Encoded, Images, ImagesDensity, ImagesForm, Planes, PlanesDensity, PlanesForm
from codec.density.photo.family import load_density as load_photo
from codec.nets.model_file import read_model
from helpers.photo_planes import planes_of
from helpers.small_contexts import small_context
from helpers.small_hierarchies import small_hierarchy
from helpers.small_models import small_model
from helpers.small_photos import small_photo_model
from helpers.stand_in import DENSITIES

FormType = TypeVar("FormType")
Data = TypeVar("Data")

PLANES: dict[str, PlanesDensity] = {
    "photo, colour": load_photo(read_model(small_photo_model(3))),
    "photo, gray": load_photo(read_model(small_photo_model(1))),
    "photo, learning": load_photo(read_model(small_photo_model(3, 0, "one", "heads"))),
    "stand-in": DENSITIES[3],
}
IMAGES: dict[str, ImagesDensity] = {
    "arrays, binary": load_arrays(read_model(small_model(2, 2))),
    "arrays, gray": load_arrays(read_model(small_model(256, 1))),
    "arrays, in order": load_arrays(read_model(small_context(256))),
    "arrays, in order with latents": load_arrays(read_model(small_context(256, 1, True))),
    "arrays, hierarchy": load_arrays(read_model(small_hierarchy())),
    "arrays, hierarchy beside a context": load_arrays(read_model(small_hierarchy(context=True))),
}


@dataclass(frozen=True)
class Case(Generic[FormType, Data]):
    """A density and data of a form. part_of: the data of a part; known: the form as the decoder of a coded part knows it."""

    density: Density[FormType, Data]
    form: FormType
    data: Data
    part_of: Callable[[Data, slice], Data]
    known: Callable[[FormType, Encoded], FormType]


def planes_case(name: str) -> Case[PlanesForm, Planes]:
    """Two stripes of a random walk."""
    density = PLANES[name]
    data = planes_of("random walk", density.channels, 420, 20)
    return Case(density, PlanesForm(420, 20), data, lambda data, part: data[:, part], lambda form, coded: form)


def images_case(name: str) -> Case[ImagesForm, Images]:
    """Thirty images of noise."""
    density = IMAGES[name]
    data = np.random.default_rng(1).integers(0, density.levels, (30, density.pixels)).astype(np.uint8)
    return Case(
        density, ImagesForm(30, b"prefix"), data, lambda data, part: data[part], lambda form, coded: replace(form, batches=coded.batches)
    )


def same(left: np.ndarray, right: np.ndarray) -> bool:
    """Whether two arrays are equal in type, shape and values."""
    return left.dtype == right.dtype and np.array_equal(left, right)
