"""A fitted linear model as plain numbers, over the columns of a contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.pipeline import Pipeline

from lib.modelling.estimators import CODES, STANDARDISED
from lib.modelling.stored.contract import GENRES, audio_names, columns_of_inputs


@dataclass(frozen=True)
class LinearModel:
    """Prediction = intercept + sum of coefficient x term, a term being a column or a test of it.

    Attributes
    ----------
    column : numpy.ndarray of int64, shape (m,)
        Column of `lib.modelling.stored.contract.feature_matrix` behind each term.
    equals : numpy.ndarray of float64, shape (m,)
        NaN: the term is the column's value. Else 1 where the column has this value, 0 elsewhere.
    coefficient : numpy.ndarray of float64, shape (m,)
        Popularity points for one more of the term.
    mean : numpy.ndarray of float64, shape (m,)
        Mean of the term over the training rows.
    base : float
        Mean prediction of the training rows.
    """

    column: np.ndarray
    equals: np.ndarray
    coefficient: np.ndarray
    mean: np.ndarray
    base: float

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """Split each prediction into what its columns add: coefficient x (term - training mean).

        Parameters
        ----------
        matrix : numpy.ndarray, shape (n, k)

        Returns
        -------
        numpy.ndarray of float64, shape (n, k + 1)
            In popularity points; the last column is `base`. Rows sum to the prediction, as those
            of `lib.modelling.reasons.explain.contributions` do.
        """
        terms = self._terms(matrix)
        total = np.zeros((len(matrix), matrix.shape[1] + 1))
        total[:, -1] = self.base
        for place, column in enumerate(self.column):
            total[:, column] += self.coefficient[place] * (terms[:, place] - self.mean[place])
        return total

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """Predict, shape (n,); may leave 0 to 100."""
        return self.base + (self._terms(matrix) - self.mean) @ self.coefficient

    def _terms(self, matrix: np.ndarray) -> np.ndarray:
        values = matrix[:, self.column].astype(np.float64)
        return np.where(np.isnan(self.equals), values, values == self.equals)


def from_pipeline(
    fitted: Pipeline, matrix: np.ndarray, contract: Mapping[str, object]
) -> LinearModel:
    """Take the numbers out of a fitted `lib.modelling.estimators.linear`.

    Parameters
    ----------
    fitted : sklearn.pipeline.Pipeline
    matrix : numpy.ndarray, shape (n, k)
        Training rows, from `lib.modelling.stored.contract.feature_matrix`.
    contract : mapping
    """
    parts, ridge = fitted[0].named_transformers_, fitted[-1]
    place = {name: number for number, name in enumerate(audio_names(contract))}
    terms = [(place[name], np.nan) for name in STANDARDISED]
    for name, values in zip(CODES, parts["codes"].categories_, strict=True):
        terms += [(place[name], float(value)) for value in values]
    terms += [(place["explicit"], np.nan)]
    terms += [(column, np.nan) for column in columns_of_inputs(contract).get(GENRES, ())]
    coefficient = ridge.coef_.astype(np.float64).copy()
    coefficient[: len(STANDARDISED)] /= parts["scaled"].scale_
    column, equals = (np.array(values) for values in zip(*terms, strict=True))
    unset = LinearModel(column, equals, coefficient, np.zeros(len(terms)), 0.0)
    mean = unset._terms(matrix).mean(axis=0)
    # A ridge regression with an intercept meets the mean of its target at the mean of its inputs.
    intercept = ridge.intercept_ - (parts["scaled"].mean_ @ coefficient[: len(STANDARDISED)])
    return LinearModel(column, equals, coefficient, mean, float(intercept + mean @ coefficient))
