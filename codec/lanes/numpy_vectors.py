"""Vectors of eight lanes as numpy arrays of eight, for kernels that run as plain Python.

A pointer is a flat view of an array. This is the reference for what vectors.py describes: llvm_vectors.py must give the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LANES = 8
RUN = 16

Number = int | float
Vector = NDArray[np.int16 | np.int32 | np.int64 | np.float32 | np.float64]  # eight elements; or, as a pointer, any number of them
Integers = NDArray[np.int32]


def pointer(array: Vector) -> Vector:
    return array.reshape(-1)


wide_pointer = real_pointer = pointer


def prefetch(array: NDArray[np.generic], index: int) -> None:
    """Nothing: that what an array holds is soon needed makes no difference here."""


def _load(address: Vector, index: int) -> Vector:
    return address[index : index + LANES].copy()


def load_sample(address: Vector, index: int) -> Vector:
    return address[index : index + LANES].astype(np.int32)


def _store(address: Vector, index: int, vector: Vector) -> None:
    address[index : index + LANES] = vector


def _get(address: Vector, index: int) -> Number:
    return address[index]


def _put(address: Vector, index: int, value: Number) -> None:
    address[index] = value


def _gather(address: Vector, index: NDArray[np.int64]) -> Vector:
    if (index < 0).any():
        raise IndexError("a gather before the beginning of an array")
    found = address[index]
    return found.astype(np.int32) if found.dtype == np.int16 else found


def copy_runs(address: Vector, places: NDArray[np.int64], target: Vector, index: int) -> None:
    if (places < 0).any():
        raise IndexError("a run before the beginning of an array")
    runs = np.stack([address[place : place + RUN] for place in places], 1)
    target[index : index + runs.size] = runs.reshape(-1)


load_f64 = load_f32 = load_i32 = load_i64 = _load
store_f64 = store_f32 = store_i32 = store_i64 = _store
get_f64 = get_f32 = get_i16 = get_i32 = get_i64 = _get
put_f64 = put_f32 = put_i16 = put_i32 = put_i64 = _put
gather_i16 = gather_i32 = gather_i64 = gather_samples = _gather
store_sample, get_sample, put_sample = _store, _get, _put
load_real, store_real, get_real, put_real = _load, _store, _get, _put


def fill_f64(value: Number) -> Vector:
    return np.full(LANES, value, np.float64)


def fill_f32(value: Number) -> Vector:
    return np.full(LANES, value, np.float32)


def fill_i32(value: int) -> Vector:
    return np.full(LANES, value, np.int32)


def fill_i64(value: int) -> Vector:
    return np.full(LANES, value, np.int64)


def fill_as(vector: Vector, value: float) -> Vector:
    return np.full(LANES, value, vector.dtype)


def i32_real(address: Vector, vector: Integers) -> Vector:
    return vector.astype(address.dtype)


select, root = np.where, np.sqrt
low_of, high_of = np.minimum, np.maximum


def multiply_add(a: Vector, b: Vector, c: Vector) -> Vector:
    return a * b + c


def pair_up(a: Integers, b: Integers) -> Integers:
    return (a & np.int32(0xFFFF)) | (b << 16)


def multiply_pairs(a: Integers, b: Integers, c: Integers) -> Integers:
    return ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16) + c


def in_pairs(a: Vector, b: Vector) -> Vector:
    both = np.concatenate([a[:4], b[:4], a[4:], b[4:]])
    return both[::2] + both[1::2]


def in_halves(a: Vector, b: Vector) -> Vector:
    return np.concatenate([a[:4] + a[4:], b[:4] + b[4:]])


def zip_low(a: Vector, b: Vector) -> Vector:
    return np.stack([a[: LANES // 2], b[: LANES // 2]], 1).reshape(LANES)


def zip_high(a: Vector, b: Vector) -> Vector:
    return np.stack([a[LANES // 2 :], b[LANES // 2 :]], 1).reshape(LANES)


def lane(vector: Vector, number: int) -> Number:
    return vector[number]


def with_lane(vector: Vector, number: int, value: Number) -> Vector:
    changed = vector.copy()
    changed[number] = value
    return changed


def _to_f64(vector: Vector) -> Vector:
    return vector.astype(np.float64)


def _to_f32(vector: Vector) -> Vector:
    return vector.astype(np.float32)


def _to_i64(vector: Vector) -> Vector:
    return vector.astype(np.int64)


def _to_i32(vector: Vector) -> Vector:
    return vector.astype(np.int32)


real_f64 = _to_f64
i32_f64, i32_f32, i32_i64 = _to_f64, _to_f32, _to_i64
f64_i64 = _to_i64
i64_i32 = f32_i32 = f64_i32 = _to_i32
