"""A study as one file of JSON lines (Optuna's journal): opened by one process, checked, mended."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator, Mapping
from pathlib import Path

import optuna
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from lib.errors import DataError

PRUNE_AFTER = 3
"""Complete trials before one may be pruned."""

NAME = "tuning"
BEGINNING = b'{"op_code":'
"""What a study's file begins with."""

NO_STUDY = "{path}: a study expected, found something else ({found}); delete it to begin anew"

ENDED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)


@contextlib.contextmanager
def opened(path: Path, contents: Mapping[str, str]) -> Iterator[optuna.Study]:
    """Open a study, or begin one, that nobody else writes to meanwhile.

    What a killed process leaves is mended: half a line is cut off, and a trial that it did not
    finish is closed, see `counted_trials`.

    Parameters
    ----------
    path : pathlib.Path
        File of the study; its folder is made.
    contents : mapping of str to str
        What decides the trials, kept with the study and compared when it is opened again.

    Yields
    ------
    optuna.Study
        Maximises; prunes below the median of the trials before.

    Raises
    ------
    DataError
        When the file is in use, is no study, or holds a study of other contents.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(f"{path}: another process tunes here; wait for its end") from None
        handle.seek(0)
        lines = handle.read()
        if lines and not lines.startswith(BEGINNING):
            raise DataError(NO_STUDY.format(path=path, found=repr(lines[:20])))
        handle.truncate(lines.rfind(b"\n") + 1)
        # Optuna's own lock: with the file to ourselves, one that stands is a dead process's.
        path.with_name(path.name + ".lock").unlink(missing_ok=True)
        study = _load(path)
        _require_same(path, study, contents)
        for trial in study.get_trials(deepcopy=False, states=[TrialState.RUNNING]):
            study.tell(trial.number, state=TrialState.FAIL)
        yield study


def counted_trials(study: optuna.Study) -> list[FrozenTrial]:
    """List the trials that came to an end by themselves.

    A failed trial without the attribute ``error`` was cut off half-way: it does not count, and is
    run again.
    """
    trials = study.get_trials(deepcopy=False, states=ENDED)
    return [t for t in trials if t.state != TrialState.FAIL or "error" in t.user_attrs]


def quiet() -> None:
    """Keep Optuna from logging every study and trial: a bar and the table of trials say it all."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)


def _load(path: Path) -> optuna.Study:
    quiet()
    pruner = optuna.pruners.MedianPruner(n_startup_trials=PRUNE_AFTER)
    begun = path.stat().st_size > 0
    try:
        storage = optuna.storages.JournalStorage(JournalFileBackend(str(path)))
        if begun:
            return optuna.load_study(study_name=NAME, storage=storage, pruner=pruner)
        return optuna.create_study(
            study_name=NAME, storage=storage, pruner=pruner, direction="maximize"
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(NO_STUDY.format(path=path, found=error)) from None


def _require_same(path: Path, study: optuna.Study, here: Mapping[str, str]) -> None:
    there = study.user_attrs.get("contents")
    if there is None and not study.get_trials(deepcopy=False):
        study.set_user_attr("contents", dict(here))
    elif there != here:
        differing = [name for name in here if (there or {}).get(name) != here[name]]
        told = "; ".join(f"{name}: {str((there or {}).get(name))[:60]}" for name in differing)
        raise DataError(
            f"{path}: a study with the same {' and '.join(differing)} expected, found another "
            f"({told}); name another file, or delete this one to begin anew"
        )
