"""Answers by a calendar, in the shapes of people's programs: who answers, which counts, what becomes of it."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mentorly.emails.envelope import Answer, Envelope
from mentorly.emails.received import Received
from mentorly.emails.reply import Reply
from mentorly.mentoring.attendances import Coming
from mentorly.mentoring.base import Refused
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.planning import propose
from mentorly.mentoring.remarks import Remark
from tests.cast import cast_of, register_of
from tests.emails.calendar_clients import CLIENTS, Asked, Said, google, outlook
from tests.emails.correspondence import ABOUT_CALENDARS, RECEIVED, VOUCHED, Came, Correspondence, recipients

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Story:
    """Bob has invited Alice to a meeting in eight days."""

    post: Correspondence
    meeting: Meeting
    invitation: Came
    sent: int = 0

    @property
    def asked(self) -> Asked:
        """What Alice's calendar was asked."""
        return Asked.by(self.invitation.mail)

    @property
    def own(self) -> Attendance:
        """What Alice is to the meeting."""
        own = self.meeting.attendance(self.post.cast.alice)
        assert own
        self.post.cast.session.refresh(own)
        self.post.cast.session.refresh(self.meeting)
        return own

    def said(self, partstat: str, **further: object) -> Said:
        """What Alice chooses now."""
        self.sent += 1
        known = {"stamp": self.post.moment.replace(microsecond=0), "sender": self.post.cast.alice.email} | further
        return Said(partstat, **known)  # type: ignore[arg-type]

    def answer(self, partstat: str, client: str = "Gmail", **further: object) -> Received:
        """Alice answers in her calendar."""
        return self.receive(CLIENTS[client](self.asked, self.said(partstat, **further)))

    def receive(self, raw: bytes, recipient: str = "", head: str = "") -> Received:
        """A message comes in, by another way than any before. head: what our own server wrote above it."""
        raw = raw.replace(b"Message-ID: <", f"Message-ID: <{self.sent}-".encode())
        return self.post.receive((head + RECEIVED).encode() + raw, recipient or self.asked.organizer, "out@example.net")


@pytest.fixture
def story(session: Session) -> Story:
    post = Correspondence(cast_of(session), register=register_of(*ABOUT_CALENDARS))
    together = post.cast.propose(post.moment).accept(post.cast.alice, post.moment)
    meeting = propose(together, post.cast.bob, [post.moment + 8 * DAY], post.moment)
    session.commit()
    (invitation,) = [one for one in post.pass_by(minutes=1) if one.recipient == post.cast.alice.email]
    return Story(post, meeting, invitation)


SAID = [
    ("ACCEPTED", "accept", Coming.YES),
    ("TENTATIVE", "tentative", Coming.MAYBE),
    ("DECLINED", "decline", Coming.NO),
]


@pytest.mark.parametrize("client", CLIENTS)
def test_an_answer_in_the_shape_of_any_program_counts_at_once_and_is_not_answered(story: Story, client: str) -> None:
    for partstat, decision, coming in SAID:
        story.post.moment += HOUR
        assert story.answer(partstat, client).decision == decision
        assert story.own.coming == coming
    assert story.own.declined_at == story.post.moment
    assert list(recipients(story.post.pass_by(seconds=5))) == ["bob"], "who is told at once that she cannot come"
    answers = story.post.cast.session.scalars(select(Answer).order_by(Answer.id)).all()[-3:]
    assert [(one.button, one.door) for one in answers] == [
        ("accept", "calendar"), ("maybe", "calendar"), ("decline", "calendar"),
    ]  # fmt: skip
    assert story.post.cast.session.scalars(select(Reply)).all() == []


@on_sqlite
def test_a_button_after_a_calendars_answer_counts_again(story: Story) -> None:
    story.answer("ACCEPTED")
    story.post.moment += HOUR
    story.answer("DECLINED")
    story.post.moment += HOUR
    token = token_of(story)
    office = story.post.office
    opened = office.open(token, story.post.moment, lock=True)
    assert opened.standing("accept") is None
    office.answer(opened, "accept", {}, "web", story.post.moment)
    assert story.own.coming == Coming.YES


def token_of(story: Story) -> str:
    session = story.post.cast.session
    envelope = session.scalars(select(Envelope).where(Envelope.kind == "invitation")).first()
    assert envelope
    return story.post.office.desk.token(envelope.id, envelope.reader)


