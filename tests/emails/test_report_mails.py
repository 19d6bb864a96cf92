"""The mails about progress reports, concerns and silence: which goes to whom and when, and what an answer does."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.event import listen as event_of
from sqlalchemy.orm import Session

from mentorly.emails.carrying import Came as Outcomes
from mentorly.emails.carrying import Outcome
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.received import Received
from mentorly.mentoring.base import Refused
from mentorly.mentoring.concerns import Concern, Kind
from mentorly.mentoring.people import Participation
from mentorly.mentoring.planning import part, propose
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.reports import ProgressReport, Tone
from tests.cast import MONDAY, Clock, Keeper, cast_of, office_of, register_of
from tests.emails.correspondence import Came, Correspondence, recipients
from tests.emails.test_delivery import propose_pairs
from tests.emails.test_meeting_mails import press, undo

REPORTS = ("report_prompt", "report_draft", "report_draft_again", "progress_report", "report_not_delivered")
CONCERNS = ("concern_raised", "concern_kept")
SILENCE = ("quiet_nudge", "quiet_nudge_again", "quiet_told")
ABOUT_REPLIES = ("reply_taken", "reply_to_confirm", "reply_undone", "reply_changed_nothing", "digest")
WORDS = "He has found his feet."
DAY = timedelta(days=1)
MIDWAY = datetime(2027, 6, 4, 13, 0, tzinfo=UTC)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def post(session: Session) -> Correspondence:
    """Alice and Bob are matched."""
    register = register_of(*REPORTS, *CONCERNS, *SILENCE, *ABOUT_REPLIES)
    post = Correspondence(cast_of(session), {"MENTORLY_TRUSTED_AUTHSERV": "mx.example.org"}, register)
    post.cast.propose(post.moment).accept(post.cast.alice, post.moment)
    session.commit()
    post.pass_by(bell=False)
    return post


@pytest.fixture
def together(post: Correspondence) -> Relationship:
    return post.cast.session.scalars(select(Relationship)).one()


def at(post: Correspondence, moment: datetime) -> list[Came]:
    """Let the time go by to a moment, and do one round."""
    return post.pass_by(bell=False, seconds=(moment - post.moment).total_seconds())


def prompted(post: Correspondence) -> Came:
    """Half of the time is over, and three days more."""
    together = post.cast.session.scalars(select(Relationship)).one()
    together.nudge_at = together.nudge_again_at = together.tell_leads_at = None
    post.cast.session.commit()
    post.moment = MIDWAY - timedelta(minutes=1)
    (mail,) = post.pass_by(bell=False, minutes=1)
    assert (mail.recipient, mail.subject) == (
        post.cast.alice.email, "Mentoring: would you like to send a progress report?",
    )  # fmt: skip
    assert "List-Unsubscribe" in mail.mail
    return mail


def report_of(post: Correspondence) -> ProgressReport:
    return post.cast.session.scalars(select(ProgressReport)).one()


def test_a_reply_is_a_sealed_draft_that_is_shown_again_and_leaves_by_yes(post: Correspondence) -> None:
    prompt = prompted(post)
    received = post.reply(prompt, f"{WORDS}\n\nAlice")
    assert received.decision == "drafted"
    assert received.raw is None, "the bytes that brought it are deleted"
    report = report_of(post)
    assert WORDS.encode() not in report.sealed
    (echo,) = post.pass_by(seconds=5)
    assert echo.recipient == post.cast.alice.email
    assert f"It has not been sent yet. > {WORDS}" in echo.text
    assert "It would go to Carol Roy" in echo.text
    assert echo.mail["In-Reply-To"] == "<reply-1@example.org>"
    assert post.reply(echo, "Even better: he leads now.").decision == "drafted"
    (again,) = post.pass_by(seconds=5)
    assert "> Even better: he leads now." in again.text
    assert post.reply(again, "Yes").decision == "to confirm", "nobody vouches for the sender"
    post.pass_by(seconds=5)
    assert post.reply(again, "Yes", said="pass").decision == "taken"
    (confirmed,) = post.pass_by(seconds=5)
    assert confirmed.recipient == post.cast.alice.email
    (told,) = post.pass_by(minutes=6)
    assert (told.recipient, told.subject) == (post.cast.carol.email, "Mentoring: a progress report")
    assert "Even better: he leads now." in told.text, "it is in the mail whatever Carol chose about quoting"
    assert WORDS not in told.text
    assert report.recipients[0].told_at == post.moment


def test_what_a_reply_sends_is_undone_within_its_grace(post: Correspondence) -> None:
    post.reply(prompted(post), WORDS)
    (echo,) = post.pass_by(seconds=5)
    assert post.reply(echo, "yes", said="pass").decision == "taken"
    (confirmed,) = post.pass_by(seconds=5)
    assert post.reply(confirmed, "undo").decision == "undone"
    post.pass_by(seconds=5)
    assert post.pass_by(minutes=6) == [], "Carol has heard of nothing"
    assert report_of(post).is_draft
    press(post, echo, "change", words="Other words", tone="concern", urgent="yes")
    (told,) = post.pass_by(seconds=5)
    assert "This report is urgent." in told.text
    assert "A major concern > Other words" in told.text
    undo_refused(post, echo)


def undo_refused(post: Correspondence, mail: Came) -> None:
    with pytest.raises(Refused):
        undo(post, mail)
    post.cast.session.rollback()


def test_who_gets_it_is_found_when_it_is_sent_and_nobody_is_a_refusal(post: Correspondence) -> None:
    post.reply(prompted(post), WORDS)
    (echo,) = post.pass_by(seconds=5)
    leading = Participation.of(post.cast.carol, post.cast.program, "lead")
    assert leading
    leading.left_at = post.moment
    post.cast.session.commit()
    with pytest.raises(Refused, match="Please ask Dave Okoye"):
        press(post, echo, "send")
    post.cast.session.rollback()
    assert post.reply(post.came[-2], "Another").decision == "refused"
    (told,) = post.pass_by(seconds=5)
    assert "no project lead who could get this report. Please ask Dave Okoye" in told.text


def test_a_draft_is_asked_about_once_more_after_two_working_days(post: Correspondence) -> None:
    prompt = prompted(post)
    post.reply(prompt, WORDS)
    post.pass_by(seconds=5)
    (mail,) = at(post, datetime(2027, 6, 8, 13, 0, tzinfo=UTC))
    assert (mail.subject, post.moment.day) == ("Mentoring: your report has not been sent", 8), "a Friday, a Tuesday"
    assert WORDS not in mail.text, "Alice has said nothing of quoting"
    assert f"/report/{report_of(post).id}" in mail.text
    assert at(post, datetime(2027, 6, 17, 13, 0, tzinfo=UTC)) == []
    press(post, mail, "discard")
    assert report_of(post).sealed == b""
    post.reply(prompt, "A second report")
    post.pass_by(seconds=5)
    undo_refused(post, mail)
    late = at(post, datetime(2027, 6, 21, 13, 0, tzinfo=UTC))
    assert [one.subject for one in late] == ["Mentoring: your report has not been sent"]
    post.moment += 14 * DAY
    with pytest.raises(Refused, match="deleted after 14 days"):
        press(post, late[0], "send")


def test_when_the_mailbox_refuses_it_an_administrator_hears_that_and_not_what(
    post: Correspondence, together: Relationship
) -> None:
    cast = post.cast
    ProgressReport.write(together, WORDS, cast.alice, post.moment, tone=Tone.CONCERN, is_urgent=True)
    cast.session.commit()
    keeper = Keeper()
    keeper.answers = [Outcome(Outcomes.REFUSED, "550 5.1.1 nobody of that name", "5.1.1")]
    post.office.round(Clock(post.moment), keeper, bell=True)
    (told,) = post.pass_by(seconds=5)
    assert (told.recipient, told.subject) == (cast.dave.email, "Mentoring: a report was not delivered")
    assert "Alice Gagnon sent a progress report about the mentoring of Bob Tremblay" in told.text
    assert "Carol Roy" in told.text
    for word in (WORDS, "urgent", "concern"):
        assert word not in told.text
    assert post.pass_by(seconds=5) == []


def test_the_button_sends_at_once_and_no_prompt_goes_where_nobody_could_get_a_report(post: Correspondence) -> None:
    prompt = prompted(post)
    press(post, prompt, "report", words=WORDS)
    (told,) = post.pass_by(seconds=5)
    assert "How it is going" in told.text
    answer = post.cast.session.scalars(select(Envelope).where(Envelope.kind == "report_prompt")).one().answers[0]
    assert answer.understood == {}, "neither the words nor what they are for are kept beside it"


def test_a_concern_reaches_administrators_at_once_and_its_words_are_behind_the_button(
    post: Correspondence, together: Relationship
) -> None:
    cast = post.cast
    one = Concern.raise_one(together, Kind.CONDUCT, "He shouts.", cast.bob, post.moment)
    cast.session.commit()
    mails = {mail.recipient: mail for mail in post.pass_by(seconds=1)}
    assert set(mails) == {cast.dave.email, cast.bob.email}
    assert "How somebody behaves" in mails[cast.dave.email].text
    assert "He shouts." not in mails[cast.dave.email].text
    assert post.reply(mails[cast.dave.email], "done").decision == "taken"
    assert one.closed_by is cast.dave
    kinds = [post.register[name] for name in CONCERNS]
    assert all(kind.personal for kind in kinds), "the forecast shows no more than that"
    cast.dave.choose_quoting(quotes=True, now=post.moment)
    Concern.raise_one(together, Kind.ENDING, "It is over.", cast.alice, post.moment)
    cast.session.commit()
    mails = {mail.recipient: mail for mail in post.pass_by(minutes=10) if not mail.subject.startswith("Re: ")}
    assert "It is over." in mails[cast.dave.email].text
    assert "Nobody is to blame" in mails[cast.dave.email].text
    press(post, mails[cast.alice.email], "withdraw")
    assert post.pass_by(seconds=1) == []


def test_a_silence_has_three_steps(post: Correspondence) -> None:
    cast = post.cast
    first = at(post, datetime(2027, 4, 6, 13, 0, tzinfo=UTC))
    assert list(recipients(first)) == ["bob"], "35 days after the match"
    assert "35 jours" in first[0].text
    assert "List-Unsubscribe" in first[0].mail
    second = at(post, datetime(2027, 4, 13, 13, 0, tzinfo=UTC))
    assert sorted(recipients(second)) == ["alice", "bob"]
    third = at(post, datetime(2027, 4, 20, 13, 0, tzinfo=UTC))
    assert list(recipients(third)) == ["carol"]
    assert third[0].subject == "Mentoring: a relationship may need help"
    assert "Alice Gagnon and Bob Tremblay" in third[0].text
    assert "List-Unsubscribe" not in third[0].mail
    assert at(post, datetime(2027, 5, 20, 13, 0, tzinfo=UTC)) == [], "each is said once"
    press(post, second[0], "concern", kind="scheduling", words="")
    assert set(recipients(post.pass_by(seconds=1))) >= {"dave"}
    assert cast.session.scalars(select(Concern.kind)).all() == ["scheduling"]


def test_a_nudge_that_waits_is_withdrawn_when_a_meeting_is_planned_from_it_or_held(
    post: Correspondence, together: Relationship
) -> None:
    cast = post.cast
    (nudge,) = at(post, datetime(2027, 4, 6, 13, 0, tzinfo=UTC))
    post.moment = datetime(2027, 4, 12, 15, 30, tzinfo=UTC)
    post.office.collect(post.moment)
    cast.session.commit()
    waiting = select(Envelope).where(Envelope.kind == "quiet_nudge_again")
    assert len(cast.session.scalars(waiting).all()) == 2
    press(post, nudge, "plan", at="2027-04-20T10:00")
    assert at(post, datetime(2027, 5, 24, 13, 0, tzinfo=UTC)) == []
    assert {one.state for one in cast.session.scalars(waiting)} == {State.WITHDRAWN}
    (later,) = at(post, datetime(2027, 5, 26, 13, 0, tzinfo=UTC))
    assert list(recipients([later])) == ["bob"], "another silence, 35 days after the meeting"
    part(together, cast.dave, post.moment)
    cast.session.commit()
    assert at(post, datetime(2027, 6, 10, 13, 0, tzinfo=UTC)) == []


@on_sqlite
def test_the_forecast_of_two_months_is_what_is_sent(post: Correspondence, together: Relationship) -> None:
    ProgressReport.draft(together, WORDS, post.cast.alice, post.moment)
    propose(together, post.cast.bob, [post.moment + 2 * DAY], post.moment)
    together.midway_at = post.moment + 20 * DAY
    post.cast.session.commit()
    end = post.moment + 60 * DAY
    foreseen = sorted((one.send_at, one.kind.name, one.reader.id) for one in post.office.upcoming(post.moment, end))
    while post.moment < end:
        at(post, post.moment + DAY)
    kept = post.cast.session.scalars(select(Envelope).where(Envelope.state.in_([State.SENT, State.FOLDED])))
    sent = sorted((one.send_at, one.kind, one.reader_id) for one in kept if one.kind != "digest")
    assert sent == foreseen
    assert {name for _, name, _ in sent} == {"report_draft_again", "report_prompt", *SILENCE}


def test_writing_these_mails_asks_the_database_as_often_for_many_as_for_one(session: Session) -> None:
    cast, now, asked = cast_of(session), MONDAY, list[str]()
    session.commit()
    office_of(session, register_of("progress_report", *CONCERNS)).round(Clock(now - DAY), Keeper())
    event_of(session.get_bind(), "before_cursor_execute", lambda *words: asked.append(words[2]))
    counts: dict[str, list[int]] = {}
    for many in (2, 9):
        propose_pairs(cast, many, now, f"of{many}")
        for proposal in session.scalars(select(Proposal).where(Proposal.is_open)):
            together = proposal.accept(proposal.mentor, now)
            ProgressReport.write(together, WORDS, proposal.mentor, now, tone=Tone.NEWS, is_urgent=False)
            Concern.raise_one(together, Kind.OTHER, "It rains.", proposal.mentee, now)
        session.commit()
        for kind in ("progress_report", *CONCERNS):
            office = office_of(session, register_of(kind))
            office.collect(now)
            asked.clear()
            office.deliver(Clock(now), Keeper())
            counts.setdefault(kind, []).append(len(asked))
        now += DAY
    assert {kind: few for kind, (few, _) in counts.items()} == {kind: many for kind, (_, many) in counts.items()}


def test_the_bytes_of_other_replies_stay_for_their_week(post: Correspondence) -> None:
    prompt = prompted(post)
    received = post.reply(prompt, "stop")
    assert received.decision == "stop"
    assert post.cast.session.get_one(Received, received.id).raw is not None
