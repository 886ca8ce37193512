"""Which files of ``lib`` a notebook reaches through its imports: what it depends on."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from pathlib import Path


def imported_modules(path: Path) -> set[str]:
    """Dotted names of all modules that a notebook or a Python file imports.

    For ``from a.b import c`` both ``a.b`` and ``a.b.c`` are listed, as ``c`` may be a module.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(_code(path), filename=str(path))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def reached_files(start: Iterable[Path], root: Path, package: str = "lib") -> list[Path]:
    """Files of a package that some files import, directly or through each other.

    Parameters
    ----------
    start : iterable of pathlib.Path
        Notebooks or Python files.
    root : pathlib.Path
        Folder that holds the package.
    package : str, optional
        Only files below this package are followed.

    Returns
    -------
    list of pathlib.Path
        Sorted, without the files to start from.
    """
    waiting = list(start)
    found: set[Path] = set()
    while waiting:
        for name in imported_modules(waiting.pop()):
            if name.split(".")[0] != package:
                continue
            for path in _files_of(name, root) - found:
                found.add(path)
                waiting.append(path)
    return sorted(found - set(start))


def _files_of(module: str, root: Path) -> set[Path]:
    """Find the module's file and the ``__init__`` files above it, which Python runs as well."""
    parts = module.split(".")
    paths = [root.joinpath(*parts[:n], "__init__.py") for n in range(1, len(parts) + 1)]
    paths.append(root.joinpath(*parts[:-1], f"{parts[-1]}.py"))
    return {path for path in paths if path.is_file()}


def _code(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = [cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    joined = ["".join(source) if isinstance(source, list) else source for source in cells]
    return "\n".join(
        line for line in "\n".join(joined).splitlines() if not line.lstrip().startswith(("%", "!"))
    )
