"""The mails about tasks: which goes to whom and when, what a reply to it does, and what digests and calendars tell."""

from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.emails.envelope import Envelope, State
from mentorly.emails.feeding import feed_of
from mentorly.mentoring.objectives import Category, Ending, Objective, Plan
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import propose
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.tasks import Task
from tests.cast import cast_of, register_of
from tests.emails.correspondence import Correspondence, recipients
from tests.emails.test_meeting_mails import press, undo, until

KINDS = (
    *("task_added", "task_due_soon", "task_overdue", "task_done", "task_remarked", "meeting_reminder", "digest"),
    *("reply_taken", "reply_unclear", "reply_undone", "reply_changed_nothing"),
)
DAY = timedelta(days=1)
FRIDAY = date(2027, 3, 12)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def at_nine(day: int) -> datetime:
    """Nine in the morning in Toronto, on a day of March before the clocks change."""
    return datetime(2027, 3, day, 14, 0, tzinfo=UTC)


@pytest.fixture
def post(session: Session) -> Correspondence:
    """Alice and Bob are matched; Bob reads French, with what people write quoted."""
    post = Correspondence(cast_of(session), register=register_of(*KINDS))
    post.cast.propose(post.moment).accept(post.cast.alice, post.moment)
    post.cast.bob.choose_quoting(quotes=True, now=post.moment)
    session.commit()
    post.pass_by(bell=False)
    return post


def given(post: Correspondence, day: date = FRIDAY, words: str = "Call three people") -> Task:
    """Alice gives Bob a task."""
    cast = post.cast
    together = cast.session.scalars(select(Relationship)).one()
    known = cast.session.scalar(select(Objective).limit(1))
    plan = Plan("A wider network", Category.NETWORKING)
    objective = known or Objective.open(together, cast.bob, plan, cast.bob, post.moment)
    task = Task.add(objective, words, day, cast.bob, cast.alice, post.moment)
    cast.session.commit()
    return task


def test_a_task_is_given_done_by_a_reply_and_undone_by_mail_alone(post: Correspondence) -> None:
    alice, bob = post.cast.alice, post.cast.bob
    task = given(post)
    (mail,) = post.pass_by()
    assert (mail.recipient, mail.subject) == (bob.email, "Tâche de mentorat 1 : à faire pour le vendredi 12 mars")
    assert "Call three people" in mail.text, "Bob chose to have it quoted"
    assert post.reply(mail, "Fait!\n\nBob").decision == "taken"
    assert not task.is_open
    (confirmed,) = post.pass_by(seconds=5)
    assert "« C’est fait »" in confirmed.text
    assert post.reply(confirmed, "annuler").decision == "undone"
    assert task.is_open
    post.pass_by(seconds=5)
    assert post.pass_by(minutes=6) == [], "Alice has heard of nothing"
    assert post.reply(mail, "c'est fait").decision == "taken"
    told = post.pass_by(minutes=6)
    done = next(one for one in told if one.recipient == alice.email)
    assert done.subject == "Mentoring task 1 is done"
    assert "Call three people" not in done.text
    assert f"/task/{task.id}" in done.text
    assert post.reply(done, "Well done!").decision == "taken"
    post.pass_by(seconds=5)
    (heard,) = post.pass_by(minutes=6)
    assert heard.recipient == bob.email
    assert "Well done!" in heard.text


def test_a_reminder_goes_two_working_days_before_and_another_on_the_working_day_after(post: Correspondence) -> None:
    task = given(post)
    post.pass_by()
    (near,) = until(post, at_nine(10))
    assert (near.recipient, post.moment) == (post.cast.bob.email, at_nine(10)), "a Wednesday, for a Friday"
    assert "List-Unsubscribe" in near.mail
    (late,) = until(post, datetime(2027, 3, 15, 13, 0, tzinfo=UTC))
    assert "Est-elle faite?" in late.text
    assert until(post, datetime(2027, 3, 22, 13, 0, tzinfo=UTC)) == [], "it is said once that it is late"
    press(post, late, "done")
    assert not task.is_open
    (told,) = post.pass_by()
    assert told.recipient == post.cast.alice.email, "what a button does goes at once"
    undo(post, late)
    assert task.is_open


@on_sqlite
def test_what_is_done_or_for_later_or_closed_is_reminded_of_no_more(post: Correspondence) -> None:
    done, moved, removed, closed = (given(post, FRIDAY, words) for words in ("One", "Two", "Three", "Four"))
    own = given(post, date(2027, 3, 17), "Five")
    post.pass_by()
    post.moment = at_nine(10) - timedelta(minutes=30)
    post.office.collect(post.moment)
    post.cast.session.commit()
    done.finish(post.cast.bob, post.moment)
    moved.change("Two", FRIDAY + 7 * DAY, post.cast.bob, post.cast.bob, post.moment)
    removed.remove(post.cast.alice, post.moment)
    post.cast.session.commit()
    mails = until(post, at_nine(10))
    assert [mail.subject for mail in mails if mail.recipient == post.cast.bob.email] == [
        "Tâche de mentorat 4 : à faire pour le vendredi 12 mars"
    ]
    assert closed.objective is own.objective
    own.objective.close(Ending.DROPPED, post.cast.bob, post.moment)
    post.cast.session.commit()
    assert [mail.subject for mail in until(post, datetime(2027, 3, 19, 14, 0, tzinfo=UTC))] == []
    states = post.cast.session.scalars(select(Envelope.state).where(Envelope.kind == "task_due_soon"))
    assert set(states) <= {State.SENT, State.WITHDRAWN}


