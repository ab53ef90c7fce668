"""`wbtools report --publish`: built by W&B's own classes, sent only with `--yes`."""

import json
import warnings
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

import wbtools as wb
from tests import server
from tests.answers.samples import HOSTILE_NAMES
from tests.cli.site import SWEEP
from tests.cli.test_tag_gems import put
from wbtools.app.opening.session import Session
from wbtools.app.publish_report import wandb_report
from wbtools.app.report import ReportOptions, build_report
from wbtools.sources.wandb_api import changes

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import wandb_workspaces.reports.v2 as wr
    from wandb_workspaces.reports.v2 import internal

PLACE = "acme/ocr"
PUBLISH = "WbtoolsPublishReport"


def views(site):
    return list(site.server.state.projects["acme", "ocr"].views.values())


def n_changes(site):
    return site.server.log.operations().get(PUBLISH, 0)


def read_again(view):
    """The report as W&B's own classes read what the server holds."""
    model = internal.ReportViewspec.model_validate(
        {
            "id": view["id"],
            "displayName": view["displayName"],
            "description": view["description"],
            "project": {"name": view["projectName"], "entityName": view["entityName"], "id": "1"},
            "createdAt": None,
            "updatedAt": None,
            "spec": view["spec"],
        }
    )
    return wr.Report._from_model(model)


def test_a_dry_run_says_what_it_would_create_and_where(site, wbtools):
    put(site)
    result = wbtools("report", SWEEP, "--publish", PLACE)
    assert (result.code, result.out) == (0, "")
    assert "would create a draft of a report, 'Sweep v5inrfwe · wbtools'" in result.err
    assert f"in {PLACE} on {site.server.base_url}" in result.err
    assert "--yes creates it" in result.err
    assert n_changes(site) == 0


def test_with_yes_a_draft_is_created_whose_spec_is_read_again(site, wbtools):
    put(site)
    result = wbtools("report", SWEEP, "--publish", PLACE, "--yes")
    assert result.code == 0
    (view,) = views(site)
    assert view["type"] == "runs/draft"
    assert result.out.startswith(
        f"{site.server.base_url}/acme/ocr/reports/Sweep-v5inrfwe-wbtools--"
    )
    report = read_again(view)
    assert report.title == "Sweep v5inrfwe · wbtools"
    titles = [block.text for block in report.blocks if isinstance(block, wr.H2)]
    assert titles[0] == "Is there a gem?"
    assert "Why did each run end?" in titles
    bodies = [block.text for block in report.blocks if isinstance(block, wr.MarkdownBlock)]
    assert len(bodies) == len(titles)
    assert "already better than" in bodies[0]
    (grid,) = [block for block in report.blocks if isinstance(block, wr.PanelGrid)]
    (runs,) = grid.runsets
    assert (runs.entity, runs.project) == ("", "")
    assert runs.filters == "Metric(\"Sweep\") == 'v5inrfwe'"
    assert [type(panel).__name__ for panel in grid.panels] == [
        "LinePlot", "ParallelCoordinatesPlot", "ParameterImportancePlot",
    ]  # fmt: skip
    assert [metric.name for metric in grid.panels[0].y] == ["loss"]


@pytest.mark.slow  # a report each
def test_the_library_keeps_what_was_said_and_where_it_is(site):
    put(site)
    dry = wb.report(SWEEP, publish=PLACE)
    assert dry.published is None
    assert "would create a draft of a report" in dry.publish_notes[0]
    assert "would create a draft of a report" in repr(dry)
    assert n_changes(site) == 0
    created = wb.report(SWEEP, publish=PLACE, yes=True)
    assert created.published.startswith(f"{site.server.base_url}/acme/ocr/reports/")
    assert created.published in repr(created)
    assert n_changes(site) == 1


@pytest.mark.slow  # a report each
def test_final_is_for_all(site, wbtools):
    put(site)
    wbtools("report", SWEEP, "--publish", PLACE, "--yes", "--final")
    (view,) = views(site)
    assert view["type"] == "runs"


