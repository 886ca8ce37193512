"""The sound of the generated sample: genre profiles, and audio descriptors around them.

Everything is counted in whole numbers (thousandths of a unit, milliseconds). A sum or a product
of whole numbers is the same on every machine; a logarithm, a matrix product or a normal draw may
differ in the last bit, and one such bit is enough to round a cell the other way.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

# Level in popularity points, then shares and means in thousandths. Neighbours sound alike:
# tracks are listed under genres a few lines up or down as well. The numbers are made up.
GENRES = pd.DataFrame(
    [
        ("classical", 17, 400, 240, 400, 920, 550, 290, 108, 240, 740, 0),
        ("piano", 37, 450, 320, 360, 860, 450, 210, 114, 200, 730, 5),
        ("acoustic", 46, 550, 440, 440, 790, 40, 190, 119, 215, 800, 40),
        ("singer-songwriter", 38, 560, 440, 430, 780, 30, 210, 120, 215, 820, 40),
        ("folk", 36, 550, 520, 490, 730, 50, 230, 118, 250, 760, 10),
        ("bluegrass", 25, 540, 540, 600, 770, 130, 180, 126, 220, 840, 5),
        ("country", 26, 560, 600, 530, 620, 10, 200, 124, 205, 860, 30),
        ("blues", 28, 560, 570, 590, 680, 40, 250, 117, 225, 710, 15),
        ("rock", 35, 540, 680, 530, 500, 30, 240, 126, 220, 710, 40),
        ("alternative", 40, 550, 700, 490, 450, 40, 240, 123, 220, 620, 150),
        ("indie", 49, 580, 570, 470, 620, 60, 220, 120, 210, 730, 80),
        ("punk", 43, 500, 800, 540, 330, 40, 290, 132, 215, 720, 100),
        ("metal", 52, 470, 840, 420, 220, 80, 250, 127, 250, 580, 70),
        ("dubstep", 39, 530, 770, 330, 350, 130, 370, 132, 225, 590, 100),
        ("techno", 26, 680, 740, 350, 320, 480, 290, 127, 300, 550, 30),
        ("hip-hop", 33, 730, 680, 540, 490, 15, 460, 117, 205, 490, 330),
        ("r-n-b", 37, 630, 620, 590, 630, 15, 340, 121, 220, 660, 110),
        ("pop", 60, 630, 620, 510, 600, 15, 240, 121, 220, 540, 60),
        ("k-pop", 66, 640, 680, 550, 560, 15, 250, 120, 240, 530, 30),
        ("latin", 23, 710, 710, 630, 500, 15, 400, 119, 210, 550, 130),
        ("salsa", 21, 660, 720, 790, 710, 20, 320, 120, 270, 620, 5),
        ("samba", 34, 580, 660, 690, 740, 15, 330, 118, 225, 650, 5),
        ("tango", 14, 540, 400, 570, 880, 130, 330, 115, 185, 490, 0),
        ("jazz", 11, 520, 370, 500, 840, 120, 310, 113, 195, 740, 5),
    ],
    columns=[
        "genre",
        "level",
        "danceability",
        "energy",
        "valence",
        "acoustic",
        "no_vocals",
        "spoken",
        "tempo_bpm",
        "duration_s",
        "major",
        "explicit",
    ],
).set_index("genre")

EFFECTS = {
    "danceability": (2200, 570),
    "loudness": (80, -9000),
    "valence": (-700, 510),
    "speechiness": (-1000, 600),
    "instrumentalness": (-600, 10**7),
    "explicit": (200, 0),
}
"""Planted effects on popularity: hundredths of a point per published unit, and where it is zero.

The zero is in the whole numbers of `SCALES`.
"""

SCALES = {
    "danceability": 10**3,
    "energy": 10**3,
    "loudness": 10**3,
    "speechiness": 10**4,
    "acousticness": 10**6,
    "instrumentalness": 10**8,
    "liveness": 10**4,
    "valence": 10**3,
    "tempo": 10**3,
}
"""Whole numbers to one unit of the published column."""

KEY_WEIGHTS = (115, 94, 102, 31, 79, 82, 69, 116, 65, 99, 65, 83)
METRE_WEIGHTS = {4: 893, 3: 82, 5: 16, 1: 9}


def bell(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draw `n` whole numbers that are nearly normal with mean 0 and standard deviation 1000.

    The sum of twelve uniform draws; whole numbers only, hence the same everywhere.

    Examples
    --------
    >>> draws = bell(np.random.default_rng(0), 10_000)
    >>> bool(abs(draws.mean()) < 30 and 980 < draws.std() < 1020)
    True
    """
    return rng.integers(-500, 501, (n, 12)).sum(axis=1)


def happens(rng: np.random.Generator, per_mille: np.ndarray | int, n: int) -> np.ndarray:
    """Toss `n` coins that show True with these chances in a thousand."""
    return rng.integers(0, 1000, n) < per_mille


