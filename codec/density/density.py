"""The protocol behind which every family of models stands: a density codes and prices one kind of data.

    plan      a form, what the decoder knows of the data before      ->  the parts that are coded apart
    encode    the data of a part                                     ->  payload, where its bits went
    decode    a payload                                              ->  the same data, or BadFile

A family brings one implementation, and a loader in one of library's two tables; nothing outside asks which family a density is of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from codec.density.jpeg.form import JpegForm
from codec.system.records import record

if TYPE_CHECKING:  # what a file is can be told without numpy
    import numpy as np
    from numpy.typing import NDArray

    from codec.density.estimates import Estimate
    from codec.nets.layers import Engine
    from codec.nets.model_file import ModelFile

Planes: TypeAlias = "NDArray[np.int16]"  # [channels, height, width]
DeepPlanes: TypeAlias = "NDArray[np.int32]"  # [channels, height, width], of more than 8 bits a sample
Samples: TypeAlias = "NDArray[np.uint8]"  # [height, width, channels]
Images: TypeAlias = "NDArray[np.uint8]"  # [images, pixels]
Coefficients: TypeAlias = "list[NDArray[np.int16]]"  # of each component of a JPEG file [rows, columns, 64] (jpeg/form.py)
Progress = Callable[[int], None]

MAX_PARTICLES = 1 << 12
MAX_BATCH = 1024  # images in a batch
MAX_BATCH_PARTICLES = 8192  # images times particles
PLANES_BITS = ("prior", "posterior", "likelihood", "funding", "estimate")  # of coded planes: what Encoded.bits names

FormType = TypeVar("FormType", contravariant=True)
Data = TypeVar("Data")


@record(frozen=True)
class PlanesForm:
    """The form of a picture's planes: its rows and columns. How many planes there are is the density's. small: whether the file is of the
    short form, so that payloads may be of a form that releases without it do not know. chain: how many small pictures they are, one below
    the other and coded one after the other; 0: a single one."""

    height: int
    width: int
    small: bool = False
    chain: int = 0


@record(frozen=True)
class DeepForm:
    """The form of planes of more than 8 bits a sample: rows, columns, and their highest level."""

    height: int
    width: int
    top: int


@record(frozen=True)
class PixelsForm:
    """The form of a picture's pixels: rows, columns, and the samples of one."""

    height: int
    width: int
    channels: int


@record(frozen=True)
class Batch:
    """One bits-back step of a data set: how many images, at which of the model's depths, with how many particles."""

    images: int
    depth: int
    particles: int


@record(frozen=True)
class ImagesForm:
    """The form of a data set: how many images, the bytes with which their digest begins, and the batches, which the encoder chooses."""

    images: int
    prefix: bytes
    batches: tuple[Batch, ...] = ()


@record(frozen=True)
class Options:
    """How to encode. particles: 1 for plain bits-back, more for coupled importance sampling. places: whether costs by place are wanted.

    progress is told how many data points are done."""

    particles: int = 1
    places: bool = False
    progress: Progress | None = None


@record(frozen=True)
class TileCost:
    """The latents of a tile: where it lies in its part, and the bits that they cost in the mean."""

    left: int
    width: int
    bits: float


@record(frozen=True)
class PlaceCosts:
    """Where the bits of a part went. bits: float64 [h, w], of each pixel (or unit of a JPEG file), without the latents of the tiles."""

    bits: NDArray[np.float64]
    tiles: tuple[TileCost, ...] = ()


@record(frozen=True)
class Encoded:
    """A coded part. bits: what they are for, by name. batches: what its decoder is given in an ImagesForm. places: if they were wanted."""

    payload: bytes
    bits: Mapping[str, float] = field(default_factory=dict)
    batches: tuple[Batch, ...] = ()
    places: PlaceCosts | None = None


@record(frozen=True)
class LayerCosts:
    """What images cost by layers of latents, top layer first: how many latents each has, how many of them are in use, and their bits; and
    the bits of the pixels given all of them. Bits per dimension."""

    sizes: tuple[int, ...]
    active: tuple[int, ...]
    bits: tuple[float, ...]
    pixels: float


