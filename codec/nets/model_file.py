"""Reads and writes the model file (.bbm): named integer tensors, their meaning as data, and a probe. Nothing in it is executed.

All numbers are little-endian and unsigned. A file is these parts in this order, with nothing between or after them:

    offset  bytes  what
    0       4      magic: 0x89 "BBM"
    4       2      version: 1
    6       2      T, tensors (at most 4,096)
    8       4      M, bytes of metadata (at most 262,144)
    12      8      D, bytes of tensor data (at most 2^26)
    20      M      metadata: one JSON object in UTF-8
            ...    T tensor records
            D      tensor data: the deflated tensors, back to back in the order of their records
            4      CRC-32 (zlib) of every byte before it

    record:  1 n, length of the name (1 to 96)    n the name, printable ASCII without blanks
             1 type (0 uint8, 1 int16, 2 int32, 3 int64)    1 r, axes (at most 6)    4r the lengths of the axes
             1 p, byte planes (1 to the type's size, 1 or 2 for uint8)    4 deflated length

A tensor is stored by value, not by its type's bits: each element v in row-major order becomes 2v if v >= 0 and -2v - 1
if not; byte k of all of these is plane k; planes 0 to p - 1, one after the other, are one zlib stream. Small values cost little.

A reader MUST check the lengths and the CRC before it looks at anything else, MUST refuse a name that comes twice, more than
2^23 elements in all, a value outside its tensor's type, a zlib stream that is longer or shorter
than its record says or is followed by bytes that belong to none, and metadata that is not a JSON object. It MUST NOT allocate by
a length that the bytes at hand do not bear out. A writer MUST give the smallest p that holds the tensor's values and MAY use any
deflate effort. The metadata MAY hold anything; model.py of each family (density/arrays, density/photo) says what is read from it, and
program.py what a program is.

A model is named by the SHA-256 of its whole file; compressed files hold the first 8 bytes of that.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadInput, BadModel, UnknownModel
from codec.system.files import open_regular
from codec.system.records import record

MAGIC = b"\x89BBM"
VERSION = 1
MAX_TENSORS = 4096
MAX_METADATA = 1 << 18
MAX_DATA = 1 << 26
MAX_ELEMENTS = 1 << 23
MAX_AXES = 6
MAX_NAME = 96
MAX_FILE = 20 + MAX_METADATA + MAX_TENSORS * (MAX_NAME + 4 * MAX_AXES + 8) + MAX_DATA + 4
TYPES: tuple[np.dtype[np.integer], ...] = (np.dtype(np.uint8), np.dtype(np.int16), np.dtype(np.int32), np.dtype(np.int64))
HEADER = struct.Struct("<4sHHIQ")
NAME_BYTES = 8  # of a model's hash, in compressed files


@record(frozen=True)
class ModelFile:
    """What a model file says: its metadata, its tensors (read-only arrays) and the SHA-256 of its bytes as hexadecimal digits."""

    metadata: dict[str, Any]
    tensors: Mapping[str, NDArray[np.integer]]
    sha256: str

    @property
    def name(self) -> bytes:
        """The 8 bytes by which compressed files name this model."""
        return bytes.fromhex(self.sha256)[:NAME_BYTES]

    def tensor(self, name: str, axes: int) -> NDArray[np.integer]:
        """A tensor with so many axes, none of them empty. Raises BadModel if the file has none."""
        found = self.tensors.get(name)
        if found is None or found.ndim != axes or found.size == 0:
            raise BadModel(f"a model needs the tensor {name!r} with {axes} axes")
        return found


def write_model(metadata: Mapping[str, Any], tensors: Mapping[str, NDArray[np.generic]]) -> bytes:
    """The bytes of a model file. Tensors are uint8, int16, int32 or int64 arrays; metadata must survive JSON. Raises BadModel."""
    records, data = [], []
    for name, tensor in tensors.items():
        stored, planes = _deflate(name, tensor)
        label = name.encode("ascii")
        records.append(bytes([len(label)]) + label + bytes([TYPES.index(tensor.dtype), tensor.ndim]))
        records.append(struct.pack(f"<{tensor.ndim}IBI", *tensor.shape, planes, len(stored)))
        data.append(stored)
    body = _framed(metadata, len(tensors), b"".join(records), b"".join(data))
    read_model(body)
    return body


def with_metadata(data: bytes, changes: Mapping[str, object]) -> bytes:
    """The bytes of a model file with other metadata, its tensors as they are, for zlib packs them otherwise elsewhere. changes is a JSON
    merge patch (RFC 7386): None removes a field, and an object changes the fields of an object. Raises BadModel."""
    tensor_count, metadata_length, data_length = _check_frame(data)
    end, payload = HEADER.size + metadata_length, len(data) - 4 - data_length
    metadata = _patched(_parse_metadata(data[HEADER.size : end]), changes)
    return _framed(metadata, tensor_count, data[end:payload], data[payload:-4])


def with_probe(data: bytes, probe: Callable[[ModelFile], str]) -> bytes:
    """The bytes of a model file whose field "probe" says what its probe gives. Raises BadModel."""
    return with_metadata(data, {"probe": probe(read_model(data))})


def trained_model(file: ModelFile, facts: Mapping[str, object], probed: Callable[[bytes], bytes]) -> bytes:
    """The bytes of a model's file; facts go beside those of its training. probed: gives it what its probe gives."""
    return probed(write_model({**file.metadata, "training": {**file.metadata["training"], **facts}}, file.tensors))


