"""Write environment.yml from requirements.lock, so that conda users get the same versions."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = """\
# For conda users:  conda env create -f environment.yml && conda activate music-workbook
# Written by .ci/lock from requirements.lock; pyproject.toml says what each is for.
name: music-workbook
channels: [conda-forge]
dependencies:
  - python=3.11
  - pip
  - pip:
"""


def main() -> None:
    """Write the file."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^(\S+==.+?) \\$", text, flags=re.MULTILINE)
    lines = "".join(f'      - "{pin}"\n' for pin in [*pins, "--editable ."])
    (ROOT / "environment.yml").write_text(HEAD + lines, encoding="utf-8")


if __name__ == "__main__":
    main()
