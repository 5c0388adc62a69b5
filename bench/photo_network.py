"""The networks of the photo model alone, as photo.make_intervals runs them: what is left of its time is the mixtures' intervals."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from numba import njit

from codec.density.shared.network import dense, forget_tiles, hidden, know, net_of, set_tiles, trunk
from codec.lanes.vectors import LANES, fill_i64, gather_i16, load_i64, pointer, store_i32
from codec.lanes.wavefront import PAD, SEGMENT, lanes_of, place_lanes, segments_of, step_lanes


@njit(nogil=True)
def run_network(planes, errors, rows, network, buffers, tile_of, modulations):
    """Inputs, trunk and heads of the first rows of known pixels; arrays as make_intervals takes them. Returns nothing: it is for timing."""
    channels, width, area = planes.shape[0], planes.shape[2] - 2 * PAD, planes.shape[1] * planes.shape[2]
    net, lanes, plane, error = net_of(network, buffers, channels), lanes_of(buffers.lanes), pointer(planes), pointer(errors)
    forget_tiles(net)
    for segment in range(segments_of(rows, width)):
        place_lanes(lanes, segment, 0, rows, width)
        for pixel in range(SEGMENT):
            set_tiles(net, lanes, tile_of, modulations)
            for c in range(channels):
                place = load_i64(lanes.place, 0) + fill_i64(c * area)
                value = gather_i16(plane, place)
                for k in range(net.predictors):
                    store_i32(net.guesses, k * LANES, (value << 6) - gather_i16(error, place + fill_i64(k * channels * area)))
                if c == 0:
                    trunk(net, plane, error, area, channels, lanes)
                hidden(net, 2 + 2 * c, net.features, net.head)
                dense(net, 3 + 2 * c, net.head)
                know(net, channels, c, value)
            if pixel + 1 < SEGMENT:
                step_lanes(lanes, width)
