"""A model's parts written to files and read back: trees, numbers, arrays; nothing that can run."""

from __future__ import annotations

import zipfile
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost as xgb

from lib.modelling.conformal import LEVELS, Calibration
from lib.modelling.estimators import STANDARDISED
from lib.modelling.levels import KNOWN, KeyLevel
from lib.modelling.neighbours import Neighbours
from lib.modelling.stored.contract import column_names
from lib.modelling.stored.linear_model import LinearModel
from lib.modelling.stored.model_files import COEFFICIENTS, TREES, read_json, write_json
from lib.modelling.stored.popularity_model import PopularityModel, Uncertainty
from lib.modelling.stored.recipes import LINEAR
from lib.modelling.stored.tree_file import read_trees


def write_parts(folder: Path, model: PopularityModel) -> None:
    """Write the files of a model into an empty folder, the same bytes for the same model."""
    write_json(folder / "contract.json", model.contract)
    if isinstance(model.point, LinearModel):
        write_json(folder / COEFFICIENTS, _lists(model.point))
    else:
        model.point.save_model(folder / TREES)
    for ending, sure in (("", model.unseen), ("_known", model.known)):
        if sure is not None:
            sure.spread.save_model(folder / f"spread{ending}.ubj")
            write_json(folder / f"calibration{ending}.json", _lists(sure.calibration))
    if model.artists is not None:
        table = model.artists.table_
        columns = {"name": table.index.tolist()} | {name: table[name].tolist() for name in KNOWN}
        rest = {"mean": model.artists.mean_, "shrinkage": model.artists.shrinkage_}
        # A catalogue whose artists do not differ shrinks without end, which JSON cannot say.
        rest["shrinkage"] = rest["shrinkage"] if np.isfinite(rest["shrinkage"]) else None
        write_json(folder / "artists.json", rest | columns)
    kept = {field.name: getattr(model.neighbours, field.name) for field in fields(Neighbours)}
    kept["genres"] = np.array(kept["genres"], dtype=np.str_)
    np.savez(folder / "neighbours.npz", **kept)


def read_parts(folder: Path, contract: dict[str, object]) -> PopularityModel:
    """Read the files of a model whose hashes have been compared with the card's.

    What is wrong with them comes out as whatever error the readers raise, or is found by
    `check_parts`.
    """
    names = column_names(contract)
    if contract["kind"] == LINEAR:
        numbers = read_json(folder / COEFFICIENTS)
        numbers |= {name: _floats(numbers[name]) for name in ("equals", "coefficient", "mean")}
        point = LinearModel(**numbers | {"column": np.array(numbers["column"], dtype=np.int64)})
    else:
        point = _booster(folder / TREES, len(names), names)
    with zipfile.ZipFile(folder / "neighbours.npz") as packed:
        if any(one.compress_type != zipfile.ZIP_STORED for one in packed.infolist()):
            raise ValueError("neighbours.npz: packed, though it should not be")
    with np.load(folder / "neighbours.npz", allow_pickle=False) as arrays:
        kept = {field.name: arrays[field.name] for field in fields(Neighbours)}
    near = Neighbours(**kept | {"genres": tuple(kept["genres"].tolist())})
    # What spreads goes by the prediction as well.
    unseen = _uncertainty(folder, "", len(names) + 1)
    if not contract["artist"]:
        return PopularityModel(contract, point, unseen, near)
    levels = read_json(folder / "artists.json")
    artists = KeyLevel()
    artists.mean_ = float(levels["mean"])
    artists.shrinkage_ = float("inf") if levels["shrinkage"] is None else levels["shrinkage"]
    artists.table_ = pd.DataFrame({name: levels[name] for name in KNOWN}, index=levels["name"])
    known = _uncertainty(folder, "_known", len(names) + 1)
    return PopularityModel(contract, point, unseen, near, artists, known)


def check_parts(model: PopularityModel) -> None:
    """Check that the parts of a model that was read fit together, and hold numbers.

    Raises
    ------
    ValueError, TypeError
        When they do not, so that no prediction can.
    """
    names = column_names(model.contract)
    if isinstance(model.point, LinearModel):
        one, terms = model.point, len(model.point.column)
        _right("point.json", {len(one.equals), len(one.coefficient), len(one.mean)} == {terms})
        _right("point.json", ((one.column >= 0) & (one.column < len(names))).all())
        _right("point.json", _numbers(one.coefficient, one.mean, one.base))
    else:
        _right("point.ubj", model.point.feature_names == names)
        _right("point.ubj", model.point.num_features() == len(names))
    for sure in (model.unseen, model.known):
        if sure is None:
            continue
        law, side = sure.calibration, len(sure.calibration.spread_edges) + 1
        shapes = [law.prediction_edges.shape, law.low.shape, law.high.shape, law.quantiles.shape]
        cells = side * side
        _right("spread", sure.spread.num_features() == len(names) + 1)
        _right("calibration", shapes == [(side, side - 1), (cells,), (cells,), (cells, LEVELS)])
        _right("calibration", _numbers(law.spread_edges, law.prediction_edges, law.quantiles))
        _right("calibration", _numbers(law.low, law.high) and 0 < law.coverage < 1)
    _check_neighbours(model.neighbours)
    if model.artists is not None:
        table = model.artists.table_
        _right(
            "artists", table.index.is_unique and all(isinstance(one, str) for one in table.index)
        )
        _right("artists", _numbers(table.to_numpy(), model.artists.mean_))
        _right("artists", model.artists.shrinkage_ >= 0)


def _check_neighbours(near: Neighbours) -> None:
    rows, count = len(near.popularity), len(STANDARDISED)
    arrays = (near.sound, near.popularity, near.predicted, near.mean, near.sd)
    shapes = [(rows, count), (rows,), (rows,), (count,), (count,)]
    _right("neighbours", [one.shape for one in arrays] == shapes and _numbers(*arrays))
    _right(
        "neighbours", (near.sd > 0).all() and near.seen.dtype == np.uint64 and near.seen.size > 0
    )
    _right("neighbours", all(isinstance(one, str) for one in near.genres))
    starts = near.starts
    _right("neighbours", starts.shape == (len(near.genres) + 1,) and (np.diff(starts) >= 0).all())
    _right("neighbours", starts[0] >= 0 and starts[-1] <= len(near.rows))
    _right("neighbours", ((near.rows >= 0) & (near.rows < rows)).all())


def _right(file: str, good: object) -> None:
    if not good:
        raise ValueError(f"{file}: does not fit the other files, or holds what is no number")


def _numbers(*values: object) -> bool:
    return all(bool(np.isfinite(value).all()) for value in values)


def _uncertainty(folder: Path, ending: str, features: int) -> Uncertainty:
    kept = read_json(folder / f"calibration{ending}.json")
    for name in kept.keys() - {"coverage"}:
        kept[name] = np.array(kept[name], dtype=np.float64)
    return Uncertainty(_booster(folder / f"spread{ending}.ubj", features), Calibration(**kept))


def _booster(path: Path, features: int, names: list[str] | None = None) -> xgb.Booster:
    # One thread: a single track needs no more, and several users may ask at once. Many tracks are
    # shared out by `lib.modelling.predict`.
    return xgb.Booster({"nthread": 1}, model_file=read_trees(path, features, names))


def _lists(record: object) -> dict[str, object]:
    values = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in asdict(record).items()
    }
    if "equals" in values:
        # JSON has no NaN.
        values["equals"] = [None if np.isnan(value) else value for value in values["equals"]]
    return values


def _floats(values: list[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
