"""The verify report: what a store holds, beside the published totals, and what was wrong."""

from __future__ import annotations

import msgspec
import pandas as pd

from lib.playlists.reading.mpd import Finding
from lib.playlists.store import Store

PUBLISHED_SLICES = 1000
PUBLISHED = {
    "playlists": 1_000_000,
    "entries": 66_346_428,
    "tracks": 2_262_292,
    "artists": 295_860,
    "albums": 734_684,
}
"""Totals in the Million Playlist Dataset's own statistics (Chen, Lamere, Schedl, Zamani 2018)."""


def findings(store: Store) -> list[Finding]:
    """All that was wrong with the source, in the order of its files."""
    return msgspec.convert(store.manifest["findings"], list[Finding])


def findings_table(store: Store) -> pd.DataFrame:
    """Tabulate what was wrong: file, kind, place, text, lost_playlists, lost_entries.

    The last two are empty where nobody can know.
    """
    names = list(Finding.__struct_fields__)
    rows = [[getattr(finding, name) for name in names] for finding in findings(store)]
    table = pd.DataFrame(rows, columns=names)
    return table.astype({"lost_playlists": "Int64", "lost_entries": "Int64"})


def counts_table(store: Store) -> pd.DataFrame:
    """Tabulate what the store holds beside the published totals.

    Returns
    -------
    pandas.DataFrame
        Indexed by what is counted; ``found``, ``published`` and ``agrees``, the last two empty
        unless the source had as many slices as the published one.
    """
    found = pd.Series(store.manifest["counts"], dtype="int64", name="found")
    table = found.to_frame()
    whole = len(store.manifest["files"]) == PUBLISHED_SLICES
    published = pd.Series(PUBLISHED if whole else {}, dtype="Int64").reindex(table.index)
    table["published"] = published
    table["agrees"] = (found == published).astype("boolean")
    return table


def describe(finding: Finding) -> str:
    """Put a finding in one line, without the file's name.

    Examples
    --------
    >>> describe(Finding("a.json", "empty file", "byte 0", "the file is empty."))
    'empty file at byte 0: the file is empty.'
    """
    return f"{finding.kind} at {finding.place}: {finding.text}"


def report_text(store: Store) -> str:
    """Write the report as text for a terminal."""
    manifest = store.manifest
    lines = [f"{len(manifest['files']):,} files"]
    table = counts_table(store)
    for name, row in table.iterrows():
        line = f"  {name:10} {row['found']:>12,}"
        if not pd.isna(row["published"]):
            line += f"  published {row['published']:>12,}  "
            line += "agrees" if row["agrees"] else "differs"
        lines.append(line)
    if table["published"].isna().all():
        lines.append(f"  (published totals are compared when all {PUBLISHED_SLICES:,} are there)")
    if manifest["absent"]:
        lines.append("fields absent from all files: " + ", ".join(manifest["absent"]))
    found = findings(store)
    many = "s" if len(found) > 1 else ""
    lines.append(f"{len(found):,} finding{many}" if found else "nothing wrong found")
    lines += [f"  {finding.file}: {describe(finding)}" for finding in found]
    return "\n".join(lines)
