"""Draws what a model of arrays makes: a sheet with samples, and with reconstructions and interpolations where it has latents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.density import library
from codec.density.density import Images, ImagesDensity
from codec.density.named_model import Named
from codec.errors import BadInput
from codec.kinds.array.kind import ENDING, density_for
from codec.kinds.array.stream import as_images
from codec.kinds.requests import Source
from codec.media.array import parse_array
from codec.media.picture import Picture
from codec.media.write import write_picture
from codec.system.records import record

COLUMNS, SAMPLE_ROWS, PAIR_ROWS, BETWEEN_ROWS = 16, 8, 3, 4
GAP, BETWEEN_BLOCKS, BACKGROUND = 2, 8, 96  # pixels, and their gray value

LAYER_IMAGES = 1000  # that bits of layers are the mean of

Tiles = NDArray[np.uint8]  # [rows, columns, height, width, channels]


@record(frozen=True)
class Sheet:
    """A sheet as a PNG, and how many images are on it: samples, reconstructions below their images, steps of interpolations."""

    png: bytes
    samples: int
    reconstructions: int
    interpolations: int


@record(frozen=True)
class LatentLayers:
    """What images cost by layers of latents, top layer first, bits/dim: how many latents each has, how many of them are in use, their
    bits; and the bits of pixels given all of them."""

    images: int
    latents_of_layers: tuple[int, ...]
    active_of_layers: tuple[int, ...]
    bits_of_layers: tuple[float, ...]
    bits_of_pixels: float


def layers_of(source: Source, model: Named | None, seed: int) -> LatentLayers:
    """Of the first images of an array's file. Raises BadInput, UnknownModel."""
    if source.ending != ENDING:
        raise BadInput(f"--plot shows the layers of models of arrays: give a {ENDING} file")
    array = parse_array(source.data)
    density = density_for(array, model)
    images = as_images(array, density)[:LAYER_IMAGES]
    if not len(images):
        raise BadInput("no images")
    found = density.layer_costs(images, np.random.Generator(np.random.PCG64(seed)))
    return LatentLayers(len(images), found.sizes, found.active, found.bits, found.pixels)


def sheet_of(model: Named, source: Source | None, seed: int) -> Sheet:
    """The sheet of a model; source: a file of images to be reconstructed, those of the model's probe if None. Raises CodecError."""
    density = library.find(model).images
    images = density.file.tensors["probe.x"].astype(np.uint8) if source is None else as_images(parse_array(source.data), density)
    return draw_sheet(density, images, seed)


def draw_sheet(density: ImagesDensity, images: Images, seed: int) -> Sheet:
    """The sheet of a density. images [n, pixels]: to be reconstructed, as many as there are up to 48."""
    if len(density.shape) not in (2, 3) or (len(density.shape) == 3 and density.shape[2] not in (1, 3)):
        raise BadInput(f"images of shape {list(density.shape)} cannot be drawn: gray or RGB ones can")
    rng, top = np.random.Generator(np.random.PCG64(seed)), density.levels - 1
    blocks = [_tiles(density, density.draw(SAMPLE_ROWS * COLUMNS, rng) / top)]
    pairs = between = 0
    if density.latents and len(images) > 1:
        few = images[: PAIR_ROWS * COLUMNS]
        whole = few[np.arange(-(-len(few) // COLUMNS) * COLUMNS) % len(few)]
        originals, found = (_tiles(density, part / top) for part in (whole, density.reconstruct(whole, rng)))
        blocks.append(np.stack([originals, found], 1).reshape(-1, *originals.shape[1:]))
        ends = images[: BETWEEN_ROWS + 1]
        blocks.append(_tiles(density, density.interpolate(ends, COLUMNS, rng).reshape(-1, density.pixels) / top))
        pairs, between = len(whole), (len(ends) - 1) * COLUMNS
    pixels = np.concatenate([_framed(block) for block in blocks])
    picture = Picture("L" if pixels.shape[2] == 1 else "RGB", pixels)
    return Sheet(write_picture(picture, ".png"), SAMPLE_ROWS * COLUMNS, pairs, between)


def _tiles(density: ImagesDensity, brightness: NDArray[np.float64]) -> Tiles:
    """Images [n, pixels], from 0 to 1, in rows of COLUMNS."""
    height, width, channels = (*density.shape, 1)[:3]
    return np.rint(255.0 * brightness).astype(np.uint8).reshape(-1, COLUMNS, height, width, channels)


def _framed(tiles: Tiles) -> NDArray[np.uint8]:
    """A block of tiles as pixels, with gaps between them and a wider one below."""
    padded = np.pad(tiles, ((0, 0), (0, 0), (0, GAP), (0, GAP), (0, 0)), constant_values=BACKGROUND)
    rows, columns, height, width, channels = padded.shape
    pixels = padded.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, channels)
    return np.pad(pixels, ((0, BETWEEN_BLOCKS - GAP), (0, 0), (0, 0)), constant_values=BACKGROUND)