def test_the_same_answer_twice_and_an_older_one_change_nothing_in_whatever_order(story: Story) -> None:
    later, earlier = story.said("DECLINED", stamp=story.post.moment - 2 * SECOND), story.said("ACCEPTED")
    earlier = replace(earlier, stamp=story.post.moment - 9 * SECOND)
    assert story.receive(google(story.asked, later)).decision == "decline"
    story.sent += 1
    assert story.receive(outlook(story.asked, later)).decision == "repeated"
    assert story.receive(google(story.asked, earlier)).decision == "stale"
    assert story.own.coming == Coming.NO


@on_sqlite
def test_an_answer_to_an_earlier_time_accepts_nothing(story: Story) -> None:
    asked = story.asked
    story.meeting.change(story.post.cast.bob, story.post.moment, starts_at=story.post.moment + 9 * DAY)
    story.post.cast.session.commit()
    assert story.receive(google(asked, story.said("ACCEPTED"))).decision == "stale"
    assert (story.own.coming, story.own.said_to_earlier) == (Coming.UNSAID, Coming.YES)


@on_sqlite
def test_a_clock_or_a_number_that_is_ahead_of_ours_shuts_out_no_later_answer(story: Story) -> None:
    assert story.answer("ACCEPTED", stamp=story.post.moment + 900 * DAY, sequence=7).decision == "accept"
    story.post.moment += HOUR
    assert story.answer("DECLINED").decision == "decline"
    assert story.own.coming == Coming.NO


@pytest.mark.parametrize("client", ["Outlook", "Thunderbird"])
def test_another_time_is_kept_for_the_others_to_answer(story: Story, client: str) -> None:
    at = story.post.moment.replace(second=0, microsecond=0) + 9 * DAY
    assert story.answer("TENTATIVE", client, counter=at, method="COUNTER").decision == "counter"
    assert story.own.coming == Coming.MAYBE
    assert (story.meeting.counter_at, story.meeting.counter_minutes) == (at, 60)
    assert story.meeting.counter_by is story.post.cast.alice
    assert story.answer("TENTATIVE", client, counter=at, method="COUNTER").decision == "repeated"
    story.post.moment += HOUR
    assert story.answer("TENTATIVE", client, counter=at - 90 * DAY, method="COUNTER").decision == "refuse"
    assert story.meeting.counter_at == at
    (told,) = [one for one in story.post.pass_by(seconds=5) if one.recipient == story.post.cast.alice.email]
    assert "A meeting has to be in the future." in told.text


@on_sqlite
@pytest.mark.parametrize(("partstat", "method"), [("DELEGATED", "REPLY"), ("", "REPLY"), ("NEEDS-ACTION", "REPLY")])
def test_what_is_no_answer_is_asked_again_with_the_buttons(story: Story, partstat: str, method: str) -> None:
    assert story.answer(partstat, method=method).decision == "ask"
    assert story.own.coming == Coming.UNSAID
    (asked,) = story.post.pass_by(seconds=5)
    assert asked.recipient == story.post.cast.alice.email
    assert f"/a/{token_of(story)}/accept" in asked.text


@on_sqlite
def test_a_calendar_that_asks_for_it_is_sent_the_invitation_again_and_not_for_ever(story: Story) -> None:
    for number in range(5):
        story.post.moment += HOUR
        assert story.answer("NEEDS-ACTION", "Apple", method="REFRESH").decision == "refresh"
        assert len(story.post.pass_by(seconds=5)) == (number < 3)
    again = Asked.by(story.post.came[-1].mail)
    assert again == story.asked
    rows = select(func.max(Envelope.again)).where(Envelope.kind == "invitation")
    assert story.post.cast.session.scalar(rows) == 3


@on_sqlite
def test_an_answer_from_another_address_counts_once_its_owner_says_that_it_was_theirs(story: Story) -> None:
    home = "alice@home.example.net"
    assert story.answer("ACCEPTED", "Outlook", sender=home).decision == "other address"
    assert story.own.coming == Coming.UNSAID
    (question,) = story.post.pass_by(seconds=5)
    assert question.recipient == story.post.cast.alice.email
    assert "a…@home.example.net" in question.text
    story.post.press(question, "confirm")
    assert story.own.coming == Coming.YES
    story.post.moment += HOUR
    assert story.answer("DECLINED", "Outlook", sender=home).decision == "decline"