def test_any_other_words_are_a_remark_as_often_as_they_come(post: Correspondence) -> None:
    task = given(post)
    (mail,) = post.pass_by()
    for words in ("OK", "Non, pas avant lundi", "Est-ce que deux personnes suffisent?\nJe n'en connais que deux."):
        assert post.reply(mail, words + "\n\nBob").decision == "taken", words
    assert [one.words.splitlines()[0] for one in task.said] == [
        "OK", "Non, pas avant lundi", "Est-ce que deux personnes suffisent?",
    ]  # fmt: skip
    assert task.is_open
    post.pass_by(seconds=5)
    told = [one for one in post.pass_by(minutes=6) if one.recipient == post.cast.alice.email]
    assert {one.subject for one in told} == {"Mentoring task 1: a remark"}
    assert len(told) == 3
    assert "suffisent" not in told[-1].text, "Alice has said nothing of quoting"
    assert post.reply(told[-1], "done").decision != "taken", "only Bob completes it"
    assert task.is_open
    assert post.reply(told[-1], "Two are enough.").decision == "taken"
    assert task.said[-1].words == "Two are enough."
    post.pass_by(seconds=5)
    (answer,) = [one for one in post.pass_by(minutes=6) if one.recipient == post.cast.bob.email]
    assert post.reply(answer, "fait").decision == "taken"
    assert not task.is_open


def test_a_remark_is_taken_back_by_undo_and_nobody_hears_of_it(post: Correspondence) -> None:
    task = given(post)
    (mail,) = post.pass_by()
    post.reply(mail, "Je ne veux pas")
    (confirmed,) = post.pass_by(seconds=5)
    assert post.reply(confirmed, "annuler").decision == "undone"
    assert task.said == []
    post.pass_by(seconds=5)
    assert post.pass_by(minutes=6) == []


def test_the_digest_tells_of_objectives_and_tasks_and_a_line_completes_one(post: Correspondence) -> None:
    first, second = given(post), given(post, words="Write to Luc")
    post.pass_by()
    (digest,) = until(post, at_nine(10))
    assert "A wider network (tâches faites : 0 sur 2) [....................]" in digest.text
    assert "- Tâche 1, à faire pour le vendredi 12 mars : Call three people" in digest.text
    assert "La tâche 2, « Write to Luc », est à faire pour le vendredi 12 mars." in digest.text
    assert post.reply(digest, "fait 2").decision == "taken"
    assert (first.is_open, second.is_open) == (True, False)


def test_in_a_group_the_other_mentees_hear_of_nothing(session: Session) -> None:
    cast = cast_of(session, kind="group")
    post = Correspondence(cast, register=register_of(*KINDS))
    cast.propose(post.moment).accept(cast.alice, post.moment)
    finn = Person.register(session, "finn@boreal.example.org", "Finn Roy", post.moment, by=None)
    finn.organization = cast.boreal
    Participation.join(finn, cast.program, "mentee", post.moment, by=None)
    propose_match(session, cast.program, cast.alice, finn, post.moment, by=cast.carol).accept(cast.alice, post.moment)
    session.commit()
    task = given(post)
    own = Task.add(task.objective, "Introduce Bob", FRIDAY, cast.alice, cast.bob, post.moment)
    task.remark(cast.bob, "I have begun", post.moment)
    task.finish(cast.bob, post.moment)
    own.finish(cast.alice, post.moment)
    session.commit()
    assert set(recipients(post.pass_by())) == {"alice", "bob"}
    meeting = propose(task.objective.relationship, finn, [datetime(2027, 3, 9, 15, tzinfo=UTC)], post.moment)
    Task.add(task.objective, "Write to Luc", FRIDAY, cast.bob, cast.alice, post.moment)
    session.commit()
    reminders = {mail.recipient: mail.text for mail in until(post, at_nine(8)) if "meeting" in mail.text}
    assert meeting.is_planned
    assert "Task 3 with Bob Tremblay" in reminders[cast.alice.email]
    assert "Task 3" not in reminders[finn.email]


def test_who_left_and_who_is_at_the_end_is_reminded_of_nothing(post: Correspondence) -> None:
    task = given(post)
    post.pass_by()
    member = post.cast.session.scalars(select(Member).where(Member.person_id == post.cast.bob.id)).one()
    member.left_at = post.moment
    post.cast.session.commit()
    assert until(post, at_nine(10)) == []
    assert task.is_open
    assert b"BEGIN:VEVENT" not in feed_of(post.cast.bob, post.moment).data


@on_sqlite
def test_a_feed_shows_the_day_of_a_task_and_not_what_it_is(post: Correspondence) -> None:
    task = given(post)
    before = feed_of(post.cast.bob, post.moment)
    (event,) = Calendar.from_ical(before.data.decode()).walk("VEVENT")
    assert (str(event["SUMMARY"]), event["DTSTART"].dt) == ("Tâche de mentorat à faire", FRIDAY)
    assert b"Call" not in before.data
    task.finish(post.cast.bob, post.moment + DAY)
    post.cast.session.commit()
    after = feed_of(post.cast.bob, post.moment + DAY)
    assert b"VEVENT" not in after.data
    assert after.changed_at > before.changed_at
    assert b"VEVENT" not in feed_of(post.cast.alice, post.moment).data
