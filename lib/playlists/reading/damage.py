"""Say what is wrong with a slice that cannot be used, and where; mend the little that can be.

Only used once the fast decoder has refused a file, so clarity counts here and speed does not.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import msgspec

from lib.playlists.reading.mpd import BOM, PLAYLISTS_PER_SLICE, Finding, Playlist

_NOT_JSON = {
    b"PK\x03\x04": "a ZIP archive; unpack it first",
    b"PAR1": "a Parquet file",
    b"version https://git-lfs": "a Git LFS pointer, not the data; fetch the file itself",
    b"<!DOCTYPE": "a web page, not the data; download the file itself",
    b"<html": "a web page, not the data; download the file itself",
    b"\xff\xfe": "UTF-16; save it as UTF-8",
    b"\xfe\xff": "UTF-16; save it as UTF-8",
}
_PID = re.compile(rb'"pid"\s*:\s*(\d+)')
_HALF_PAIR = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
SKIPPED = "The whole file was left out"


def explain_unreadable(path: Path, error: Exception) -> Finding:
    """Describe a file that the disk or gzip does not give back."""
    if isinstance(error, EOFError):
        size = path.stat().st_size
        text = (
            f"the gzip stream breaks off at the file's end (byte {size:,}), as when a download "
            f"stopped. {SKIPPED}; get it again"
        )
        return Finding(path.name, "cut short", f"byte {size:,}", text, None, None)
    if isinstance(error, zlib.error) or "CRC" in str(error) or "gzip" in str(error).lower():
        text = f"the gzip stream is damaged ({error}). {SKIPPED}; get it again"
        return Finding(path.name, "damaged gzip", "inside the stream", text, None, None)
    reason = getattr(error, "strerror", None) or str(error)
    text = f"cannot be read ({reason}). {SKIPPED}; check that the file exists and may be read"
    return Finding(path.name, "unreadable", "the file", text, None, None)


def mend(path: Path, data: bytes) -> tuple[bytes, list[Finding]]:
    """Take away a byte-order mark, and replace halves of surrogate pairs.

    Both leave every playlist as it is, but for a character that no text can hold.
    """
    findings = []
    if data.startswith(BOM):
        data = data[len(BOM) :]
        text = "begins with a byte-order mark, which JSON forbids. It was ignored, nothing is lost"
        findings.append(Finding(path.name, "byte-order mark", "byte 0", text))
    mended, count = _HALF_PAIR.subn(rb"\\ufffd", data)
    if count:
        first = _HALF_PAIR.search(data)
        text = (
            f"{count:,} escaped half characters (\\ud800 to \\udfff without their other half); "
            "each was replaced by U+FFFD, nothing else is lost"
        )
        findings.append(Finding(path.name, "half character", _place(data, first.start()), text))
    return mended, findings


def explain_undecodable(path: Path, data: bytes, error: Exception) -> Finding:
    """Describe a file that is no JSON in UTF-8, or not laid out as a slice."""
    if not data.strip():
        text = f"nothing is there; expected {PLAYLISTS_PER_SLICE:,} playlists. Get it again"
        return Finding(path.name, "empty file", "byte 0", text, None, None)
    for start, what in _NOT_JSON.items():
        if data.startswith(start):
            text = f"it is {what} (expected JSON in UTF-8). {SKIPPED}"
            return Finding(path.name, "not JSON", "byte 0", text, None, None)
    if b"\0" in data:
        text = (
            "holds zero bytes, so it is no JSON in UTF-8 (UTF-16 without a mark, or a file whose "
            f"blocks were never written). {SKIPPED}; get it again"
        )
        place = _place(data, data.index(b"\0"))
        return Finding(path.name, "wrong encoding", place, text, None, None)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as wrong:
        return _not_utf8(path, data, wrong)
    if isinstance(error, msgspec.ValidationError):
        return _wrong_layout(path, data, error)
    if "truncated" in str(error):
        text = (
            f"the file ends in the middle of its JSON, after {data[-40:].decode()!r}, "
            f"as when a download stopped. {SKIPPED}; get it again"
        )
        return Finding(path.name, "cut short", _place(data, len(data)), text, None, None)
    offset = re.search(r"\(byte (\d+)\)", str(error))
    at = int(offset[1]) if offset else 0
    reason = str(error).removeprefix("JSON is malformed: ").split(" (byte")[0]
    text = (
        f"{reason}, near {data[max(0, at - 20) : at + 20].decode('utf-8', 'replace')!r}"
        f". {SKIPPED}; get it again"
    )
    return Finding(path.name, "wrong JSON", _place(data, at), text, None, None)


def _not_utf8(path: Path, data: bytes, wrong: UnicodeDecodeError) -> Finding:
    if wrong.reason == "unexpected end of data":
        text = f"the file ends in the middle of a character. {SKIPPED}; get it again"
        return Finding(path.name, "cut short", _place(data, wrong.start), text, None, None)
    text = (
        f"expected UTF-8, found the byte 0x{data[wrong.start]:02x} (Latin-1 or Windows-1252?). "
        f"{SKIPPED}; save it as UTF-8, "
        "for example: iconv -f WINDOWS-1252 -t UTF-8 old.json > new.json"
    )
    return Finding(path.name, "wrong encoding", _place(data, wrong.start), text, None, None)


def _wrong_layout(path: Path, data: bytes, error: msgspec.ValidationError) -> Finding:
    """Find the playlist and the field, which the decoder does not tell."""
    try:
        content = msgspec.json.decode(data)
    except msgspec.DecodeError as worse:  # the decoder stopped before it saw the end
        return explain_undecodable(path, data, worse)
    playlists = content.get("playlists") if isinstance(content, dict) else None
    if not isinstance(playlists, list):
        found = (
            "an object with " + (", ".join(map(repr, list(content)[:5])) or "nothing")
            if isinstance(content, dict)
            else f"a {type(content).__name__}"
        )
        text = f"expected an object with a list 'playlists', found {found}. {SKIPPED}"
        return Finding(path.name, "no slice", "the outermost value", text, None, None)
    place, reason = "", str(error)
    for number, raw in enumerate(playlists):
        try:
            msgspec.convert(raw, Playlist)
        except msgspec.ValidationError as first:
            pid = raw.get("pid", "without one") if isinstance(raw, dict) else "without one"
            place, reason = f"playlist {number} of the file (pid {pid})", str(first)
            place += _position(raw)
            break
    entries = sum(
        len(p["tracks"]) for p in playlists if isinstance(p, dict) and _is_list(p.get("tracks"))
    )
    reason = reason.replace("`", "'").replace("$.", "")
    text = f"{reason}. {SKIPPED}: {len(playlists):,} playlists"
    return Finding(path.name, "wrong layout", place, text, len(playlists), entries)


def _position(raw: object) -> str:
    """Name the first bad entry of a playlist."""
    tracks = raw.get("tracks") if isinstance(raw, dict) else None
    for number, track in enumerate(tracks if _is_list(tracks) else []):
        try:
            msgspec.convert({"pid": 0, "tracks": [track]}, Playlist)
        except msgspec.ValidationError:
            return f", entry {number}"
    return ""


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _place(data: bytes, offset: int) -> str:
    """Name a byte by its offset, its line, and the last pid before it."""
    place = f"byte {offset:,}"
    if b"\n" in data[:offset]:
        place += f", line {data.count(bytes([10]), 0, offset) + 1:,}"
    before = _PID.findall(data, 0, offset)
    return place + (f", after pid {int(before[-1])} began" if before else ", before any pid")