def read_model(data: bytes) -> ModelFile:
    """Read a whole model file. Raises BadModel for anything that the specification does not allow."""
    tensor_count, metadata_length, data_length = _check_frame(data)
    reader = _Reader(data, HEADER.size, len(data) - 4 - data_length)
    metadata = _parse_metadata(reader.take(metadata_length))
    records = [_read_record(reader) for _ in range(tensor_count)]
    reader.finish("tensor records")
    if len({record.name for record in records}) != tensor_count:
        raise BadModel("model file: two tensors have the same name")
    if sum(record.elements for record in records) > MAX_ELEMENTS:
        raise BadModel(f"model file: more than {MAX_ELEMENTS} elements")
    reader = _Reader(data, len(data) - 4 - data_length, len(data) - 4)
    tensors = {record.name: _inflate(record, reader.take(record.stored)) for record in records}
    reader.finish("tensor data")
    return ModelFile(metadata, tensors, hashlib.sha256(data).hexdigest())


def model_bytes(path: Path) -> bytes:
    """The bytes of the model file at a path, one more than such a file may have at most. Raises UnknownModel if it cannot be read."""
    try:
        with open_regular(path) as file:
            return file.read(MAX_FILE + 1)
    except OSError as error:
        raise UnknownModel(f"{path}: cannot read this model: {error.strerror or error}") from error
    except BadInput as error:
        raise UnknownModel(f"{path}: cannot read this model: {error}") from error


def load_model_file(path: Path) -> ModelFile:
    """Read the model file at a path. Raises UnknownModel if there is none that can be read, BadModel if it is damaged."""
    data = model_bytes(path)
    try:
        return read_model(data)
    except BadModel as error:
        raise BadModel(f"{path}: {error}") from error


@record(frozen=True)
class _Record:
    name: str
    dtype: np.dtype[np.integer]
    shape: tuple[int, ...]
    planes: int
    stored: int

    @property
    def elements(self) -> int:
        return math.prod(self.shape)


class _Reader:
    """A window of the file that gives its bytes in order and never more than there are."""

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self.data, self.position, self.end = data, start, end

    def take(self, count: int) -> bytes:
        if count > self.end - self.position:
            raise BadModel(f"model file: a part of {count} bytes begins {self.end - self.position} bytes before its end")
        self.position += count
        return self.data[self.position - count : self.position]

    def finish(self, part: str) -> None:
        if self.position != self.end:
            raise BadModel(f"model file: {self.end - self.position} bytes too many in the {part}")


def _check_frame(data: bytes) -> tuple[int, int, int]:
    if len(data) < HEADER.size + 4 or data[:4] != MAGIC:
        raise BadModel("not a model file")
    _, version, tensor_count, metadata_length, data_length = HEADER.unpack_from(data)
    if version != VERSION:
        raise BadModel(f"model file of version {version}: this release reads version {VERSION}")
    if tensor_count > MAX_TENSORS or metadata_length > MAX_METADATA or data_length > MAX_DATA:
        raise BadModel("model file: a length in its header is beyond the limit")
    if HEADER.size + metadata_length + data_length + 4 > len(data) or len(data) > MAX_FILE:
        raise BadModel("model file: cut short, or not as long as its header says")
    if zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
        raise BadModel("model file: damaged (checksum does not match)")
    return tensor_count, metadata_length, data_length


