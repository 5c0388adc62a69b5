"""Vectors of eight lanes do what numpy does on eight elements, with numba's compiler and without (whole/test_ways.py)."""

from __future__ import annotations

import numpy as np
import pytest

from codec.lanes import vectors
from codec.lanes.vectors import (
    LANES,
    RUN,
    copy_runs,
    f32_i32,
    f64_i32,
    f64_i64,
    fill_as,
    fill_f32,
    fill_f64,
    fill_i32,
    fill_i64,
    gather_i16,
    gather_i32,
    gather_i64,
    gather_samples,
    get_f32,
    get_f64,
    get_i16,
    get_i32,
    get_i64,
    get_real,
    get_sample,
    high_of,
    i32_f32,
    i32_f64,
    i32_i64,
    i32_real,
    i64_i32,
    in_halves,
    in_pairs,
    lane,
    load_f32,
    load_f64,
    load_i32,
    load_i64,
    load_real,
    load_sample,
    low_of,
    multiply_add,
    multiply_pairs,
    pair_up,
    pointer,
    prefetch,
    put_f32,
    put_f64,
    put_i16,
    put_i32,
    put_i64,
    put_real,
    put_sample,
    real_f64,
    real_pointer,
    root,
    select,
    store_f32,
    store_f64,
    store_i32,
    store_i64,
    store_real,
    store_sample,
    wide_pointer,
    with_lane,
    zip_high,
    zip_low,
)
from codec.system.kernels import kernel

ROUNDS = 50


@kernel
def _prefetched(values):  # type: ignore[no-untyped-def]
    prefetch(values, values.size - 1)
    prefetch(values, 1 << 40)
    return values[values.size - 1]


def test_what_is_prefetched_need_not_exist() -> None:
    assert _prefetched(np.arange(7)) == 6


@kernel
def _f64(a, b, out):  # type: ignore[no-untyped-def]
    x, y, to = load_f64(pointer(a), 3), load_f64(pointer(b), 3), pointer(out)
    store_f64(to, 0, x + y)
    store_f64(to, 8, x - y)
    store_f64(to, 16, x * y)
    store_f64(to, 24, x / y)
    store_f64(to, 32, root(x * x))
    store_f64(to, 40, select(x < y, x, y))
    store_f64(to, 48, select((x < y) & (fill_f64(-1.0) < x), fill_f64(2.5), y))
    store_f64(to, 56, with_lane(x, 5, get_f64(pointer(b), 2)))
    put_f64(to, 64, lane(x, 7))


def test_doubles(rng: np.random.Generator) -> None:
    for round_ in range(ROUNDS):
        a, b = (rng.normal(size=16) * 10.0 ** rng.integers(-20, 20, 16) for _ in range(2))
        if round_ == 0:
            a[3:8], b[3:6] = [np.nan, np.inf, -np.inf, -0.0, 0.0], [1.0, np.nan, np.inf]
        x, y, out = a[3:11], b[3:11], np.zeros(65)
        with np.errstate(all="ignore"):
            _f64(a, b, out)
            expected = [x + y, x - y, x * y, x / y, np.sqrt(x * x), np.where(x < y, x, y), np.where((x < y) & (x > -1), 2.5, y)]
        moved = x.copy()
        moved[5] = b[2]
        assert np.array_equal(out, np.concatenate([*expected, moved, x[7:]]), equal_nan=True)


@kernel
def _f32(a, b, c, out, ints):  # type: ignore[no-untyped-def]
    x, y, z, to = load_f32(pointer(a), 1), load_f32(pointer(b), 1), load_f32(pointer(c), 1), pointer(out)
    store_f32(to, 0, multiply_add(x, y, z))
    store_f32(to, 8, x + y)
    store_f32(to, 16, x * fill_f32(get_f32(pointer(b), 0)))
    put_f32(to, 24, lane(z, 0))
    store_i32(pointer(ints), 0, f32_i32(z))


def test_floats_that_hold_integers(rng: np.random.Generator) -> None:
    for _ in range(ROUNDS):
        a, b, c = (rng.integers(-limit, limit + 1, 9).astype(np.float32) for limit in (2047, 1023, 1 << 22))
        out, ints = np.zeros(25, np.float32), np.zeros(8, np.int32)
        _f32(a, b, c, out, ints)
        x, y, z = (values[1:].astype(np.int64) for values in (a, b, c))
        assert np.array_equal(out, np.concatenate([x * y + z, x + y, x * int(b[0]), z[:1]]))
        assert np.array_equal(ints, z)


