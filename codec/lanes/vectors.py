"""Vectors of eight lanes, for kernels that work on eight rows of a picture side by side.

In numba kernels a vector is an LLVM vector: the operations below are elementwise, never reordered, and LLVM splits them into whatever
registers a machine has, so results do not depend on it. Without numba's compiler (NUMBA_DISABLE_JIT=1) a vector is a numpy array of
eight, and a pointer a flat view of an array.

    pointer(array)            where a contiguous array begins (the array must outlive the kernel's use of it)
    load_f64(p, i)            the vector of elements i ... i + 7 (of double)      store_f64(p, i, v)
    get_f32(p, i)             one element                                        put_f32(p, i, x)
    gather_i16(p, index)      the elements at eight places (int64), int16 widened to int32
    fill_f64(x)               x in every lane
    a + b, a - b, a * b, a / b, a >> n, a << n, a < b, ...      both vectors of one type; n an integer
    low_of(a, b), high_of(a, b), select(mask, a, b), root(a), multiply_add(a, b, c), lane(v, l), with_lane(v, l, x)
    in_pairs(a, b)            a0 + a1, a2 + a3, a4 + a5, a6 + a7, then the same of b
    i32_f64(v)                conversions: int32 to float64, and so on; from floats towards zero

No index is checked. multiply_add may or may not round in between: it is for floats that hold integers below 2^24, where both are exact.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import intrinsic, overload, register_model

LANES = 8

_ELEMENTS = {
    "f64": (ir.DoubleType(), types.float64, np.float64),
    "f32": (ir.FloatType(), types.float32, np.float32),
    "i64": (ir.IntType(64), types.int64, np.int64),
    "i32": (ir.IntType(32), types.int32, np.int32),
    "i16": (ir.IntType(16), types.int16, np.int16),
    "i1": (ir.IntType(1), types.boolean, np.bool_),
}
_INDEX = ir.IntType(32)


class VectorType(types.Type):
    """Eight lanes of one element type."""

    def __init__(self, element: str) -> None:
        self.element = element
        super().__init__(name=f"Vector8[{element}]")


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: VectorType) -> None:
        super().__init__(manager, kind, ir.VectorType(_ELEMENTS[kind.element][0], LANES))


_VECTORS = {name: VectorType(name) for name in _ELEMENTS}


def _splat(builder, value):
    vector = builder.insert_element(ir.Constant(ir.VectorType(value.type, LANES), ir.Undefined), value, ir.Constant(_INDEX, 0))
    zeros = ir.Constant(ir.VectorType(_INDEX, LANES), [0] * LANES)
    return builder.shuffle_vector(vector, vector, zeros)


def _place(builder, address, index, element):
    base = builder.inttoptr(address, element.as_pointer())
    return builder.gep(base, [index], inbounds=False)


# ---------------------------------------------------------------- memory


@intrinsic
def _pointer(typing, array):
    def generate(context, builder, signature, arguments):
        structure = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.ptrtoint(structure.data, ir.IntType(64))

    return types.int64(array), generate


def _make_load(name: str):
    element, _, _ = _ELEMENTS[name]

    @intrinsic
    def load(typing, address, index):
        def generate(context, builder, signature, arguments):
            place = _place(builder, arguments[0], arguments[1], element)
            vector = builder.bitcast(place, ir.VectorType(element, LANES).as_pointer())
            return builder.load(vector, align=element.width // 8 if hasattr(element, "width") else (8 if name == "f64" else 4))

        return _VECTORS[name](types.int64, types.int64), generate

    return load


def _make_store(name: str):
    element, _, _ = _ELEMENTS[name]

    @intrinsic
    def store(typing, address, index, value):
        def generate(context, builder, signature, arguments):
            place = _place(builder, arguments[0], arguments[1], element)
            vector = builder.bitcast(place, ir.VectorType(element, LANES).as_pointer())
            align = element.width // 8 if hasattr(element, "width") else (8 if name == "f64" else 4)
            builder.store(arguments[2], vector, align=align)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, _VECTORS[name]), generate

    return store


def _make_get(name: str):
    element, scalar, _ = _ELEMENTS[name]

    @intrinsic
    def get(typing, address, index):
        def generate(context, builder, signature, arguments):
            return builder.load(_place(builder, arguments[0], arguments[1], element))

        return scalar(types.int64, types.int64), generate

    return get


def _make_put(name: str):
    element, scalar, _ = _ELEMENTS[name]

    @intrinsic
    def put(typing, address, index, value):
        def generate(context, builder, signature, arguments):
            builder.store(arguments[2], _place(builder, arguments[0], arguments[1], element))
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, scalar), generate

    return put


def _make_gather(name: str, result: str):
    element, wide = _ELEMENTS[name][0], _ELEMENTS[result][0]

    @intrinsic
    def gather(typing, address, index):
        def generate(context, builder, signature, arguments):
            vector = ir.Constant(ir.VectorType(wide, LANES), ir.Undefined)
            for number in range(LANES):
                where = ir.Constant(_INDEX, number)
                value = builder.load(_place(builder, arguments[0], builder.extract_element(arguments[1], where), element))
                value = builder.sext(value, wide) if wide != element else value
                vector = builder.insert_element(vector, value, where)
            return vector

        return _VECTORS[result](types.int64, _VECTORS["i64"]), generate

    return gather


def _make_fill(name: str):
    _, scalar, _ = _ELEMENTS[name]

    @intrinsic
    def fill(typing, value):
        def generate(context, builder, signature, arguments):
            return _splat(builder, arguments[0])

        return _VECTORS[name](scalar), generate

    return fill


# ---------------------------------------------------------------- arithmetic


def _binary(floats: str, integers: str):
    @intrinsic
    def operation(typing, a, b):
        def generate(context, builder, signature, arguments):
            name = floats if a.element in ("f64", "f32") else integers
            return getattr(builder, name)(*arguments)

        if not (isinstance(a, VectorType) and a == b):
            return None
        return a(a, b), generate

    return operation


def _shift(name: str):
    @intrinsic
    def operation(typing, a, count):
        def generate(context, builder, signature, arguments):
            element = _ELEMENTS[a.element][0]
            amount = arguments[1]
            amount = builder.trunc(amount, element) if element.width < amount.type.width else amount
            return getattr(builder, name)(arguments[0], _splat(builder, amount))

        return a(a, types.int64), generate

    return operation


def _comparison(sign: str):
    @intrinsic
    def operation(typing, a, b):
        def generate(context, builder, signature, arguments):
            if a.element in ("f64", "f32"):
                return builder.fcmp_ordered(sign, *arguments)
            return builder.icmp_signed(sign, *arguments)

        return _VECTORS["i1"](a, b), generate

    return operation


def _both(a, b) -> bool:
    return isinstance(a, VectorType) and a == b


_ADD, _SUB, _MUL, _DIV = _binary("fadd", "add"), _binary("fsub", "sub"), _binary("fmul", "mul"), _binary("fdiv", "sdiv")
_AND = _binary("and_", "and_")
_RIGHT, _LEFT = _shift("ashr"), _shift("shl")
_LESS, _LESS_EQUAL, _EQUAL = _comparison("<"), _comparison("<="), _comparison("==")


@overload(operator.add)
def _overload_add(a, b):
    return (lambda a, b: _ADD(a, b)) if _both(a, b) else None


@overload(operator.sub)
def _overload_sub(a, b):
    return (lambda a, b: _SUB(a, b)) if _both(a, b) else None


@overload(operator.mul)
def _overload_mul(a, b):
    return (lambda a, b: _MUL(a, b)) if _both(a, b) else None


@overload(operator.truediv)
def _overload_div(a, b):
    return (lambda a, b: _DIV(a, b)) if _both(a, b) and a.element in ("f64", "f32") else None


@overload(operator.and_)
def _overload_and(a, b):
    return (lambda a, b: _AND(a, b)) if _both(a, b) and a.element in ("i1", "i32", "i64") else None


@overload(operator.rshift)
def _overload_right(a, n):
    return (lambda a, n: _RIGHT(a, n)) if isinstance(a, VectorType) and isinstance(n, types.Integer) else None


@overload(operator.lshift)
def _overload_left(a, n):
    return (lambda a, n: _LEFT(a, n)) if isinstance(a, VectorType) and isinstance(n, types.Integer) else None


@overload(operator.lt)
def _overload_less(a, b):
    return (lambda a, b: _LESS(a, b)) if _both(a, b) else None


@overload(operator.le)
def _overload_less_equal(a, b):
    return (lambda a, b: _LESS_EQUAL(a, b)) if _both(a, b) else None


@overload(operator.eq)
def _overload_equal(a, b):
    return (lambda a, b: _EQUAL(a, b)) if _both(a, b) else None


@intrinsic
def _select(typing, mask, a, b):
    def generate(context, builder, signature, arguments):
        return builder.select(*arguments)

    return a(mask, a, b), generate


@intrinsic
def _root(typing, a):
    def generate(context, builder, signature, arguments):
        kind = arguments[0].type
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind]), f"llvm.sqrt.v8{a.element}")
        return builder.call(function, arguments)

    return a(a), generate


@intrinsic
def _multiply_add(typing, a, b, c):
    def generate(context, builder, signature, arguments):
        kind = arguments[0].type
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3), f"llvm.fmuladd.v8{a.element}")
        return builder.call(function, arguments)

    return a(a, b, c), generate


@intrinsic
def _in_pairs(typing, a, b):
    def generate(context, builder, signature, arguments):
        even, odd = (
            builder.shuffle_vector(*arguments, ir.Constant(ir.VectorType(_INDEX, LANES), list(range(first, 2 * LANES, 2))))
            for first in (0, 1)
        )
        return builder.fadd(even, odd)

    return a(a, b), generate


def _convert(source: str, target: str):
    wide, name = _ELEMENTS[target][0], {"if": "sitofp", "fi": "fptosi", "ii": "sext"}[source[0] + target[0]]
    if name == "sext" and int(source[1:]) > int(target[1:]):
        name = "trunc"

    @intrinsic
    def convert(typing, a):
        def generate(context, builder, signature, arguments):
            return getattr(builder, name)(arguments[0], ir.VectorType(wide, LANES))

        return _VECTORS[target](_VECTORS[source]), generate

    return convert


@intrinsic
def _lane(typing, a, number):
    def generate(context, builder, signature, arguments):
        return builder.extract_element(arguments[0], builder.trunc(arguments[1], _INDEX))

    return _ELEMENTS[a.element][1](a, types.int64), generate


@intrinsic
def _with_lane(typing, a, number, value):
    def generate(context, builder, signature, arguments):
        return builder.insert_element(arguments[0], arguments[2], builder.trunc(arguments[1], _INDEX))

    return a(a, types.int64, _ELEMENTS[a.element][1]), generate


def _extreme(sign: str):
    @intrinsic
    def operation(typing, a, b):
        def generate(context, builder, signature, arguments):
            return builder.select(builder.icmp_signed(sign, *arguments), *arguments)

        return (a(a, b), generate) if _both(a, b) and a.element[0] == "i" else None

    return operation


# ---------------------------------------------------------------- the operations


if config.DISABLE_JIT:

    def pointer(array):
        return array.reshape(-1)

    def _numpy_load(array, index):
        return array[index : index + LANES].copy()

    def _numpy_store(array, index, vector):
        array[index : index + LANES] = vector

    def _numpy_get(array, index):
        return array[index]

    def _numpy_put(array, index, value):
        array[index] = value

    def _numpy_gather(array, index):
        if (index < 0).any():
            raise IndexError("a gather before the beginning of an array")
        found = array[index]
        return found.astype(np.int32) if found.dtype == np.int16 else found

    load_f64 = load_f32 = load_i32 = load_i64 = _numpy_load
    store_f64 = store_f32 = store_i32 = store_i64 = _numpy_store
    get_f64 = get_f32 = get_i16 = get_i32 = get_i64 = _numpy_get
    put_f64 = put_f32 = put_i16 = put_i32 = put_i64 = _numpy_put
    gather_i16 = gather_i32 = gather_i64 = _numpy_gather

    def fill_f64(value):
        return np.full(LANES, value, np.float64)

    def fill_f32(value):
        return np.full(LANES, value, np.float32)

    def fill_i32(value):
        return np.full(LANES, value, np.int32)

    def fill_i64(value):
        return np.full(LANES, value, np.int64)

    select, root = np.where, np.sqrt
    low_of, high_of = np.minimum, np.maximum

    def multiply_add(a, b, c):
        return a * b + c

    def in_pairs(a, b):
        both = np.concatenate([a, b])
        return both[::2] + both[1::2]

    def lane(vector, number):
        return vector[number]

    def with_lane(vector, number, value):
        changed = vector.copy()
        changed[number] = value
        return changed

    def i32_f64(vector):
        return vector.astype(np.float64)

    def i32_f32(vector):
        return vector.astype(np.float32)

    def i32_i64(vector):
        return vector.astype(np.int64)

    def i64_i32(vector):
        return vector.astype(np.int32)

    def f32_i32(vector):
        return vector.astype(np.int32)

    def f64_i32(vector):
        return vector.astype(np.int32)

else:
    pointer = _pointer
    load_f64, load_f32, load_i32, load_i64 = (_make_load(name) for name in ("f64", "f32", "i32", "i64"))
    store_f64, store_f32, store_i32, store_i64 = (_make_store(name) for name in ("f64", "f32", "i32", "i64"))
    get_f64, get_f32, get_i16, get_i32, get_i64 = (_make_get(name) for name in ("f64", "f32", "i16", "i32", "i64"))
    put_f64, put_f32, put_i16, put_i32, put_i64 = (_make_put(name) for name in ("f64", "f32", "i16", "i32", "i64"))
    gather_i16, gather_i32, gather_i64 = _make_gather("i16", "i32"), _make_gather("i32", "i32"), _make_gather("i64", "i64")
    fill_f64, fill_f32, fill_i32, fill_i64 = (_make_fill(name) for name in ("f64", "f32", "i32", "i64"))
    select, root, multiply_add, in_pairs, lane, with_lane = _select, _root, _multiply_add, _in_pairs, _lane, _with_lane
    low_of, high_of = _extreme("<"), _extreme(">")
    i32_f64, i32_f32, i32_i64 = _convert("i32", "f64"), _convert("i32", "f32"), _convert("i32", "i64")
    i64_i32, f32_i32, f64_i32 = _convert("i64", "i32"), _convert("f32", "i32"), _convert("f64", "i32")
