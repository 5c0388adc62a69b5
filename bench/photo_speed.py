"""How fast photos are coded: parts of a stripe on one core, and whole pictures by size, by threads and beside another codec.

Times are wall-clock, kernels warm, contenders in turns; every round trip is verified before it is timed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bench.codecs.peer import Peer
from bench.data.pictures import Named, mosaic
from bench.measure.timing import Contender, RoundTripFailed, compare, one_core, spread
from bench.photo_network import run_network
from codec.coding.message import Message
from codec.density.photo.model import PhotoModel
from codec.density.photo.predictors import predict_padded
from codec.density.photo.stripe import Area, Planes, Rows, decode_stripe, encode_stripe, message_lanes
from codec.density.shared.intervals import push_intervals
from codec.density.shared.tiles import stripe_rows
from codec.kinds.picture.write import compress_picture, decompress_picture
from codec.media.picture import Picture, to_planes
from codec.system.executor import cores


def part_figures(model: PhotoModel, picture: Picture, rounds: int) -> dict[str, dict[str, float]]:
    """Nanoseconds a pixel of each part of a stripe in the picture's middle, on one core."""
    stripes = stripe_rows(picture.height, picture.width)
    planes = to_planes(np.ascontiguousarray(picture.pixels[stripes[len(stripes) // 2]]))
    pixels = planes[0].size
    with one_core():
        actions = part_actions(model, planes)
        seconds: dict[str, list[float]] = {name: [] for name in actions}
        for number in range(rounds + 1):
            for name, action in actions.items():
                began = time.perf_counter()
                action()
                if number:  # the first round is not timed
                    seconds[name].append(time.perf_counter() - began)
    return {name: spread(values, pixels) for name, values in seconds.items()}


def part_actions(model: PhotoModel, planes: Planes) -> dict[str, Callable[[], Any]]:
    """The parts of coding a stripe; "encode" and "decode" are all of it. Raises RoundTripFailed."""
    area = Area.known(model, planes)
    height, width = planes.shape[1:]
    rows, lanes = Rows(area, height, 0), message_lanes(height * width)
    payload = encode_stripe(model, planes).payload
    if not np.array_equal(decode_stripe(model, payload, planes.shape), planes):
        raise RoundTripFailed("a stripe does not decode to what it was made from")
    _, starts, freqs, owners = rows._intervals()

    def push() -> None:
        message = Message.empty(lanes)
        message.stack.reserve(planes.size)
        push_intervals(message.heads, message.stack.words, message.stack.size, starts, freqs, owners, planes.size)

    actions: dict[str, Callable[[], Any]] = {
        "predictors": lambda: predict_padded(area.planes, model.predictors),
        "network": lambda: run_network(area.planes, area.errors, height, model.network, area.buffers, *rows._modulations()),
        "network and mixture": lambda: rows._intervals(),
        "push": push,
        "encode": lambda: encode_stripe(model, planes),
        "decode": lambda: decode_stripe(model, payload, planes.shape),
    }
    if area.can_fund(1):
        actions["posterior features"] = lambda: area.features(height - 1)
    return actions


def contender(model: PhotoModel, picture: Picture, threads: int) -> Contender:
    """The codec on a picture, without verifying."""
    return _contender(
        f"codec, {threads} threads",
        picture,
        lambda: compress_picture(picture, model, threads=threads),
        lambda data: decompress_picture(data, lambda name: model, threads).pixels,
    )


def peer_contender(peer: Peer, picture: Picture) -> Contender:
    return _contender(peer.name, picture, lambda: peer.encode(picture.pixels), peer.decode)


def _contender(name: str, picture: Picture, encode: Callable[[], bytes], decode: Callable[[bytes], Any]) -> Contender:
    def verify(pixels: Any) -> None:
        if not np.array_equal(pixels, picture.pixels):
            raise RoundTripFailed(f"{name} does not return the picture that it was given")

    return Contender(name, picture.width * picture.height, lambda: None, lambda _: encode(), decode, verify)


def picture_figures(
    model: PhotoModel, parts: Sequence[Named], sides: Sequence[int], main: int, peers: Sequence[Peer], rounds: int
) -> list[dict[str, Any]]:
    """Encode and decode photos of side x side tiles (pictures.mosaic) with all cores; the main one also with 1 thread, and by peers."""
    rows = []
    for side in sides:
        picture = mosaic(parts, side)
        contenders = [contender(model, picture, cores())]
        if side == main:
            contenders += [contender(model, picture, 1)] if cores() > 1 else []
            contenders += [peer_contender(peer, picture) for peer in peers]
        found = compare(contenders, rounds if side <= main else 2)
        renamed = {name: {"encode": result["push"], "decode": result["pop"]} for name, result in found.items()}
        rows.append({"width": picture.width, "height": picture.height, "main": side == main, "contenders": renamed})
        print(f"  {picture.width}x{picture.height}: {_line(renamed)}", flush=True)
    return rows


def _line(contenders: dict[str, Any]) -> str:
    rates = [f"{name} {way['encode']['millions_per_s']} / {way['decode']['millions_per_s']}" for name, way in contenders.items()]
    return ", ".join(rates) + " MPix/s"


def scaling(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How time grows with pixels (the slowest rate over the fastest, of all sizes) and falls with threads, both ways."""
    ours = f"codec, {cores()} threads"
    main = next(row["contenders"] for row in rows if row["main"])
    result: dict[str, Any] = {}
    for way in ("encode", "decode"):
        times = [row["contenders"][ours][way]["ns"] for row in rows]
        result[way] = {
            "slowest_over_fastest": round(max(times) / min(times), 3),
            "one_thread_over_all": round(main["codec, 1 threads"][way]["ns"] / main[ours][way]["ns"], 3) if cores() > 1 else None,
        }
    return result
