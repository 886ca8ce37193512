"""Number ids by the million: 22 letters and digits as three 64-bit words, hashed to one.

A Python dictionary of two million texts takes half a gigabyte, and half a microsecond a look-up;
the table here takes a third of the one and a tenth of the other.
"""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pyarrow as arrow

ID_LENGTH = 22
WORD_BYTES = 24
"""The id and the two characters before it, such as ``k:`` of ``track:``."""

_ALNUM = np.zeros(256, bool)
_ALNUM[[byte for byte in range(128) if chr(byte).isalnum()]] = True
# Odd constant of the golden ratio, as in the splitmix64 generator (Steele, Lea, Flood 2014).
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


class OddIdError(ValueError):
    """An id holds something else than letters and digits."""


def words_of_uris(uris: list[str | None] | arrow.Array, kind: str = "track") -> np.ndarray:
    """Turn addresses such as ``spotify:track:0UaMYEvWZi0ZqiDOoHU3YI`` into words.

    Parameters
    ----------
    uris : list of str or pyarrow.Array
        Addresses.
    kind : str, optional
        What they address: ``"track"``, ``"artist"`` or ``"album"``.

    Returns
    -------
    numpy.ndarray of uint64, shape (n, 3)

    Raises
    ------
    OddIdError
        When one of them is no such address; the id's letters are for `IdTable.number` to check.
    """
    texts = uris if isinstance(uris, arrow.Array) else arrow.array(uris, arrow.string())
    n, prefix = len(texts), f"spotify:{kind}:".encode()
    if n == 0:
        return np.zeros((0, 3), np.uint64)
    length = len(prefix) + ID_LENGTH
    offsets = np.frombuffer(texts.buffers()[1], np.int32, n + 1)
    if texts.null_count or texts.offset or (np.diff(offsets) != length).any():
        raise OddIdError
    letters = np.frombuffer(texts.buffers()[2], np.uint8, n * length).reshape(n, length)
    if (letters[:, : len(prefix)] != np.frombuffer(prefix, np.uint8)).any():
        raise OddIdError
    return np.ascontiguousarray(letters[:, -WORD_BYTES:]).view(np.uint64)


def words_of_names(names: list[str]) -> np.ndarray:
    """Turn names into words, for what has no id; they cannot be turned back.

    Examples
    --------
    >>> words = words_of_names(["Ada", "Ben"])
    >>> words.shape, have_ids(words).tolist()
    ((2, 3), [False, False])
    """
    digests = b"".join(
        b"\0" + hashlib.blake2b(name.encode(), digest_size=WORD_BYTES - 1).digest()
        for name in names
    )
    return np.frombuffer(digests, np.uint64).reshape(-1, 3)


def is_uri(uri: str | None, kind: str = "track") -> bool:
    """Tell whether a text is the address of a track, an artist or an album.

    Examples
    --------
    >>> is_uri("spotify:track:0UaMYEvWZi0ZqiDOoHU3YI"), is_uri("spotify:track:")
    (True, False)
    """
    return bool(uri and re.fullmatch(rf"spotify:{kind}:[0-9A-Za-z]{{{ID_LENGTH}}}", uri))


def have_ids(words: np.ndarray) -> np.ndarray:
    """Tell words of ids from words of names."""
    return np.ascontiguousarray(words).view(np.uint8).reshape(-1, WORD_BYTES)[:, 0] != 0


def ids_of_words(words: np.ndarray) -> arrow.Array:
    """Turn words back into texts of 22 letters and digits.

    Examples
    --------
    >>> ids_of_words(words_of_uris(["spotify:track:0UaMYEvWZi0ZqiDOoHU3YI"])).to_pylist()
    ['0UaMYEvWZi0ZqiDOoHU3YI']
    """
    letters = np.ascontiguousarray(words).view(np.uint8).reshape(-1, WORD_BYTES)
    offsets = np.arange(len(letters) + 1, dtype=np.int32) * ID_LENGTH
    ids = np.ascontiguousarray(letters[:, -ID_LENGTH:])
    buffers = [None, arrow.py_buffer(offsets), arrow.py_buffer(ids)]
    return arrow.Array.from_buffers(arrow.string(), len(letters), buffers)


