"""What a reply may ask for besides: help, stop, who sees, a day; and who gets what was written without an answer."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from mentorly.emails.answering import Unclear
from mentorly.emails.reply import Reply
from mentorly.emails.seen import by_leads
from mentorly.mentoring.base import Base, Refused, prepare
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.remarks import Remark, passed_on_to
from mentorly.mentoring.suppressions import EVERY, Suppression
from tests.cast import cast_of
from tests.emails.correspondence import Came, Correspondence, recipients

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def post(session: Session) -> Correspondence:
    return Correspondence(cast_of(session))


@on_sqlite
def test_a_remark_beside_an_answer_is_asked_about_in_its_confirmation(post: Correspondence) -> None:
    post.reply(post.asked(), "Hello,\n\nYes, gladly!\n\nI am away until the tenth.\n\nAlice")
    (confirmed,) = post.pass_by()
    assert "You also wrote something" in confirmed.text
    assert "I am away until the tenth" in confirmed.text
    post.press(confirmed, "nobody")
    assert [remark.words for remark in post.cast.session.scalars(select(Remark))] == [""]


@on_sqlite
def test_thanks_and_a_name_are_no_remark_and_get_no_answer(post: Correspondence) -> None:
    post.matched()
    assert post.reply(post.last_to(post.cast.bob), "Merci beaucoup!\n\nBob").decision == "courtesy"
    assert post.pass_by() == []


def test_what_is_written_to_a_mail_that_asks_nothing_goes_to_whom_its_writer_chooses(post: Correspondence) -> None:
    """The words are in no mail but the one to whom they are for, who chose to have them there (rules C1, C6)."""
    post.matched()
    alice, bob = post.cast.alice, post.cast.bob
    words = "Could we meet in the evening?"
    assert post.reply(post.last_to(bob), words).decision == "remark"
    (question,) = post.pass_by()
    assert question.recipient == bob.email
    assert "/mentor" in question.text
    assert "/mentee" not in question.text
    post.press(question, "mentor")
    (told,) = post.pass_by()
    assert told.recipient == alice.email
    assert words not in told.text
    assert "/home" in told.text
    assert [remark.words for remark in passed_on_to(alice)] == [words]
    with pytest.raises(Refused, match="decided already"):
        post.press(question, "program")


@on_sqlite
def test_with_quoting_on_the_words_are_in_the_mail_to_whom_they_are_for(post: Correspondence) -> None:
    post.matched()
    post.cast.alice.choose_quoting(quotes=True, now=post.moment)
    post.reply(post.last_to(post.cast.bob), "Could we meet in the evening?")
    (question,) = post.pass_by()
    post.press(question, "mentor")
    (told,) = post.pass_by()
    assert "> Could we meet in the evening?" in told.text


@on_sqlite
def test_who_has_several_mentees_says_which_one(post: Correspondence) -> None:
    cast = post.cast
    post.matched()
    anna = Person.register(
        cast.session, "anna@boreal.example.org", "Anna Roy", post.moment, by=None, organization=cast.boreal
    )
    Participation.join(anna, cast.program, "mentee", post.moment, by=None)
    propose_match(cast.session, cast.program, cast.alice, anna, post.moment, by=cast.carol).accept(
        cast.alice, post.moment
    )
    post.pass_by()
    post.reply(post.last_to(cast.alice), "See you soon in the lobby.")
    post.pass_by()
    question = post.last_to(cast.alice)
    with pytest.raises(Unclear):
        post.press(question, "mentee")
    cast.session.rollback()
    post.press(question, "mentee", mentee=str(anna.id))
    assert [remark.receiver for remark in cast.session.scalars(select(Remark))] == [anna]


@on_sqlite
def test_words_that_came_from_another_address_are_not_quoted_at_this_one(post: Correspondence) -> None:
    post.matched()
    post.reply(post.last_to(post.cast.bob), "I think of leaving.", "bob@home.example.net")
    (question,) = post.pass_by()
    assert "leaving" not in question.text
    post.press(question, "confirm")
    (question,) = post.pass_by()
    assert "À qui le remettre?" in question.text
    assert "leaving" not in question.text


def test_what_nobody_decided_about_is_deleted_after_14_days(post: Correspondence) -> None:
    post.matched()
    post.reply(post.last_to(post.cast.bob), "Could we meet in the evening?")
    (question,) = post.pass_by()
    Remark.forget(post.cast.session, post.moment + timedelta(days=14))
    Reply.forget(post.cast.session, post.moment + timedelta(days=14))
    post.cast.session.commit()
    post.cast.session.expire_all()
    with pytest.raises(Refused, match="deleted"):
        post.press(question, "mentor")


def test_help_reaches_the_contact_of_the_program_after_the_grace_and_nobody_else(post: Correspondence) -> None:
    post.cast.program.contact_id = post.cast.dave.id
    post.matched()
    mail = post.last_to(post.cast.bob)
    assert post.reply(mail, "Aide\n\nJe n'arrive pas à joindre Alice.\n\nBob").decision == "help"
    (confirmed,) = post.pass_by()
    assert confirmed.recipient == post.cast.bob.email
    assert "Dave Okoye" in confirmed.text
    assert "joindre Alice" not in confirmed.text
    (wanted,) = post.pass_by(minutes=5)
    assert wanted.recipient == post.cast.dave.email
    assert "> Je n'arrive pas à joindre Alice." in wanted.text
    assert post.reply(wanted, "done").decision == "taken"
    assert post.cast.session.scalars(select(CallForHelp)).one().settled_by == post.cast.dave


@on_sqlite
def test_help_that_is_needed_no_more_reaches_nobody(post: Correspondence) -> None:
    post.matched()
    post.reply(post.last_to(post.cast.bob), "help")
    (confirmed,) = post.pass_by()
    post.press(confirmed, "withdraw")
    assert post.pass_by(minutes=10) == []


def test_stop_stops_what_can_be_stopped_and_says_what_cannot(post: Correspondence) -> None:
    post.matched()
    bob = post.cast.bob
    assert post.reply(post.last_to(bob), "Arrêtez, s'il vous plaît").decision == "stop"
    (told,) = post.pass_by()
    assert "les rappels" in told.text
    assert "une proposition, un jumelage" in told.text
    assert Suppression.stopped(bob) == EVERY


def test_who_sees_is_answered_by_what_the_page_says_to_the_address_we_know(post: Correspondence) -> None:
    post.matched()
    assert post.reply(post.last_to(post.cast.bob), "Qui voit?").decision == "who sees"
    (told,) = post.pass_by()
    shown = by_leads(post.cast.bob, post.moment)
    assert told.recipient == post.cast.bob.email
    assert shown.who in told.text.replace("\u00a0", " ")
    assert {name for name, _ in shown.rows[0][1]} >= {"Dates des comptes rendus", "Tâches"}
    assert all(" ".join(f"{name} : {words}".split()) in told.text for name, words in shown.rows[0][1])


@on_sqlite
@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("12 March 14:00", datetime(2027, 3, 12, 19, 0, tzinfo=UTC)),
        ("Bonjour,\n\nOui\nle 19 mars à 14 h 30\n\nCarol", datetime(2027, 3, 19, 18, 30, tzinfo=UTC)),
    ],
)
def test_the_first_meeting_is_set_by_a_reply_with_its_day_and_time(
    post: Correspondence, words: str, at: datetime
) -> None:
    post.matched()
    assert post.reply(post.last_to(post.cast.carol), words).decision == "taken"
    assert post.cast.session.scalars(select(Relationship)).one().first_meeting_at == at
    (confirmed,) = post.pass_by()
    assert "Day and time of the first meeting:" in confirmed.text
    assert sorted(recipients(post.pass_by(minutes=5))) == ["alice", "bob"]


@on_sqlite
@pytest.mark.parametrize(
    "words", ["Yes", "Not on 12 March 14:00", "12 March 14:00?", "12 March", "Yes, 12 or 13 March"]
)
def test_a_day_that_is_not_certain_is_asked_for_again(post: Correspondence, words: str) -> None:
    post.matched()
    assert post.reply(post.last_to(post.cast.carol), words).decision == "unclear"
    (again,) = post.pass_by()
    assert "/first_meeting" in again.text


def test_a_name_in_a_reply_is_whom_to_ask_next(post: Correspondence) -> None:
    grace = Person.register(
        post.cast.session, "grace@boreal.example.org", "Grace Chen", post.moment, by=None, organization=post.cast.boreal
    )
    Participation.join(grace, post.cast.program, "mentor", post.moment, by=None)
    grace.welcomed_at = post.moment
    post.reply(post.asked(), "No")
    post.pass_by(minutes=6)
    assert post.reply(post.last_to(post.cast.carol), "Grace Chen, please").decision == "taken"
    assert list(recipients(post.pass_by())) == ["carol"]
    assert list(recipients(post.pass_by(minutes=6))) == ["grace"]


@on_sqlite
def test_any_word_to_the_welcome_proves_the_address(post: Correspondence) -> None:
    bob = post.cast.bob
    bob.welcomed_at = None
    post.pass_by()
    assert post.reply(post.last_to(bob), "Bonjour!").decision == "greeted"
    assert not bob.is_unanswering
    (told,) = post.pass_by()
    assert "votre réponse est bien arrivée" in told.text


@on_sqlite
def test_two_services_that_write_to_each_other_stop_after_one_exchange(session: Session, tmp_path: Path) -> None:
    """Even where something on the way takes off every sign that a program wrote."""
    other = prepare(create_engine(f"sqlite:///{tmp_path / 'other.sqlite'}"))
    Base.metadata.create_all(other)
    with Session(other, expire_on_commit=False) as elsewhere:
        here = Correspondence(cast_of(session))
        there = Correspondence(
            cast_of(elsewhere),
            {
                "MENTORLY_MAIL_FROM": "Mentorly <mentorly@there.example.net>",
                "MENTORLY_REPLY_ADDRESS": "r.{token}@in.there.example.net",
            },
        )
        ours, theirs = here.asked(), there.asked()
        here.cast.alice.email, there.cast.alice.email = str(theirs.mail["Reply-To"]), str(ours.mail["Reply-To"])
        session.commit()
        elsewhere.commit()
        travelling, crossed = [(here, there, bare(ours))], 0
        while travelling:
            origin, target, raw = travelling.pop()
            crossed += 1
            assert crossed < 6
            target.receive(raw, str(theirs.mail["Reply-To"] if target is there else ours.mail["Reply-To"]))
            travelling += [(target, origin, bare(mail)) for mail in target.pass_by(minutes=6)]
        assert crossed <= 3
    other.dispose()


def bare(came: Came) -> bytes:
    """A mail without any header by which a program would know a program."""
    for header in ("Auto-Submitted", "X-Auto-Response-Suppress", "X-Loop", "Message-ID", "In-Reply-To", "References"):
        del came.mail[header]
    return came.mail.as_bytes()
