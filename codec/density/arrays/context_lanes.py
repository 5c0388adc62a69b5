"""Runs the nets of a context likelihood on all images of a batch, sixteen side by side: what context.py and neighbours.py say, quickly.

    look       a pixel of every image: its centres and contrast, and what the trunk makes of what is seen
    outputs    one channel of it: the indices, locations and scales of its mixture, or the index of its logit

The images stand side by side on their canvas, int16 [cells, images], and their number is made a multiple of sixteen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.coding.coders import Leaf
from codec.density.arrays.context_tables import EDGE_BITS, SPREAD_BITS, BinaryTables, GrayTables
from codec.density.arrays.lane_net import GROUP, LIMIT32, LaneNet, LaneProgram, Room, lane_program, make_room, run_net
from codec.density.arrays.neighbours import FACTOR_BITS, LIMIT, Canvas, Contrasts, Neighbourhood
from codec.lanes.vectors import (
    LANES,
    fill_i32,
    gather_i32,
    high_of,
    i32_i64,
    load_i32,
    load_sample,
    low_of,
    pointer,
    store_i32,
)
from codec.nets.operations import Tensors
from codec.system.array_types import Array1, Array2, Array3
from codec.system.kernel_choice import way
from codec.system.kernels import entry, kernel
from codec.system.records import record


class Hood(NamedTuple):
    """The neighbourhood and the tables by contrast, for kernels. near, around: distances on the canvas."""

    near: Array1[np.int64]
    around: Array1[np.int64]
    channels: int
    centred: int
    factors: Array1[np.int32]
    levels: Array1[np.int32]
    spreads: Array1[np.int32]


class Head(NamedTuple):
    """What a channel's outputs are. features, off: where the room has its inputs; weight, location, scale: its outputs, of which there are
    `components` each; the lowest values, and the highest scale less the lowest."""

    features: int
    off: int
    weight: int
    location: int
    scale: int
    components: int
    level_shift: int
    lowest_weight: int
    lowest_scale: int
    scales: int


class Abreast(NamedTuple):
    """What is known of a pixel of all images. canvas: int16 [cells, images]; features: [groups, channels * features, 16]; centres:
    [channels, images]; contrasts: [images]."""

    canvas: Array2[np.int16]
    features: Array3[np.int32]
    centres: Array2[np.int32]
    contrasts: Array1[np.int32]


@record(frozen=True)
class LaneContext:
    """The nets of a likelihood as plans. features_at: where the room of the trunk has the features of each channel."""

    hood: Hood
    trunk: LaneProgram
    channels: tuple[LaneProgram, ...]
    heads: tuple[Head, ...]
    features_at: NDArray[np.int64]
    features: int


class LaneBatch:
    """A batch of images that are coded side by side (context.PixelBatch)."""

    def __init__(self, context: LaneContext, hood: Neighbourhood, tables: GrayTables | BinaryTables, canvas: Canvas) -> None:
        self.context, self.hood, self.tables, self.points = context, hood, tables, len(canvas)
        images = -(-self.points // GROUP) * GROUP
        sides = np.full((canvas.shape[1], images), hood.fill, np.int16)
        sides[:, : self.points] = canvas.T
        features = np.zeros((images // GROUP, hood.channels * context.features, GROUP), np.int32)
        self.batch = Abreast(sides, features, np.zeros((hood.channels, images), np.int32), np.zeros(images, np.int32))
        self.room = make_room((context.trunk, *context.channels))

    def begin_row(self, row: int) -> None:
        self.hood.begin_row_of(self.batch.canvas, row)

    def look(self, pixel: int) -> None:
        context, cell = self.context, int(self.hood.cells[pixel])
        seen, places = context.trunk.inputs["seen"], self.hood.places[pixel]
        _look(self.batch, cell, context.hood, places, context.trunk.net, self.room, seen, context.features_at, context.features)

    def leaf(self, pixel: int, channel: int) -> Leaf:
        context, cell, head = self.context, int(self.hood.cells[pixel]), self.context.heads[channel]
        made = np.empty((3, self.batch.contrasts.size, max(head.components, 1)), np.int32)
        _outputs(self.batch, cell, channel, context.hood, head, context.channels[channel].net, self.room, context.features, made)
        indices, locations, scales = made[:, : self.points]
        return self.tables.leaf(indices) if isinstance(self.tables, BinaryTables) else self.tables.leaf(indices, locations, scales)

    def put(self, pixel: int, channel: int, values: NDArray[np.integer]) -> None:
        self.batch.canvas[int(self.hood.cells[pixel]) + channel, : self.points] = values


def lane_context(
    hood: Neighbourhood, contrasts: Contrasts, tables: GrayTables | BinaryTables, programs: Sequence[object], tensors: Tensors, largest: int
) -> LaneContext | None:
    """The nets of a likelihood as plans; None if lanes cannot run them.

    programs: JSON of the trunk and of the channels, proved; largest: of a location."""
    trunk, *channels = (lane_program(spec, tensors) for spec in programs)
    known = [program for program in channels if program is not None]
    most = max(int(contrasts.factors.max()) * 256, largest * int(contrasts.spreads.max()))
    if trunk is None or len(known) < len(channels) or most >= LIMIT32 or way() == "python":
        return None
    names = [f"features{channel}" for channel in range(hood.channels)]
    by_contrast = (np.ascontiguousarray(table, np.int32) for table in (contrasts.factors, contrasts.levels, contrasts.spreads))
    kernel_hood = Hood(hood.near, hood.around, hood.channels, int(hood.centred), *by_contrast)
    heads = tuple(_head(program, name, tables) for program, name in zip(known, names, strict=True))
    features_at = np.array([trunk.outputs[name] for name in names], np.int64)
    return LaneContext(kernel_hood, trunk, tuple(known), heads, features_at, trunk.widths[names[0]])


def _head(program: LaneProgram, features: str, tables: GrayTables | BinaryTables) -> Head:
    given, off = program.inputs[features], program.inputs.get("off", 0)
    if isinstance(tables, BinaryTables):
        return Head(given, off, program.outputs["logit"], 0, 0, 0, 0, tables.lowest, 0, 0)
    weight, location, scale = (program.outputs[name] for name in ("weight", "location", "scale"))
    components, scales = program.widths["weight"], tables.reciprocals.size
    return Head(given, off, weight, location, scale, components, tables.level_shift, tables.lowest_weight, tables.lowest_scale, scales)


# ---------------------------------------------------------------- kernels


@entry
def _look(
    batch: Abreast, cell: int, hood: Hood, place: Array1[np.int32], net: LaneNet, room: Room, seen: int, places: Array1[np.int64],
    width: int,
) -> None:  # fmt: skip
    values, features = pointer(room.values), pointer(batch.features)
    for group in range(batch.features.shape[0]):
        for half in range(0, GROUP, LANES):
            _see(batch, cell, hood, place, values, seen, group, half)
        run_net(net, room)
        for c in range(hood.channels):
            for i in range(width * GROUP // LANES):
                to = ((group * hood.channels + c) * width) * GROUP + i * LANES
                store_i32(features, to, load_i32(values, places[c] * GROUP + i * LANES))


@kernel
def _see(batch, cell, hood, place, values, seen, group, half):
    """The inputs of eight images."""
    canvas, images, at = pointer(batch.canvas), batch.canvas.shape[1], group * GROUP + half
    centres, contrast = pointer(batch.centres), fill_i32(0)
    for c in range(hood.channels):
        if hood.centred:
            own = cell + c
            w, n = load_sample(canvas, (own + hood.near[0]) * images + at), load_sample(canvas, (own + hood.near[1]) * images + at)
            nw, ne = load_sample(canvas, (own + hood.near[2]) * images + at), load_sample(canvas, (own + hood.near[3]) * images + at)
            ww, nn = load_sample(canvas, (own + hood.near[4]) * images + at), load_sample(canvas, (own + hood.near[5]) * images + at)
            nne = load_sample(canvas, (own + hood.near[6]) * images + at)
            store_i32(centres, c * images + at, ((w + n) * fill_i32(3) + nw + ne + fill_i32(4)) >> 3)
            contrast = contrast + _distance(w, nw) + _distance(n, nw) + _distance(n, ne)
            contrast = contrast + _distance(w, ww) + _distance(n, nn) + _distance(ne, nne)
    store_i32(pointer(batch.contrasts), at, contrast)
    factor, to = gather_i32(pointer(hood.factors), i32_i64(contrast)), seen * GROUP + half
    for j in range(hood.around.size):
        for c in range(hood.channels):
            value = load_sample(canvas, (cell + hood.around[j] + c) * images + at) - load_i32(centres, c * images + at)
            store_i32(values, to, _scaled(value, factor))
            to += GROUP
    for c in range(hood.channels):
        if hood.centred:
            store_i32(values, to, (load_i32(centres, c * images + at) - fill_i32(128)) << 2)
        else:
            store_i32(values, to, fill_i32(0))
        to += GROUP
    store_i32(values, to, gather_i32(pointer(hood.levels), i32_i64(contrast)))
    to += GROUP
    for j in range(place.size):
        store_i32(values, to, fill_i32(place[j]))
        to += GROUP


@kernel
def _distance(a, b):
    return high_of(a - b, b - a)


@kernel
def _scaled(value, factor):
    """A distance in units of the contrast."""
    return low_of(high_of((value * factor + fill_i32(1 << (FACTOR_BITS - 1))) >> FACTOR_BITS, fill_i32(-LIMIT)), fill_i32(LIMIT))


@entry
def _outputs(
    batch: Abreast, cell: int, channel: int, hood: Hood, head: Head, net: LaneNet, room: Room, width: int, made: Array3[np.int32]
) -> None:
    """made: [3, images, components]."""
    values, features = pointer(room.values), pointer(batch.features)
    for group in range(batch.features.shape[0]):
        begin = ((group * hood.channels + channel) * width) * GROUP
        for i in range(width * GROUP // LANES):
            store_i32(values, head.features * GROUP + i * LANES, load_i32(features, begin + i * LANES))
        for half in range(0, GROUP, LANES):
            _tell_before(batch, cell, channel, hood, head, values, group, half)
        run_net(net, room)
        if head.components == 0:
            for image in range(GROUP):
                made[0, group * GROUP + image, 0] = room.values[head.weight * GROUP + image] - head.lowest_weight
            continue
        for half in range(0, GROUP, LANES):
            _place_components(batch, cell, channel, hood, head, values, group, half)
        for k in range(head.components):
            for image in range(GROUP):
                point = group * GROUP + image
                made[0, point, k] = room.values[(head.weight + k) * GROUP + image] - head.lowest_weight
                made[1, point, k] = room.values[(head.location + k) * GROUP + image]
                made[2, point, k] = room.values[(head.scale + k) * GROUP + image]


@kernel
def _tell_before(batch, cell, channel, hood, head, values, group, half):
    """Give a channel's net how far the channels before it are off their centres."""
    canvas, centres, images, at = pointer(batch.canvas), pointer(batch.centres), batch.canvas.shape[1], group * GROUP + half
    if channel:
        factor = gather_i32(pointer(hood.factors), i32_i64(load_i32(pointer(batch.contrasts), at)))
        for c in range(channel):
            value = load_sample(canvas, (cell + c) * images + at) - load_i32(centres, c * images + at)
            store_i32(values, (head.off + c) * GROUP + half, _scaled(value, factor))


@kernel
def _place_components(batch, cell, channel, hood, head, values, group, half):
    """Locations in gray values, and the numbers of scales, of the components of eight images."""
    canvas, centres, images, at = pointer(batch.canvas), pointer(batch.centres), batch.canvas.shape[1], group * GROUP + half
    contrast = i32_i64(load_i32(pointer(batch.contrasts), at))
    spread, level = gather_i32(pointer(hood.spreads), contrast), gather_i32(pointer(hood.levels), contrast) >> head.level_shift
    centre = load_i32(centres, channel * images + at)
    if channel:
        centre = centre + load_sample(canvas, (cell + channel - 1) * images + at) - load_i32(centres, (channel - 1) * images + at)
    for k in range(head.components):
        place = (head.location + k) * GROUP + half
        store_i32(values, place, (centre << EDGE_BITS) + (load_i32(values, place) * spread >> SPREAD_BITS))
        place = (head.scale + k) * GROUP + half
        scale = load_i32(values, place) + level - fill_i32(head.lowest_scale)
        store_i32(values, place, low_of(high_of(scale, fill_i32(0)), fill_i32(head.scales - 1)))