def _framed(metadata: Mapping[str, object], tensor_count: int, records: bytes, payload: bytes) -> bytes:
    text = json.dumps(metadata, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    if len(text) > MAX_METADATA or len(payload) > MAX_DATA or tensor_count > MAX_TENSORS:
        raise BadModel(f"too large for a model file: {len(text)} bytes of metadata, {tensor_count} tensors of {len(payload)} bytes")
    body = HEADER.pack(MAGIC, VERSION, tensor_count, len(text), len(payload)) + text + records + payload
    return body + struct.pack("<I", zlib.crc32(body))


def _patched(fields: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    patched = dict(fields)
    for name, value in changes.items():
        found = patched.pop(name, None)
        if isinstance(value, Mapping):
            patched[name] = _patched(found if isinstance(found, Mapping) else {}, value)
        elif value is not None:
            patched[name] = value
    return patched


def _parse_metadata(text: bytes) -> dict[str, Any]:
    try:
        metadata = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadModel("model file: its metadata is not JSON") from error
    if not isinstance(metadata, dict):
        raise BadModel("model file: its metadata is not a JSON object")
    return metadata


def _read_record(reader: _Reader) -> _Record:
    label = reader.take(reader.take(1)[0])
    if not _is_name(label):
        raise BadModel("model file: a tensor's name is not printable ASCII of 1 to 96 bytes")
    name = label.decode("ascii")
    type_code, axes = reader.take(2)
    if type_code >= len(TYPES) or axes > MAX_AXES:
        raise BadModel(f"model file: tensor {name}: unknown type or more than {MAX_AXES} axes")
    shape = struct.unpack(f"<{axes}I", reader.take(4 * axes))
    planes, stored = struct.unpack("<BI", reader.take(5))
    dtype = TYPES[type_code]
    if any(length > MAX_ELEMENTS for length in shape) or not 1 <= planes <= _most_planes(dtype):
        raise BadModel(f"model file: tensor {name}: a length or a number of planes is beyond the limit")
    return _Record(name, dtype, shape, planes, stored)


def _is_name(label: bytes) -> bool:
    return 1 <= len(label) <= MAX_NAME and all(33 <= byte <= 126 for byte in label)


def _most_planes(dtype: np.dtype[np.integer]) -> int:
    return dtype.itemsize + (dtype.kind == "u")  # folding doubles an unsigned value


def _deflate(name: str, tensor: NDArray[np.generic]) -> tuple[bytes, int]:
    if not _is_name(name.encode("ascii", "replace")) or tensor.dtype not in TYPES or tensor.ndim > MAX_AXES:
        raise BadModel(f"tensor {name!r} of type {tensor.dtype} with {tensor.ndim} axes cannot be stored in a model file")
    values = tensor.astype(np.int64).reshape(-1)
    folded = ((values << 1) ^ (values >> 63)).astype("<u8")
    planes = max(1, (int(folded.max(initial=0)).bit_length() + 7) // 8)
    raw = np.ascontiguousarray(folded.view(np.uint8).reshape(-1, 8)[:, :planes].T).tobytes()
    return min((_compress(raw, strategy) for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY)), key=len), planes


def _compress(raw: bytes, strategy: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 15, 9, strategy)
    return packer.compress(raw) + packer.flush()


def _inflate(record: _Record, stored: bytes) -> NDArray[np.integer]:
    length = record.elements * record.planes
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(stored, length + 1)
    except zlib.error as error:
        raise BadModel(f"model file: tensor {record.name}: its data is not a zlib stream") from error
    if len(raw) != length or not unpacker.eof or unpacker.unused_data or unpacker.unconsumed_tail:
        raise BadModel(f"model file: tensor {record.name}: its data is not as long as its record says")
    planes = np.frombuffer(raw, dtype=np.uint8).reshape(record.planes, record.elements)
    code = planes[0].astype(np.uint64)
    for place, plane in enumerate(planes[1:], 1):
        code |= plane.astype(np.uint64) << np.uint64(8 * place)
    values: NDArray[np.int64] = (code >> 1).view(np.int64) ^ -(code & 1).view(np.int64)
    if record.planes >= record.dtype.itemsize:  # fewer give none that is too large
        limits = np.iinfo(record.dtype)
        if values.min(initial=0) < limits.min or values.max(initial=0) > limits.max:
            raise BadModel(f"model file: tensor {record.name}: a value lies outside its type")
    tensor = values.astype(record.dtype).reshape(record.shape)
    tensor.flags.writeable = False
    return tensor
