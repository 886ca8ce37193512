"""Load Million Playlist Dataset slices into a store, on all cores, and say what is wrong.

``python -m lib.playlists SLICES STORE`` does so from a shell.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
from tqdm import tqdm

from lib.errors import DataError, ParameterError
from lib.playlists.reading import part_files
from lib.playlists.reading.inspect_playlists import check_range, runs, settle_gap
from lib.playlists.reading.merge import Merge
from lib.playlists.reading.mpd import Finding, promised_pids, slice_files
from lib.playlists.reading.parts import Part
from lib.playlists.reading.verify import describe
from lib.playlists.store import Store, open_store, replaced, unchanged

ALONE_BYTES = 250_000_000
"""Less than this is read in this process: starting others would take longer."""
FILES_PER_PART = 16


def load_mpd(
    slices: Path | str,
    store: Path | str,
    strict: bool = False,
    workers: int | None = None,
    progress: bool = False,
) -> Store:
    """Read all slices of a folder into a store, or open the store if it holds them already.

    Parameters
    ----------
    slices : path
        Folder with MPD slices of the full or the trimmed schema, plain or gzip; or one file.
    store : path
        Folder of the store; replaced when the slices have changed since. Beside it a folder
        ``<store>.parts`` keeps what is done until all is done, so that an interrupted load goes
        on where it stopped.
    strict : bool, optional
        Stop at the first thing that is wrong. Otherwise it is listed in the manifest: a file
        that cannot be used is left out as a whole; so are playlists whose pid was there before
        and entries that name no track.
    workers : int, optional
        Processes; the cores by default. The result does not depend on it.
    progress : bool, optional
        Show what is done, the rate and the time left.

    Raises
    ------
    DataError
        When there is no slice; when none can be used; when `strict` finds something.
    ParameterError
        When `workers` is below 1.
    """
    if workers is not None and workers < 1:
        raise ParameterError(f"workers: expected 1 or more, found {workers}")
    files, target = slice_files(slices), Path(store).expanduser().absolute()
    source = fingerprint(files)
    found = unchanged(target, source)
    if found is not None and not (strict and found.manifest["findings"]):
        return found
    parts = target.with_name(f"{target.name}.parts")
    with (
        replaced(target) as new,
        Merge(new) as merge,
        _parts(files, parts, workers, progress) as read,
    ):
        _merge(files, read, merge, strict, source)
    shutil.rmtree(parts, ignore_errors=True)
    return open_store(target)


def fingerprint(files: list[Path]) -> str:
    """Identify slices in their present state, without reading them whole."""
    state = json.dumps(part_files.state_of(files))
    return hashlib.blake2b(state.encode(), digest_size=16).hexdigest()


def batches(files: list[Path]) -> list[list[Path]]:
    """Cut the files into the lists that become parts; it does not depend on the workers.

    A part of many files holds a track's names once, one of few files is lost less when the load
    is interrupted.

    Examples
    --------
    >>> [len(batch) for batch in batches([Path(str(n)) for n in range(20)])]
    [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    """
    size = min(max(len(files) // 8, 1), FILES_PER_PART)
    return [files[i : i + size] for i in range(0, len(files), size)]


@contextmanager
def _parts(
    files: list[Path], folder: Path, workers: int | None, progress: bool
) -> Iterator[Iterator[tuple[list[Path], Part, list[Finding]]]]:
    """Give the parts in the order of the files, made by several processes or found on disk."""
    cut = batches(files)
    sizes = [sum(path.stat().st_size for path in batch) for batch in cut]
    workers = min(workers or os.cpu_count() or 1, len(cut))
    if workers == 1 or (sum(sizes) < ALONE_BYTES and not folder.exists()):
        made: Iterator = map(partial(part_files.make_part, folder), cut)
        pool = None
    else:
        context = multiprocessing.get_context("spawn")
        prepare = part_files.prepare_worker
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=prepare)
        made = pool.map(partial(part_files.make_part, folder), cut)
    bar = tqdm(total=sum(sizes), unit="B", unit_scale=True, desc="slices", disable=not progress)

    def run() -> Iterator[tuple[list[Path], Part, list[Finding]]]:
        done = 0
        for batch, size, path in zip(cut, sizes, made, strict=True):
            done += len(batch)
            if pool is not None and done == len(files):
                pool.shutdown(wait=False)  # the processes end while the last part is merged
            yield batch, *part_files.read_part(path)
            bar.update(size)
            bar.set_postfix_str(f"{done:,} of {len(files):,} slices")

    try:
        yield run()
    except BrokenProcessPool:
        raise DataError(
            f"{files[0].parent}: a reading process was killed, most likely for lack of memory "
            "(about 0.5 GB each). Run again with fewer workers; what is done is kept. (A script "
            "that calls this needs `if __name__ == '__main__':`, as reading processes import it)"
        ) from None
    finally:
        bar.close()
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def _merge(files: list[Path], parts: Iterator, merge: Merge, strict: bool, source: str) -> None:
    names = [path.name for path in files]
    findings, described = list[Finding](), []

    def note(found: list[Finding]) -> None:
        if strict and found:
            raise DataError(f"{files[0].parent / found[0].file}: {describe(found[0])}")
        findings.extend(found)

    note(_missing_slices(files))
    for batch, part, found in parts:
        note(found)
        base = len(described)
        pids, place = part.playlists["pid"].to_numpy(), part.playlists["file"].to_numpy()
        used = {finding.file for finding in found if finding.lost_playlists is None}
        for i, path in enumerate(batch):
            here = pids[place == i]
            if path.name not in used:
                note(check_range(path.name, promised_pids(path), here))
        part, repeated = merge.drop_repeated(part, names, base)
        note(repeated)
        merge.add(part, base)
        place = part.playlists["file"].to_numpy()
        entries = np.bincount(place, part.lengths(), len(batch)).astype(int)
        for i, path in enumerate(batch):
            described.append(
                {
                    "name": path.name,
                    "bytes": path.stat().st_size,
                    "playlists": int((place == i).sum()),
                    "entries": int(entries[i]),
                }
            )
    if not merge.n_entries:
        why = f": {names[0]}: {describe(findings[0])}" if findings else ""
        raise DataError(f"{files[0].parent}: not one playlist in {len(files):,} files{why}")
    merge.finish(
        {
            "source": source,
            "files": described,
            "findings": [
                msgspec.to_builtins(settle_gap(finding, merge.file_of_pid)) for finding in findings
            ],
        }
    )


def _missing_slices(files: list[Path]) -> list[Finding]:
    """Find ranges of pids between two slices for which there is no file."""
    ranges = [r for path in files if (r := promised_pids(path)) is not None]
    findings, end = [], ranges[0].start if ranges else 0
    for path, promised in zip(files, ranges, strict=False):
        if promised.start > end:
            missing = np.arange(end, promised.start)
            text = "no file for these pids, though there are files before and after. Get it"
            findings.append(
                Finding(path.name, "slice missing", f"pids {runs(missing)}", text, len(missing))
            )
        end = max(end, promised.stop)
    return findings
