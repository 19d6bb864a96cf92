"""Replies: who speaks, what they said, and what becomes of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from mentorly.emails.email import Register
from mentorly.emails.envelope import Answer
from mentorly.emails.reply import Reply
from mentorly.emails.seen import by_leads
from mentorly.mentoring.base import Base, Refused, prepare
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.remarks import Remark, passed_on_to
from mentorly.mentoring.suppressions import EVERY, Suppression
from tests.cast import cast_of
from tests.emails.correspondence import Came, Correspondence, recipients


@pytest.fixture
def post(session: Session) -> Correspondence:
    return Correspondence(cast_of(session))


def proposal(post: Correspondence) -> Proposal:
    return post.cast.session.scalars(select(Proposal)).one()


def test_a_yes_accepts_and_is_confirmed_at_once_while_the_others_hear_of_it_after_five_minutes(
    post: Correspondence,
) -> None:
    asked = post.asked()
    received = post.reply(asked, "Oui, avec plaisir\n\nAlice")
    assert received.decision == "taken"
    assert proposal(post).accepted_at is not None
    (confirmed,) = post.pass_by(seconds=10)
    assert confirmed.recipient == post.cast.alice.email
    assert "We understood it as “I accept”." in confirmed.text
    assert "/undo" in confirmed.text
    assert list(post.pass_by(minutes=4)) == []
    assert sorted(recipients(post.pass_by(minutes=1))) == ["alice", "bob", "carol"]
    (answer,) = post.cast.session.scalars(select(Answer))
    assert (answer.button, answer.door, answer.by_id) == ("accept", "mail", post.cast.alice.id)


def test_the_confirmation_stands_in_the_thread_of_the_reply_and_says_that_a_program_wrote_it(
    post: Correspondence,
) -> None:
    asked = post.asked()
    post.reply(asked, "Yes")
    (confirmed,) = post.pass_by()
    assert confirmed.mail["In-Reply-To"] == "<reply-1@example.org>"
    assert confirmed.mail["References"] == f"{asked.mail['Message-ID']} <reply-1@example.org>"
    assert confirmed.subject == f"Re: {asked.subject}"
    assert confirmed.mail["Auto-Submitted"] == "auto-replied"
    assert confirmed.mail["X-Loop"] == "mentorly.example.org"


def test_undo_by_a_reply_takes_the_answer_back_and_nobody_else_ever_hears_of_it(post: Correspondence) -> None:
    post.reply(post.asked(), "yes")
    (confirmed,) = post.pass_by()
    assert post.reply(confirmed, "Undo").decision == "undone"
    assert proposal(post).accepted_at is None
    (undone,) = post.pass_by(seconds=5)
    assert "Your answer “I accept” is taken back" in undone.text
    assert post.pass_by(minutes=10) == []


def test_undo_after_somebody_heard_of_it_says_so(post: Correspondence) -> None:
    post.reply(post.asked(), "yes")
    (confirmed,) = post.pass_by()
    post.pass_by(minutes=6)
    assert post.reply(confirmed, "undo").decision == "refused"
    (refused,) = post.pass_by()
    assert "Bob Tremblay has been told already" in refused.text
    assert proposal(post).accepted_at is not None


def test_a_second_yes_says_what_was_done_already_and_a_third_one_gets_no_answer(post: Correspondence) -> None:
    asked = post.asked()
    post.reply(asked, "Yes")
    post.pass_by()
    assert post.reply(asked, "Yes!").decision == "done before"
    (told,) = post.pass_by()
    assert "You answered “I accept” already" in told.text
    post.reply(asked, "yes, of course")
    assert post.pass_by(minutes=1) == []


def test_a_no_keeps_the_rest_of_the_reply_as_the_reason_for_who_proposed_alone(post: Correspondence) -> None:
    post.reply(post.asked(), "Non merci\n\nHe is a cousin of mine.\n\nCordialement,\nAlice Gagnon")
    assert proposal(post).reservation_words == "He is a cousin of mine."
    assert list(recipients(post.pass_by())) == ["alice"]
    assert list(recipients(post.pass_by(minutes=5))) == ["carol"]


def test_a_refusal_comes_back_as_the_sentence_that_the_page_says(post: Correspondence) -> None:
    asked = post.asked()
    proposal(post).withdraw(post.cast.carol, post.moment)
    post.cast.alice.language = "fr"
    assert post.reply(asked, "Oui").decision == "refused"
    (told,) = post.pass_by()
    assert "Cette proposition a été retirée" in told.text


@pytest.mark.parametrize("words", ["Yes, but only from April on.", "Who is he?", "Let me think about it", ""])
def test_what_is_no_answer_changes_nothing_is_kept_sealed_and_asked_again_with_the_buttons(
    post: Correspondence, words: str
) -> None:
    asked = post.asked()
    assert post.reply(asked, words).decision == "unclear"
    assert proposal(post).is_open
    (again,) = post.pass_by()
    token = str(asked.mail["Reply-To"])[2:].partition("@")[0]
    assert f"/a/{token}/accept" in again.text
    assert f"/a/{token}/reserve" in again.text
    assert [remark.words for remark in post.cast.session.scalars(select(Remark))] == ([words] if words else [])
    assert not words or words not in again.text
    assert post.reply(again, "Yes").decision == "taken"
    assert proposal(post).accepted_at is not None


def test_a_reply_from_another_address_changes_nothing_until_its_owner_says_that_it_was_theirs(
    post: Correspondence,
) -> None:
    asked = post.asked()
    home = "alice@home.example.net"
    assert post.reply(asked, "Yes", home).decision == "other address"
    assert proposal(post).is_open
    (question,) = post.pass_by()
    assert question.recipient == post.cast.alice.email
    assert "a…@home.example.net" in question.text
    assert home not in question.text
    press(post, question, "confirm")
    assert proposal(post).accepted_at is not None
    (confirmed,) = post.pass_by()
    assert "We understood it as “I accept”." in confirmed.text
    assert post.reply(confirmed, "undo", home).decision == "undone"


def test_an_address_of_somebody_registered_never_becomes_an_alias_but_the_reply_counts_once(
    post: Correspondence,
) -> None:
    asked = post.asked()
    post.reply(asked, "Yes", post.cast.eve.email)
    (question,) = post.pass_by()
    press(post, question, "confirm")
    assert proposal(post).accepted_at is not None
    post.pass_by(days=2)
    assert post.reply(asked, "no", post.cast.eve.email).decision == "other address"


def test_an_alias_ends_with_the_address_that_it_belongs_to(post: Correspondence) -> None:
    from mentorly.mentoring.aliases import Alias

    alice = post.cast.alice
    Alias.confirm(alice, "alice@home.example.net", alice, post.moment)
    assert Alias.speaks_for("alice@home.example.net", alice)
    alice.generation += 1
    assert not Alias.speaks_for("alice@home.example.net", alice)


@pytest.mark.parametrize(
    ("sender", "said", "decision"),
    [("", "fail", "doubtful"), ("", "pass", "taken"), ("alice@home.example.net", "fail", "denied")],
)
def test_a_sender_that_our_own_server_does_not_vouch_for_changes_nothing(
    session: Session, sender: str, said: str, decision: str
) -> None:
    post = Correspondence(cast_of(session), {"MENTORLY_TRUSTED_AUTHSERV": "mx.example.org"})
    assert post.reply(post.asked(), "Yes", sender, said=said).decision == decision
    assert (proposal(post).accepted_at is not None) == (decision == "taken")
    assert len(post.pass_by()) == (0 if decision == "denied" else 1)


def test_a_forged_token_is_no_address_of_ours(post: Correspondence) -> None:
    asked = post.asked()
    address = str(asked.mail["Reply-To"])
    forged = address[:4] + ("a" if address[4] != "a" else "b") + address[5:]
    with pytest.raises(Exception, match="no such address"):
        post.receive(b"From: alice@boreal.example.org\r\n\r\nYes", forged)
    post.cast.alice.generation += 1
    post.cast.session.commit()
    with pytest.raises(Exception, match="no such address"):
        post.receive(b"From: alice@boreal.example.org\r\n\r\nYes", address)


def test_an_automatic_answer_changes_nothing_and_gets_none(post: Correspondence) -> None:
    asked = post.asked()
    raw = b"From: alice@boreal.example.org\r\nSubject: Re: x\r\nAuto-Submitted: auto-replied\r\n\r\nYes"
    assert post.receive(raw, str(asked.mail["Reply-To"])).decision == "silent"
    assert proposal(post).is_open
    assert post.pass_by(minutes=10) == []
    assert post.cast.session.scalars(select(Reply)).all() == []


def test_a_reply_proves_that_the_address_works(post: Correspondence) -> None:
    asked = post.asked()
    alice = post.cast.session.get_one(Person, post.cast.alice.id)
    assert alice.is_unanswering
    post.reply(asked, "Hello?")
    assert not alice.is_unanswering


def matched(post: Correspondence) -> None:
    """Alice and Bob are matched, and have been told."""
    post.reply(post.asked(), "Yes")
    post.pass_by(minutes=6)


def test_a_remark_beside_an_answer_is_asked_about_in_its_confirmation(post: Correspondence) -> None:
    post.reply(post.asked(), "Hello,\n\nYes, gladly!\n\nI am away until the tenth.\n\nAlice")
    (confirmed,) = post.pass_by()
    assert "You also wrote something" in confirmed.text
    assert "I am away until the tenth" in confirmed.text
    press(post, confirmed, "nobody")
    assert [remark.words for remark in post.cast.session.scalars(select(Remark))] == [""]


def test_thanks_and_a_name_are_no_remark_and_get_no_answer(post: Correspondence) -> None:
    matched(post)
    assert post.reply(post.last_to(post.cast.bob), "Merci beaucoup!\n\nBob").decision == "courtesy"
    assert post.pass_by() == []


def test_what_is_written_to_a_mail_that_asks_nothing_goes_to_whom_its_writer_chooses(post: Correspondence) -> None:
    """The words are in no mail but the one to whom they are for, who chose to have them there (rules C1, C6)."""
    matched(post)
    alice, bob = post.cast.alice, post.cast.bob
    words = "Could we meet in the evening?"
    assert post.reply(post.last_to(bob), words).decision == "remark"
    (question,) = post.pass_by()
    assert question.recipient == bob.email
    assert "/mentor" in question.text
    assert "/mentee" not in question.text
    press(post, question, "mentor")
    (told,) = post.pass_by()
    assert told.recipient == alice.email
    assert words not in told.text
    assert "/home" in told.text
    assert [remark.words for remark in passed_on_to(alice)] == [words]
    with pytest.raises(Refused, match="decided already"):
        press(post, question, "program")


def test_with_quoting_on_the_words_are_in_the_mail_to_whom_they_are_for(post: Correspondence) -> None:
    matched(post)
    post.cast.alice.choose_quoting(quotes=True, now=post.moment)
    post.reply(post.last_to(post.cast.bob), "Could we meet in the evening?")
    (question,) = post.pass_by()
    press(post, question, "mentor")
    (told,) = post.pass_by()
    assert "> Could we meet in the evening?" in told.text


def test_words_that_came_from_another_address_are_not_quoted_at_this_one(post: Correspondence) -> None:
    matched(post)
    post.reply(post.last_to(post.cast.bob), "I think of leaving.", "bob@home.example.net")
    (question,) = post.pass_by()
    assert "leaving" not in question.text
    press(post, question, "confirm")
    (question,) = post.pass_by()
    assert "À qui le remettre?" in question.text
    assert "leaving" not in question.text


def test_what_nobody_decided_about_is_deleted_after_14_days(post: Correspondence) -> None:
    matched(post)
    post.reply(post.last_to(post.cast.bob), "Could we meet in the evening?")
    (question,) = post.pass_by()
    Remark.forget(post.cast.session, post.moment + timedelta(days=14))
    post.cast.session.commit()
    post.cast.session.expire_all()
    with pytest.raises(Refused, match="deleted"):
        press(post, question, "mentor")


def test_help_reaches_the_contact_of_the_program_after_the_grace_and_nobody_else(post: Correspondence) -> None:
    post.cast.program.contact_id = post.cast.dave.id
    matched(post)
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


def test_help_that_is_needed_no_more_reaches_nobody(post: Correspondence) -> None:
    matched(post)
    post.reply(post.last_to(post.cast.bob), "help")
    (confirmed,) = post.pass_by()
    press(post, confirmed, "withdraw")
    assert post.pass_by(minutes=10) == []


def test_stop_stops_what_can_be_stopped_and_says_what_cannot(post: Correspondence) -> None:
    matched(post)
    bob = post.cast.bob
    assert post.reply(post.last_to(bob), "Arrêtez, s'il vous plaît").decision == "stop"
    (told,) = post.pass_by()
    assert "les rappels" in told.text
    assert "une proposition, un jumelage" in told.text
    assert Suppression.stopped(bob) == EVERY


def test_who_sees_is_answered_by_what_the_page_says_to_the_address_we_know(post: Correspondence) -> None:
    matched(post)
    assert post.reply(post.last_to(post.cast.bob), "Qui voit?").decision == "who sees"
    (told,) = post.pass_by()
    shown = by_leads(post.cast.bob)
    assert told.recipient == post.cast.bob.email
    assert shown.who in told.text.replace("\u00a0", " ")
    assert {name for name, _ in shown.rows[0][1]} >= {"Dates des comptes rendus", "Tâches"}
    assert all(" ".join(f"{name} : {words}".split()) in told.text for name, words in shown.rows[0][1])


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("12 March 14:00", datetime(2027, 3, 12, 19, 0, tzinfo=UTC)),
        ("Yes, Friday 12 March at 2 pm", datetime(2027, 3, 12, 19, 0, tzinfo=UTC)),
        ("Bonjour,\n\nOui\nle 19 mars à 14 h 30\n\nCarol", datetime(2027, 3, 19, 18, 30, tzinfo=UTC)),
    ],
)
def test_the_first_meeting_is_set_by_a_reply_with_its_day_and_time(
    post: Correspondence, words: str, at: datetime
) -> None:
    matched(post)
    assert post.reply(post.last_to(post.cast.carol), words).decision == "taken"
    assert post.cast.session.scalars(select(Relationship)).one().first_meeting_at == at
    (confirmed,) = post.pass_by()
    assert "Day and time of the first meeting:" in confirmed.text
    assert sorted(recipients(post.pass_by(minutes=5))) == ["alice", "bob"]


@pytest.mark.parametrize(
    "words", ["Yes", "Not on 12 March 14:00", "12 March 14:00?", "12 March", "Yes, 12 or 13 March"]
)
def test_a_day_that_is_not_certain_is_asked_for_again(post: Correspondence, words: str) -> None:
    matched(post)
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


def test_any_word_to_the_welcome_proves_the_address(post: Correspondence) -> None:
    bob = post.cast.bob
    bob.welcomed_at = None
    post.pass_by()
    assert post.reply(post.last_to(bob), "Bonjour!").decision == "greeted"
    assert not bob.is_unanswering
    (told,) = post.pass_by()
    assert "votre réponse est bien arrivée" in told.text


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


GRAVE = '''
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Person


class Grave(Email):
    """You get this because something matters."""

    due = Due(Person, reader=Person.id, moment=Person.signed_in_at)
    lane = NOW
    buttons = {"end": ()}
    replies = {Meaning.YES: "end"}
    of_consequence = frozenset({"end"})

    def values(self, thing, reader, now):
        return {}

    def answered(self, thing, by, given, now):
        if now > thing.registered_at:
            raise Refused("It is too late.")
        thing.phone = f"ended {now:%H:%M}"
'''


@pytest.fixture
def grave(session: Session, tmp_path: Path) -> Correspondence:
    """A mail whose yes is of consequence came to Alice, who may answer until three."""
    (tmp_path / "grave.py").write_text(GRAVE, "utf-8")
    for language in ("en", "fr"):
        text = "Grave\nHello,\n\n[End it](button:end)\n\n---\nParce que.\n"
        (tmp_path / f"grave.{language}.md").write_text(text, "utf-8")
    cast = cast_of(session)
    post = Correspondence(cast, {"MENTORLY_TRUSTED_AUTHSERV": "mx.example.org"}, Register.scan(tmp_path))
    cast.alice.signed_in_at = post.moment
    cast.alice.registered_at = post.moment + timedelta(hours=1)
    post.pass_by()
    return post


@pytest.mark.parametrize("said", ["", "fail"])
def test_an_answer_of_consequence_needs_a_proven_sender_or_a_button(grave: Correspondence, said: str) -> None:
    alice = grave.cast.alice
    grave.reply(grave.last_to(alice), "Yes", said=said)
    assert alice.phone == ""
    (question,) = grave.pass_by()
    press(grave, question, "confirm")
    assert alice.phone.startswith("ended")


def test_a_proven_sender_ends_it_at_once(grave: Correspondence) -> None:
    assert grave.reply(grave.last_to(grave.cast.alice), "Yes", said="pass").decision == "taken"
    assert grave.cast.alice.phone == "ended 15:05"


def test_a_reply_that_came_in_time_is_not_late_because_of_its_grace(grave: Correspondence) -> None:
    alice = grave.cast.alice
    alice.registered_at = grave.moment + timedelta(minutes=3)
    assert grave.reply(grave.last_to(alice), "Yes", said="pass").decision == "taken"
    assert alice.phone == "ended 15:00"


def press(post: Correspondence, mail: Came, button: str) -> None:
    """Press a button of a mail."""
    token = str(mail.mail["Reply-To"])[2:].partition("@")[0]
    office = post.office
    office.answer(office.open(token, post.moment, lock=True), button, {}, "web", post.moment)
    post.cast.session.commit()
