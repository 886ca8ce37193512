"""The text of a model card, written from the card's data."""

from __future__ import annotations

from collections.abc import Mapping


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
        f"{len(contract['features'])} columns, then one 0/1 column for each of "
        f"{len(contract['genres'])} genres. Values outside the training range are flagged.",
        _input_table(contract["features"]),
        f"Genres: {', '.join(contract['genres'])}",
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


def _input_table(features: list[Mapping[str, object]]) -> str:
    lines = ["| input | unit | lowest | highest |", "|---|---|---|---|"]
    lines += [f"| {f['name']} | {f['unit']} | {f['low']:g} | {f['high']:g} |" for f in features]
    return "\n".join(lines)