def audio(rng: np.random.Generator, genres: pd.Series, artists: pd.Series) -> pd.DataFrame:
    """Draw the audio descriptors of recordings from their genres' profiles.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    genres : pandas.Series of str, length n
        Home genre of each recording.
    artists : pandas.Series of int, length n
        Number of the first artist, from 0; an artist's recordings share part of their sound.

    Returns
    -------
    pandas.DataFrame
        n rows of whole numbers, in the units of `SCALES`.
    """
    n = len(genres)
    profile = GENRES.loc[genres].reset_index(drop=True)

    def deviation(sd: int) -> np.ndarray:
        # 0.4 of it is the artist's and 0.9 the recording's; the squares add up to nearly 1.
        own = bell(rng, int(artists.max()) + 1)[artists]
        return sd * (4 * own + 9 * bell(rng, n)) // 10_000

    energy = np.clip(profile["energy"] + deviation(140), 3, 999)
    # Loud is energetic, energetic is seldom acoustic, happy is danceable.
    loudness = np.clip(-17_000 + 13 * energy + deviation(2600), -46_000, 1500)
    softness = np.clip(
        profile["acoustic"] - (energy - profile["energy"]) * 6 // 10 + deviation(120), 20, 998
    )
    danceability = np.clip(profile["danceability"] + deviation(100), 60, 980)
    valence = np.clip(
        profile["valence"] + (danceability - profile["danceability"]) // 2 + deviation(160), 30, 980
    )
    spoken = np.clip(profile["spoken"] + deviation(90), 60, 960)
    live = happens(rng, 60, n)
    liveness = np.where(live, 6000 + 3 * bell(rng, n) // 5, (480 + deviation(110)) ** 3 // 10**5)
    tempo = 1000 * profile["tempo_bpm"] + deviation(24_000) + rng.integers(0, 1000, n)
    seconds = 1000 + deviation(230)
    return pd.DataFrame(
        {
            "duration_ms": profile["duration_s"] * np.clip(seconds, 300, 3000)
            + rng.integers(0, 1000, n),
            "explicit": happens(rng, profile["explicit"].to_numpy(), n),
            "danceability": danceability,
            "energy": energy,
            "key": _pick(rng, KEY_WEIGHTS, n),
            "loudness": loudness,
            "mode": happens(rng, profile["major"].to_numpy(), n).astype(np.int64),
            "speechiness": three_digits(230 + spoken**3 // 10**5),
            "acousticness": three_digits(softness**3 // 1000),
            "instrumentalness": _instrumentalness(rng, profile["no_vocals"].to_numpy()),
            "liveness": three_digits(np.clip(liveness, 120, 9900)),
            "valence": valence,
            "tempo": np.clip(tempo, 45_000, 215_000),
            "time_signature": np.array(list(METRE_WEIGHTS))[
                _pick(rng, tuple(METRE_WEIGHTS.values()), n)
            ],
        }
    )


def audio_effect(sound: pd.DataFrame) -> np.ndarray:
    """Add up what the planted effects give each recording, in hundredths of a point."""
    total = np.zeros(len(sound), dtype=np.int64)
    for name, (slope, zero) in EFFECTS.items():
        total += (sound[name].to_numpy(np.int64) - zero) * slope // SCALES.get(name, 1)
    return total


def published(sound: pd.DataFrame) -> pd.DataFrame:
    """Turn whole numbers into the published units.

    Division of two whole numbers is rounded correctly by every processor, so it is safe.
    """
    return sound.assign(**{name: sound[name] / scale for name, scale in SCALES.items()})


def _instrumentalness(rng: np.random.Generator, no_vocals: np.ndarray) -> np.ndarray:
    """Draw hundred-millionths: high without vocals, else exactly 0 or tiny."""
    n = len(no_vocals)
    high = (990 - rng.integers(0, 850, n) * rng.integers(0, 1000, n) // 1000) * 10**5
    tiny = rng.integers(100, 1000, n) * 10 ** rng.integers(0, 5, n)
    low = np.where(happens(rng, 420, n), 0, tiny)
    return np.where(happens(rng, no_vocals, n), high, low)


def _pick(rng: np.random.Generator, weights: tuple[int, ...], n: int) -> np.ndarray:
    return np.searchsorted(np.cumsum(weights), rng.integers(0, sum(weights), n), side="right")


def three_digits(number: pd.Series | np.ndarray) -> np.ndarray:
    """Round whole numbers up to 10**8 to three significant digits, as the published file does.

    Examples
    --------
    >>> three_digits(np.array([7, 1234, 98_765])).tolist()
    [7, 1230, 98800]
    """
    value = np.asarray(number)
    step = 10 ** np.searchsorted(10 ** np.arange(3, 9), value, side="right")
    return (value + step // 2) // step * step
