"""Sizes of whole files of pictures, every one decoded and compared before it counts, beside those of other codecs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.codecs.peer import Peer, size
from bench.data.pictures import Named
from bench.measure.timing import RoundTripFailed
from codec.density.photo.model import PhotoModel
from codec.kinds.picture.write import PARTS, Sizes, compress_with_sizes, decompress_picture, report
from codec.system.executor import cores, in_order


@dataclass(frozen=True)
class File:
    """A picture's file as the product writes it: its size and what its bits are for."""

    named: Named
    total_bytes: int
    sizes: Sizes
    stripes: int

    @property
    def rate(self) -> float:
        """Bits per dimension."""
        return 8 * self.total_bytes / self.named.values

    @property
    def payload_bits(self) -> int:
        return self.sizes.coded_bits + self.sizes.stored_bits


def coded(named: Named, model: PhotoModel, particles: int = 1) -> File:
    """The file of a picture. Raises RoundTripFailed: it decodes to something else, names another model, has not the size of its parts."""
    data, sizes = compress_with_sizes(named.picture, model, particles)
    decoded = decompress_picture(data, lambda name: model)
    if decoded.mode != named.picture.mode or not np.array_equal(decoded.pixels, named.picture.pixels):
        raise RoundTripFailed(f"{named.name}: the file does not decode to the picture that it was made from")
    if sizes.total_bits != 8 * len(data):
        raise RoundTripFailed(f"{named.name}: its parts are {sizes.total_bits} bits, its file is {8 * len(data)}")
    told = report(data)
    if told.model and told.model != model.file.name:
        raise RoundTripFailed(f"{named.name}: the file names the model {told.model.hex()}, not {model.file.name.hex()}")
    return File(named, len(data), sizes, told.stripes)


def coded_set(pictures: Iterable[Named], model: PhotoModel) -> list[File]:
    """The files of pictures, with a line for each as it is done."""
    files = []
    for named in pictures:
        files.append(coded(named, model))
        print(f"  {named.name:<16} {files[-1].total_bytes:>9} bytes, {files[-1].rate:.4f} bits/dim", flush=True)
    return files


def peer_bytes(pictures: Sequence[Named], peers: Sequence[Peer]) -> dict[str, list[int]]:
    """By name of the peer: bytes of its files of all pictures, coded on all cores."""
    work = [(peer, named) for named in pictures for peer in peers]
    found = list(in_order(lambda pair: size(pair[0], pair[1].picture), work, cores()))
    return {peer.name: found[number :: len(peers)] for number, peer in enumerate(peers)}


def size_figures(files: Sequence[File], peers: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """A row for each picture, and the means of the set. peers: bytes by name, as peer_bytes gives them."""
    rows = []
    for number, file in enumerate(files):
        theirs = {name: values[number] for name, values in peers.items()}
        rows.append(
            {
                "name": file.named.name,
                "width": file.named.picture.width,
                "height": file.named.picture.height,
                "bytes": file.total_bytes,
                "bits_per_dimension": round(file.rate, 6),
                "peer_bytes": theirs,
                "ratios": {name: round(file.total_bytes / value, 6) for name, value in theirs.items()},
                "parts": {name: round(value, 6) for name, value in part_rates(file).items()},
                "stripes": file.stripes,
            }
        )
    return {"pictures": rows, **summary(files, peers)}


def summary(files: Sequence[File], peers: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """Means over the pictures of bits/dim and of ratios; the pictures on which a peer is smaller, and the one with the worst ratio."""
    values = np.array([file.named.values for file in files])
    ours = np.array([file.rate for file in files])
    result: dict[str, Any] = {"mean_bits_per_dimension": float(ours.mean()), "peers": {}}
    names = [file.named.name for file in files]
    for peer, sizes in peers.items():
        theirs = 8 * np.array(sizes) / values
        ratios = ours / theirs
        result["peers"][peer] = {
            "mean_bits_per_dimension": float(theirs.mean()),
            "ratio_of_means": float(ours.mean() / theirs.mean()),
            "mean_of_ratios": float(ratios.mean()),
            "worst": {"name": names[int(ratios.argmax())], "ratio": float(ratios.max())},
            "smaller_on": [name for name, ratio in zip(names, ratios, strict=True) if ratio > 1.0],
        }
    parts = [part_rates(file) for file in files]
    result["mean_parts"] = {name: float(np.mean([part[name] for part in parts])) for name in parts[0]}
    return result


def part_rates(file: File) -> dict[str, float]:
    """What a file's bits are for, in bits/dim; the posterior's part is given back."""
    sizes = file.sizes
    bits = {name: sizes.parts[name] for name in PARTS if name != "estimate"}
    bits |= {"coder": sizes.coder_bits, "stored": sizes.stored_bits, "header": sizes.header_bits}
    return {name: value / file.named.values for name, value in bits.items()}
