"""Keep some playlists of a part, and no trace of the others."""

from __future__ import annotations

import numpy as np
import pyarrow as arrow

from lib.playlists.reading.parts import Part


def select(part: Part, keep: np.ndarray) -> Part:
    """Keep some playlists of a part, numbered as if the others had never been there.

    Parameters
    ----------
    part : Part
        The part.
    keep : numpy.ndarray of bool, shape (playlists,)
        Which playlists stay.
    """
    entries = np.repeat(keep, part.lengths())
    codes, rows = _renumber(part.codes[entries])
    tracks, tables = part.tracks.take(rows), {}
    for kind in ("artist", "album"):
        numbers, used = _renumber(tracks[kind].to_numpy())
        tracks = tracks.set_column(tracks.column_names.index(kind), kind, arrow.array(numbers))
        tables[f"{kind}s"] = getattr(part, f"{kind}s").take(used)
    return Part(part.playlists.filter(arrow.array(keep)), codes, tracks, **tables)


def _renumber(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count anew in the order of first appearance; -1 stays. Also return the old numbers."""
    old, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(np.where(old < 0, -1, first), kind="stable")
    new = np.empty(len(old), np.int32)
    new[order] = np.arange(len(old)) - (len(old) > 0 and old[0] < 0)
    rows = old[order]
    return new[inverse], rows[rows >= 0]
