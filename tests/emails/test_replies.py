"""Replies: who speaks, what they said, and what becomes of it."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.emails.envelope import Answer
from mentorly.emails.reply import Reply
from mentorly.emails.scanning import find_mails
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.remarks import Remark
from tests.cast import cast_of
from tests.emails.correspondence import Correspondence, recipients

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


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


@on_sqlite
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


@on_sqlite
def test_undo_after_somebody_heard_of_it_says_so(post: Correspondence) -> None:
    post.reply(post.asked(), "yes")
    (confirmed,) = post.pass_by()
    post.pass_by(minutes=6)
    assert post.reply(confirmed, "undo").decision == "refused"
    (refused,) = post.pass_by()
    assert "Bob Tremblay has been told already" in refused.text
    assert proposal(post).accepted_at is not None


@on_sqlite
def test_a_second_yes_says_what_was_done_already_and_a_third_one_gets_no_answer(post: Correspondence) -> None:
    asked = post.asked()
    post.reply(asked, "Yes")
    post.pass_by()
    assert post.reply(asked, "Yes!").decision == "done before"
    (told,) = post.pass_by()
    assert "You answered “I accept” already" in told.text
    post.reply(asked, "yes, of course")
    assert post.pass_by(minutes=1) == []


@on_sqlite
@pytest.mark.parametrize("withdrawn", [False, True])
def test_what_is_said_beside_an_answer_that_changes_nothing_is_kept_and_asked_who_should_get_it(
    post: Correspondence, *, withdrawn: bool
) -> None:
    asked = post.asked()
    if withdrawn:
        proposal(post).withdraw(post.cast.carol, post.moment)
    else:
        post.reply(asked, "Yes")
        post.pass_by()
    post.reply(asked, "Yes\n\nMy telephone number has changed.\n\nRegards,\nAlice")
    (told,) = post.pass_by()
    assert "> My telephone number has changed. Nobody has read it. Who should get this?" in told.text
    post.press(told, "program")
    (call,) = post.cast.session.scalars(select(CallForHelp))
    assert call.words == "My telephone number has changed."


@on_sqlite
def test_a_no_keeps_the_rest_of_the_reply_as_the_reason_for_who_proposed_alone(post: Correspondence) -> None:
    post.reply(post.asked(), "Non merci\n\nHe is a cousin of mine.\n\nCordialement,\nAlice Gagnon")
    assert proposal(post).reservation_words == "He is a cousin of mine."
    assert list(recipients(post.pass_by())) == ["alice"]
    assert list(recipients(post.pass_by(minutes=5))) == ["carol"]


@on_sqlite
def test_a_refusal_comes_back_as_the_sentence_that_the_page_says(post: Correspondence) -> None:
    asked = post.asked()
    proposal(post).withdraw(post.cast.carol, post.moment)
    post.cast.alice.language = "fr"
    assert post.reply(asked, "Oui").decision == "refused"
    (told,) = post.pass_by()
    assert "Cette proposition a été retirée" in told.text


@on_sqlite
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
    post.press(question, "confirm")
    assert proposal(post).accepted_at is not None
    (confirmed,) = post.pass_by()
    assert "We understood it as “I accept”." in confirmed.text
    assert post.reply(confirmed, "undo", home).decision == "undone"


@on_sqlite
def test_an_address_of_somebody_registered_never_becomes_an_alias_but_the_reply_counts_once(
    post: Correspondence,
) -> None:
    asked = post.asked()
    post.reply(asked, "Yes", post.cast.eve.email)
    (question,) = post.pass_by()
    post.press(question, "confirm")
    assert proposal(post).accepted_at is not None
    post.pass_by(days=2)
    assert post.reply(asked, "no", post.cast.eve.email).decision == "other address"


@on_sqlite
def test_an_alias_ends_with_the_address_that_it_belongs_to(post: Correspondence) -> None:
    from mentorly.mentoring.aliases import Alias

    alice = post.cast.alice
    Alias.confirm(alice, "alice@home.example.net", alice, post.moment)
    assert Alias.speaks_for("alice@home.example.net", alice)
    alice.generation += 1
    assert not Alias.speaks_for("alice@home.example.net", alice)


@on_sqlite
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


@on_sqlite
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


@on_sqlite
def test_an_automatic_answer_changes_nothing_and_gets_none(post: Correspondence) -> None:
    asked = post.asked()
    raw = b"From: alice@boreal.example.org\r\nSubject: Re: x\r\nAuto-Submitted: auto-replied\r\n\r\nYes"
    assert post.receive(raw, str(asked.mail["Reply-To"])).decision == "silent"
    assert proposal(post).is_open
    assert post.pass_by(minutes=10) == []
    assert post.cast.session.scalars(select(Reply)).all() == []


@on_sqlite
def test_a_reply_proves_that_the_address_works(post: Correspondence) -> None:
    asked = post.asked()
    alice = post.cast.session.get_one(Person, post.cast.alice.id)
    assert alice.is_unanswering
    post.reply(asked, "Hello?")
    assert not alice.is_unanswering


GRAVE = '''
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.base import Refused
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.people import Participation, Person


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
    post = Correspondence(cast, {"MENTORLY_TRUSTED_AUTHSERV": "mx.example.org"}, find_mails(tmp_path))
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
    grave.press(question, "confirm")
    assert alice.phone.startswith("ended")


@on_sqlite
def test_a_proven_sender_ends_it_at_once(grave: Correspondence) -> None:
    assert grave.reply(grave.last_to(grave.cast.alice), "Yes", said="pass").decision == "taken"
    assert grave.cast.alice.phone == "ended 15:05"


@on_sqlite
def test_a_reply_that_came_in_time_is_not_late_because_of_its_grace(grave: Correspondence) -> None:
    alice = grave.cast.alice
    alice.registered_at = grave.moment + timedelta(minutes=3)
    assert grave.reply(grave.last_to(alice), "Yes", said="pass").decision == "taken"
    assert alice.phone == "ended 15:00"


def test_a_reply_to_a_digest_answers_the_lines_that_it_names_and_says_which_it_does_not_have(
    post: Correspondence,
) -> None:
    cast, session = post.cast, post.cast.session
    zoe = Person.register(session, "zoe@boreal.example.org", "Zoé Roy", post.moment, by=None, organization=cast.boreal)
    Participation.join(zoe, cast.program, "mentee", post.moment, by=None)
    for mentee in (cast.bob, zoe):
        propose_match(session, cast.program, cast.alice, mentee, post.moment, by=cast.carol)
    session.commit()
    post.pass_by()
    post.pass_by(bell=False, days=4)
    (digest,) = post.pass_by(bell=False, days=2, hours=23)
    assert re.search(r"1\. .* 2\. ", digest.text)
    received = post.reply(digest, "Hello\n\nyes 2\nyes 7\n\nI am away until Monday.\n\nAlice")
    assert received.decision == "taken"
    (answer,) = session.scalars(select(Answer))
    assert (answer.button, answer.line, answer.door) == ("accept", 2, "mail")
    accepted = [one.accepted_at is not None for one in session.scalars(select(Proposal).order_by(Proposal.id))]
    assert sorted(accepted) == [False, True]
    told = post.pass_by(seconds=5)
    assert sorted("no line 7" in one.text for one in told) == [False, True]
    assert ["You also wrote something" in one.text for one in told] == ["no line 7" in one.text for one in told]
    (remark,) = session.scalars(select(Remark))
    assert remark.words == "I am away until Monday."
    post.pass_by(days=1)
    assert post.reply(digest, "Yes please").decision == "refused"
    assert any("Please name the one that you mean" in one.text for one in post.pass_by(seconds=5))
