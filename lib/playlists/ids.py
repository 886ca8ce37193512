"""Number ids by the million: 22 letters and digits as three 64-bit words, hashed to one.

A Python dictionary of two million texts takes half a gigabyte and a third of a microsecond a
look-up; sorted arrays take a tenth of the one and a third of the other.
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


def first_places(codes: np.ndarray, start: int = 0) -> np.ndarray:
    """Return where each code from `start` on stands first, codes being given in that order.

    Examples
    --------
    >>> first_places(np.array([0, 1, 0, 2])).tolist()
    [0, 1, 3]
    """
    highest = np.maximum.accumulate(np.concatenate([[start - 1], codes]))[:-1]
    return np.flatnonzero(codes > highest)


class IdTable:
    """Numbers ids in the order in which they come.

    Attributes
    ----------
    words : numpy.ndarray of uint64, shape (ids, 3)
        The ids, by number.
    """

    def __init__(self) -> None:
        self._n = 0
        self._words = np.zeros((1024, 3), np.uint64)
        # Sorted hashes and their numbers: many old ones, and few new ones that are merged into
        # the old ones now and then.
        self._old = self._new = _NONE

    def __len__(self) -> int:
        return self._n

    @property
    def words(self) -> np.ndarray:
        """Words of all ids so far, by number."""
        return self._words[: len(self)]

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
            When two ids have the same hash; among two million ids the chance is one in ten
            million, and it is better to stop than to mix up two tracks.
        """
        encoded = arrow.array(hash_words(words)).dictionary_encode()
        local, hashes = encoded.indices.to_numpy(), encoded.dictionary.to_numpy()
        first = first_places(local)
        order = np.argsort(hashes)  # neighbours are looked up one after the other
        distinct, hashes = words[first], hashes[order]
        found = np.full(len(hashes), -1, np.int32)
        for known, numbers in (self._old, self._new):
            if len(known):
                at = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
                found = np.where(known[at] == hashes, numbers[at], found)
        numbers = np.empty(len(hashes), np.int32)
        numbers[order] = found
        known = numbers >= 0
        if not (
            np.array_equal(distinct[local], words)
            and np.array_equal(self._words[numbers[known]], distinct[known])
        ):
            raise ArithmeticError("two ids have the same 64-bit hash; they were not mixed up")
        new = np.flatnonzero(~known)
        fresh = distinct[new].view(np.uint8).reshape(-1, WORD_BYTES)
        if not _ALNUM[fresh[fresh[:, 0] != 0, -ID_LENGTH:]].all():
            raise OddIdError
        numbers[new] = np.arange(self._n, self._n + len(new), dtype=np.int32)
        self._append(distinct[new])
        self._new = _merged(self._new, hashes[found < 0], numbers[order][found < 0])
        if len(self._new[0]) * 8 > self._n:
            self._old, self._new = _merged(self._old, *self._new), _NONE
        return numbers[local], first[new]

    def truncate(self, n: int) -> None:
        """Forget all ids but the first `n`."""
        self._n = n
        keep = [numbers < n for _, numbers in (self._old, self._new)]
        self._old = (self._old[0][keep[0]], self._old[1][keep[0]])
        self._new = (self._new[0][keep[1]], self._new[1][keep[1]])

    def _append(self, words: np.ndarray) -> None:
        end = self._n + len(words)
        if end > len(self._words):
            grown = np.zeros((max(end, len(self._words) * 3 // 2), 3), np.uint64)
            grown[: self._n] = self.words
            self._words = grown
        self._words[self._n : end] = words
        self._n = end


_NONE = (np.zeros(0, np.uint64), np.zeros(0, np.int32))


def _merged(
    run: tuple[np.ndarray, np.ndarray], hashes: np.ndarray, numbers: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Merge sorted hashes, and their numbers, into a sorted run."""
    both = np.concatenate([run[0], hashes])
    order = np.argsort(both, kind="stable")  # merges two sorted runs in one pass
    return both[order], np.concatenate([run[1], numbers])[order]
