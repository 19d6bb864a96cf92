"""Figures of what was answered tell of many and of nobody (rules C5), and the database counts them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mentorly.mentoring.answered import Count, Figure, Occasion, answered, figures
from mentorly.mentoring.asked import Asked, Response
from mentorly.mentoring.figures import release_figures
from mentorly.mentoring.instrument_files import parsed
from mentorly.mentoring.instruments import Instrument, Kind
from mentorly.mentoring.people import Person
from mentorly.mentoring.program_instruments import InstrumentText, ProgramInstrument
from tests.cast import MONDAY, Cast, cast_of

SOURCE = """
kind = "survey"
asks = ["mentee"]
opens = ["match"]
title = { en = "A", fr = "B" }
about = { en = "A", fr = "B" }
seen = { en = "A", fr = "B" }
[[questions]]
name = "well"
kind = "scale"
en = "A"
fr = "B"
[[questions]]
name = "again"
kind = "yes_no"
en = "A"
fr = "B"
[[questions]]
name = "why"
kind = "text"
en = "A"
fr = "B"
"""


@pytest.fixture
def cast(session: Session) -> Cast:
    cast = cast_of(session)
    own = ProgramInstrument.of(cast.program, "short")
    own.text, own.is_used = InstrumentText.add(cast.program, "short", SOURCE, cast.dave.id, MONDAY), True
    session.commit()
    return cast


@pytest.fixture
def short() -> Instrument:
    return parsed(SOURCE, "short")


def answer(cast: Cast, steps: list[int], again: str = "", occasion: str = "match", name: str = "many") -> None:
    """As many people as steps answer one after the other. again: y or n of each."""
    text_id, session = ProgramInstrument.of(cast.program, "short").text_id, cast.session
    for number, step in enumerate(steps):
        person = Person.register(session, f"{name}{number}@example.org", "Many Faces", MONDAY, by=None)
        one = Asked(
            program_id=cast.program.id, person=person, name="short", occasion=occasion, text_id=text_id, reminds=(),
            finished_at=MONDAY + timedelta(minutes=number),
        )  # fmt: skip
        one.responses = [Response(question="well", number=step), Response(question="why", words="secret")]
        if again:
            one.responses.append(Response(question="again", option={"y": "yes", "n": "no"}[again[number]]))
        session.add(one)
    session.flush()


def shown(cast: Cast, short: Instrument, month: int = 0) -> list[Occasion]:
    """What is shown once the night has passed in which a month begins."""
    release_figures(cast.program, MONDAY + month * timedelta(days=31))
    return figures(cast.program, short, cast.dave)


def figure(cast: Cast, short: Instrument, question: str, month: int = 0) -> Figure:
    (occasion,) = shown(cast, short, month)
    return next(one for one in occasion.figures if one.question.name == question)


def test_fewer_than_five_show_nothing(cast: Cast, short: Instrument) -> None:
    assert [one.number for one in shown(cast, short)[0].figures] == [0, 0]
    answer(cast, [1, 2, 3, 4])
    assert answered(cast.program)["short"] == Count(4, 4)
    assert figure(cast, short, "well", 1) == Figure(short.questions[0])


def test_answers_are_released_once_a_month_by_five_people_at_least(cast: Cast, short: Instrument) -> None:
    answer(cast, [1, 2, 3, 4, 5])
    assert figure(cast, short, "well") == Figure(short.questions[0], 5, 3.0)
    answer(cast, [1, 2, 3, 4], name="four")
    assert figure(cast, short, "well", 1).number == 5
    answer(cast, [5], name="tenth")
    assert figure(cast, short, "well", 1).number == 5, "this month is over"
    assert figure(cast, short, "well", 2).number == 10


def test_a_mean_so_near_an_end_that_it_tells_everybodys_answer_is_not_shown(cast: Cast, short: Instrument) -> None:
    answer(cast, [5, 5, 5, 5, 1])
    assert figure(cast, short, "well").number == 0
    answer(cast, [3, 3, 3, 3, 3], name="more")
    assert figure(cast, short, "well", 1).mean == 3.6


@pytest.mark.parametrize(
    ("again", "shares", "counts"),
    [
        ("yyynn", {}, {}),
        ("yyyyynnnnn", {"yes": 50, "no": 50}, {}),
        ("yyyyyynnnn", {}, {}),
        ("y" * 12 + "n" * 8, {"yes": 60, "no": 40}, {"yes": 12, "no": 8}),
        ("y" * 16 + "n" * 4, {}, {}),
    ],
)
def test_shares_are_shown_where_no_option_has_nearly_all_and_counts_from_twenty_on(
    cast: Cast, short: Instrument, again: str, shares: dict[str, int], counts: dict[str, int]
) -> None:
    answer(cast, [3] * len(again), again)
    number = len(again) if shares else 0
    assert figure(cast, short, "again") == Figure(short.questions[1], number, shares=shares, counts=counts)


def test_a_person_counts_once_for_each_occasion_and_the_viewer_not_at_all(cast: Cast, short: Instrument) -> None:
    answer(cast, [1, 2, 3, 4])
    text_id = ProgramInstrument.of(cast.program, "short").text_id
    first = cast.session.query(Person).filter_by(email="many0@example.org").one()
    for number, person in enumerate((first, first, cast.dave)):
        one = Asked(
            program_id=cast.program.id, person=person, name="short", occasion="match", text_id=text_id, reminds=(),
            finished_at=MONDAY + timedelta(hours=number), relationship_id=None,
        )  # fmt: skip
        together = cast.propose().accept(cast.alice, MONDAY) if number == 0 else None
        one.relationship = together
        one.responses = [Response(question="well", number=5)]
        if number != 1:
            cast.session.add(one)
    cast.session.flush()
    assert figure(cast, short, "well").number == 0, "four people and the viewer are four"
    answer(cast, [5], name="fifth")
    assert figure(cast, short, "well", 1) == Figure(short.questions[0], 5, 3.0)
    answer(cast, [1, 2, 3, 4, 5], occasion="end", name="end")
    assert [one.name for one in shown(cast, short, 2)] == ["end", "match"]


def test_a_sheet_gives_no_figures_and_what_somebody_took_up_alone_is_not_counted(cast: Cast, short: Instrument) -> None:
    answer(cast, [1, 2, 3, 4, 5], occasion="own 7")
    assert answered(cast.program) == {}
    assert figures(cast.program, replace(short, kind=Kind.SHEET), cast.dave) == []


def test_words_are_in_no_figure_and_leads_see_none(cast: Cast, short: Instrument) -> None:
    answer(cast, [1, 2, 3, 4, 5])
    told = shown(cast, short)
    assert {one.question.name for one in told[0].figures} == {"well", "again"}
    assert "secret" not in repr(told)
    assert figures(cast.program, short, cast.carol) == []


def test_the_database_counts_with_one_question_however_many_answers_there_are(
    cast: Cast, short: Instrument, engine: Engine, count_queries: Callable[[Engine], AbstractContextManager[list[str]]]
) -> None:
    for number in (5, 40):
        answer(cast, [3] * number, name=f"crowd{number}")
        with count_queries(engine) as queries:
            figures(cast.program, short, cast.dave)
            answered(cast.program)
        assert len(queries) == 2
