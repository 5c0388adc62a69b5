"""The colour profile that files have most often: it never changes, and comes back wherever it stands."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from helpers.jpeg_files import jpeg_file, taken_apart, with_profile
from PIL import Image, ImageCms

from codec.container.numbers import pairs_bytes, read_pairs, write_length
from codec.errors import BadFile
from codec.media.jpeg.description import PLAIN, PROFILED, described, read_described
from codec.media.jpeg.profile import INTENT, MOST_INTENT, PROFILE_BYTES, usual_profile, with_profiles, without_profiles

OTHER = usual_profile()[:INTENT] + b"\3" + usual_profile()[INTENT + 1 :]


def test_the_profile_never_changes_and_is_one_of_srgb() -> None:
    assert len(usual_profile()) == PROFILE_BYTES
    assert hashlib.sha256(usual_profile()).hexdigest()[:16] == "2b3aa1645779a9e6"
    assert "sRGB" in ImageCms.getProfileDescription(ImageCms.getOpenProfile(io.BytesIO(usual_profile())))


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        b"no profile",
        usual_profile(),
        b"before" + usual_profile() + b"between" + OTHER + OTHER + b"behind",
        usual_profile()[:100] + usual_profile() + usual_profile()[100:],
        usual_profile()[:-1] + b"?",
    ],
)
def test_a_rest_comes_back(rest: bytes) -> None:
    left, places = without_profiles(rest)
    data = pairs_bytes(places) + b"more"
    assert len(left) == len(rest) - rest.count(usual_profile()[INTENT + 1 :]) * PROFILE_BYTES
    assert read_pairs(data, 0, len(rest) // PROFILE_BYTES, (len(rest), MOST_INTENT)) == (places, len(data) - 4)
    assert with_profiles(left, places) == rest


@pytest.mark.parametrize("profile", [usual_profile(), OTHER])
@pytest.mark.parametrize("trailer", [b"", b"x" * 70_000, np.random.default_rng(2).bytes(3000)])
def test_a_file_with_it_takes_a_few_bytes_more(profile: bytes, trailer: bytes) -> None:
    plain = taken_apart(jpeg_file() + trailer).description
    found = taken_apart(with_profile(jpeg_file(), profile) + trailer).description
    packed = described([found])
    assert len(packed) < len(described([plain])) + 24
    assert repr(read_described(packed, 1 << 20)) == repr([found])


def test_a_file_with_it_opens_in_other_programs() -> None:
    assert Image.open(io.BytesIO(with_profile(jpeg_file()))).info["icc_profile"] == usual_profile()


@pytest.mark.parametrize("places", [((5, 0),), ((0, 0), (5, 0)), ((2, 0), (3, 0))])
def test_places_that_a_rest_does_not_have_are_refused(places: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(BadFile, match="profile"):
        with_profiles(b"rest", places)


@pytest.mark.parametrize("pairs", [((0, 0), (0, 0)), ((0, 256),), ((PROFILE_BYTES + 1, 0),)])
def test_more_than_one_profile_of_a_rest_holds_is_refused(pairs: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(BadFile, match="more than"):
        read_described(b"".join(map(write_length, (0, PROFILE_BYTES, PLAIN + PROFILED))) + pairs_bytes(pairs), 1 << 20)
