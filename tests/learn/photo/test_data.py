"""Tiles of pictures, and the cache of their predictions."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from codec.learn.photo.data import load_tiles, tile_places


def test_a_cache_is_used_only_for_the_same_pictures(pictures: Path, tmp_path: Path) -> None:
    load_tiles(pictures, tmp_path, 1)
    before = sorted(tmp_path.iterdir())
    load_tiles(pictures, tmp_path, 1)
    assert sorted(tmp_path.iterdir()) == before
    assert len(before) == 3
    load_tiles(pictures, tmp_path, 1, most=4)
    assert len(sorted(tmp_path.iterdir())) == 6


def test_large_pictures_give_tiles_that_do_not_overlap(tmp_path: Path) -> None:
    Image.new("RGB", (900, 400)).save(tmp_path / "large.png")
    Image.new("L", (63, 300)).save(tmp_path / "small.png")
    found = tile_places([(tmp_path / "large.png", False), (tmp_path / "small.png", False)])
    assert [(place.top, place.left, place.height, place.width) for place in found] == [(8, 66, 384, 384), (8, 450, 384, 384)]