@on_sqlite
def test_what_was_deleted_cannot_be_confirmed_any_more_and_says_so(story: Story) -> None:
    received = story.answer("ACCEPTED", "Outlook", sender="alice@home.example.net")
    (question,) = story.post.pass_by(seconds=5)
    received.raw = None
    story.post.cast.session.commit()
    with pytest.raises(Refused, match="has been deleted"):
        story.post.press(question, "confirm")


@on_sqlite
def test_an_answer_that_dmarc_fails_changes_nothing_and_is_asked_about(story: Story) -> None:
    post = story.post
    post.settings["MENTORLY_TRUSTED_AUTHSERV"] = "mx.example.org"
    head = VOUCHED.format(said="fail", domain="boreal.example.org")
    assert story.receive(google(story.asked, story.said("DECLINED")), head=head).decision == "doubtful"
    head = VOUCHED.format(said="fail", domain="home.example.net")
    spoofed = story.said("DECLINED", sender="alice@home.example.net")
    assert story.receive(google(story.asked, spoofed), head=head).decision == "denied"
    assert story.own.coming == Coming.UNSAID
    (question,) = post.pass_by(seconds=5)
    assert "does not vouch for it" in question.text


@on_sqlite
def test_a_meeting_of_other_people_and_one_that_is_over_are_answered_by_nobody(story: Story) -> None:
    assert story.answer("ACCEPTED", uid="6f1c1d1e-0000-4000-8000-00000000ffff").decision == "refuse"
    assert "You have no meeting with us that this answers." in story.post.pass_by(seconds=5)[0].text
    story.post.moment += 20 * DAY
    assert story.answer("ACCEPTED").decision == "too late"
    assert story.post.pass_by(seconds=5) == []


@on_sqlite
def test_a_calendar_that_comes_to_the_reply_address_of_a_mail_is_read_too(story: Story) -> None:
    raw = google(story.asked, story.said("ACCEPTED"))
    assert story.receive(raw, story.post.office.desk.reply_address(token_of(story))).decision == "accept"
    assert story.own.coming == Coming.YES


@on_sqlite
def test_plain_words_to_the_address_answer_the_mail_that_they_name_and_else_the_latest(story: Story) -> None:
    assert story.post.reply(story.invitation, "Yes, gladly").decision == "taken"
    assert story.own.coming == Coming.YES
    (confirmed,) = [one for one in story.post.pass_by(seconds=5) if one.recipient == story.post.cast.alice.email]
    assert "I will be there" in confirmed.text
    raw = f"From: {story.post.cast.alice.email}\r\nSubject: x\r\nMessage-ID: <n@x>\r\n\r\nNo\r\n".encode()
    assert story.post.receive(raw, story.asked.organizer).decision == "taken"
    assert story.own.coming == Coming.NO


@on_sqlite
def test_words_to_the_address_of_who_has_no_meeting_yet_are_sealed(session: Session) -> None:
    post = Correspondence(cast_of(session), register=register_of(*ABOUT_CALENDARS))
    together = post.cast.propose(post.moment).accept(post.cast.alice, post.moment)
    session.commit()
    member = together.member(post.cast.bob)
    assert member
    address = post.office.desk.calendar_address(member, post.cast.bob.generation)
    raw = f"From: {post.cast.bob.email}\r\nSubject: x\r\nMessage-ID: <n@x>\r\n\r\nWhen do we meet?\r\n".encode()
    assert post.receive(raw, address).decision == "remark"
    assert [one.words for one in session.scalars(select(Remark))] == ["When do we meet?"]
    assert list(recipients(post.pass_by(seconds=5))) == ["bob"]


@on_sqlite
def test_automatic_mail_to_the_address_is_silent(story: Story) -> None:
    head = f"From: {story.post.cast.alice.email}\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <o@x>\r\n"
    assert story.post.receive(f"{head}\r\nYes, I am away.\r\n".encode(), story.asked.organizer).decision == "silent"
    raw = google(story.asked, story.said("DELEGATED", head="Auto-Submitted: auto-replied\r\n"))
    assert story.receive(raw).decision == "ask"
    assert story.post.pass_by(seconds=5) == []


def test_a_calendar_that_answers_after_a_reply_is_heard_while_the_reply_has_its_grace(story: Story) -> None:
    assert story.post.reply(story.invitation, "yes").decision == "taken"
    assert story.own.coming == Coming.YES
    story.post.moment += 120 * SECOND
    assert story.answer("DECLINED").decision == "decline"
    assert story.own.coming == Coming.NO
