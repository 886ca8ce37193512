"""All popularity models there are: those trained here, and those pulled from the Hub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lib.errors import DataError
from lib.modelling.hub.kinds import POPULARITY, Card, read_card
from lib.modelling.hub.lock import Pinned, read_lock
from lib.modelling.hub.pulling import check_pulled, pulled_folder
from lib.modelling.stored import store

HERE = "trained here"


@dataclass(frozen=True)
class Score:
    """A score of a model's card.

    Attributes
    ----------
    name : str
    value : float
    low, high : float or None
        Ends of its interval.
    baseline : str
    baseline_value : float or None
    protocol : str
    """

    name: str
    value: float
    low: float | None
    high: float | None
    baseline: str
    baseline_value: float | None
    protocol: str

    def __str__(self) -> str:
        text = f"{self.name} {self.value:.3f}"
        if None not in (self.low, self.high):
            text += f" [{self.low:.3f}, {self.high:.3f}]"
        if self.baseline and self.baseline_value is not None:
            text += f", {self.baseline} {self.baseline_value:.3f}"
        return text


@dataclass(frozen=True)
class OnShelf:
    """A model of the shelf.

    Attributes
    ----------
    name : str
        Name of its folder.
    title : str
        From its card.
    folder : pathlib.Path
        For `lib.modelling.stored.store.load_model`.
    where : str
        ``"trained here"``, or ``"pulled from REPO at REVISION"``.
    score : Score or None
        The first R² of its card, with what is needed to believe it.
    card : mapping
        Empty when there is a problem.
    problem : str
        Why it cannot be loaded; empty when it can.
    """

    name: str
    title: str
    folder: Path
    where: str
    score: Score | None
    card: Card
    problem: str = ""


def find_models(work_dir: Path, lock: Path, cache: Path) -> list[OnShelf]:
    """List the popularity models, trained ones first, then pulled ones; no request is made.

    Parameters
    ----------
    work_dir : pathlib.Path
        Folder of a profile's results; models lie in ``<notebook>/models/<name>``.
    lock : pathlib.Path
        ``models_widgets/models.lock.json``.
    cache : pathlib.Path
        Folder of pulled models, see `lib.modelling.hub.pulling.pull`.

    Returns
    -------
    list of OnShelf
        By notebook and name. A model that fails its check is listed with its `problem`; a pinned
        one that was not pulled yet is not listed.

    Raises
    ------
    DataError
        When the lock is damaged.
    """
    found = [
        _look(path.parent, HERE) for path in sorted(work_dir.glob("[!.]*/models/[!.]*/card.json"))
    ]
    for pinned in read_lock(lock).values():
        folder = pulled_folder(pinned, cache)
        if folder.is_dir():
            where = f"pulled from {pinned.repo_id} at {pinned.revision[:12]}"
            found.append(_look(folder, where, pinned))
    return [one for one in found if one is not None]


def headline(card: Card) -> Score | None:
    """Return the first R² of a card; its first score when it has none, or nothing.

    Examples
    --------
    >>> one = {"name": "R², new artist", "value": 0.3, "low": 0.2, "high": 0.4}
    >>> str(headline({"metrics": [{"name": "coverage", "value": 0.9}, one]}))
    'R², new artist 0.300 [0.200, 0.400]'
    """
    metrics = [one for one in card.get("metrics", []) if isinstance(one, Mapping)]
    first = [one for one in metrics if str(one.get("name")).startswith("R²")] or metrics
    if not first:
        return None
    values = [first[0].get(name) for name in ("value", "low", "high", "baseline_value")]
    value, low, high, baseline_value = [None if v is None else float(v) for v in values]
    texts = [str(first[0].get(name) or "") for name in ("name", "baseline", "protocol")]
    return Score(texts[0], value, low, high, texts[1], baseline_value, texts[2])


def _look(folder: Path, where: str, pinned: Pinned | None = None) -> OnShelf | None:
    """Check a folder; None when it is a model of another kind."""
    try:
        if pinned:
            check_pulled(folder, pinned)
        card = read_card(folder)
        if not POPULARITY.is_it(card):
            return None
        card = store.check_model(folder)
        score = headline(card)
    except (DataError, OSError) as error:
        return OnShelf(folder.name, folder.name, folder, where, None, {}, str(error))
    return OnShelf(folder.name, str(card.get("name", folder.name)), folder, where, score, card)