class Density(Protocol[FormType, Data]):
    """A density of one kind of data.

    What it decodes is limited: a payload that asks for much more work or memory than its bytes bear out is refused, and not made."""

    @property
    def file(self) -> ModelFile:
        """The model file that the density was loaded from, and is named by."""
        ...

    @property
    def latents(self) -> int:
        """Latents of a data point; without any, estimates have no error."""
        ...

    def prepare(self) -> None:
        """Load the kernels, or compile them where this machine has never done so; done once in a process."""
        ...

    def is_prepared(self) -> bool:
        """Whether that has been done."""
        ...

    def plan(self, form: FormType) -> Sequence[slice]:
        """The parts of the data that are coded apart: rows of planes, or images."""
        ...

    def encode(self, form: FormType, part: slice, data: Data, options: Options) -> Encoded:
        """Code the data of a part. Raises BadInput for data that are not this density's, TooShort if decoding would refuse the payload."""
        ...

    def decode(self, form: FormType, part: slice, payload: bytes, progress: Progress | None = None) -> Data:
        """The data of a part. Raises BadFile for a payload that encode did not make of data of this form."""
        ...

    def price(self, form: FormType, part: slice, data: Data, share: float) -> float:
        """About how many bits the data of a part cost, judged by a share of them and without drawing latents."""
        ...

    def estimate(
        self, form: FormType, part: slice, data: Data, particles: Sequence[int], rng: np.random.Generator, from_prior: bool = False
    ) -> list[Estimate]:
        """Estimates of log p of each data point of a part, one for each number of particles; from_prior: these come from the prior."""
        ...

    def probe(self) -> str:
        """The digest of what this machine computes for the model's own probe. Raises BadModel if it does not decode."""
        ...


class PlanesDensity(Density[PlanesForm, Planes], Protocol):
    """A density of the rows of planes. channels: planes that are coded together."""

    def unlimited(self) -> PlanesDensity:
        """The same, which decodes whatever a payload asks for."""
        ...

    @property
    def channels(self) -> int: ...

    def best_side(self, planes: Planes) -> int:
        """The side (traces/mirror.py) from which it is best to code planes; 0 where that is not worth finding out."""
        ...


class DeepDensity(Density[DeepForm, DeepPlanes], Protocol):
    """A density of the rows of planes of more than 8 bits a sample. number: by which payloads name its model; channels: planes that are
    coded together."""

    def unlimited(self) -> DeepDensity:
        """The same, which decodes whatever a payload asks for."""
        ...

    @property
    def number(self) -> int: ...

    @property
    def channels(self) -> int: ...


class PixelsDensity(Density[PixelsForm, Samples], Protocol):
    """A density of rows of pixels of any number of channels. number: by which payloads name its model."""

    def unlimited(self) -> PixelsDensity:
        """The same, which decodes whatever a payload asks for."""
        ...

    @property
    def number(self) -> int: ...


class ImagesDensity(Density[ImagesForm, Images], Protocol):
    """A density of data sets of images. pixels: of an image; shape: of an image, its product; levels: values below that, 2 or 256;
    particles: how many of them many images are coded with if nobody says another number."""

    def unlimited(self) -> ImagesDensity:
        """The same, which decodes whatever a payload asks for."""
        ...

    def on(self, engine: Engine) -> ImagesDensity:
        """The same, whose nets an engine runs: it gives the same numbers."""
        ...

    @property
    def pixels(self) -> int: ...

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def levels(self) -> int: ...

    @property
    def particles(self) -> int: ...

    def draw(self, count: int, rng: np.random.Generator) -> Images:
        """Samples of the density."""
        ...

    def reconstruct(self, images: Images, rng: np.random.Generator) -> NDArray[np.float64]:
        """What the latents of images hold of them, in levels [images, pixels]. Raises BadInput without latents."""
        ...

    def interpolate(self, images: Images, steps: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """From each image to the next one, [images - 1, steps, pixels], as reconstruct."""
        ...

    def layer_costs(self, images: Images, rng: np.random.Generator) -> LayerCosts:
        """What images cost by layers of latents."""
        ...


class JpegDensity(Density[JpegForm, Coefficients], Protocol):
    """A density of the coefficients of JPEG files. Encoded.bits names bits of each component ("component 0" ...) and "estimate"."""

    def unlimited(self) -> JpegDensity:
        """The same, which decodes whatever a payload asks for."""
        ...
