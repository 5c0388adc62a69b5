"""python -m bench traces: what files take with the traces of what pictures were before, and without looking for any.

    python -m bench traces NAME=DIR ... [--most N] [--effort E] [--quick] [--folder RESULTS]

Each picture of a set is measured as it is, and after it has been something else: a frame of a video, as decoders give it, a Photo CD, a
JPEG, a curve; with the package av (`pip install av`) also a frame that H.264 has coded. Every file is decoded and compared. `share`: of the
processor's time that coding a picture as it is takes, what looking for colour maps takes.
"""

from __future__ import annotations

import importlib.util
import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from bench.data.pictures import NamedPicture, cropped, read_set
from bench.measure.peer import Pixels
from bench.measure.record import record
from bench.measure.results import Figures
from bench.measure.set_options import command_of, parsed, set_parser
from codec.kinds.picture.info import PictureInfo
from codec.kinds.picture.kind import compress_image
from codec.kinds.requests import Restoring, Settings
from codec.kinds.table import open_file
from codec.media.picture import Picture
from codec.methods.traces.layouts import chroma_layout
from codec.methods.traces.maps import colour_map
from codec.methods.traces.probe import maps_of
from codec.methods.traces.samples import chroma_of, luma_of, own_pixels

QUICK_SIDE, QUICK_MOST, LOOKS = 96, 1, 8
Was = Callable[[Pixels], Pixels]


def main(arguments: list[str]) -> int:
    """Measure the sets and write traces.json."""
    parser = set_parser("traces", __doc__ or "")
    parser.add_argument("--effort", type=int, default=5, help="of the photo models (5)")
    parser.add_argument("--was", choices=list(ways()), help="measure this alone (all)")
    chosen = parsed(parser, arguments, "traces")
    settings = Settings(effort=chosen.effort, verify=False, threads=1, method="photo")
    sets = {}
    for place in chosen.sets:
        pictures, _ = read_set(Path(place.path), chosen.split, QUICK_MOST if chosen.quick else chosen.most)
        pictures = [cropped(one, QUICK_SIDE) if chosen.quick else one for one in pictures]
        sets[place.name] = {"rows": rows_of(pictures, settings, chosen.was), "share": share_of_looking(pictures, settings)}
    own = [f"--effort {chosen.effort}"] if chosen.effort != 5 else []
    own += [f"--was '{chosen.was}'"] if chosen.was else []
    command = command_of(chosen, "traces", own)
    print(f"written to {record(chosen.name, {'effort': chosen.effort, 'sets': sets}, command, chosen.folder)}")
    return 0


def rows_of(pictures: Sequence[NamedPicture], settings: Settings, only: str | None = None) -> list[Figures]:
    """Bits of a sample of what pictures may have been, with traces and without: means, and the largest ratio of a picture."""
    rows = list[Figures]()
    for name, was in ways().items() if only is None else [(only, ways()[only])]:
        sizes = [sizes_of(was(one.picture.pixels), settings) for one in pictures]
        found: list[str] = sorted({trace for _, _, traces in sizes for trace in traces})
        ratios = [with_traces / without for with_traces, without, _ in sizes]
        means = [float(np.mean([row[index] for row in sizes])) for index in (0, 1)]
        ratio = float(np.mean(ratios))
        rows.append({"was": name, "found": found, "bits": means[0], "without": means[1], "ratio": ratio, "worst": max(ratios)})
        print(f"{name:32} {means[0]:.4f} {means[1]:.4f}  {ratio:.3f} worst {max(ratios):.3f}  {', '.join(found)}", flush=True)
    return rows


def sizes_of(pixels: Pixels, settings: Settings) -> tuple[float, float, list[str]]:
    """Bits of a sample with traces and without, and the traces that were found; both files decoded and compared."""
    bits, traces = list[float](), list[str]()
    for looked_for in (True, False):
        data, summary = compress_image(Picture("RGB", np.ascontiguousarray(pixels)), replace(settings, traces=looked_for))
        again = open_file(data).restore(Restoring(threads=1))
        assert isinstance(again, Picture) and np.array_equal(again.pixels, pixels), "a file that does not give its picture back"
        assert isinstance(summary.info, PictureInfo), "it is coded as a picture"
        bits.append(8 * len(data) / pixels.size)
        traces += summary.info.stripes_by_trace
    return bits[0], bits[1], traces


