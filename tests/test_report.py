"""The report: what stands in it, that it asks no network, and that a failure costs nothing."""

import errno
import itertools
import json
import os
import re
import shutil
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path

import matplotlib.image
import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import v4

from lib.pipeline import context, numbers, places, report
from lib.pipeline.notebook import TRACKS_CSV
from lib.pipeline.notebook_list import STAGES
from lib.pipeline.sources import Source
from lib.pipeline.stages import stage
from lib.pipeline.step import Metric

SAMPLE = Source("sample", Path("/nowhere"), ((TRACKS_CSV, "ab" * 32),), True)
REAL = Source("full", Path("/nowhere"), ((TRACKS_CSV, "cd" * 32),), False)
HOSTILE = '<script>alert(1)</script> <img src=x onerror="alert(2)"> {{ 7 * 7 }} **b'
VOID = {"meta", "link", "img", "br", "hr", "input"}
FETCHED = {"src", "srcset", "data", "poster", "background", "action"}


class Page(HTMLParser):
    """Collects a page's tags, its texts with the tags around them, and what is malformed."""

    def __init__(self, path: Path):
        super().__init__()
        self.path, self.tags, self.texts, self.stack, self.faults = path, [], [], [], []
        self.feed(path.read_text("utf-8"))
        self.close()
        self.faults += [f"<{tag}> stays open" for tag, _ in self.stack]

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop()[0] != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        self.texts.append((list(self.stack), data))

    def text(self, tag="body"):
        return "".join(d for stack, d in self.texts if any(t == tag for t, _ in stack))

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def leave_run(source, name="01_explore_tracks", executed=True, **changes):
    """Write what a notebook's run leaves behind."""
    metrics = [
        Metric(
            "Rows", 113422, "rows", "rows of the file, null row left out", 114000, headline=True
        ),
        Metric(
            "R², new artist",
            0.35449,
            "",
            "5 folds grouped by first artist",
            77203,
            low=0.34102,
            high=0.36685,
            level=0.95,
            baseline="mean of training rows",
            baseline_value=-0.00194,
            headline=True,
        ),
        Metric("MAE", 12.3456, "popularity points", "the same folds", 77203),
    ]
    parameters = {key: p.default for key, p in stage(name).parameters.items()}
    manifest = {
        "notebook": name,
        "profile": source.profile,
        "data": source.describe(),
        "parameters": parameters,
        "inputs": {},
        "tables": {},
        "figures": [{"name": "fig", "title": "Popularity", "caption": "All rows."}],
        "findings": ["**113,422 rows** in `tracks`."],
        "key_findings": [
            {"headline": "Many rows.", "text": "A third: **copies**.", "caveat": "By & <artist>."}
        ],
        "metrics": [asdict(metric) for metric in metrics],
    } | changes
    work = places.work_dir(source.profile)
    folder = work / name
    (folder / "figures").mkdir(parents=True)
    for figure in manifest["figures"]:
        path = folder / "figures" / f"{figure['name']}.png"
        matplotlib.image.imsave(path, np.full((300, 900, 3), 0.7))
    places.write_json(folder / "manifest.json", manifest)
    places.write_json(folder / "cost.json", {"seconds": 1.25, "peak_mb": 321.4})
    if executed:
        nbformat.write(executed_notebook(source, name, parameters), work / f"{name}.ipynb")


def executed_notebook(source, name, parameters):
    banner = v4.new_output("display_data", {"text/html": f"<small>{source.label()}</small>"})
    wide = v4.new_output("display_data", {"text/html": f"<table><td>{'wide ' * 90}</table>"})
    cells = [
        v4.new_markdown_cell(f"# {name}\n\n$x^2$\n\n```mermaid\ngraph TD; A-->B\n```"),
        v4.new_code_cell("SEED = 1", metadata={"tags": ["injected-parameters"]}),
        v4.new_code_cell("step = start()", outputs=[banner, wide]),
    ]
    notebook = v4.new_notebook(cells=cells)
    given = {"PROFILE": source.profile, "DATA_DIR": "", **parameters}
    notebook.metadata["papermill"] = {"parameters": given}
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    return notebook


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