@kernel
def _singles(a, b, out):  # type: ignore[no-untyped-def]
    x, y, to = load_f32(pointer(a), 3), load_f32(pointer(b), 3), pointer(out)
    store_f32(to, 0, x * y - x)
    store_f32(to, 8, x / y)
    store_f32(to, 16, root(x * x))
    store_f32(to, 24, select(x < y, fill_f32(2.5), y))
    store_f32(to, 32, in_pairs(x, y))
    store_f32(to, 40, in_halves(x, y))
    store_f32(to, 48, zip_low(x, y))
    store_f32(to, 56, zip_high(x, y))


def test_floats_of_single_precision(rng: np.random.Generator) -> None:
    for round_ in range(ROUNDS):
        a, b = ((rng.normal(size=16) * 10.0 ** rng.integers(-9, 9, 16)).astype(np.float32) for _ in range(2))
        if round_ == 0:
            a[3:8], b[3:6] = [np.nan, np.inf, -np.inf, -0.0, 0.0], [1.0, np.nan, np.inf]
        x, y, out = a[3:11], b[3:11], np.zeros(64, np.float32)
        with np.errstate(all="ignore"):
            _singles(a, b, out)
            expected = [
                x * y - x,
                x / y,
                np.sqrt(x * x),
                np.where(x < y, np.float32(2.5), y),
            ]
            pairs = [part[half : half + 4 : 2] + part[half + 1 : half + 4 : 2] for half in (0, 4) for part in (x, y)]
            expected += [*pairs, x[:4] + x[4:], y[:4] + y[4:], np.stack([x, y], 1).reshape(16)]
        assert np.array_equal(out, np.concatenate(expected), equal_nan=True)


@kernel
def _i32(a, b, out, wide):  # type: ignore[no-untyped-def]
    x, y, to = load_i32(pointer(a), 2), load_i32(pointer(b), 2), pointer(out)
    store_i32(to, 0, x + y)
    store_i32(to, 8, x - y)
    store_i32(to, 16, x * y)
    store_i32(to, 24, x >> 5)
    store_i32(to, 32, x << 3)
    store_i32(to, 40, low_of(x, y))
    store_i32(to, 48, high_of(x, y))
    store_i32(to, 56, select(x == y, fill_i32(7), x))
    store_i32(to, 64, select(x <= y, x, y))
    store_i32(to, 72, with_lane(x, 0, get_i32(pointer(b), 1)))
    put_i32(to, 80, lane(y, 3))
    store_i64(pointer(wide), 0, i32_i64(x) * i32_i64(y))


def test_integers(rng: np.random.Generator) -> None:
    for round_ in range(ROUNDS):
        a, b = (rng.integers(-30000, 30001, 10).astype(np.int32) for _ in range(2))
        if round_ % 2:
            b[4:7] = a[4:7]
        out, wide, x, y = np.zeros(81, np.int32), np.zeros(8, np.int64), a[2:], b[2:]
        _i32(a, b, out, wide)
        moved = x.copy()
        moved[0] = b[1]
        chosen = [np.minimum(x, y), np.maximum(x, y), np.where(x == y, 7, x), np.minimum(x, y), moved, y[3:4]]
        assert np.array_equal(out, np.concatenate([x + y, x - y, x * y, x >> 5, x << 3, *chosen]))
        assert np.array_equal(wide, x.astype(np.int64) * y)


@kernel
def _pairs(a, b, out):  # type: ignore[no-untyped-def]
    x = pair_up(load_i32(pointer(a), 0), load_i32(pointer(a), 8))
    y = pair_up(load_i32(pointer(b), 0), load_i32(pointer(b), 8))
    store_i32(pointer(out), 0, multiply_pairs(x, y, load_i32(pointer(a), 16)))


def test_products_of_pairs_are_added(rng: np.random.Generator) -> None:
    for _ in range(ROUNDS):
        a, b = (rng.integers(-limit, limit + 1, 24).astype(np.int32) for limit in (1023, 32767))
        out = np.zeros(8, np.int32)
        _pairs(a, b, out)
        assert np.array_equal(out, a[:8] * b[:8] + a[8:16] * b[8:16] + a[16:])


