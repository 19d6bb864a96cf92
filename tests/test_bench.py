"""The cheap parts of the bench, so that it cannot rot between two runs: figures, verdicts, charts, seeds, plans."""

import io
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from benchmarks import charts, inbound, letters, results
from benchmarks.databases import POSTGRESQL, SQLITE
from benchmarks.measures import LESS, MORE, Report, Target, ratio, shown
from benchmarks.seeds import Scale, Seeds
from benchmarks.statements import captured, instructions, plan_of, query_plan
from mentorly.emails.collecting import Collection
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.message import compose
from mentorly.mentoring.people import Person
from tests.conftest import skip

TINY = Scale(people=60, organizations=4, programs=2, proposals=100, relationships=20, password_requests=10)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def report() -> Report:
    report = Report()
    report.add("sending", "smtp-source, the limit", "mails/s", [1000, 4000, 2000])
    report.add("sending", "Mentorly, 2 workers, PostgreSQL", "mails/s", [300, 800, 600])
    for place in (POSTGRESQL, SQLITE):
        for size in (0, 1_000_000):
            report.add("quiet", "the whole round", "ms", [3, 1, 2], f"{place}, {size:,} old envelopes")
    report.expect(Target("sending", "beside the limit", 0.3, MORE, 0.2, "times", 0.3))
    return report


def test_a_ratio_pairs_the_values_of_one_round(report: Report) -> None:
    limit, own = report.figures[:2]
    assert ratio(own, limit) == 0.3


def test_a_target_is_met_up_to_its_bound() -> None:
    assert Target("a", "more", 0.2, MORE, 0.2).is_met
    assert not Target("a", "more", 0.19, MORE, 0.2).is_met
    assert Target("a", "less", 1.15, LESS, 1.15).is_met
    assert not Target("a", "less", float("nan"), LESS, 1.15).is_met


def test_a_verdict_tells_value_bound_and_aim() -> None:
    assert (
        Target("a", "sends", 0.25, MORE, 0.2, "times", 0.3).verdict
        == "met: sends: 0.250 times, expected ≥ 0.2 (aim 0.3)"
    )
    assert Target("a", "takes", 2000, LESS, 20, "ms").verdict == "NOT MET: takes: 2,000 ms, expected ≤ 20"


def test_one_target_that_is_missed_makes_the_exit_code_1(report: Report) -> None:
    assert results.verdict_of(report.targets) == 0
    report.expect(Target("quiet", "grows", 2.0, LESS, 1.15))
    assert results.verdict_of(report.targets) == 1


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0"), (1.1, "1.10"), (0.02345, "0.0234"), (12.345, "12.3"), (5432.1, "5,432")]
)
def test_numbers_are_short(value: float, words: str) -> None:
    assert shown(value) == words


def test_the_table_has_a_row_for_each_measure_and_a_column_for_each_database(report: Report) -> None:
    console = Console(width=140, record=True, file=io.StringIO())
    results.show(report, {"cores": 2}, console)
    words = console.export_text()
    assert words.count("the whole round") == 2
    assert "600 (300–800)" in words
    assert "met: beside the limit" in words


def test_charts_are_svg_with_title_description_and_every_label(report: Report, tmp_path: Path) -> None:
    results.keep(report, {"cores": 2}, ["sending", "quiet"], tmp_path)
    for name, labels in (
        (results.SENDING, ["smtp-source, the limit", "2,000", "600"]),
        (results.QUIET, ["1 M", f"{POSTGRESQL}: 2 → 2"]),
    ):
        drawing = ET.fromstring((tmp_path / name).read_text("utf-8"))  # noqa: S314 - we drew it
        texts = [text.text for text in drawing.iter(f"{SVG}text")]
        assert drawing.get("role") == "img"
        assert drawing.find(f"{SVG}title") is not None
        assert all(any(label in str(text) for text in texts) for label in labels), (labels, texts)
        assert all(label.split(":")[0] in str(drawing.findtext(f"{SVG}desc")) for label in labels)


def test_a_chart_writes_what_it_is_given_as_text() -> None:
    drawing = ET.fromstring(charts.bars("<b> & so", "a", [charts.Bar("<script>", 1)]))  # noqa: S314 - we drew it
    assert drawing.findtext(f"{SVG}title") == "<b> & so"


def test_results_of_other_parts_stay(report: Report, tmp_path: Path) -> None:
    results.keep(report, {"cores": 2}, ["sending", "quiet"], tmp_path)
    again = Report()
    again.add("quiet", "the whole round", "ms", [9], f"{SQLITE}, 0 old envelopes")
    results.keep(again, {"cores": 4}, ["quiet"], tmp_path)
    lines = [json.loads(line) for line in (tmp_path / results.LINES).read_text("utf-8").splitlines()]
    assert lines[0] == {"machine": {"cores": 4}}
    assert [line["part"] for line in lines[1:]] == ["quiet", "sending", "sending", "sending"]


@pytest.fixture
def seeds(engine: Engine) -> Seeds:
    seeds = Seeds(engine, datetime.now(UTC).replace(microsecond=0))
    register = letters.register()
    seeds.sow(TINY)
    seeds.remember(register)
    seeds.old_envelopes(300, 0, TINY.people, list(register))
    seeds.send_by_hand(register)
    return seeds


def test_the_sown_program_is_quiet_until_something_falls_due(seeds: Seeds) -> None:
    register = letters.register()
    with Session(seeds.engine) as session:
        waiting = select(func.count()).where(Envelope.state == State.WAITING)
        assert not Collection(session, register, seeds.now).run(register.values()).total()
        due = seeds.newly_due(TINY, 10)
        session.rollback()
        Collection(session, register, seeds.now).run(register.values())
        assert session.scalar(waiting) == due == 50


def test_a_captured_statement_is_explained_as_it_was_run(seeds: Seeds) -> None:
    with captured(seeds.engine) as capture, Session(seeds.engine) as session:
        capture.label = "looking"
        people = session.scalars(select(Person).where(Person.email == "nobody@example.org")).all()
    (statement,) = capture.distinct
    assert people == []
    assert statement.label == "looking"
    if seeds.engine.dialect.name == "sqlite":
        assert "uq_person_email" in query_plan(seeds.engine, statement) or "autoindex" in query_plan(
            seeds.engine, statement
        )
        assert 0 < instructions(seeds.engine, statement) < 1000
    else:
        with seeds.engine.connect() as connection:
            plan = plan_of(connection, statement)
            assert [table for table, _ in plan.scans] == ["person"]
            assert plan.buffers > 0


def test_the_letters_are_real_ones_and_others_get_the_same_with_places() -> None:
    assert abs(len(compose(letters.welcome("en"))) - letters.size()) < letters.size() / 10
    template = letters.template()
    assert "{{ name }}" in template.html
    assert "/a/{{ token }}/" in template.text


def test_the_bare_postbox_is_given_messages_and_keeps_each(monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("smtp-source", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        skip("there is no smtp-source", "install Debian's postfix package; it need not run")
    monkeypatch.setattr(inbound, "WARM", 2)
    assert inbound.bare(8) > 0
