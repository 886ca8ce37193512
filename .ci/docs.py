"""Write the tables of the READMEs from the code that they describe.

With ``--check`` nothing is written; it fails when one of the files is out of date.
"""

import re
import sys
from pathlib import Path

import pandera.pandas as pa

from lib.modelling.sound.audio_cluster_told import TRACK_CLUSTERS
from lib.modelling.sound.sound_claims import CLUSTERS_SCHEMA as CLUSTERS_CLAIMS
from lib.modelling.sound.sound_claims import PROMOTION_SCHEMA as PROMOTION_CLAIMS
from lib.modelling.tables import TABLES as MODEL_TABLES
from lib.pipeline.notebook_list import PARTS, STAGES
from lib.pipeline.parameters import describe_parameter
from lib.pipeline.places import ROOT
from lib.playlists.clustering.cluster_told import CLUSTERS_SCHEMA
from lib.playlists.describing.category_told import CATEGORIES_SCHEMA
from lib.playlists.mining.rules_told import RULES
from lib.recommenders.audit_claims import SCHEMA as PLAYLIST_CLAIMS
from lib.recommenders.told import SCORES
from lib.tracks import read
from lib.tracks.by_year import CELLS
from lib.tracks.tables import TABLES as TRACK_TABLES
from lib.tracks.year_tracks import YEAR_TRACKS

TABLES = {
    **TRACK_TABLES,
    **MODEL_TABLES,
    "by_year": CELLS,
    "year_tracks": YEAR_TRACKS,
    "rules": RULES,
    "clusters": CLUSTERS_SCHEMA,
    "categories": CATEGORIES_SCHEMA,
    "scores": SCORES,
    "playlist_claims": PLAYLIST_CLAIMS,
    "track_clusters": TRACK_CLUSTERS,
    "track_cluster_claims": CLUSTERS_CLAIMS,
    "promotion_claims": PROMOTION_CLAIMS,
}
FILES = {
    "tracks/dataset.csv": read.KAGGLE,
    "tracks/spotify_songs.csv": read.TIDYTUESDAY,
    "tracks/tracks_by_year_nov2024.parquet": read.BY_YEAR,
    "tracks/tracks_features.csv": read.FEATURES,
}


def notebooks_table() -> str:
    """Lay out each notebook with its question, by the parts of the story."""
    lines = ["| | notebook | question |", "|---|---|---|"]
    for stage in STAGES:
        part = PARTS.get(stage.name[:2], "")
        lines.append(f"| {part} | [{stage.name}]({stage.path}) | {stage.question} |")
    return "\n".join(lines)


def parameters_lists() -> str:
    """List the parameters of each notebook, with what they accept."""
    lines = []
    for stage in STAGES:
        lines += [f"### [{stage.name}](../{stage.path})", "", stage.question, ""]
        lines += ["| parameter | default | what it is | accepted |", "|---|---|---|---|"]
        for name, parameter in stage.parameters.items():
            default = f"`{parameter.default!r}`"
            accepted = describe_parameter(parameter)
            lines.append(f"| `{name}` | {default} | {parameter.help} | {accepted} |")
        lines.append("")
    return "\n".join(lines)


def dictionary() -> str:
    """Lay out the columns of the raw files and of the tables between notebooks."""
    parts = ["## Raw files"]
    for name, layout in FILES.items():
        in_file = {layout.names.get(column, column): column for column in layout.file_columns}
        parts.append(f"\n### {name}\n\n{layout.title}, {len(in_file)} columns.\n")
        parts.append(_columns(layout.schema, in_file))
    parts.append("\n## Tables between notebooks")
    for stage in STAGES:
        for name in stage.makes:
            schema = TABLES[name]
            parts.append(f"\n### {name}\n\nMade by `{stage.name}`: {schema.description}\n")
            parts.append(_columns(schema, {}))
    return "\n".join(parts)


def _columns(schema: pa.DataFrameSchema, in_file: dict[str, str]) -> str:
    head = ["column", "type", "unit", "allowed", "meaning"]
    if in_file:
        head.insert(1, "in the file")
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for name, column in schema.columns.items():
        kind = re.sub(r"string\[.*\]", "text", str(column.dtype))
        allowed = [_allowed(check) for check in column.checks]
        allowed += ["may be empty"] if column.nullable else []
        cells = [f"`{name}`", kind, column.metadata["unit"], "; ".join(allowed), column.description]
        if in_file:
            cells.insert(1, f"`{in_file[name]}`" if in_file[name] else "(no name)")
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines)


def _allowed(check: pa.Check) -> str:
    limits = check.statistics or {}
    low, high = limits.get("min_value"), limits.get("max_value")
    if low is not None:
        return f"from {low:,}" if high is None else f"{low:,} to {high:,}"
    if "allowed_values" in limits:
        return "one of " + ", ".join(map(str, limits["allowed_values"]))
    return str(check.error)


def renewed(path: Path, mark: str, content: str) -> str:
    """Return the file's text with what stands between its two marks replaced."""
    begin, end = f"<!-- {mark}: written by .ci/docs.py -->", f"<!-- end of {mark} -->"
    text = path.read_text(encoding="utf-8")
    head, found, rest = text.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not (found and found_end):
        raise SystemExit(f"{path}: the marks of {mark!r} are missing")
    return f"{head}{begin}\n{content}\n{end}{tail}"


def main() -> None:
    """Write or check the files."""
    wanted = {
        ROOT / "README.md": ("notebooks", notebooks_table()),
        ROOT / "notebooks" / "README.md": ("parameters", parameters_lists()),
        ROOT / "data" / "README.md": ("dictionary", dictionary()),
    }
    for path, (mark, content) in wanted.items():
        new = renewed(path, mark, content)
        if "--check" in sys.argv:
            if new != path.read_text(encoding="utf-8"):
                raise SystemExit(f"{path} is out of date: run .venv/bin/python .ci/docs.py")
        else:
            path.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
