"""Get the public track catalogue from the Hugging Face Hub."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from lib.errors import DataError
from lib.pipeline.notebook import TRACKS_CSV

REPOSITORY = "maharshipandya/spotify-tracks-dataset"
FILE = "dataset.csv"
CONNECT_TIMEOUT_S = 15


def fetch_tracks(raw: Path) -> Path:
    """Download ``dataset.csv`` into ``raw/tracks``, with a progress bar.

    Parameters
    ----------
    raw : pathlib.Path
        Folder of raw data. A file that is there already stays.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    DataError
        When the Hub cannot be reached or does not have the file; nothing is left behind.
    """
    target = raw / TRACKS_CSV
    if target.exists():
        print(f"{target} is there already; delete it to get it anew.", file=sys.stderr)
        return target
    # Imported here: a second of import time that only a fetch should pay.
    from huggingface_hub import get_session, hf_hub_download, hf_hub_url

    existed = target.parent.exists()
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        # The Hub's client asks a dead network six times, half a minute long; we ask once.
        url = hf_hub_url(REPOSITORY, FILE, repo_type="dataset")
        get_session().head(url, timeout=CONNECT_TIMEOUT_S)
        # Beside the target, so that the last step is a rename on one file system.
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent) as temporary:
            got = hf_hub_download(
                REPOSITORY, FILE, repo_type="dataset", local_dir=temporary, token=False
            )
            Path(got).replace(target)
    except Exception as error:  # whatever the client or the disk raises, the user gets one sentence
        reason = str(error.__cause__ or error).strip().splitlines()[0]
        raise DataError(
            f"could not get {FILE} from the Hub ({REPOSITORY}): {reason}. Check the network, or "
            f"download the file from Kaggle and put it at {target}"
        ) from None
    finally:
        if not existed and not target.exists():
            target.parent.rmdir()
    print(f"Got {target} ({target.stat().st_size / 1e6:.1f} MB).", file=sys.stderr)
    return target
