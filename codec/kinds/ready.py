"""Makes a density ready: loads its kernels, and probes whether this machine computes what files of its model depend on."""

from __future__ import annotations

from typing import Protocol

from codec.density import library
from codec.errors import BadModel
from codec.kinds.requests import COMPILING, Progress
from codec.nets.model_file import ModelFile
from codec.system.kernel_cache import is_new, remember
from codec.system.kernel_choice import way


class Probed(Protocol):
    """What a density says of itself, whatever it codes (density.Density)."""

    @property
    def file(self) -> ModelFile: ...
    def prepare(self) -> None: ...
    def is_prepared(self) -> bool: ...
    def probe(self) -> str: ...


def make_ready(density: Probed, progress: Progress | None = None, use: str = "") -> None:
    """Load the density's kernels, telling progress if they have to be compiled. Raises BadModel if they compute something else.

    use: of the model, if there are several. A model is probed when its kernels have just been compiled, or were kept on disk and never
    probed with it."""
    mark, loaded = _mark(density.file.name, use), density.is_prepared()
    if not loaded:
        if progress is not None:
            progress(COMPILING, 0, 1)
        try:
            density.prepare()
        finally:
            if progress is not None:
                progress(COMPILING, 1, 1)
    if not is_new(mark, loaded):
        return
    expected = density.file.metadata.get("probe")
    if expected and density.probe() != expected:
        name = density.file.name.hex()
        raise BadModel(f"this machine does not compute what the model {name} needs: files would not decode elsewhere (codec selftest)")
    remember(mark)


def make_graphics_ready(effort: int, progress: Progress | None = None) -> None:
    """Make the embedded density of graphics ready. It is not even loaded if its kernels were compiled ahead of time and probed: most
    pictures do without it."""
    if way() == "jit" or is_new(_mark(library.graphics_model(effort).name), True):
        make_ready(library.graphics_density(effort), progress)


def _mark(name: bytes, use: str = "") -> str:
    """What is remembered of a model with this name that was probed for a use."""
    return f"probed-{use}{name.hex()}"
