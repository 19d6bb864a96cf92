"""The figures of a month by mail: on its first working morning, to leads and administrators, nothing typed in it."""

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from mentorly.mentoring.monthly import MonthlyFigures
from mentorly.mentoring.objectives import Category, Objective, Plan
from mentorly.mentoring.people import Participation
from mentorly.mentoring.sessions import SessionLog, Way
from mentorly.mentoring.suppressions import Family, Suppression
from mentorly.mentoring.tasks import Task
from tests.cast import MONDAY, Cast, Clock, Keeper, cast_of, office_of, register_of

WORD = "flummoxite"
FIRST = datetime(2027, 4, 1, 13, 0, tzinfo=UTC)  # nine in the morning in Toronto, a Thursday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def cast(session: Session) -> Cast:
    """Alice and Bob met in March; Bob has an objective and a task."""
    cast = cast_of(session)
    together = cast.propose().accept(cast.alice, MONDAY)
    SessionLog.add(together, cast.bob, Way.PHONE, MONDAY + DAY, 30, WORD, MONDAY + 2 * DAY)
    objective = Objective.open(together, cast.bob, Plan(WORD, Category.SKILLS, why=WORD), cast.bob, MONDAY)
    Task.add(objective, WORD, date(2027, 5, 1), cast.bob, cast.bob, MONDAY)
    MonthlyFigures.prepare(session, MONDAY + 3 * DAY)
    session.commit()
    return cast


def sent(cast: Cast, until: datetime) -> dict[str, EmailMessage]:
    """The mails of the month, by their readers' addresses, that have gone by a moment."""
    keeper, office = Keeper(), office_of(cast.session, register_of("monthly_figures"))
    office.round(Clock(MONDAY + 3 * DAY), keeper)
    for moment in (FIRST - HOUR, FIRST + HOUR, until):
        office.round(Clock(moment), keeper)
    return {to: message_from_bytes(data, policy=default) for _, to, data in keeper.carried}  # type: ignore[misc]


def words(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part
    return str(part.get_content())


def test_leads_and_administrators_get_the_figures_of_last_month(cast: Cast) -> None:
    mails = sent(cast, FIRST + 2 * HOUR)
    assert mails.keys() == {cast.carol.email, cast.dave.email}
    text = words(mails[cast.carol.email])
    assert mails[cast.carol.email]["Subject"] == "Mentoring: the figures of Pilot for March 2027"
    assert "1 held, 1 planned for" in " ".join(text.split())
    assert "Boréal Robotique" in text
    assert "[####" in text
    html = words(mails[cast.carol.email], "html")
    assert "<img" not in html
    assert "background-color:#2a9781" in html, "bars are cells of a table"
    assert mails[cast.carol.email]["List-Unsubscribe-Post"]


def test_nothing_that_anybody_typed_is_in_it(cast: Cast) -> None:
    for mail in sent(cast, FIRST + 2 * HOUR).values():
        assert WORD not in mail.as_string() + words(mail) + words(mail, "html")


def test_nothing_comes_before_the_first_working_morning_of_the_reader(cast: Cast) -> None:
    cast.carol.timezone = "Europe/Paris"
    cast.session.execute(update(MonthlyFigures).values(month=date(2027, 5, 1)))  # a Saturday
    cast.session.commit()
    assert sent(cast, datetime(2027, 5, 2, 20, 0, tzinfo=UTC)) == {}
    assert sent(cast, datetime(2027, 5, 3, 7, 30, tzinfo=UTC)).keys() == {cast.carol.email}


def test_who_leads_no_more_gets_none(cast: Cast) -> None:
    part = Participation.of(cast.carol, cast.program, "lead")
    assert part
    part.left_at = MONDAY
    cast.session.commit()
    assert sent(cast, FIRST + 2 * HOUR).keys() == {cast.dave.email}


def test_who_stopped_them_gets_none(cast: Cast) -> None:
    Suppression.stop(cast.carol, [Family.FIGURES], cast.carol, MONDAY)
    cast.session.commit()
    assert sent(cast, FIRST + 2 * HOUR).keys() == {cast.dave.email}