@pytest.fixture
def out(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBOOK_OUT", str(tmp_path))
    return tmp_path


def test_a_generated_sample_is_announced_on_every_page_and_real_data_is_not(out):
    for source in (SAMPLE, REAL):
        leave_run(source)
        index = report.write_report(source)
        for path in (index, index.parent / "notebooks" / "01_explore_tracks.html"):
            page = Page(path)
            banners = [a for _, a in page.tags if {"banner", "generated"} & classes(a)]
            assert bool(banners) == source.generated
            assert ("Generated sample" in page.text()) == source.generated
            assert source.headline() in page.text()
            assert page.text("title").strip()


def classes(attributes):
    return set((attributes.get("class") or "").split())


def test_every_printed_number_stands_in_metrics_json(out):
    leave_run(SAMPLE, executed=False)
    leave_run(SAMPLE, "02_clean_tracks", executed=False)
    index = report.write_report(SAMPLE)
    text = (index.parent / "metrics.json").read_text("utf-8")
    content = json.loads(text)
    assert content["profile"] == "sample" and content["data"] == SAMPLE.describe()
    assert [m["notebook"] for m in content["metrics"]] == ["01_explore_tracks"] * 3 + [
        "02_clean_tracks"
    ] * 3
    assert {"protocol", "rows", "low", "high", "level"} <= set(content["metrics"][0])
    known = list(numbers_in(content))
    printed = [
        token
        for stack, data in Page(index).texts
        if any({"num", "findings", "value"} & classes(a) for _, a in stack)
        and not any(tag == "section" and a["aria-labelledby"] == "made" for tag, a in stack)
        for token in re.findall(r"−?\d[\d,]*(?:\.\d+)?", data)
    ]
    assert len(printed) > 30
    for token in printed:
        value = float(token.replace("−", "-").replace(",", ""))
        decimals = len(token.partition(".")[2])
        assert token in text or any(round(k, decimals) == value for k in known), token


def numbers_in(content):
    if isinstance(content, dict | list):
        for item in content.values() if isinstance(content, dict) else content:
            yield from numbers_in(item)
    elif isinstance(content, int | float) and not isinstance(content, bool):
        yield content


def test_no_page_fetches_anything_from_elsewhere(out):
    leave_run(SAMPLE)
    index = report.write_report(SAMPLE)
    pages = [Page(path) for path in index.parent.rglob("*.html")]
    assert len(pages) == 3
    for page in pages:
        for tag, attributes in page.tags:
            wanted = FETCHED | ({"href"} if tag != "svg" else set())
            for url in (attributes[key] for key in wanted & set(attributes)):
                assert url.startswith(("data:", "#")) or (page.path.parent / url).is_file(), url
                if url.startswith("#"):
                    assert url[1:] in {a.get("id") for _, a in page.tags}
        css = re.sub(r"/\*.*?\*/", "", page.text("style"), flags=re.DOTALL)
        assert "@import" not in css
        assert all(
            url.strip("'\" ").startswith("data:") for url in re.findall(r"url\(([^)]*)", css)
        )
        assert not re.search(r"https?:|//cdn|import\(", page.text("script"))


def test_the_index_is_well_formed_and_accessible(out):
    leave_run(SAMPLE)
    leave_run(SAMPLE, "04_compare_models")
    page = Page(report.write_report(SAMPLE))
    assert page.faults == []
    assert page.all("html") == [{"lang": "en"}]
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["aria-labelledby"] for a in page.all("section")} <= set(ids)
    assert page.all("img") and all(a["alt"].strip() for a in page.all("img"))
    assert page.all("th") and all(a.get("scope") in ("row", "col") for a in page.all("th"))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert not page.all("script")


def test_only_runs_on_this_data_belong_in(out):
    leave_run(SAMPLE)
    other = Source("sample", Path("/nowhere"), ((TRACKS_CSV, "ef" * 32),), True)
    leave_run(other, "02_clean_tracks", findings=["From other data."])
    index = report.write_report(SAMPLE)
    text = Page(index).text()
    assert "From other data." not in text
    assert "02_clean_tracks" in text[text.index("Not run yet on this data") :]
    assert not (index.parent / "figures" / "02_clean_tracks").exists()
    names = {
        m["notebook"] for m in json.loads((index.parent / "metrics.json").read_text())["metrics"]
    }
    assert names == {"01_explore_tracks"}


def test_a_run_on_tables_that_have_changed_since_does_not_belong_in(out):
    leave_run(SAMPLE, "02_clean_tracks")
    table = places.work_dir("sample") / "02_clean_tracks" / "tracks.parquet"
    table.write_bytes(b"first")
    inputs = {"02_clean_tracks/tracks.parquet": places.sha256(table)}
    leave_run(SAMPLE, "03_engineer_features", inputs=inputs)
    assert "03_engineer_features.html" in report.write_report(SAMPLE).read_text("utf-8")
    table.write_bytes(b"second run")
    text = Page(report.write_report(SAMPLE)).text()
    assert "03_engineer_features" in text[text.index("Not run yet on this data") :]


