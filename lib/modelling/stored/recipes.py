"""The models that can be trained, stored and chosen from: what each learns from, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin, clone
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.utils.validation import check_is_fitted
from xgboost import XGBRFRegressor

from lib.modelling import estimators, ladder
from lib.modelling.levels import KeyLevel

BOOSTED, FOREST, LINEAR = KINDS = ("boosted trees", "random forest", "linear")

UNSEEN = ""
"""Name that no artist has: its tracks are those of an artist whom training did not have."""


@dataclass(frozen=True)
class Recipe:
    """What goes into a model.

    Attributes
    ----------
    label : str
        Name in tables and figures.
    title : str
        Name on the card.
    kind : str
        One of `KINDS`.
    features : str
        Key of `lib.modelling.estimators.FEATURE_SETS`.
    artist : bool
        Whether the level of the first artist's training recordings is an input as well.
    """

    label: str
    title: str
    kind: str
    features: str
    artist: bool = False


RECIPES: dict[str, Recipe] = {
    "popularity": Recipe(
        "XGBoost, audio+genres",
        "Popularity of a track from audio and genres",
        BOOSTED,
        "audio+genres",
    ),
    "audio_trees": Recipe(
        "XGBoost, audio", "Popularity of a track from audio alone", BOOSTED, "audio"
    ),
    "forest": Recipe(
        "random forest, audio+genres",
        "Popularity of a track from audio and genres, by a random forest",
        FOREST,
        "audio+genres",
    ),
    "linear": Recipe(
        "linear, audio+genres",
        "Popularity of a track from audio and genres, by a linear model",
        LINEAR,
        "audio+genres",
    ),
    "artist_trees": Recipe(
        "XGBoost, audio+genres+artist",
        "Popularity of a track from audio, genres and artist",
        BOOSTED,
        "audio+genres",
        artist=True,
    ),
}
"""Every stored model, by the name of its folder."""


class KnownOrNot(RegressorMixin, BaseEstimator):
    """A regressor that serves tracks of known and of unseen artists alike.

    Each training row stands there twice: with what other training recordings tell of its artist,
    and as if its artist had never been seen. Without the second copy the model would learn of
    unseen artists from artists with a single recording, who are another kind of artist.

    Parameters
    ----------
    columns : sklearn transformer
        Unfitted; its columns for the artist come from other rows than the row's own, see
        `lib.modelling.levels.CrossFitted`.
    regressor : sklearn regressor
        Unfitted.
    """

    def __init__(self, columns: TransformerMixin, regressor: BaseEstimator) -> None:
        self.columns = columns
        self.regressor = regressor

    def fit(self, X: pd.DataFrame, y: ArrayLike) -> Self:
        """Fit on both copies of each row."""
        y = np.asarray(y, dtype=float)
        self.columns_ = clone(self.columns)
        known = self.columns_.fit_transform(X, y)
        unseen = self.columns_.transform(X.assign(first_artist=UNSEEN))
        both = np.concatenate([known, unseen])
        self.regressor_ = clone(self.regressor).fit(both, np.concatenate([y, y]))
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Predict, shape (n,); an artist whom training did not have counts as unseen."""
        check_is_fitted(self)
        return self.regressor_.predict(self.columns_.transform(X))


def make_estimator(recipe: Recipe, xgb_trees: int, forest_trees: int, seed: int) -> BaseEstimator:
    """Build the unfitted estimator of a recipe; it takes the table `model_tracks`.

    Parameters
    ----------
    recipe : Recipe
    xgb_trees, forest_trees : int
        Trees of boosted models and of forests.
    seed : int
        Of the trees, and of the folds inside the training rows.

    Examples
    --------
    >>> make_estimator(RECIPES["linear"], 1, 1, 0)[-1]
    Ridge()
    """
    if recipe.kind == LINEAR:
        return estimators.linear(recipe.features)
    base = estimators.xgboost(recipe.features, xgb_trees, seed)
    if recipe.kind == FOREST:
        return make_pipeline(base[0], forest(forest_trees, seed))
    if not recipe.artist:
        return base
    level = ladder.key_level("first_artist", ladder.GROUPS["recording"], seed)
    return KnownOrNot(FeatureUnion([("base", base[0]), ("artist", level)]), base[-1])


def forest(trees: int, seed: int) -> XGBRFRegressor:
    """Build a random forest in XGBoost's own form, so that it needs no pickle to be stored.

    As in `lib.modelling.estimators.random_forest` a leaf holds five rows at least and a split sees
    a quarter of the columns; here each split draws them anew, and the mean is not shrunk.
    """
    return XGBRFRegressor(
        n_estimators=trees,
        grow_policy="lossguide",
        max_depth=0,
        max_leaves=1000,
        min_child_weight=5,
        subsample=0.5,
        colsample_bynode=0.25,
        reg_lambda=0,
        tree_method="hist",
        n_jobs=1,
        random_state=seed,
    )


def fitted_parts(estimator: BaseEstimator) -> tuple[BaseEstimator, KeyLevel | None]:
    """Take the regressor and the artists' levels out of a fitted estimator."""
    if isinstance(estimator, KnownOrNot):
        cross_fitted = dict(estimator.columns_.transformer_list)["artist"]
        return estimator.regressor_, cross_fitted.fitted_
    return estimator[-1], None