def share_of_looking(pictures: Sequence[NamedPicture], settings: Settings) -> float:
    """Processor seconds of looking for maps in all stripes of pictures, of those of coding them without."""
    looking, coding = 0.0, 0.0
    for one in pictures:
        began = time.process_time()
        for _ in range(LOOKS):
            for top in range(0, one.picture.height, 256):
                maps_of(one.picture.pixels[top : top + 256])
        looking += (time.process_time() - began) / LOOKS
        began = time.process_time()
        compress_image(one.picture, replace(settings, traces=False))
        coding += time.process_time() - began
    return looking / coding


def ways() -> Mapping[str, Was]:
    """What pictures may have been, by name."""
    coded: dict[str, Was] = {
        "H.264 4:2:0, BT.709": lambda pixels: coded_video(pixels, "yuv420p"),
        "H.264 4:4:4, BT.709": lambda pixels: coded_video(pixels, "yuv444p"),
    }
    return {
        "as it is": lambda pixels: pixels,
        **(coded if importlib.util.find_spec("av") else {}),
        "video 4:2:0, BT.709": lambda pixels: made(pixels, 5, 1),
        "video 4:2:0, BT.601": lambda pixels: made(pixels, 6, 1),
        "video 4:2:0, BT.709 full range": lambda pixels: made(pixels, 7, 1),
        "video 4:2:0, BT.709, by tables": lambda pixels: made(pixels, 9, 1),
        "video 4:2:2, BT.601": lambda pixels: made(pixels, 6, 2),
        "video 4:4:4, BT.709": lambda pixels: made(pixels, 1, 0),
        "video 4:4:4, BT.601": lambda pixels: made(pixels, 2, 0),
        "Photo CD": lambda pixels: made(pixels, 0, 3),
        "JPEG, quality 90": once_jpeg,
        "gamma 0.8": lambda pixels: curved(pixels, lambda level: 255 * (level / 255) ** 0.8),
        "contrast 1.3": lambda pixels: curved(pixels, lambda level: 128 + 1.3 * (level - 128)),
    }


def made(pixels: Pixels, number: int, code: int) -> Pixels:
    """What a colour map makes of Y, U, V of pixels, U and V laid out as a byte says: means of the pixels that share a sample."""
    colours, layout = colour_map(number), chroma_layout(code, *pixels.shape[:2])
    wide = pixels.astype(np.float32)
    rows, columns = own_pixels(layout.rows), own_pixels(layout.columns)
    down, right = (min(1, axis.way) for axis in (layout.rows, layout.columns))
    last = np.array(pixels.shape[:2]) - 1
    around = [wide[np.ix_(np.minimum(rows + y, last[0]), np.minimum(columns + x, last[1]))] for y in (0, down) for x in (0, right)]
    samples, _ = chroma_of(np.rint(np.mean(around, 0)).astype(np.uint8), number)
    y, _ = luma_of(pixels, samples, number, layout)
    return colours.colours(y, colours.terms(layout.spread(samples[0]), layout.spread(samples[1])))


def coded_video(pixels: Pixels, form: str) -> Pixels:
    """The frame that a decoder gives of a video of one picture, H.264 at a good quality (CRF 18)."""
    import av

    even = np.ascontiguousarray(pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2])
    frame = av.VideoFrame.from_ndarray(even, "rgb24").reformat(format=form, dst_colorspace="ITU709", dst_color_range="MPEG")
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.options = even.shape[1], even.shape[0], form, {"crf": "18"}
        for packet in [*stream.encode(frame), *stream.encode()]:
            output.mux(packet)
    file.seek(0)
    with av.open(file) as source:
        decoded = next(source.decode(video=0))
        made_of: Pixels = decoded.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG").to_ndarray()
    return made_of


def once_jpeg(pixels: Pixels) -> Pixels:
    """The pixels after they have been a JPEG."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return np.asarray(Image.open(file))


def curved(pixels: Pixels, curve: Callable[[np.ndarray], np.ndarray]) -> Pixels:
    """The pixels after a curve was applied to each channel."""
    table = np.clip(np.rint(curve(np.arange(256.0))), 0, 255).astype(np.uint8)
    levels: Pixels = table[pixels]
    return levels
