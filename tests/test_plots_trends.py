"""Figures of trends by year: drawn from their tables, whatever is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.plots import trends


@pytest.fixture
def trend():
    years = np.arange(1990, 2010)
    parts = []
    for measure in ("energy", "valence", "tempo_bpm"):
        mean = np.linspace(0.3, 0.6, len(years))
        part = pd.DataFrame({"measure": measure, "year": years, "mean": mean, "tracks": 5.0})
        parts.append(part.assign(artists=3, low=mean - 0.1, high=mean + 0.1))
    table = pd.concat(parts, ignore_index=True)
    table.loc[0, ["low", "high"]] = np.nan
    return table


TITLES = {"energy": "energy (0 to 1)", "valence": "valence (0 to 1)", "tempo_bpm": "tempo"}


def test_each_measure_has_a_panel_and_each_table_a_line(trend):
    figure = trends.trends({"a": trend, "b": trend}, TITLES, 1995, dict.fromkeys(TITLES, 2000))
    assert [axis.get_title(loc="left") for axis in figure.axes] == list(TITLES.values())
    for axis in figure.axes:
        assert len(axis.lines) == 2
        assert axis.lines[0].get_xdata().min() == 1995
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]
    # The panel above an empty place shows its years.
    assert figure.axes[1].xaxis.get_tick_params()["labelbottom"]
    alone = trends.trends({"": trend}, {"energy": "energy"}, 1990)
    assert len(alone.axes) == 1 and not alone.legends


def test_no_line_is_drawn_across_missing_years(trend):
    gap = trend[~trend["year"].between(1996, 1999)]
    axis = trends.trends({"": gap}, {"energy": "energy"}, 1990).axes[0]
    years, means = axis.lines[0].get_data()
    assert list(years) == list(range(1990, 2010))
    assert np.isnan(means[(years > 1995) & (years < 2000)]).all()
    assert np.isfinite(means[(years <= 1995) | (years >= 2000)]).all()


def test_counts_are_drawn_as_they_are(trend):
    (axis,) = trends.counts_by_year(trend[trend["measure"] == "energy"], 2000).axes
    assert axis.lines[0].get_ydata().tolist() == [5] * 20
    assert axis.lines[1].get_ydata().tolist() == [3] * 20


@pytest.mark.parametrize("families", [1, 3, 12, 20])
def test_bars_of_a_period_fill_it(families):
    shares = pd.DataFrame(np.full((2, families), 1 / families), index=[1990, 2000])
    shares.columns = [f"family {number}" for number in range(families)]
    figure = trends.mix_by_period(shares)
    tops = [bar.get_y() + bar.get_height() for bar in figure.axes[0].patches]
    assert max(tops) == pytest.approx(1)
    assert len(figure.legends[0].get_texts()) == min(families, 13)


def test_parts_stand_by_name_with_the_means_above():
    rows = [
        {"measure": m, "part": part, "value": 0.1, "low": 0, "high": 0.2, "early": 0.5, "late": 0.6}
        for m in TITLES
        for part in ("total", "within", "mix")
    ]
    figure = trends.change_parts({"fine": pd.DataFrame(rows)}, TITLES)
    assert len(figure.axes) == 3
    assert figure.axes[0].get_title(loc="left") == "energy (0 to 1): 0.500 → 0.600"
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == [
        "total",
        "within",
        "mix",
    ]


def test_slopes_are_drawn_in_half_widths_of_the_null():
    table = pd.DataFrame({"measure": list(TITLES), "raw": 3.0, "within": 2.0, "null": 0.0})
    for kind in ("raw", "within"):
        table[f"{kind}_low"], table[f"{kind}_high"] = table[kind] - 1, table[kind] + 1
    table = table.assign(null_low=-0.5, null_high=0.5)
    (axis,) = trends.slopes_and_null(table, TITLES).axes
    places = [points.get_offsets()[:, 0].tolist() for points in axis.collections[1::2]]
    assert places == [[6.0] * 3, [4.0] * 3]
    assert "+2 a decade" in axis.get_yticklabels()[0].get_text()
