"""The first page of a repository on the Hub: its metadata, and a table of its models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lib.modelling.hub.kinds import Card, Kind, Terms, is_generated
from lib.modelling.stored.shelf import headline

METRIC_IDS = {"R²": "r_squared", "mean absolute error": "mae", "coverage of": "coverage"}
"""What the Hub calls a score, by the beginning of its name here."""


def repository_text(repo_id: str, models: Mapping[str, tuple[Kind, Card, Terms]]) -> str:
    """Write the README.md of a repository: front matter for the Hub, Markdown for people.

    Parameters
    ----------
    repo_id : str
    models : mapping of str to (Kind, card, Terms)
        By name of their folder.
    """
    return f"---\n{_metadata(repo_id, models)}\n---\n\n{_page(repo_id, models)}"


def _metadata(repo_id: str, models: Mapping[str, tuple[Kind, Card, Terms]]) -> str:
    # Imported here: a second of import time that only a push should pay.
    from huggingface_hub import EvalResult, ModelCardData

    licences = sorted({terms.licence for _, _, terms in models.values()})
    datasets = sorted({name for _, _, terms in models.values() for name in terms.datasets})
    tasks = sorted({kind.task for kind, _, _ in models.values() if kind.task})
    results = [
        EvalResult(
            task_type=kind.task or "other",
            dataset_type=terms.datasets[0] if terms.datasets else "not-on-the-hub",
            dataset_name="generated sample" if is_generated(card) else "see the card",
            metric_type=metric_id,
            metric_value=float(metric["value"]),
            metric_name=f"{name}: {metric['name']}",
        )
        for name, (kind, card, terms) in models.items()
        for metric_id, metric in _known_metrics(card)
    ]
    told: dict[str, object] = {
        "license": licences[0] if len(licences) == 1 else "other",
        "library_name": "xgboost",
        "tags": ["music", "popularity", "playlists", *sorted(k.name for k in _kinds(models))],
    }
    if told["license"] == "other":
        told["license_name"] = "see-the-table-of-models"
    if tasks:
        told["pipeline_tag"] = tasks[0]
    if datasets:
        told["datasets"] = datasets
    if results:
        told["metrics"] = sorted({result.metric_type for result in results})
        told |= {"model_name": repo_id.rpartition("/")[2], "eval_results": results}
    return ModelCardData(**told).to_yaml().strip()


def _known_metrics(card: Card) -> list[tuple[str, Mapping[str, object]]]:
    """Pick the first score of each kind that the Hub has a name for."""
    found = {}
    for metric in card.get("metrics", []):
        for beginning, metric_id in METRIC_IDS.items():
            if str(metric.get("name")).startswith(beginning):
                found.setdefault(metric_id, metric)
    return list(found.items())


def _kinds(models: Mapping[str, tuple[Kind, Card, Terms]]) -> list[Kind]:
    return list({kind.name: kind for kind, _, _ in models.values()}.values())


def _page(repo_id: str, models: Mapping[str, tuple[Kind, Card, Terms]]) -> str:
    rows = []
    for name, (kind, card, terms) in models.items():
        score = headline(card)
        text = str(score) if score else "see the notebook that made it"
        rows.append([f"`{name}`", kind.name, text, terms.licence])
    protocols = {
        f"- `{name}`: {card['protocol']}"
        for name, (_, card, _) in models.items()
        if card.get("protocol")
    }
    limits = dict.fromkeys(
        f"- {limit}" for _, card, _ in models.values() for limit in card.get("limits", [])
    )
    whys = dict.fromkeys(f"- {terms.licence}: {terms.why}" for _, _, terms in models.values())
    parts = [
        f"# {repo_id.rpartition('/')[2]}",
        "Models of the music popularity workbook, a folder each. No file can run code when it is "
        "loaded: trees in XGBoost's own format, JSON, plain arrays. Each folder has a card.json.",
        _table(["model", "kind", "score [interval], baseline", "licence"], rows),
        "How the scores came about:\n\n" + "\n".join(sorted(protocols)) if protocols else "",
        "## Terms\n\n" + "\n".join(whys),
        "## Use\n\nIn the workbook, `./run_all.sh --pin-models "
        f"{repo_id}` writes this commit and each file's SHA-256 into "
        "`models_widgets/models.lock.json`; later uses check them and need no network.",
        "## Limits\n\n" + "\n".join(limits) if limits else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    cells = ([str(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in lines)
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
