"""Mentors and leads who leave mail after mail unanswered: nudged, then told of, without content."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from mentorly.emails.unanswered import Unanswered
from mentorly.mentoring.base import Refused
from mentorly.mentoring.pauses import pause, resume
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.sessions import SessionLog, Way
from mentorly.mentoring.unheard import Unheard, set_unheard, unheard
from tests.cast import REGISTER, cast_of, register_of
from tests.emails.correspondence import Came, Correspondence
from tests.emails.test_meeting_mails import press, undo

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WORD = "flummoxite"
KINDS = ("session_logged", "matched_lead", "unheard_nudge", "unheard_told", "digest")


@pytest.fixture
def post(session: Session) -> Correspondence:
    """Alice and Bob are matched, and Carol does not set their first meeting."""
    post = Correspondence(cast_of(session), {}, register_of(*KINDS))
    post.cast.propose(post.moment).accept(post.cast.alice, post.moment)
    session.commit()
    post.pass_by(bell=False)
    return post


def log(post: Correspondence, times: int = 1) -> None:
    """Bob writes calls into the log, which Alice is asked to confirm."""
    together = post.cast.session.scalars(select(Relationship)).one()
    for number in range(times):
        began = post.moment - (number + 2) * HOUR
        SessionLog.add(together, post.cast.bob, Way.PHONE, began, 20, WORD, post.moment)
    post.cast.session.commit()
    post.pass_by()


def look(post: Correspondence) -> list[Unheard]:
    """The daily look at who does not answer; returns those of whom it goes on."""
    for _ in Unanswered(post.cast.session, post.register, post.moment).batches():
        post.cast.session.commit()
    post.cast.session.expire_all()
    return list(post.cast.session.scalars(select(Unheard).where(Unheard.over_at.is_(None))))


def days(post: Correspondence, number: int) -> list[Came]:
    """Let days go by, each with a look and a round at ten in the morning in Toronto."""
    brought: list[Came] = []
    for _ in range(number):
        post.moment += DAY
        look(post)
        brought += post.pass_by(bell=False)
    return brought


def test_after_three_unanswered_mails_a_nudge_follows_and_then_an_administrator_hears(post: Correspondence) -> None:
    log(post, 3)
    (row,) = look(post)
    assert (row.person.first_name, row.mails, row.nudge_at) == ("Alice", 3, post.moment + 14 * DAY)
    assert days(post, 14) == []
    (nudge,) = days(post, 1)
    assert (nudge.recipient, nudge.subject) == (post.cast.alice.email, "Mentoring: are you still there?")
    assert "List-Unsubscribe" in nudge.mail
    assert days(post, 7) == []
    (told,) = days(post, 1)
    assert (told.recipient, told.subject) == (post.cast.dave.email, "Mentoring: somebody does not answer")
    assert "Alice Gagnon" in told.text
    assert days(post, 20) == [], "once for each silence"
    for mail in (nudge, told):
        assert WORD not in mail.mail.as_string() + mail.text
        assert "session" not in mail.text
    press(post, told, "done")
    assert unheard(post.cast.dave).compile()
    with pytest.raises(Refused, match="looked after this already"):
        row.settle(post.cast.dave, post.moment)
    undo(post, told)
    assert row.settled_at is None


def test_who_answers_anything_is_heard_of_even_before_the_next_look(post: Correspondence) -> None:
    log(post, 3)
    asked = post.last_to(post.cast.alice)
    look(post)
    days(post, 14)
    press(post, asked, "confirm")
    post.moment += DAY
    assert post.pass_by(bell=False) == []
    assert look(post) == []
    assert days(post, 30) == [], "two mails are left, and she answered since they came"


def test_days_of_a_pause_count_for_nobody_who_does_not_answer(post: Correspondence) -> None:
    log(post, 3)
    cast, together = post.cast, post.cast.session.scalars(select(Relationship)).one()
    days(post, 5)
    assert len(look(post)) == 1
    pause(together, cast.bob, post.moment)
    cast.session.commit()
    assert days(post, 30) == []
    assert look(post) == []
    resume(together, cast.bob, post.moment)
    cast.session.commit()
    resumed_at = post.moment
    (row,) = look(post)
    assert (row.person.first_name, row.since, row.nudge_at) == ("Alice", resumed_at, resumed_at + 14 * DAY)
    assert days(post, 13) == []
    (nudge,) = days(post, 2)
    assert f"since {resumed_at:%A, %B} {resumed_at.day}" in nudge.text


def test_who_was_heard_of_before_a_pause_is_asked_nothing_anew_by_its_end(post: Correspondence) -> None:
    log(post, 3)
    cast, together = post.cast, post.cast.session.scalars(select(Relationship)).one()
    cast.alice.signed_in(post.moment + HOUR)
    pause(together, cast.bob, post.moment + DAY)
    resume(together, cast.bob, post.moment + 9 * DAY)
    cast.session.commit()
    post.moment += 9 * DAY
    assert look(post) == []


def test_of_every_mail_that_waits_it_is_known_whether_its_relationship_was_paused() -> None:
    asking = [kind for kind in REGISTER.values() if kind.expects or kind.due.awaited is not None]
    assert asking
    assert [kind.name for kind in asking if "resumed_at" not in str(kind.due.resumed_at)] == []


def test_signing_in_shows_that_one_is_there_and_what_comes_later_counts_anew(post: Correspondence) -> None:
    log(post, 3)
    post.cast.alice.signed_in(post.moment + HOUR)
    post.moment += 2 * HOUR
    assert look(post) == []
    log(post, 2)
    assert look(post) == []
    log(post, 1)
    (row,) = look(post)
    assert row.mails == 3


def test_one_press_says_that_one_is_there(post: Correspondence) -> None:
    log(post, 3)
    look(post)
    (nudge,) = days(post, 15)
    press(post, nudge, "here")
    assert look(post) == []
    assert days(post, 20) == []


def test_what_was_settled_by_others_waits_for_nobody(post: Correspondence) -> None:
    log(post, 3)
    assert look(post)
    for one in post.cast.session.scalars(select(SessionLog)):
        one.strike(post.cast.bob, post.moment)
    post.cast.session.commit()
    assert look(post) == []


def test_a_lead_who_leaves_undone_what_waits_for_them_is_asked_too(post: Correspondence) -> None:
    assert look(post) == []
    set_unheard(post.cast.program, post.cast.dave, post.moment, mails=1, days=2, told_days=3)
    post.cast.session.commit()
    (row,) = look(post)
    assert (row.person.first_name, row.role) == ("Carol", "lead")
    assert [mail.recipient for mail in days(post, 3)] == [post.cast.carol.email]
    assert [mail.recipient for mail in days(post, 4)] == [post.cast.dave.email]


def test_nobody_hears_of_themself_and_mentees_are_not_counted(post: Correspondence) -> None:
    cast = post.cast
    log(post, 3)
    cast.alice.make_administrator(post.moment)
    cast.session.commit()
    (row,) = look(post)
    days(post, 15)
    assert [mail.recipient for mail in days(post, 8)] == [cast.dave.email]
    assert cast.session.scalars(unheard(cast.alice)).all() == []
    with pytest.raises(Refused, match="another administrator"):
        row.settle(cast.alice, post.moment)
    with pytest.raises(Refused, match="another administrator"):
        row.settle(cast.carol, post.moment)


def test_the_thresholds_are_the_programs(post: Correspondence) -> None:
    program, moment = post.cast.program, post.moment
    with pytest.raises(Refused, match="Only an administrator"):
        set_unheard(program, post.cast.carol, moment, mails=3, days=14, told_days=7)
    for mails, number, told in ((0, 14, 7), (21, 14, 7), (3, 0, 7), (3, 14, 181), (None, 14, 7)):
        with pytest.raises(Refused, match=r"From 1 to 20|from 1 to 180"):
            set_unheard(program, post.cast.dave, moment, mails=mails, days=number, told_days=told)
    log(post, 3)
    look(post)
    set_unheard(program, post.cast.dave, moment, mails=3, days=20, told_days=7)
    (row,) = look(post)
    assert row.nudge_at == post.moment + 20 * DAY


def test_it_is_kept_for_half_a_year(post: Correspondence) -> None:
    log(post, 3)
    (row,) = look(post)
    row.answer(post.cast.alice, post.moment)
    post.cast.session.commit()
    Unheard.forget(post.cast.session, post.moment + 179 * DAY)
    assert post.cast.session.scalars(select(Unheard)).all()
    Unheard.forget(post.cast.session, post.moment + 181 * DAY)
    assert post.cast.session.scalars(select(Unheard)).all() == []


def test_a_look_asks_the_same_however_many_do_not_answer(
    post: Correspondence, engine: Engine, count_queries: Callable[[Engine], AbstractContextManager[list[str]]]
) -> None:
    cast, counts = post.cast, []
    set_unheard(cast.program, cast.dave, post.moment, mails=1, days=2, told_days=3)
    for times in (1, 6):
        for _ in range(times):
            number = len(cast.session.scalars(select(Person.id)).all())
            lead = Person.register(
                cast.session, f"{number}@boreal.example.org", "Lea Many", post.moment, by=None,
                organization=cast.boreal,
            )  # fmt: skip
            Participation.join(lead, cast.program, "lead", post.moment, by=None)
        cast.session.execute(update(Member).where(Member.matched_as == "mentee").values(leads_told_at=None))
        cast.session.commit()
        post.moment += timedelta(minutes=1)
        assert len(post.pass_by(bell=False)) == times
        with count_queries(engine) as queries:
            look(post)
        counts.append(len([one for one in queries.statements if one.lstrip().upper().startswith("SELECT")]))  # type: ignore[attr-defined]
    assert counts[0] == counts[1]
