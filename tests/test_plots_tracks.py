"""Figures show the numbers they are given, and survive awkward ones."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from lib.plots import popularity as effects
from lib.plots import tracks as plots
from lib.tracks import artists, associate, describe, means
from lib.tracks.columns import AUDIO_13


@pytest.fixture(scope="module")
def tracks():
    draw = np.random.default_rng(5)
    rows = 300
    table = pd.DataFrame({name: draw.random(rows) for name in AUDIO_13})
    names = [
        "A$AP One",
        "B $ C $",
        "宇多田",
        "D_e^f{",
        "a name that goes on and on for ever",
        "plain",
    ]
    table = table.assign(
        track_id=[str(number) for number in range(rows)],
        artists=draw.choice(names, rows),
        popularity=draw.integers(0, 101, rows).astype(float),
        duration_ms=draw.integers(20_000, 3_000_000, rows),
        key=draw.integers(0, 12, rows),
        mode=draw.integers(0, 2, rows),
        time_signature=draw.choice([0, 3, 4], rows),
        tempo_bpm=draw.uniform(60, 200, rows),
        explicit=draw.random(rows) < 0.3,
        track_genre=draw.choice(list("abcdefghijkl"), rows),
    )
    table.loc[0, "artists"] = None
    return describe.add_groups(table)


def drawn(figure):
    """Draw for real, so that missing glyphs, bad formulas and crowded layouts warn (an error)."""
    assert isinstance(figure, Figure)
    figure.canvas.draw()
    return figure


def texts(axis):
    return [text.get_text() for text in axis.texts]


def ticks(axis, which="y"):
    return [tick.get_text() for tick in getattr(axis, f"get_{which}ticklabels")()]


def test_rows_per_id_shows_counts_and_shares():
    axis = drawn(plots.rows_per_id(pd.Series([1, 1, 1, 2]))).axes[0]
    assert [bar.get_height() for bar in axis.patches] == [3, 1]
    assert texts(axis) == ["3\n75 %", "1\n25 %"]


def test_popularity_shares_add_up_and_tell_zero_apart():
    values = pd.Series([0, 0, 0.5, 1, 50, 100])
    axis = drawn(plots.popularity_histogram(values)).axes[0]
    assert sum(bar.get_height() for bar in axis.patches) == pytest.approx(1)
    assert axis.patches[-1].get_height() == pytest.approx(2 / 6)
    assert texts(axis)[0].startswith("33 %")


def test_histograms_add_up_and_tell_what_they_leave_out(tracks):
    long = tracks.assign(duration_ms=tracks["duration_ms"].where(tracks.index > 0, 10**9))
    figure = drawn(plots.histogram_grid(long, ["energy", "mode", "duration_ms", "key"]))
    assert len(figure.axes) == 4
    energy, mode, length, _ = figure.axes
    assert sum(bar.get_height() for bar in energy.patches) == pytest.approx(1)
    assert [bar.get_height() for bar in mode.patches] == pytest.approx(
        tracks["mode"].value_counts(normalize=True).sort_index().tolist()
    )
    assert "beyond not shown" in length.get_xlabel()
    assert length.get_title(loc="left") == "duration (minutes)"


def test_category_shares_print_the_table(tracks):
    table = describe.shares(tracks["mood_energy"])
    (axis,) = drawn(plots.category_shares({"mood_energy": table})).axes
    assert [bar.get_width() for bar in axis.patches] == pytest.approx(table["share"].tolist())
    assert ticks(axis) == table["category"].tolist()


def test_correlation_map_puts_spearman_below():
    names = ["a", "b", "c"]
    below = pd.DataFrame([[1, 0.5, 0], [0.5, 1, -0.25], [0, -0.25, 1]], names, names)
    axis = drawn(plots.correlation_map(below, below / 2, ["b", "a", "c"])).axes[0]
    cells = {(t.get_position()[1], t.get_position()[0]): t.get_text() for t in axis.texts}
    assert cells[1, 0] == ".50"
    assert cells[0, 1] == ".25"
    assert cells[2, 0] == "-.25"
    assert (0, 0) not in cells


def test_pairs_show_every_track(tracks):
    figure = drawn(plots.pair_densities(tracks, [("energy", "loudness_db", 0.1)] * 2))
    assert figure.axes[0].collections[0].get_array().sum() == len(tracks)
    assert figure.axes[0].get_ylabel() == "loudness (dB)"


def test_energy_valence_leaves_thin_places_empty(tracks):
    for part, fewest in ((tracks, min(30, len(tracks) // 100)), (tracks[:150], 2)):
        left, right, *_ = drawn(plots.energy_valence(part)).axes
        counts = left.collections[0].get_array()
        assert counts.sum() == len(part)
        assert len(right.collections[0].get_array()) == (counts >= fewest).sum()
        assert f"at least {fewest} tracks" in right.get_title(loc="left")


@pytest.mark.parametrize(("groups", "columns"), [(12, 3), (12, 1), (1, 1)])
def test_ranked_means_name_every_group_once_in_order(tracks, groups, columns):
    kept = tracks[tracks["track_genre"].isin(sorted(tracks["track_genre"].unique())[:groups])]
    table = means.mean_by(kept, "track_genre")
    figure = drawn(effects.ranked_means(table, "track_genre", 50, per_column=-(-groups // columns)))
    assert len(figure.axes) == columns
    shown = [name for axis in figure.axes for name in ticks(axis)]
    assert shown == table.sort_values("mean", ascending=False)["track_genre"].tolist()


def test_boxes_show_mean_and_number(tracks):
    names = ["mood_energy", "lyrics", "tempo_category"]
    tables = {name: means.mean_by(tracks, name) for name in names}
    figure = drawn(effects.boxes_with_means(tracks, tables))
    assert len(figure.axes) == 3
    points = figure.axes[1].collections[-1].get_offsets()
    assert points[:, 0].tolist() == pytest.approx(tables["lyrics"]["mean"].tolist())
    assert ticks(figure.axes[1])[0] == f"not explicit\n{tables['lyrics']['tracks'][0]:,}"


def test_curves_name_bins_and_join_only_scales(tracks):
    few = pd.Series([1, 2, 3, 38, 40])
    columns = ["energy", "duration_ms", "time_signature", "key"]
    curves = [means.binned_curve(tracks, column) for column in columns]
    curves.append(means.binned_curve(tracks.assign(guests=np.resize(few, len(tracks))), "guests"))
    curves[-1].loc[4, ["from", "to"]] = [38, 40]
    figure = drawn(effects.curve_grid(curves, 50))
    energy, length, signature, key, guests = figure.axes
    # Every panel has the dashed line; only a scale has a curve as well.
    assert [len(axis.lines) for axis in (energy, length, signature, key)] == [2, 2, 1, 1]
    assert ticks(signature, "x") == ["0", "3", "4"]
    assert ticks(guests, "x")[-1] == "38–40"
    assert energy.lines[1].get_ydata().tolist() == curves[0]["mean"].tolist()
    assert length.get_title(loc="left") == "duration (seconds), 10 bins"


def test_duration_curve_shows_means_and_counts(tracks):
    curve = means.binned_curve(tracks, "duration_ms", edges=[60_000, 120_000, 600_000])
    top, bottom = drawn(effects.duration_curve(curve, 50)).axes
    assert top.lines[1].get_ydata().tolist() == curve["mean"].tolist()
    heights = [path.vertices[1, 1] for path in bottom.collections[0].get_paths()]
    assert heights == curve["tracks"].tolist()


def test_boxes_by_group_keep_the_order(tracks):
    figure = drawn(effects.boxes_by_group(tracks, "track_genre", ["c", "a"], ["energy", "valence"]))
    assert ticks(figure.axes[0]) == ["c", "a"]
    assert len(figure.axes) == 2


def test_artist_rankings_draw_any_name_and_single_tracks(tracks):
    enough = artists.rank_artists(tracks, 10)
    single = artists.rank_artists(tracks.drop_duplicates("first_artist"), 1)
    figure = drawn(effects.artist_rankings({"enough": enough, "any": single}, count=20))
    shown = ticks(figure.axes[0])
    assert len(shown) == len(enough)
    assert any(name.startswith("□□□") for name in shown)
    assert any(r"A\$AP One" in name for name in shown)


def test_forest_takes_the_order_of_the_last_table(tracks):
    names = ["energy", "valence", "key"]
    tables = {
        "rows": associate.spearman_table(tracks, names, replicates=20),
        "ids": associate.spearman_table(tracks.head(100), names, replicates=20),
    }
    axis = drawn(effects.correlation_forest(tables)).axes[0]
    assert ticks(axis) == tables["ids"]["column"].tolist()
    drawn(effects.correlation_forest({"ids": tables["ids"]}))


def test_figures_change_neither_data_nor_global_style(tracks):
    before, style = tracks.copy(), dict(mpl.rcParams)
    drawn(plots.histogram_grid(tracks, describe.NUMERIC_15))
    drawn(plots.energy_valence(tracks))
    pd.testing.assert_frame_equal(tracks, before)
    assert dict(mpl.rcParams) == style
