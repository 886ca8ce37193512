"""Find what is wrong inside the playlists of a readable slice."""

from __future__ import annotations

import itertools
from collections.abc import Container

import numpy as np
from msgspec.structs import replace

from lib.playlists.reading.ids import is_uri
from lib.playlists.reading.mpd import Finding, Playlist, promised_pids

SHOWN = 5
"""Places named in a finding before it says how many more there are."""


class Inspection:
    """What is wrong inside the playlists of one file, gathered over its pieces."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lengths: list[tuple[int, int, int]] = []
        self.without_uri: list[str] = []
        self.lost = 0
        self.without_position = 0
        self.positions: list[int] = []

    def check_lengths(self, playlists: list[Playlist], lengths: list[int]) -> None:
        """Compare each playlist's ``num_tracks`` with its entries."""
        self.lengths += [
            (p.pid, p.num_tracks, length)
            for p, length in zip(playlists, lengths, strict=True)
            if p.num_tracks is not None and p.num_tracks != length
        ]

    def drop_without_uri(self, playlists: list[Playlist]) -> None:
        """Take out the entries that name no track; the playlists are changed in place."""
        for playlist in playlists:
            good = [t for t in playlist.tracks if is_uri(t.track_uri)]
            self.lost += len(playlist.tracks) - len(good)
            if len(good) < len(playlist.tracks):
                for number, track in enumerate(playlist.tracks):
                    if not is_uri(track.track_uri):
                        found = repr(track.track_uri) if track.track_uri else "no track_uri"
                        self.without_uri.append(f"pid {playlist.pid} entry {number}: {found}")
                playlist.tracks = good

    def order(
        self,
        playlists: list[Playlist],
        stated: list[int | None],
        lengths: np.ndarray,
        left_out: bool,
    ) -> np.ndarray | None:
        """Check that positions count 0, 1, 2, … in each playlist.

        Parameters
        ----------
        playlists : list of Playlist
            Playlists.
        stated : list of int or None
            Positions of all their entries, one after the other.
        lengths : numpy.ndarray of int, shape (playlists,)
            Entries of each.
        left_out : bool
            Whether entries were taken out, so that gaps are no news.

        Returns
        -------
        numpy.ndarray of int or None
            Which entry comes at which place, when the file's order is not that of the positions.
        """
        # Two lists of small whole numbers compare faster than they turn into an array.
        if stated == list(itertools.chain.from_iterable(map(range, lengths.tolist()))):
            return None
        without = stated.count(None)
        if without:
            # No positions at all is another schema, some without is a defect.
            self.without_position += without if without < len(stated) else 0
            return None
        found = np.array(stated, np.int64)
        starts = np.cumsum(lengths) - lengths
        expected = np.arange(len(found)) - np.repeat(starts, lengths)
        owner = np.repeat(np.arange(len(lengths)), lengths)
        backwards = np.flatnonzero((np.diff(found) <= 0) & (np.diff(owner) == 0))
        wrong = np.unique(owner[backwards] if left_out else owner[found != expected])
        self.positions += [playlists[i].pid for i in wrong]
        return np.lexsort((found, owner)) if len(backwards) else None

    def findings(self) -> list[Finding]:
        """Say what was found."""
        found = []
        if self.lengths:
            pid, stated, there = self.lengths[0]
            text = (
                f"{_count(len(self.lengths), 'playlist')} whose num_tracks disagrees with the "
                f"entries that are there (pid {pid} states {stated:,} and has {there:,}). Kept "
                "with the entries that are there"
            )
            place = pids([pid for pid, _, _ in self.lengths])
            found.append(Finding(self.file, "num_tracks disagrees", place, text))
        if self.lost:
            text = (
                f"{_count(self.lost, 'entry', 'entries')} without a usable track_uri; expected "
                "'spotify:track:' and 22 letters and digits. Left out, the rest is kept"
            )
            place = shorten(self.without_uri)
            found.append(Finding(self.file, "track without uri", place, text, 0, self.lost))
        if self.without_position:
            count = _count(self.without_position, "entry", "entries")
            text = f"{count} without a position; the file's order is kept"
            found.append(Finding(self.file, "positions", count, text))
        if self.positions:
            text = (
                f"{_count(len(self.positions), 'playlist')} whose positions do not count 0, 1, 2, "
                "… in order. All entries are kept, in the order of their positions"
            )
            found.append(Finding(self.file, "positions", pids(self.positions), text))
        return found


def check_range(file: str, promised: range | None, found: np.ndarray) -> list[Finding]:
    """Compare the pids of a slice with those that its name promises."""
    if promised is None or not len(found):
        return []
    inside = np.isin(np.arange(promised.start, promised.stop), found)
    findings = []
    missing = np.flatnonzero(~inside) + promised.start
    if len(missing):
        text = (
            f"holds {int(inside.sum()):,} of the {len(promised):,} playlists that its name "
            f"promises (pids {promised.start:,} to {promised.stop - 1:,}). Get the file again if "
            "it was meant to be whole"
        )
        findings.append(Finding(file, "gap in pids", runs(missing), text, len(missing), None))
    outside = np.unique(found[(found < promised.start) | (found >= promised.stop)])
    if len(outside):
        text = (
            f"{_count(len(outside), 'playlist')} with a pid outside the range in the file's name "
            f"({promised.start:,} to {promised.stop - 1:,}). Kept"
        )
        findings.append(Finding(file, "pid outside range", runs(outside), text))
    return findings


def settle_gap(finding: Finding, known: Container[int]) -> Finding:
    """Take back the loss of a ``"gap in pids"`` for the pids that turned up in other files.

    Parameters
    ----------
    finding : Finding
        From `check_range`; other kinds come back as they are.
    known : container of int
        The pids of all files.
    """
    promised = promised_pids(finding.file)
    if finding.kind != "gap in pids" or promised is None:
        return finding
    lost = sum(pid not in known for pid in promised)
    elsewhere = finding.lost_playlists - lost
    if not elsewhere:
        return finding
    text = f"{finding.text}. Of the missing ones {elsewhere:,} stand in other files"
    return replace(
        finding, text=text, lost_playlists=lost, lost_entries=finding.lost_entries if lost else 0
    )


def pids(numbers: list[int]) -> str:
    """Name playlists, the first few of many.

    Examples
    --------
    >>> pids([3]), pids([1, 2, 3, 4, 5, 6])
    ('pid 3', 'pids 1, 2, 3, 4, 5 and 1 more')
    """
    return ("pid " if len(numbers) == 1 else "pids ") + shorten([str(n) for n in numbers], ", ")


def runs(numbers: np.ndarray) -> str:
    """Name sorted whole numbers as runs.

    Examples
    --------
    >>> runs(np.array([1, 2, 3, 7]))
    '1 to 3, 7'
    """
    groups = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    texts = [f"{g[0]} to {g[-1]}" if len(g) > 1 else str(g[0]) for g in groups]
    return shorten(texts, ", ")


def shorten(texts: list[str], between: str = "; ") -> str:
    """Join the first few texts and count the others."""
    rest = len(texts) - SHOWN
    return between.join(texts[:SHOWN]) + (f" and {rest:,} more" if rest > 0 else "")


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"