def test_a_damaged_manifest_counts_as_not_run(out):
    leave_run(SAMPLE)
    path = places.work_dir("sample") / "01_explore_tracks" / "manifest.json"
    path.write_text("{", encoding="utf-8")
    text = Page(report.write_report(SAMPLE)).text()
    assert "01_explore_tracks" in text[text.index("Not run yet on this data") :]


def test_a_manifest_of_an_earlier_version_counts_as_not_run(out):
    leave_run(SAMPLE, key_findings=[{"text": "Without a headline.", "caveat": "None."}])
    text = Page(report.write_report(SAMPLE)).text()
    assert "Without a headline" not in text
    assert "01_explore_tracks" in text[text.index("Not run yet on this data") :]


def test_no_run_at_all_still_makes_a_page(out):
    page = Page(report.write_report(SAMPLE))
    assert page.faults == []
    assert all(owner.name in page.text() for owner in STAGES)


def test_hostile_text_is_escaped(out):
    metric = Metric(HOSTILE, 1.5, HOSTILE, HOSTILE, 3, baseline=HOSTILE, headline=True)
    leave_run(
        SAMPLE,
        executed=False,
        figures=[{"name": "fig", "title": HOSTILE, "caption": HOSTILE}],
        findings=[HOSTILE],
        metrics=[asdict(metric)],
    )
    page = Page(report.write_report(SAMPLE))
    assert page.faults == []
    assert not page.all("script")
    assert [a["src"] for a in page.all("img")] == ["figures/01_explore_tracks/fig.png"]
    assert not any(key.startswith("on") for _, a in page.tags for key in a)
    assert page.text().count(HOSTILE) >= 7


def test_an_executed_notebook_of_another_run_is_left_out(out):
    leave_run(SAMPLE, executed=False)
    index = report.write_report(SAMPLE)
    assert "no executed copy" in Page(index).text()
    parameters = {"MIN_TRACKS": 11, "REPLICATES": 400, "SEED": 42}
    path = places.work_dir("sample") / "01_explore_tracks.ipynb"
    right = parameters | {"MIN_TRACKS": 10}
    for source, used, linked in ((SAMPLE, parameters, 0), (REAL, right, 0), (SAMPLE, right, 1)):
        nbformat.write(executed_notebook(source, "01_explore_tracks", used), path)
        report.write_report(SAMPLE)
        assert (index.parent / "notebooks" / "01_explore_tracks.html").exists() == bool(linked)
        assert ("no executed copy" in Page(index).text()) == (not linked)


def test_a_notebook_page_shows_its_parameters_and_a_way_back(out):
    leave_run(SAMPLE)
    index = report.write_report(SAMPLE)
    page = Page(index.parent / "notebooks" / "01_explore_tracks.html")
    assert "SEED = 1" in page.text()
    assert "../index.html" in [a["href"] for a in page.all("a")]


@pytest.mark.parametrize(
    ("owner", "name", "error"),
    [
        (places, "replace_dir", OSError(errno.ENOSPC, "No space left")),
        (places, "write_json", OSError(errno.ENOSPC, "No space left")),
        (shutil, "copyfile", OSError(errno.ENOSPC, "No space left")),
        (Path, "write_text", KeyboardInterrupt()),
    ],
)
def test_a_failure_leaves_the_last_report_as_it_was(out, monkeypatch, owner, name, error):
    leave_run(SAMPLE)
    index = report.write_report(SAMPLE)
    before = files(out / "reports")
    assert {"sample/index.html", "sample/metrics.json"} <= set(before)

    def fail(*args, **kwargs):
        raise error

    with monkeypatch.context() as patch, pytest.raises(type(error)):
        patch.setattr(owner, name, fail)
        report.write_report(SAMPLE)
    assert files(out / "reports") == before
    report.write_report(SAMPLE)
    assert index.exists()
    assert [path.name for path in (out / "reports").iterdir()] == ["sample"]


def test_what_a_report_no_longer_holds_is_gone(out):
    leave_run(SAMPLE)
    index = report.write_report(SAMPLE)
    shutil.rmtree(places.work_dir("sample") / "01_explore_tracks")
    report.write_report(SAMPLE)
    left = ["index.html", "metrics.json", "summary.html", "summary.md"]
    assert sorted(files(index.parent)) == left


def test_how_it_was_made(out):
    changed = {"MIN_TRACKS": 7, "REPLICATES": 400, "SEED": 42}
    leave_run(SAMPLE, executed=False, parameters=changed)
    leave_run(SAMPLE, "02_clean_tracks", executed=False)
    text = " ".join(Page(report.write_report(SAMPLE)).text().split())
    assert "./run_all.sh -p 01_explore_tracks.MIN_TRACKS=7 Data" in text
    assert SAMPLE.digests[0][1] in text
    assert "MIN_TRACKS = 7 (default 10)" in text and "SEED = 42 (default" not in text
    assert "2.5 s in all, 321 MB at most" in text
    assert f"numpy {np.__version__}" in text and "pytest" not in text