@kernel
def _i64(a, b, out, narrow):  # type: ignore[no-untyped-def]
    x, y, to = load_i64(pointer(a), 1), load_i64(pointer(b), 1), pointer(out)
    store_i64(to, 0, x + y)
    store_i64(to, 8, x - y)
    store_i64(to, 16, (x >> 24) * (y >> 24))
    store_i64(to, 24, x & fill_i64(0xFFFFFFFF))
    store_i64(to, 32, high_of(low_of(x, fill_i64(1 << 40)), y))
    store_i64(to, 40, select(x < y, y << 1, with_lane(x, 2, get_i64(pointer(a), 0))))
    put_i64(to, 48, lane(x, 6))
    store_i32(pointer(narrow), 0, i64_i32(x >> 32))


def test_long_integers(rng: np.random.Generator) -> None:
    for _ in range(ROUNDS):
        a, b = (rng.integers(-(1 << 50), 1 << 50, 9) for _ in range(2))
        out, narrow, x, y = np.zeros(49, np.int64), np.zeros(8, np.int32), a[1:], b[1:]
        _i64(a, b, out, narrow)
        moved = x.copy()
        moved[2] = a[0]
        rest = [np.maximum(np.minimum(x, 1 << 40), y), np.where(x < y, y << 1, moved), x[6:7]]
        assert np.array_equal(out, np.concatenate([x + y, x - y, (x >> 24) * (y >> 24), x & 0xFFFFFFFF, *rest]))
        assert np.array_equal(narrow, x >> 32)


@kernel
def _conversions(a, f64, f32, narrow, back):  # type: ignore[no-untyped-def]
    x = load_i32(pointer(a), 0)
    store_f64(pointer(f64), 0, i32_f64(x))
    store_f32(pointer(f32), 0, i32_f32(x))
    store_i32(pointer(back), 0, f64_i32(i32_f64(x) / fill_f64(3.0)))
    store_i32(pointer(narrow), 0, f32_i32(i32_f32(x) / fill_f32(3.0)))


def test_conversions_are_exact_and_towards_zero(rng: np.random.Generator) -> None:
    for _ in range(ROUNDS):
        a = rng.integers(-(1 << 24), 1 << 24, 8).astype(np.int32)
        f64, f32, narrow, back = np.zeros(8), np.zeros(8, np.float32), np.zeros(8, np.int32), np.zeros(8, np.int32)
        _conversions(a, f64, f32, narrow, back)
        assert np.array_equal(f64, a) and np.array_equal(f32, a)
        assert np.array_equal(back, np.trunc(a / 3.0)) and np.array_equal(narrow, np.trunc(a.astype(np.float32) / np.float32(3.0)))


@kernel
def _gathers(shorts, ints, longs, index, out, wide):  # type: ignore[no-untyped-def]
    places = load_i64(pointer(index), 0)
    store_i32(pointer(out), 0, gather_i16(pointer(shorts), places))
    store_i32(pointer(out), 8, gather_i32(pointer(ints), places))
    store_i64(pointer(wide), 0, gather_i64(pointer(longs), places))
    put_i16(pointer(shorts), 4, get_i16(pointer(shorts), 9))


def test_gathers_widen_shorts(rng: np.random.Generator) -> None:
    for _ in range(ROUNDS):
        shorts, ints, longs = (rng.integers(-30000, 30000, 20).astype(kind) for kind in (np.int16, np.int32, np.int64))
        index, out, wide, before = rng.integers(0, 20, 8), np.zeros(16, np.int32), np.zeros(8, np.int64), shorts.copy()
        _gathers(shorts, ints, longs, index, out, wide)
        assert np.array_equal(out, np.concatenate([before[index], ints[index]]))
        assert np.array_equal(wide, longs[index])
        before[4] = before[9]
        assert np.array_equal(shorts, before)


@kernel
def _samples(a, index, out):  # type: ignore[no-untyped-def]
    store_i32(pointer(out), 0, load_sample(a, 3))
    store_i32(pointer(out), 8, gather_samples(a, load_i64(pointer(index), 0)))
    store_sample(a, 12, load_i32(pointer(out), 16))
    put_sample(a, 2, get_sample(a, 1))


@kernel
def _shorts(a, index, out):  # type: ignore[no-untyped-def]
    _samples(pointer(a), index, out)


@kernel
def _wide(a, index, out):  # type: ignore[no-untyped-def]
    _samples(wide_pointer(a), index, out)


