"""Measures codecs on sets: sizes of all items side by side, times of some of them one after the other, every round trip compared.

sizes    each codec's file of each item, decoded and compared; on all cores, as nothing is timed
times    the first items of a set again, everything on one core and in one thread, the codecs in turns on each item, so that what
         slows the machine slows all of them. The first round only warms up, unless it alone takes longer than a second; rounds go on
         until there are as many as asked for, or two seconds have gone by. Their files must have the very sizes of before.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from bench.errors import RoundTripFailed
from bench.measure.peer import Peer, Pixels
from bench.measure.results import Figures
from bench.measure.resume import Kept, digest_of, sources
from bench.measure.timing import one_core

WARM_SIDE = 192
SLOW = 1.0  # seconds of a round that counts although it is the first
BUDGET = 2.0  # seconds of rounds that end them


@dataclass(frozen=True)
class Item:
    """Something to code: a picture's pixels [height, width, channels], or an array of small images [n, height, width].

    kind: "L" or "RGB" of a picture; "bits" or "bytes" of an array.
    """

    name: str
    pixels: Pixels
    kind: str

    @property
    def count(self) -> int:
        """Pixels, whatever the number of channels."""
        return int(self.pixels.size) // (3 if self.kind == "RGB" else 1)

    @property
    def small(self) -> Pixels:
        """A piece of it to warm up on."""
        return np.ascontiguousarray(self.pixels[:WARM_SIDE, :WARM_SIDE])


def size(peer: Peer, item: Item) -> Figures:
    """Bytes of a peer's file. Raises RoundTripFailed if it does not come back."""
    data = peer.encode(item.pixels)
    compare_pixels(peer, item, peer.decode(data))
    return {"bytes": len(data)}


def times(peer: Peer, item: Item, rounds: int) -> Figures:
    """Bytes of a peer's file, and seconds of each round both ways. Raises RoundTripFailed for the first that does not come back."""
    found: list[tuple[float, float]] = []
    warm, began = True, time.perf_counter()
    while len(found) < rounds:
        start = time.perf_counter()
        data = peer.encode(item.pixels)
        middle = time.perf_counter()
        decoded = peer.decode(data)
        end = time.perf_counter()
        compare_pixels(peer, item, decoded)
        if not warm or end - start > SLOW:
            found.append((middle - start, end - middle))
        warm = False
        if found and end - began > BUDGET:
            break
    return {"bytes": len(data), "encode": [round(one, 6) for one, _ in found], "decode": [round(one, 6) for _, one in found]}


def compare_pixels(peer: Peer, item: Item, decoded: Pixels) -> None:
    """Raise RoundTripFailed unless a peer gave back the item's very pixels."""
    if decoded.dtype != np.uint8 or decoded.shape != item.pixels.shape or not np.array_equal(decoded, item.pixels):
        raise RoundTripFailed(f"{peer.name} does not return {item.name} as it was given")


def key_of(peer: Peer, item: Item, what: str) -> str:
    """Of a row that is kept: the samples, the codec, its code here, and what is measured how."""
    code = sources(peer.encode.__module__, __name__)
    return "|".join([digest_of(item.pixels), peer.name, peer.version, peer.settings, code, what])


def sizes_of(items: Sequence[Item], peers: Sequence[Peer], kept: Kept, threads: int) -> dict[str, list[int]]:
    """By name of the peer: bytes of each item; a line for each item as it is done."""
    work = [(key_of(peer, item, "size"), partial(size, peer, item)) for item in items for peer in peers]
    found: dict[str, list[int]] = {peer.name: [] for peer in peers}
    rows = kept.all(work, threads)
    for number, item in enumerate(items, 1):
        for peer in peers:
            found[peer.name].append(next(rows)["bytes"])
        best = min(found, key=lambda name: found[name][-1])
        rate = 8 * found[best][-1] / item.pixels.size
        print(f"  {number:3} of {len(items)}  {item.name:<24} {rate:.4f} bits/dim by {best}", flush=True)
    return found


def times_of(items: Sequence[Item], peers: Sequence[Peer], rounds: int, kept: Kept) -> dict[str, list[Figures]]:
    """By name of the peer: its times of each item; a line for each item as it is done."""
    rows: dict[str, list[Figures]] = {peer.name: [] for peer in peers}
    what = f"{rounds} rounds"
    with one_core():
        for peer in peers:
            if any(key_of(peer, item, what) not in kept.rows for item in items):
                peer.decode(peer.encode(items[0].small))
        for number, item in enumerate(items, 1):
            for peer in peers:
                rows[peer.name].append(kept.get(key_of(peer, item, what), partial(times, peer, item, rounds)))
            print(f"  {number:3} of {len(items)}  {item.name:<24} timed", flush=True)
    return rows