def test_a_commit_is_named_only_in_a_repository_of_its_own(tmp_path, monkeypatch):
    assert context.commit(tmp_path) == ""
    inner = tmp_path / "inner"
    inner.mkdir()
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    context._git(tmp_path, "init", "-q")
    assert context.commit(tmp_path) == ""
    context._git(tmp_path, *who, "commit", "-q", "--allow-empty", "-m", "first")
    assert re.fullmatch(r"[0-9a-f]{12}", context.commit(tmp_path))
    assert context.commit(inner) == ""
    (inner / "new").touch()
    assert context.commit(tmp_path).endswith(" with uncommitted changes")
    monkeypatch.setenv("PATH", "")
    assert context.commit(tmp_path) == ""


@given(st.floats(-1e12, 1e12), st.integers(0, 3))
def test_a_written_number_reads_back(value, decimals):
    text = numbers.number(value, decimals)
    assert float(text.replace(",", "").replace("−", "-")) == round(value, decimals)
    assert "-" not in text and not re.fullmatch(r"−0(\.0+)?", text)
    assert re.fullmatch(r"−?\d{1,3}(,\d{3})*(\.\d+)?", text)


@given(st.floats(0.001, 1e9), st.sampled_from(["", "ms"]), st.floats(0, 1), st.floats(0, 1))
def test_decimals_are_shared_and_enough(value, unit, below, above):
    metric = asdict(
        Metric(
            "m", value, unit, "p", 1, low=value * (1 - below), high=value * (1 + above), level=0.9
        )
    )
    texts = [numbers.value_of(metric), *numbers.interval_of(metric)[1:-1].split(", ")]
    assert len({len(text.partition(".")[2]) for text in texts}) == 1
    low, high = (float(text.replace(",", "")) for text in texts[1:])
    assert low <= float(texts[0].replace(",", "")) <= high


def test_a_score_that_is_whole_keeps_its_decimals():
    metric = asdict(Metric("R²", 1.0, "", "p", 9, low=1.0, high=1.0, level=0.95))
    assert f"{numbers.value_of(metric)} {numbers.interval_of(metric)}" == "1.000 [1.000, 1.000]"
    assert numbers.decimals_of(asdict(Metric("zeros", 0, "rows", "p", 9))) == 0


@given(st.text(alphabet="a<>&\"'`*{} ", max_size=40))
def test_inline_lets_no_tag_through_but_its_own(text):
    html = str(report.inline(text))
    rest = re.sub(r"</?(?:strong|code)>", "", html)
    assert "<" not in rest and ">" not in rest and '"' not in rest
    for tag in ("strong", "code"):
        assert html.count(f"<{tag}>") == html.count(f"</{tag}>")


@pytest.mark.browser
@pytest.mark.skipif(not os.environ.get("CHROMIUM"), reason="CHROMIUM names no browser")
def test_in_a_browser_nothing_fails_and_a_phone_needs_no_sideways_scrolling(out):
    from playwright.sync_api import sync_playwright

    leave_run(SAMPLE)
    leave_run(SAMPLE, "04_compare_models", findings=["`" + "long_word_" * 30 + "`"])
    index = report.write_report(SAMPLE)
    trouble, asked = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"],
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
            ],
        )
        for width, scheme in ((390, "light"), (1280, "dark")):
            page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
            page.on("request", lambda request: asked.append(request.url))
            page.on("requestfailed", lambda request: trouble.append(request.url))
            page.on("console", lambda message: trouble.append(message.text))
            page.on("pageerror", lambda error: trouble.append(str(error)))
            page.goto(index.as_uri())
            page.get_by_text("All 3 numbers").first.click()
            assert page.get_by_role("table").first.is_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
            page.get_by_role("link", name="executed notebook").first.click()
            page.get_by_text("step = start()").wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.get_by_role("link", name="Report").click()
            page.get_by_role("heading", level=1).wait_for()
            assert page.url == index.as_uri()
            page.close()
        browser.close()
    assert trouble == []
    assert all(url.startswith(("file:", "data:")) for url in asked)


def test_what_to_know_first_stands_before_the_numbers(out):
    leave_run(
        SAMPLE,
        executed=False,
        key_findings=[{"headline": "Plain.", "text": HOSTILE, "caveat": "By title only."}],
    )
    text = Page(report.write_report(SAMPLE)).text()
    places = [text.index(one) for one in ("To know first", "Plain.", HOSTILE, "By title only.")]
    assert places == sorted(places)
    assert "What makes a track popular" in text[text.index("By title only.") :]
