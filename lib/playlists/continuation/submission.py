"""Write, read and check submissions to the RecSys Challenge 2018 and its successor.

The rules are those of the Spotify Million Playlist Dataset Challenge (AIcrowd, 2020): a CSV file,
plain or gzip; blank lines and lines that begin with # do not count; the first line that does is
``team_info,<team>,<e-mail>``; then there is one line for each playlist of the challenge set, its
pid and exactly 500 different tracks as ``spotify:track:<id>``, the best first, none of them a
seed. In 2018 the header also named the track, main or creative, in front of the team.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.errors import DataError, ParameterError
from lib.files import written_whole
from lib.playlists.continuation.challenge import ChallengeSet
from lib.playlists.reading.ids import is_uri

TRACKS_EACH = 500
HEADER = "team_info"
CONTESTS = ("main", "creative")
"""What the challenge of 2018 called its tracks."""
PREFIX = "spotify:track:"


@dataclass(frozen=True)
class Submission:
    """A submission as arrays.

    Attributes
    ----------
    team, email, contest : str
        From the header; contest is ``""`` unless the header is that of 2018.
    pids : numpy.ndarray of int64, shape (playlists,)
    ranked : numpy.ndarray of int32, shape (playlists, 500)
        Places in `track_ids`, the best track first.
    track_ids : list of str
        Ids of all tracks that are recommended.
    """

    team: str
    email: str
    contest: str
    pids: np.ndarray
    ranked: np.ndarray
    track_ids: list[str]


def write_submission(
    path: Path | str,
    team: str,
    email: str,
    pids: Sequence[int],
    ranked: np.ndarray,
    track_ids: Sequence[str],
    contest: str = "",
) -> None:
    """Write a submission; after an error the file is as it was.

    Parameters
    ----------
    path : path
        File to write, gzip when it ends in ``.gz``.
    team, email : str
        For the header.
    pids : sequence of int
        Playlists of the challenge set.
    ranked : numpy.ndarray of int, shape (playlists, 500 or more)
        Places in `track_ids`, the best track first, no seeds; the first 500 are written.
    track_ids : sequence of str
        Spotify id of each track.
    contest : str, optional
        ``"main"`` or ``"creative"`` for the header of 2018.

    Raises
    ------
    ParameterError
        When team or e-mail is empty or would break the header, or the contest is unknown.
    DataError
        When a playlist has not 500 different tracks or is there twice; `check_submission` finds
        what else is wrong.
    """
    if contest not in ("", *CONTESTS):
        raise ParameterError(f"contest {contest!r}: expected '', 'main' or 'creative'")
    for name, text in (("team", team), ("email", email)):
        if not text.strip() or set(text) & set(",\r\n"):
            raise ParameterError(f"{name} {text!r}: text without comma or line break expected")
    pids, ranked = np.asarray(pids, np.int64), np.asarray(ranked)
    if ranked.ndim != 2 or ranked.shape[1] < TRACKS_EACH or len(ranked) != len(pids):
        raise DataError(
            f"ranked: {TRACKS_EACH} tracks for each of {len(pids):,} playlists expected, found an "
            f"array of shape {ranked.shape}"
        )
    if len(np.unique(pids)) < len(pids):
        raise DataError("pids: different playlists expected, found one repeated")
    ranked = ranked[:, :TRACKS_EACH]
    ordered = np.sort(ranked, axis=1)
    wrong = (ordered[:, 0] < 0) | (ordered[:, -1] >= len(track_ids))
    wrong |= (np.diff(ordered, axis=1) == 0).any(axis=1)
    if wrong.any():
        raise DataError(
            f"pid {pids[wrong][0]}: {TRACKS_EACH} different tracks expected, found fewer (so in "
            f"{wrong.sum():,} playlists); fill the list, with the most popular tracks say"
        )
    uris = np.array([PREFIX + name for name in track_ids], object)
    path = Path(path)
    header = ",".join([HEADER, *filter(None, [contest]), team, email])
    with written_whole(path) as temporary, temporary.open("wb") as raw:
        # Without a name and time stamp the same lists are the same bytes.
        out = gzip.GzipFile("", "wb", 6, raw, mtime=0) if path.suffix == ".gz" else raw
        out.write(f"{header}\n".encode())
        for pid, row in zip(pids.tolist(), ranked, strict=True):
            out.write(f"{pid},{','.join(uris[row])}\n".encode())
        if out is not raw:
            out.close()


def read_submission(path: Path | str) -> Submission:
    """Read a submission, whether or not it keeps to the challenge set.

    Raises
    ------
    DataError
        When the file cannot be read, the header is missing, or a line is not a pid and 500 track
        addresses; the line is named.
    """
    path = Path(path)
    lines = _lines(path)
    number, fields = next(lines, (1, [""]))
    if problem := _header_problem(fields):
        raise DataError(f"{path}: line {number}: {problem}")
    codes: dict[str, int] = {}
    pids, rows = list[int](), list[np.ndarray]()
    for number, (pid, *tracks) in lines:
        if not _is_pid(pid) or len(tracks) != TRACKS_EACH:
            raise DataError(
                f"{path}: line {number}: a pid and {TRACKS_EACH} tracks expected, found "
                f"{pid[:40]!r} and {len(tracks)}"
            )
        pids.append(int(pid))
        rows.append(np.array([codes.setdefault(uri, len(codes)) for uri in tracks], np.int32))
    bad = [uri for uri in codes if not is_uri(uri)]
    if bad:
        raise DataError(f"{path}: {bad[0][:60]!r} ({len(bad):,} such): expected {PREFIX}<id>")
    team, email = fields[-2:]
    contest = fields[1] if len(fields) == 4 else ""
    ranked = np.array(rows, np.int32).reshape(-1, TRACKS_EACH)
    ids = [uri.removeprefix(PREFIX) for uri in codes]
    return Submission(team, email, contest, np.array(pids, np.int64), ranked, ids)


def check_submission(path: Path | str, challenge: ChallengeSet, most: int = 100) -> list[str]:
    """List what breaks the rules.

    Parameters
    ----------
    path : path
        The submission, gzip when it ends in ``.gz``.
    challenge : ChallengeSet
        What was to be answered.
    most : int, optional
        Violations listed; one more entry then says how many there are in all.

    Returns
    -------
    list of str
        Each with its line, e.g. ``"line 7: pid 1000003: 499 tracks, expected exactly 500"``;
        empty when the submission is valid.

    Raises
    ------
    DataError
        When the file cannot be read.
    """
    wanted = set(challenge.playlists["pid"].tolist())
    uris = (PREFIX + challenge.seeds["track_id"].astype(object)).tolist()
    seeds: dict[int, set[str]] = {pid: set() for pid in wanted}
    for pid, uri in zip(challenge.seeds["pid"].tolist(), uris, strict=True):
        seeds[pid].add(uri)
    found, first_line, good = [], dict[int, int](), set[str]()
    lines = _lines(Path(path))
    number, fields = next(lines, (1, [""]))
    if problem := _header_problem(fields):
        found.append(f"line {number}: {problem}")
        if _is_pid(fields[0]):  # the header is left out: what stands here is a playlist
            found += _problems(number, fields, seeds, first_line, good)
    for number, fields in lines:
        found += _problems(number, fields, seeds, first_line, good)
    found += [f"pid {pid}: no line, expected one" for pid in sorted(wanted - first_line.keys())]
    if len(found) > most:
        return [*found[:most], f"{len(found):,} violations in all; the first {most:,} are listed"]
    return found


def _problems(
    number: int,
    fields: list[str],
    seeds: dict[int, set[str]],
    first_line: dict[int, int],
    good: set[str],
) -> Iterator[str]:
    """Find what is wrong with one playlist's line; note its pid, and addresses seen to be good."""
    pid, *tracks = fields
    if not _is_pid(pid):
        yield f"line {number}: {pid[:40]!r} is no pid, expected a number"
        return
    where, playlist = f"line {number}: pid {pid}", int(pid)
    if playlist not in seeds:
        yield f"{where}: not in the challenge set"
    elif playlist in first_line:
        yield f"{where}: answered before, in line {first_line[playlist]}"
    first_line.setdefault(playlist, number)
    if len(tracks) != TRACKS_EACH:
        yield f"{where}: {len(tracks)} tracks, expected exactly {TRACKS_EACH}"
    different = set(tracks)
    if len(different) < len(tracks):
        again = next(uri for place, uri in enumerate(tracks) if uri in tracks[:place])
        yield f"{where}: {len(tracks) - len(different)} tracks repeated, e.g. {again[:60]!r}"
    bad = sorted(uri for uri in different - good if not is_uri(uri))
    good |= different.difference(bad)
    if bad:
        yield f"{where}: {len(bad)} tracks not of the form {PREFIX}<id>, e.g. {bad[0][:60]!r}"
    shown = sorted(different & seeds.get(playlist, set()))
    if shown:
        yield f"{where}: {len(shown)} seeds of the playlist recommended, e.g. {shown[0]!r}"


def _header_problem(fields: list[str]) -> str:
    named = len(fields) == 3 or (len(fields) == 4 and fields[1] in CONTESTS)
    if fields[0] == HEADER and named and all(fields):
        return ""
    return (
        f"{HEADER},<team>,<e-mail> expected before the first playlist, found "
        f"{','.join(fields)[:60]!r}"
    )


def _is_pid(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19  # fits 64 bits


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Give number and fields of each line that counts."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                text = line.strip()
                if text and not text.startswith("#"):
                    yield number, [field.strip() for field in text.split(",")]
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise DataError(
            f"{path}: no readable submission ({error}); expected a CSV file, gzip when it ends "
            "in .gz"
        ) from None