def hash_words(words: np.ndarray) -> np.ndarray:
    """Mix the three words of each id into one number of 64 bits."""
    mixed = words[:, 0] * _MULTIPLIER
    for place in (1, 2):
        mixed ^= mixed >> _SHIFT
        mixed += words[:, place]
        mixed *= _MULTIPLIER
    return mixed ^ (mixed >> _SHIFT)


class IdTable:
    """Numbers ids in the order in which they come.

    A hash table with open addressing (Knuth 1973) in arrays, so that many ids are looked up at a
    time: the processor then waits for many places of memory at once.

    Attributes
    ----------
    words : numpy.ndarray of uint64, shape (ids, 3)
        The ids, by number.
    """

    def __init__(self) -> None:
        self._n = 0
        self._words = np.zeros((1024, 3), np.uint64)
        self._make_table(11)

    def __len__(self) -> int:
        return self._n

    @property
    def words(self) -> np.ndarray:
        """Words of all ids so far, by number."""
        return self._words[: self._n]

    def number(self, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give each id its number, a new one if it is new.

        Parameters
        ----------
        words : numpy.ndarray of uint64, shape (n, 3)
            The ids.

        Returns
        -------
        numbers : numpy.ndarray of int32, shape (n,)
        first : numpy.ndarray of int
            Where each new id stands first, in the order of the new numbers.

        Raises
        ------
        OddIdError
            When a new id holds something else than letters and digits; nothing has changed then.
        ArithmeticError
            When two ids have the same hash; among two million ids the chance is one in five
            million, and it is better to stop than to mix up two tracks.
        """
        if 2 * (self._n + len(words)) > len(self._hashes):
            self._make_table(int(2 * (self._n + len(words))).bit_length())
        slots = self._find(hash_words(words))
        numbers = self._numbers[slots]
        new = np.flatnonzero(numbers < 0)
        # Of several values for one place the last stays: written backwards, the first.
        self._numbers[slots[new[::-1]]] = new[::-1]
        first = new[self._numbers[slots[new]] == new]
        fresh = words[first].view(np.uint8).reshape(-1, WORD_BYTES)
        if not _ALNUM[fresh[fresh[:, 0] != 0, -ID_LENGTH:]].all():
            self._hashes[slots[new]], self._numbers[slots[new]] = 0, -1
            raise OddIdError
        self._numbers[slots[first]] = np.arange(self._n, self._n + len(first), dtype=np.int32)
        self._append(words[first])
        numbers[new] = self._numbers[slots[new]]
        if not np.array_equal(self._words[numbers], words):
            raise ArithmeticError("two ids have the same 63-bit hash; they were not mixed up")
        return numbers, first

    def _make_table(self, bits: int) -> None:
        """Make a table of so many places (as a power of two) and put the ids there are into it."""
        self._bits = bits
        self._hashes = np.zeros(1 << bits, np.uint64)
        self._numbers = np.full(1 << bits, -1, np.int32)
        slots = self._find(hash_words(self.words))
        self._numbers[slots] = np.arange(self._n, dtype=np.int32)

    def _find(self, hashes: np.ndarray) -> np.ndarray:
        """Place of each hash in the table; what is not there takes the next free place."""
        hashes = hashes | np.uint64(1)  # zero stands for a free place
        slots = (hashes >> np.uint64(64 - self._bits)).astype(np.int64)
        left, wanted, at = np.arange(len(hashes)), hashes, slots
        while len(left):
            free = np.flatnonzero(self._hashes[at] == 0)
            self._hashes[at[free]] = wanted[free]
            taken = np.flatnonzero(self._hashes[at] != wanted)
            left, wanted = left[taken], wanted[taken]
            at = (at[taken] + 1) & ((1 << self._bits) - 1)
            slots[left] = at
        return slots

    def _append(self, words: np.ndarray) -> None:
        end = self._n + len(words)
        if end > len(self._words):
            grown = np.zeros((max(end, len(self._words) * 3 // 2), 3), np.uint64)
            grown[: self._n] = self.words
            self._words = grown
        self._words[self._n : end] = words
        self._n = end
