"""How columns of a catalogue are called on controls and axes: words, unit, step."""

from __future__ import annotations

from dataclasses import dataclass

MS_A_MINUTE = 60_000


@dataclass(frozen=True)
class Shown:
    """One number of a track, as it is shown.

    Attributes
    ----------
    words : str
        Name in plain words.
    unit : str
        Unit or range of the values.
    step : float
        Smallest change that a slider makes.
    form : str
        Format of a value, as `format` and sliders' read-outs take it.
    short : str, optional
        Unit as it stands on a control, where there is one.
    """

    words: str
    unit: str
    step: float
    form: str
    short: str = ""

    @property
    def label(self) -> str:
        """Words and unit."""
        return f"{self.words} ({self.unit})"

    @property
    def control(self) -> str:
        """Words and short unit, for the narrow room beside a control."""
        return f"{self.words}, {self.short}" if self.short else self.words


_SHARE = ("0 to 1", 0.01, ".2f")
SHOWN: dict[str, Shown] = {
    "popularity": Shown("popularity", "0 to 100", 1, ".0f"),
    "duration_min": Shown("length", "minutes", 0.1, ".1f", "min"),
    "tempo_bpm": Shown("tempo", "beats a minute", 1, ".0f", "bpm"),
    "loudness_db": Shown("loudness", "decibel", 0.5, ".1f", "dB"),
    "danceability": Shown("danceability", *_SHARE),
    "energy": Shown("energy", *_SHARE),
    "valence": Shown("valence", *_SHARE),
    "acousticness": Shown("acousticness", *_SHARE),
    "instrumentalness": Shown("instrumentalness", *_SHARE),
    "liveness": Shown("liveness", *_SHARE),
    "speechiness": Shown("speechiness", *_SHARE),
    "key": Shown("key", "0 is C, 11 is B", 1, ".0f"),
    "mode": Shown("mode", "1 major, 0 minor", 1, ".0f"),
    "time_signature": Shown("time signature", "beats a bar", 1, ".0f"),
}
"""The numbers of a track, in the order in which controls stand; ``duration_min`` is
``duration_ms`` in minutes."""


def minutes(duration_min: float) -> str:
    """Write minutes as people do.

    Examples
    --------
    >>> minutes(3.5), minutes(61.01)
    ('3:30', '61:01')
    """
    seconds = round(60 * duration_min)
    return f"{seconds // 60}:{seconds % 60:02d}"
