"""A family of densities that deflates planes instead of modelling them, and pictures to code with it: for tests of all that lies around."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from codec.container.container import read_container, write_container
from codec.density import named_model
from codec.density.density import Encoded, Options, PlaceCosts, Planes, PlanesDensity, PlanesForm, Progress, TileCost
from codec.density.estimates import Estimate
from codec.density.named_model import NamedModel
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadFile, BadModel
from codec.kinds.picture.file import PictureFile
from codec.kinds.picture.info import PictureInfo
from codec.kinds.picture.read import StoredRows
from codec.kinds.picture.write import Plan, Written, write_picture_file
from codec.kinds.requests import Progress as Told
from codec.media.form import CHANNELS
from codec.media.picture import Picture, RowSource
from codec.methods.method import Method, Setting
from codec.methods.photo import PHOTO
from codec.nets.model_file import ModelFile, read_model, write_model

FAMILY = "stand-in"


@dataclass
class Deflated:
    """A density of planes without latents (density.PlanesDensity). wrong: what it decodes is not what it coded."""

    file: ModelFile
    channels: int
    from_best: bool
    latents: int = 0
    wrong: bool = False
    prepared: list[bool] = field(default_factory=lambda: [True])

    def best_side(self, planes: Planes) -> int:
        return 3 if self.from_best else 0

    def prepare(self) -> None:
        self.prepared.append(True)

    def is_prepared(self) -> bool:
        return bool(self.prepared)

    def unlimited(self) -> Deflated:
        return self

    def plan(self, form: PlanesForm) -> Sequence[slice]:
        return stripe_rows(form.height, form.width)

    def encode(self, form: PlanesForm, part: slice, data: Planes, options: Options) -> Encoded:
        assert data.dtype == np.int16 and data.ndim == 3
        payload = zlib.compress(data.tobytes(), 1)
        size = 8.0 * len(payload)
        bits = {"prior": 50.0, "posterior": 40.0, "likelihood": size - 42, "funding": 24.0, "estimate": size - 8}
        places = PlaceCosts(np.full(data.shape[1:], (size - 18) / data[0].size), (TileCost(0, data.shape[2], 10.0),))
        return Encoded(payload, bits, places=places if options.places else None)

    def decode(self, form: PlanesForm, part: slice, payload: bytes, progress: Progress | None = None) -> Planes:
        shape = self.channels, part.stop - part.start, form.width
        unpacker, size = zlib.decompressobj(), 2 * int(np.prod(shape))
        try:
            content = unpacker.decompress(payload, size + 1)
        except zlib.error as error:
            raise BadFile("no stripe") from error
        if len(content) != size or unpacker.unused_data or not unpacker.eof:
            raise BadFile("no stripe")
        found = np.frombuffer(content, np.int16).reshape(shape)
        return np.zeros_like(found) if self.wrong else found

    def price(self, form: PlanesForm, part: slice, data: Planes, share: float) -> float:
        rows: Planes = data[:, : max(1, round(share * data.shape[1]))]
        return float(8 * len(zlib.compress(rows.tobytes(), 1)) * data.shape[1] / rows.shape[1])

    def estimate(
        self, form: PlanesForm, part: slice, data: Planes, particles: Sequence[int], rng: np.random.Generator, from_prior: bool = False
    ) -> list[Estimate]:
        found = [-np.log(2.0) * np.array([data.size * (2 + 1 / count) + rng.random()]) for count in particles]
        one = np.ones(1)
        return [Estimate(count, log, 0 * one, count * one, log) for count, log in zip(particles, found, strict=True)]

    def probe(self) -> str:
        return "deflated"


def load_stand_in(file: ModelFile) -> Deflated:
    """The density of a model file of this family."""
    channels = file.metadata.get("channels")
    if channels not in (1, 3):
        raise BadModel("a stand-in has 1 or 3 channels")
    return Deflated(file, channels, from_best=channels == 3)


def model_data(channels: int) -> bytes:
    """The model file of a stand-in."""
    return write_model({"kind": FAMILY, "channels": channels, "probe": "deflated"}, {"nothing": np.zeros(1, np.uint8)})


MODELS = {channels: NamedModel(f"stand-in-{channels}", model_data(channels)) for channels in (1, 3)}
DENSITIES: dict[int, PlanesDensity] = {channels: load_stand_in(read_model(model_data(channels))) for channels in (1, 3)}


@contextmanager
def stand_ins_known() -> Iterator[None]:
    """Inside, the library knows the family: the one line that a new family takes."""
    named_model.PLANES[FAMILY] = load_stand_in
    try:
        yield
    finally:
        del named_model.PLANES[FAMILY]


def written(
    picture: RowSource,
    density: PlanesDensity | None = None,
    methods: tuple[Method, ...] = (PHOTO,),
    single: bool = False,
    threads: int | None = None,
    progress: Told | None = None,
    modified: int | None = None,
    verify: bool = False,
) -> Written:
    """A picture's file by these methods; those that need a density get the one for its channels if none is given."""
    density = density or DENSITIES[3 if picture.mode in ("RGB", "RGBA", "CMYK") else 1]
    setting = Setting(density if any(method.noisy for method in methods) else None)
    return write_picture_file(picture, Plan(methods, single, setting), threads, progress, modified, verify)


def stored_rows(data: bytes, density: PlanesDensity | None = None, **settings: object) -> StoredRows:
    """The rows of a picture in a file; without a density it must need none."""
    rows = StoredRows(PictureFile.read(data), **settings)  # type: ignore[arg-type]
    if density is not None:
        rows.find_density(lambda name: density)
    elif any(rows.file.carrier.model):
        raise AssertionError("no model is needed")
    return rows


def restored(data: bytes, channels: int = 3, **settings: object) -> Picture:
    """The picture in a file, by the stand-in of so many channels."""
    return stored_rows(data, DENSITIES[channels], **settings).picture()


def info(data: bytes) -> PictureInfo:
    """What a picture's file is."""
    return PictureFile.read(data).info()


def smooth(mode: str = "RGB", height: int = 700, width: int = 20) -> Picture:
    """A picture that deflates well."""
    channels = CHANNELS[mode]
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    return Picture(mode, ((y // 8 + (1 + c) * x + 5 * c) % 256).astype(np.uint8))


def noise(mode: str, height: int, width: int) -> Picture:
    """A picture that nothing makes smaller."""
    return Picture(mode, np.random.default_rng(1).integers(0, 256, (height, width, CHANNELS[mode])).astype(np.uint8))


def same(left: Picture, right: Picture) -> bool:
    """Whether two pictures are equal but for their metadata."""
    return left.mode == right.mode and np.array_equal(left.pixels, right.pixels)


def forged(data: bytes, kind: str = "P", **changed: bytes | None) -> bytes:
    """The file with some sections changed (or left out), under right checksums."""
    container = read_container(data)
    sections: dict[str, bytes | None] = {tag: container.section(tag) for tag in container.spans}
    sections |= changed
    return write_container(kind, container.model, {tag: content for tag, content in sections.items() if content is not None})
