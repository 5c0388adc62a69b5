"""GIF files are taken apart."""

from __future__ import annotations

import io

import numpy as np
import pytest
from helpers.frame_files import frames_file, moving, seen
from helpers.pictures import saved
from PIL import Image

from codec.errors import BadInput
from codec.media.frames.gif import is_timed, join_gif, split_gif
from codec.media.frames.series import read_series, write_series
from codec.media.messages import open_quietly


def interlaced() -> bytes:
    """A GIF of two images whose rows stand in the order of interlacing."""
    images = moving("P", 2, 40, 30)
    return saved(images[0], "GIF", save_all=True, append_images=images[1:], interlace=1, duration=50)


def test_the_rest_has_every_block_but_the_data_of_images() -> None:
    data = frames_file("GIF")
    rest, files = split_gif(data)
    assert rest[:13] == data[:13] and rest[-1:] == b";" and b"NETSCAPE2.0" in rest and b"a comment" in rest
    assert len(rest) < len(data) and len(list(files)) == rest.count(b"\x21\xf9\x04")


def test_interlaced_images_come_back_interlaced() -> None:
    data = interlaced()
    found = read_series(data, open_quietly, 1 << 20)
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(found.pictures[0].pixels[:, :, 0], np.asarray(image))
    assert seen(write_series(found)) == seen(data)


def test_a_single_image_is_timed_if_it_has_a_time_or_loops() -> None:
    image = moving("P", 1)[0]
    assert not is_timed(saved(image, "GIF"))
    assert is_timed(saved(image, "GIF", duration=100)) and is_timed(saved(image, "GIF", loop=0))
    assert is_timed(frames_file("GIF"))


def test_what_follows_the_end_stays_in_the_rest() -> None:
    data = frames_file("GIF") + b"a trailer"
    found = read_series(data, open_quietly, 1 << 20)
    assert found.rest.endswith(b";a trailer") and write_series(found).endswith(b";a trailer")


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"GIF89a" + bytes(7), b"GIF89a" + bytes(7) + b"\x99"])
def test_what_is_no_gif_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        split_gif(data)


def test_fewer_images_than_pictures_are_refused() -> None:
    found = read_series(frames_file("GIF"), open_quietly, 1 << 20)
    with pytest.raises(BadInput, match="fewer images"):
        join_gif(found.rest, [*found.pictures, found.pictures[0]])