@pytest.mark.parametrize("kind", [np.int16, np.int32])
def test_samples_of_either_width_in_memory_are_integers_in_a_vector(rng: np.random.Generator, kind: type[np.int16 | np.int32]) -> None:
    most = np.iinfo(kind).max
    for _ in range(ROUNDS):
        a, out = rng.integers(-most, most, 20).astype(kind), rng.integers(-most, most, 24).astype(np.int32)
        index, before = rng.integers(0, 20, 8), a.copy()
        (_shorts if kind is np.int16 else _wide)(a, index, out)
        assert np.array_equal(out[:16], np.concatenate([before[3:11], before[index]]))
        assert np.array_equal(a, np.concatenate([before[:2], before[1:2], before[3:12], out[16:]]))


@kernel
def _reals(a, ints, out, wide, longs):  # type: ignore[no-untyped-def]
    numbers, to = real_pointer(a), real_pointer(out)
    x = load_real(numbers, 2)
    store_real(to, 0, x * fill_as(x, 0.1))
    store_real(to, 8, i32_real(to, load_i32(pointer(ints), 0)))
    put_real(to, 16, get_real(numbers, 1))
    store_f64(pointer(wide), 0, real_f64(x))
    store_i64(pointer(longs), 0, f64_i64(real_f64(x)))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_reals_are_singles_or_doubles_as_their_array_has_them(rng: np.random.Generator, kind: type[np.float32 | np.float64]) -> None:
    for _ in range(ROUNDS):
        a, ints = (rng.normal(size=10) * 2.0**40).astype(kind), rng.integers(-(1 << 30), 1 << 30, 8).astype(np.int32)
        out, wide, longs = np.zeros(17, kind), np.zeros(8), np.zeros(8, np.int64)
        _reals(a, ints, out, wide, longs)
        assert np.array_equal(out, np.concatenate([a[2:] * kind(0.1), ints.astype(kind), a[1:2]]))
        assert np.array_equal(wide, a[2:]) and np.array_equal(longs, np.trunc(a[2:]))


@kernel
def _runs(a, places, out):  # type: ignore[no-untyped-def]
    copy_runs(pointer(a), load_i64(pointer(places), 0), pointer(out), 5)


@kernel
def _wide_runs(a, places, out):  # type: ignore[no-untyped-def]
    copy_runs(wide_pointer(a), load_i64(pointer(places), 0), wide_pointer(out), 5)


@pytest.mark.parametrize("kind", [np.int16, np.int32])
def test_runs_are_copied_the_first_elements_first(rng: np.random.Generator, kind: type[np.int16 | np.int32]) -> None:
    for _ in range(ROUNDS):
        a, places, out = rng.integers(-30000, 30000, 60).astype(kind), rng.integers(0, 60 - RUN + 1, 8), np.zeros(140, kind)
        (_runs if kind is np.int16 else _wide_runs)(a, places, out)
        runs = np.stack([a[place : place + RUN] for place in places], 1)
        assert np.array_equal(out, np.concatenate([np.zeros(5), runs.reshape(-1), np.zeros(7)]))


@kernel
def _shifts(a, by, out):  # type: ignore[no-untyped-def]
    x, n = load_i32(pointer(a), 0), load_i32(pointer(by), 0)
    store_i32(pointer(out), 0, x >> n)
    store_i32(pointer(out), 8, x << n)


def test_every_lane_may_be_shifted_by_a_number_of_its_own(rng: np.random.Generator) -> None:
    for _ in range(ROUNDS):
        a, by, out = rng.integers(-30000, 30000, 8).astype(np.int32), rng.integers(0, 15, 8).astype(np.int32), np.zeros(16, np.int32)
        _shifts(a, by, out)
        assert np.array_equal(out, np.concatenate([a >> by, a << by]))


@kernel
def _inside(a):  # type: ignore[no-untyped-def]
    put_f64(pointer(a[3:]), 1, 9.0)


def test_a_pointer_to_a_part_of_an_array_is_where_it_begins() -> None:
    a = np.zeros(6)
    _inside(a)
    assert a.tolist() == [0, 0, 0, 0, 9, 0]


def test_stores_change_their_eight_elements_alone() -> None:
    @kernel
    def fill(a):  # type: ignore[no-untyped-def]
        store_f64(pointer(a), 1, fill_f64(1.0))

    a = np.zeros(10)
    fill(a)
    assert a.tolist() == [0, *[1] * LANES, 0]


def test_every_operation_is_tested_here() -> None:
    names = {name for name in vars(vectors) if name.split("_")[0] in ("load", "store", "get", "put", "fill", "gather")}
    names |= {name for name in vars(vectors) if name[:4] in ("i32_", "i64_", "f32_", "f64_")}
    assert names <= set(globals())
