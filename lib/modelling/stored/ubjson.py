"""A strict reader of the part of UBJSON that XGBoost writes.

XGBoost's own reader trusts the lengths that a file states, and crashes on wrong ones. This one
takes less than the format allows (ubjson.org, draft 12): what XGBoost never writes is an error.
"""

from __future__ import annotations

import struct

import numpy as np

DEEPEST = 12
"""Objects and lists inside each other; a model of trees has six."""

INTEGERS = {b"i": ">b", b"I": ">h", b"l": ">i", b"L": ">q"}
ARRAYS = {b"d": ">f4", b"U": "u1", b"l": ">i4", b"L": ">i8"}
SMALLEST = 2
"""Bytes of the smallest value: an integer of one byte, or an empty object."""


def parse_ubjson(data: bytes) -> object:
    r"""Parse a value, which must take up all bytes.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    dict, list, str, int or numpy.ndarray
        Arrays of one type as they are in the file (big-endian, not to be written to); lists hold
        values of any type.

    Raises
    ------
    ValueError
        When a byte is not what XGBoost would have written, a length exceeds the bytes that are
        left, a key is there twice, or bytes are left over; the message names the place.

    Examples
    --------
    >>> parse_ubjson(b"{L" + (1).to_bytes(8, "big") + b"ai\x05}")
    {'a': 5}
    """
    value, at = _value(data, 0, 0)
    if at != len(data):
        raise ValueError(f"byte {at:,}: the end expected, found {len(data) - at:,} bytes more")
    return value


def _value(data: bytes, at: int, depth: int) -> tuple[object, int]:
    if depth > DEEPEST:
        raise ValueError(f"byte {at:,}: at most {DEEPEST} levels expected, found more")
    marker, at = data[at : at + 1], at + 1
    if marker == b"{":
        return _object(data, at, depth)
    if marker == b"[":
        return _list(data, at, depth) if data[at : at + 1] == b"#" else _array(data, at)
    if marker == b"S":
        return _text(data, at)
    if marker in INTEGERS:
        return _number(data, at, INTEGERS[marker])
    raise ValueError(f"byte {at - 1:,}: a value expected, found {marker!r}")


def _object(data: bytes, at: int, depth: int) -> tuple[dict[str, object], int]:
    found = {}
    while data[at : at + 1] != b"}":
        start = at
        key, at = _text(data, at)
        if key in found:
            raise ValueError(f"byte {start:,}: each key once expected, found {key[:40]!r} again")
        found[key], at = _value(data, at, depth + 1)
    return found, at + 1


def _list(data: bytes, at: int, depth: int) -> tuple[list[object], int]:
    count, at = _length(data, at + 1, SMALLEST)
    found = [None] * count
    for place in range(count):
        found[place], at = _value(data, at, depth + 1)
    return found, at


def _array(data: bytes, at: int) -> tuple[np.ndarray, int]:
    head = data[at : at + 3]
    if head[:1] != b"$" or head[1:2] not in ARRAYS or head[2:] != b"#":
        raise ValueError(f"byte {at:,}: an array's type and length expected, found {head!r}")
    kind = np.dtype(ARRAYS[head[1:2]])
    count, at = _length(data, at + 3, kind.itemsize)
    return np.frombuffer(data, kind, count, at), at + count * kind.itemsize


def _text(data: bytes, at: int) -> tuple[str, int]:
    count, at = _length(data, at, 1)
    text = data[at : at + count].decode("utf-8")
    if "\0" in text:
        raise ValueError(f"byte {at:,}: a text without a zero byte expected")
    return text, at + count


def _length(data: bytes, at: int, size: int) -> tuple[int, int]:
    """Read a length, which XGBoost always writes in eight bytes, of things of so many bytes."""
    if data[at : at + 1] != b"L":
        raise ValueError(f"byte {at:,}: a length expected, found {data[at : at + 1]!r}")
    count, start = _number(data, at + 1, INTEGERS[b"L"])
    if not 0 <= count <= (len(data) - start) // size:
        raise ValueError(f"byte {at:,}: a length within the file expected, found {count:,}")
    return count, start


def _number(data: bytes, at: int, kind: str) -> tuple[int, int]:
    end = at + struct.calcsize(kind)
    if end > len(data):
        raise ValueError(f"byte {at:,}: a number expected, found the end")
    return struct.unpack_from(kind, data, at)[0], end