@pytest.mark.slow  # a report each
def test_a_report_of_run_files_has_no_panels(site, wbtools):
    put(site)
    result = wbtools("report", "demo", "--publish", PLACE, "--yes")
    assert result.code == 0
    (view,) = views(site)
    blocks = read_again(view).blocks
    assert not any(isinstance(block, wr.PanelGrid) for block in blocks)
    assert any("run 5" in getattr(block, "text", "") for block in blocks)


@pytest.mark.slow  # a report each
def test_the_page_is_written_beside_it(site, wbtools):
    put(site)
    result = wbtools("report", SWEEP, "-o", "page.md", "--publish", PLACE, "--yes")
    assert result.code == 0
    assert (site.work / "page.md").read_text().startswith("# Sweep v5inrfwe")
    assert len(views(site)) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--publish", "nowhere"], "is no project on W&B"),
        (["--publish", "a/b/c"], "is no project on W&B"),
        (["--publish", "a/ b"], "is no project on W&B"),
        (["--publish", "a/b "], "is no project on W&B"),
        (["--publish", "a/b\N{RIGHT-TO-LEFT OVERRIDE}"], "is no project on W&B"),
        (["--publish", f"a/{'b' * 129}"], "is no project on W&B"),
        (["--yes"], "--publish is not given"),
        (["--final"], "--publish is not given"),
    ],
)
def test_what_cannot_be_published_is_refused_before_any_work(wbtools, words, message):
    result = wbtools("report", "demo", *words)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


@pytest.mark.slow  # a report each
def test_without_wandbs_package_it_says_what_to_install(wbtools, monkeypatch):
    monkeypatch.setattr("wbtools.app.publish_report.is_installed", lambda _extra: False)
    dry = wbtools("report", "demo", "--publish", PLACE)
    assert dry.code == 0
    assert "(Is there a gem?; In short; How did the runs go?; " in dry.err
    assert "without panels: the runs were not read from W&B" in dry.err
    result = wbtools("report", "demo", "--publish", PLACE, "--yes")
    assert result.code == 2
    assert "pip install 'wbtools-sweeps[reports]'" in result.err


@pytest.mark.slow  # a report each
def test_a_project_that_is_not_there_is_an_error(site, wbtools):
    put(site)
    result = wbtools("report", "demo", "--publish", "acme/elsewhere", "--yes")
    assert result.code not in {0, 2}
    assert "no project acme/elsewhere" in result.err


@pytest.mark.slow  # a report each
def test_hostile_names_are_text_and_nothing_private_is_in_it(site, wbtools):
    put(site, names=HOSTILE_NAMES)
    state = site.server.state
    for run in state.sweep_runs(state.sweep("acme", "ocr", "v5inrfwe")):
        run.host = "secret-machine.example.org"
        run.config["path"] = {"value": "/home/maria/data", "desc": None}
        run.config["/home/maria/p"] = {"value": float(run.name[-1] == "1"), "desc": None}
        run.config["api_key"] = {"value": "0123456789abcdef", "desc": None}
    result = wbtools("report", SWEEP, "--publish", PLACE, "--yes")
    assert result.code == 0
    (view,) = views(site)
    texts = [
        block.text
        for block in read_again(view).blocks
        if isinstance(block, wr.H2 | wr.MarkdownBlock)
    ]
    assert not any("<script" in text or "\x1b" in text for text in texts)
    for private in ("secret-machine", "maria", "0123456789abcdef", site.server.api_key):
        assert private not in view["spec"]
        assert private not in result.out + result.err


def test_a_sweep_id_that_could_be_part_of_a_filter_gets_no_panels(site):
    put(site)
    with Session() as session:
        report = build_report([SWEEP], ReportOptions(), session)
    (audit,) = report.known_audits
    object.__setattr__(audit.sweep.ref, "sweep_id", "x' or Metric('State') == 'finished")
    built = wandb_report(report, PLACE)
    assert built.n_panels == 0
    assert json.loads(built.spec())["blocks"]


def test_the_servers_schema_knows_what_wandbs_own_class_sends():
    from wandb_workspaces.reports.v2 import gql

    schema = build_schema((Path(server.__file__).parent / "schema.graphql").read_text())
    assert validate(schema, parse(gql.upsert_view)) == []
    assert validate(schema, parse(changes._PUBLISH)) == []
    wrong = gql.upsert_view.replace("displayName: $displayName", "title: $displayName")
    assert validate(schema, parse(wrong))
