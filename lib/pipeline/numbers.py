"""How the report writes a number: its decimals, unit and interval."""

from __future__ import annotations

import math


def number(value: float, decimals: int) -> str:
    """Write a number with separators between thousands and a true minus sign.

    Examples
    --------
    >>> number(113422, 0), number(-0.0312, 3), number(-0.0001, 3)
    ('113,422', '−0.031', '0.000')
    """
    # Adding zero turns the -0.0 that rounding may leave into 0.0.
    return f"{round(value, decimals) + 0:,.{decimals}f}".replace("-", "−")


def decimals_of(metric: dict) -> int:
    """Choose the decimals that a metric, its interval and its baseline are written with.

    None for whole numbers, three for pure numbers such as R², and about four digits in all for
    numbers with a unit.

    Examples
    --------
    >>> decimals_of({"value": 0.354, "unit": ""})
    3
    >>> decimals_of({"value": 33.2385, "unit": "popularity points"})
    2
    >>> decimals_of({"value": 78310, "unit": "rows"})
    0
    """
    fields = ("value", "low", "high", "baseline_value")
    numbers = [metric[field] for field in fields if metric.get(field) is not None]
    if metric["unit"] == "share":
        # Written as a percentage: two more digits stand before the point.
        return 1 if max(abs(n) for n in numbers) >= 0.01 else 2
    if all(float(n).is_integer() for n in numbers):
        # A score that happens to be whole, such as an R² of 1, keeps its decimals.
        return 3 if metric["unit"] == "" and metric.get("low") is not None else 0
    if metric["unit"] == "":
        return 3
    return min(3, max(1, 3 - math.floor(math.log10(max(abs(n) for n in numbers)))))


def value_of(metric: dict, field: str = "value") -> str:
    """Write one of a metric's numbers; a share becomes a percentage.

    Examples
    --------
    >>> value_of({"value": 0.1042, "unit": "share"})
    '10.4 %'
    >>> value_of({"value": 0.35449, "unit": "", "baseline_value": -0.00094}, "baseline_value")
    '−0.001'
    """
    if metric["unit"] == "share":
        return number(100 * metric[field], decimals_of(metric)) + " %"
    return number(metric[field], decimals_of(metric))


def unit_of(metric: dict) -> str:
    """Name a metric's unit, where its number does not carry it.

    Examples
    --------
    >>> unit_of({"unit": "rows"}), unit_of({"unit": "share"})
    ('rows', '')
    """
    return "" if metric["unit"] == "share" else metric["unit"]


def interval_of(metric: dict) -> str:
    """Write a metric's interval, or nothing when it has none.

    Examples
    --------
    >>> metric = {"value": 0.35449, "unit": "", "low": 0.34102, "high": 0.36685}
    >>> f"{value_of(metric)} {interval_of(metric)}"
    '0.354 [0.341, 0.367]'
    """
    if metric.get("low") is None:
        return ""
    return f"[{value_of(metric, 'low')}, {value_of(metric, 'high')}]"
