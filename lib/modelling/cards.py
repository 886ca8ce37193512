"""The text of a model card, written from the card's data."""

from __future__ import annotations

from collections.abc import Mapping

from lib.modelling.recipes import Recipe


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


def card_text(card: Mapping[str, object], contract: Mapping[str, object]) -> str:
    """Write the Markdown of a model card.

    Parameters
    ----------
    card : mapping
        What `lib.modelling.store.save_model` writes as card.json.
    contract : mapping
        From `lib.modelling.contract.make_contract`.
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
        f"Genres: {', '.join(contract['genres'])}" if contract["genres"] else "",
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
