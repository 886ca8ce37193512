"""The text of a model card, written from the card's data."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from lib.modelling.stored.recipes import Recipe

LARGEST = 1e300


def limits(recipe: Recipe, generated: bool) -> list[str]:
    """List what a model's card warns of.

    Parameters
    ----------
    recipe : Recipe
    generated : bool
        Whether the training data was.
    """
    told = [
        "Predicts one day's popularity of one catalogue; nothing is said about cause and effect.",
        "Intervals hold for tracks drawn like the training catalogue, on average, not for each "
        "genre.",
    ]
    if "genres" in recipe.features:
        told.insert(
            1,
            "Genres are those under which a search found the track; an unknown genre counts as "
            "none.",
        )
    if recipe.artist:
        told += [
            "The artist is a name: two artists of one name count as one, a misspelt one as unseen.",
            "What is known of an artist is of the same day as the target, not of before a release.",
            "For a track that it was trained on, its own popularity is in its artist's level.",
        ]
    if generated:
        told.insert(0, "Trained on generated data: its predictions mean nothing for real music.")
    return told


def wrong_in_card(card: Mapping[str, object]) -> str:
    """Name what a card that was read from a file has wrong for those who show it.

    Parameters
    ----------
    card : mapping
        What is not in it is not wrong.

    Returns
    -------
    str
        Empty when all is right.

    Examples
    --------
    >>> wrong_in_card({"name": "x", "metrics": [{"name": "R²", "value": "high"}]})
    'metrics'
    """
    texts = [name for name in ("name", "purpose", "protocol", "commit") if name in card]
    right = {name: isinstance(card[name], str) for name in texts}
    right |= {name: isinstance(card.get(name, {}), Mapping) for name in ("data", "settings")}
    limits, metrics = card.get("limits", []), card.get("metrics", [])
    right["limits"] = isinstance(limits, list) and all(isinstance(one, str) for one in limits)
    right["metrics"] = isinstance(metrics, list) and all(map(_is_metric, metrics))
    return next((name for name, good in right.items() if not good), "")


def card_text(card: Mapping[str, object], contract: Mapping[str, object]) -> str:
    """Write the Markdown of a model card.

    Parameters
    ----------
    card : mapping
        What `lib.modelling.stored.store.save_model` writes as card.json.
    contract : mapping
        From `lib.modelling.stored.contract.make_contract`.
    """
    data = card.get("data", {})
    parts = [
        f"# {card.get('name', 'Popularity model')}",
        str(card.get("purpose", "")),
        "## Trained on",
        _bullets([f"{name}: {value}" for name, value in data.items()]),
        "## Scores",
        f"Protocol: {card.get('protocol', '')}",
        _score_table(card.get("metrics", [])),
        "## Inputs",
        _input_words(contract),
        _input_table(contract["features"]),
        # Names of the user's data, which Markdown would take for HTML.
        f"Genres: {escape(', '.join(contract['genres']))}" if contract["genres"] else "",
        "## Settings",
        _bullets([f"{name}: {value}" for name, value in card.get("settings", {}).items()]),
        "## Limits",
        _bullets(card.get("limits", [])),
        "## Made with",
        _bullets(
            [f"{name} {version}" for name, version in card["packages"].items()]
            + ([f"commit {card['commit']}"] if card.get("commit") else [])
        ),
        "## Files",
        _bullets([f"{name}: SHA-256 `{digest}`" for name, digest in card["files"].items()]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _is_metric(metric: object) -> bool:
    if not isinstance(metric, Mapping) or not _is_number(metric.get("value")):
        return False
    numbers = [metric.get(name) for name in ("low", "high", "baseline_value")]
    texts = [metric.get(name, "") or "" for name in ("unit", "baseline", "protocol")]
    return all(one is None or _is_number(one) for one in numbers) and all(
        isinstance(one, str) for one in (metric.get("name"), *texts)
    )


def _is_number(value: object) -> bool:
    # Compared, not converted: an integer of JSON may be too long for a float.
    return type(value) in (int, float) and abs(value) < LARGEST


def _bullets(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _score_table(metrics: list[Mapping[str, object]]) -> str:
    lines = ["| score | value | interval | baseline |", "|---|---|---|---|"]
    for metric in metrics:
        unit = f" {metric['unit']}" if metric.get("unit") else ""
        ends = [metric.get("low"), metric.get("high")]
        between = " to ".join(f"{end:.3f}" for end in ends) if None not in ends else ""
        beside = (
            f"{metric['baseline']}: {metric['baseline_value']:.3f}"
            if metric.get("baseline")
            else ""
        )
        lines.append(f"| {metric['name']} | {metric['value']:.3f}{unit} | {between} | {beside} |")
    return "\n".join(lines)


def _input_words(contract: Mapping[str, object]) -> str:
    parts = [f"{len(contract['features'])} columns"]
    if contract["genres"]:
        parts.append(f"one 0/1 column for each of {len(contract['genres'])} genres")
    if contract["artist"]:
        parts.append(
            "five columns on the first artist's training recordings: shrunken level, number, "
            "median, lowest and highest popularity (an artist whom training did not have gets the "
            "mean level and no recordings)"
        )
    text = f"Kind of model: {contract['kind']}. Inputs: {', then '.join(parts)}."
    return f"{text} Values outside the training range are flagged."


def _input_table(features: list[Mapping[str, object]]) -> str:
    lines = ["| input | unit | lowest | highest |", "|---|---|---|---|"]
    lines += [f"| {f['name']} | {f['unit']} | {f['low']:g} | {f['high']:g} |" for f in features]
    return "\n".join(lines)
