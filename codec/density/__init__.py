"""The densities: what codes and prices one kind of data, family by family.

The name is also that of a function of the package: codec.density(image) estimates -log2 p(x), as codec.api.density says.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codec.api import ModelLike, Something
    from codec.kinds.kind import Estimates


class _CallableRoom(ModuleType):
    """A room with the name of a public function, which it passes its arguments to: the import system puts rooms in functions' places."""

    def __call__(
        self,
        image: Something,
        model: ModelLike | None = None,
        *,
        particles: Sequence[int] = (1, 4, 16),
        seed: int = 0,
        threads: int | None = None,
        max_pixels: int | None = None,
    ) -> Estimates:
        from codec import api

        most = {} if max_pixels is None else {"max_pixels": max_pixels}
        return api.density(image, model, particles=particles, seed=seed, threads=threads, **most)


sys.modules[__name__].__class__ = _CallableRoom
