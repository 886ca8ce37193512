"""A model's parts written to files and read back: trees, numbers, arrays; nothing that can run."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost as xgb

from lib.modelling.conformal import Calibration
from lib.modelling.levels import KNOWN, KeyLevel
from lib.modelling.linear_model import LinearModel
from lib.modelling.model_files import COEFFICIENTS, TREES, read_json, write_json
from lib.modelling.neighbours import Neighbours
from lib.modelling.popularity_model import PopularityModel, Uncertainty
from lib.modelling.recipes import LINEAR


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

    What is wrong with them comes out as whatever error the readers raise.
    """
    if contract["kind"] == LINEAR:
        numbers = read_json(folder / COEFFICIENTS)
        numbers |= {name: _floats(numbers[name]) for name in ("equals", "coefficient", "mean")}
        point = LinearModel(**numbers | {"column": np.array(numbers["column"], dtype=np.int64)})
    else:
        point = _booster(folder / TREES)
    with np.load(folder / "neighbours.npz", allow_pickle=False) as arrays:
        kept = {field.name: arrays[field.name] for field in fields(Neighbours)}
    near = Neighbours(**kept | {"genres": tuple(kept["genres"].tolist())})
    unseen = _uncertainty(folder, "")
    if not contract["artist"]:
        return PopularityModel(contract, point, unseen, near)
    levels = read_json(folder / "artists.json")
    artists = KeyLevel()
    artists.mean_ = float(levels["mean"])
    artists.shrinkage_ = float("inf") if levels["shrinkage"] is None else levels["shrinkage"]
    artists.table_ = pd.DataFrame({name: levels[name] for name in KNOWN}, index=levels["name"])
    return PopularityModel(contract, point, unseen, near, artists, _uncertainty(folder, "_known"))


def _uncertainty(folder: Path, ending: str) -> Uncertainty:
    kept = read_json(folder / f"calibration{ending}.json")
    for name in kept.keys() - {"coverage"}:
        kept[name] = np.array(kept[name], dtype=np.float64)
    return Uncertainty(_booster(folder / f"spread{ending}.ubj"), Calibration(**kept))


def _booster(path: Path) -> xgb.Booster:
    # One thread: a single track needs no more, and several users may ask at once. Many tracks are
    # shared out by `lib.modelling.predict`.
    return xgb.Booster({"nthread": 1}, model_file=path)


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
