"""The mails about meetings: which goes to whom and when, what a reply to it does, and what calendars are told."""

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from sqlalchemy import select, text
from sqlalchemy.event import listen as event_of
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from mentorly.emails.envelope import Envelope
from mentorly.mentoring.acceptance import answer_meeting
from mentorly.mentoring.appointments import Stage
from mentorly.mentoring.attendances import Coming, Told
from mentorly.mentoring.countering import counter
from mentorly.mentoring.first_meetings import plan_first
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.own_events import OwnEvent, follow
from mentorly.mentoring.people import Person
from mentorly.mentoring.planning import NOWHERE, open_ones, propose, take_out
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.sessions import SessionLog, Way, log_of, minutes_of
from mentorly.mentoring.whereabouts import Where
from tests.calendars.test_invitation import judged
from tests.cast import MONDAY, Clock, Keeper, cast_of, office_of, register_of
from tests.emails.correspondence import Came, Correspondence, recipients
from tests.emails.test_delivery import propose_pairs

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
KINDS = (
    *("invitation", "meeting_times", "meeting_off", "time_countered", "time_kept", "meeting_declined", "agenda_wanted"),
    *("meeting_reminder", "did_it_take_place", "did_it_take_place_again", "session_logged", "planned_elsewhere"),
    *("reply_taken", "reply_unclear", "reply_undone", "reply_changed_nothing", "digest"),
)
TUESDAY = datetime(2027, 3, 9, 15, 0, tzinfo=UTC)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def post(session: Session) -> Correspondence:
    """Alice and Bob are matched; Bob reads French, with what people write quoted."""
    cast = cast_of(session)
    post = Correspondence(cast, register=register_of(*KINDS))
    cast.propose(post.moment).accept(cast.alice, post.moment)
    cast.bob.choose_quoting(quotes=True, now=post.moment)
    session.commit()
    post.pass_by(bell=False)
    return post


def proposed(post: Correspondence, *times: datetime, by: Person | None = None) -> Meeting:
    by = by or post.cast.bob
    together = next(member.relationship for member in _members(post) if member.person_id == by.id)
    meeting = propose(together, by, times, post.moment)
    post.cast.session.commit()
    return meeting


def _members(post: Correspondence) -> list[Member]:
    return list(post.cast.session.scalars(select(Member)))


def press(post: Correspondence, mail: Came, button: str, **typed: str) -> None:
    """Press a button by its link in the mail."""
    found = re.search(rf"/a/(\S+)/{button}", mail.text)
    assert found, mail.text
    office = post.office
    office.answer(office.open(found[1], post.moment, lock=True), button, typed, "web", post.moment)
    post.cast.session.commit()


def undo(post: Correspondence, mail: Came) -> None:
    found = re.search(r"/a/(\S+)/", mail.text)
    assert found
    office = post.office
    office.undo(office.open(found[1], post.moment, lock=True), post.moment)
    post.cast.session.commit()


def until(post: Correspondence, moment: datetime) -> list[Came]:
    """Let the days pass, each with a round at nine in Toronto in winter, and one an hour before."""
    brought: list[Came] = []
    while post.moment < moment:
        hours = 1 if post.moment.hour == 13 else (13 - post.moment.hour) % 24 or 24
        step = post.moment.replace(minute=0, second=0, microsecond=0) + hours * HOUR
        brought += post.pass_by(bell=False, seconds=(min(step, moment) - post.moment).total_seconds())
    return brought


def event(mail: Came) -> dict[str, str]:
    """What a mail tells a calendar; {} if nothing."""
    parts = [part for part in mail.mail.walk() if part.get_content_type() == "text/calendar"]
    if not parts:
        return {}
    calendar = Calendar.from_ical(parts[0].get_payload(decode=True))
    told = next(iter(calendar.walk("VEVENT")))
    names = ("UID", "SEQUENCE", "ORGANIZER", "ATTENDEE", "STATUS", "SUMMARY")
    return {
        "METHOD": str(calendar["METHOD"]),
        "START": str(told["DTSTART"].dt.astimezone(UTC)),
        **{name: str(told[name]) for name in names},
    }


def to(mails: list[Came], person: Person) -> Came:
    return next(mail for mail in mails if mail.recipient == person.email)


def test_a_meeting_lives_from_its_times_to_its_confirmed_line_in_the_log_by_mail_alone(post: Correspondence) -> None:
    alice, bob = post.cast.alice, post.cast.bob
    meeting = proposed(post, TUESDAY - DAY, TUESDAY)
    (times,) = post.pass_by()
    assert times.recipient == alice.email
    assert "2. Tuesday, March 9 at 10:00 AM (Eastern Time)" in times.text
    assert not event(times)
    assert post.reply(times, "2\n\nAlice").decision == "taken"
    (confirmed,) = post.pass_by(seconds=5)
    assert "The time that suits you: Tuesday, March 9 at 10:00 AM" in confirmed.text
    invited = post.pass_by(minutes=6)
    assert sorted(recipients(invited)) == ["alice", "bob"]
    assert {event(mail)["METHOD"] for mail in invited} == {"REQUEST"}
    assert {event(mail)["START"] for mail in invited} == {str(TUESDAY)}
    assert len({event(mail)["UID"] for mail in invited}) == 1
    assert len({event(mail)["ORGANIZER"] for mail in invited}) == 2, "each has an organizer's address of their own"
    assert "until 11:00 AM" in to(invited, alice).text

    (agenda,) = until(post, datetime(2027, 3, 4, 14, 0, tzinfo=UTC))
    assert (agenda.recipient, post.moment) == (bob.email, datetime(2027, 3, 4, 14, 0, tzinfo=UTC))
    assert post.reply(agenda, "Comment négocier un salaire?\nMa première semaine\n\nBob").decision == "taken"
    post.pass_by(minutes=6)
    post.cast.session.refresh(meeting)
    assert meeting.agenda.splitlines()[:2] == ["Comment négocier un salaire?", "Ma première semaine"]

    reminders = until(post, datetime(2027, 3, 8, 14, 0, tzinfo=UTC))
    assert sorted(recipients(reminders)) == ["alice", "bob"]
    assert "Ma première semaine" in to(reminders, bob).text, "Bob chose to have it quoted"
    assert "première semaine" not in to(reminders, alice).text
    assert "The agenda" in to(reminders, alice).text

    (asked,) = until(post, datetime(2027, 3, 10, 14, 0, tzinfo=UTC))
    assert (asked.recipient, post.moment.day) == (bob.email, 10)
    assert post.reply(asked, "oui 1h30, préparation d'entrevue").decision == "taken"
    (taken,) = post.pass_by(seconds=5)
    assert "90 minutes" in taken.text
    (logged,) = post.pass_by(minutes=6)
    assert logged.recipient == alice.email
    assert "90 minutes" in logged.text
    assert "entrevue" not in logged.text
    assert minutes_of(alice, meeting.relationship) == 0
    assert post.reply(logged, "Yes").decision == "taken"
    log = log_of(meeting)
    assert log
    assert (log.is_confirmed, log.topics, meeting.held) == (True, "préparation d'entrevue", True)
    assert minutes_of(alice, meeting.relationship) == minutes_of(bob, meeting.relationship) == 90
    post.pass_by(minutes=6)
    assert until(post, datetime(2027, 3, 15, 15, 0, tzinfo=UTC)) == []


def test_a_move_withdraws_the_unsent_invitation_and_updates_the_sent_one(
    post: Correspondence, tmp_path: Path, mail_judges: Path | None
) -> None:
    meeting = proposed(post, TUESDAY)
    meeting.change(post.cast.bob, post.moment, starts_at=TUESDAY + HOUR)
    post.cast.session.commit()
    first = to(post.pass_by(minutes=1), post.cast.alice)
    assert (event(first)["SEQUENCE"], event(first)["START"]) == ("1", str(TUESDAY + HOUR))
    assert "has changed" not in first.text, "it is the first that she hears of it"
    meeting.change(post.cast.bob, post.moment, starts_at=TUESDAY + DAY)
    post.cast.session.commit()
    moved = to(post.pass_by(minutes=1), post.cast.alice)
    assert "has changed: Bob Tremblay changed it" in moved.text
    meeting.call_off(post.cast.alice, "Something urgent", post.moment)
    post.cast.session.commit()
    off = to(post.pass_by(minutes=1), post.cast.alice)
    told = [event(mail) for mail in (first, moved, off)]
    assert [one["SEQUENCE"] for one in told] == ["1", "2", "3"]
    assert [one["METHOD"] for one in told] == ["REQUEST", "REQUEST", "CANCEL"]
    for name in ("UID", "ORGANIZER", "ATTENDEE", "SUMMARY"):
        assert len({one[name] for one in told}) == 1
    assert {mail.mail["Reply-To"] for mail in (first, moved, off)} == {first.mail["Reply-To"]}
    if mail_judges:
        paths = [tmp_path / f"{number}.eml" for number in range(3)]
        for path, mail in zip(paths, (first, moved, off), strict=True):
            path.write_bytes(mail.mail.as_bytes())
        assert judged(mail_judges, paths[1], paths[0]) == judged(mail_judges, paths[2], paths[1]) == []


def test_what_is_called_off_before_anybody_heard_of_it_is_told_to_nobody(post: Correspondence) -> None:
    meeting = proposed(post, TUESDAY)
    meeting.call_off(post.cast.bob, "", post.moment)
    post.cast.session.commit()
    assert post.pass_by(bell=False, minutes=1) == []


@on_sqlite
def test_the_reason_is_quoted_to_who_chose_so_and_told_to_no_other(post: Correspondence) -> None:
    post.cast.bob.language = "en"
    meeting = proposed(post, TUESDAY)
    post.pass_by()
    meeting.call_off(post.cast.alice, "A funeral", post.moment)
    post.cast.session.commit()
    off = post.pass_by(minutes=1)
    assert "> A funeral" in to(off, post.cast.bob).text
    assert "You called off" in to(off, post.cast.alice).text
    assert [mail for mail in post.pass_by(minutes=1) if event(mail)] == []


def test_who_left_a_group_hears_that_and_nothing_of_what_came_later(session: Session) -> None:
    cast = cast_of(session, kind="group")
    post = Correspondence(cast, register=register_of(*KINDS))
    together = cast.propose(post.moment).accept(cast.alice, post.moment)
    together.join(cast.eve, "mentee", post.moment)
    planned, asked = proposed(post, TUESDAY, by=cast.alice), proposed(post, TUESDAY, TUESDAY + DAY, by=cast.alice)
    session.commit()
    assert list(recipients(post.pass_by(bell=False))).count("eve") == 2
    take_out(together, cast.eve, post.moment)
    planned.change(cast.alice, post.moment, where=Where(place="Behind the mill"))
    planned.call_off(cast.alice, "A funeral", post.moment)
    session.commit()
    told = [mail for mail in post.pass_by(minutes=1) if mail.recipient == cast.eve.email]
    assert [event(mail).get("METHOD") for mail in told] == ["CANCEL", None]
    assert "You are no longer in the mentoring meeting of Tuesday" in told[0].text
    assert "You are no longer in the mentoring meeting that was proposed to you." in told[1].text
    written = [part.get_payload(decode=True) or b"" for mail in told for part in mail.mail.walk()]
    assert any(b"BEGIN:VEVENT" in part for part in written)
    assert not any(word in part for part in written for word in (b"mill", b"funeral", b"/meeting/"))
    assert asked.is_proposed


@on_sqlite
def test_a_corrected_address_is_invited_too_by_an_organizer_of_its_own(post: Correspondence) -> None:
    bob = post.cast.bob
    proposed(post, TUESDAY, by=post.cast.alice)
    before = event(to(post.pass_by(), bob))
    post.office.correct_address(bob, "bob.roy@boreal.example.org", post.cast.carol, post.moment)
    post.cast.session.commit()
    (again,) = [mail for mail in post.pass_by(bell=False, minutes=1) if event(mail)]
    assert again.recipient == "bob.roy@boreal.example.org"
    assert event(again) == before | {name: event(again)[name] for name in ("ORGANIZER", "ATTENDEE")}
    assert event(again)["ORGANIZER"] != before["ORGANIZER"], "the address before opens nothing any more"


@on_sqlite
def test_a_proposal_that_is_withdrawn_is_told_to_who_was_asked_without_a_calendar(post: Correspondence) -> None:
    meeting = proposed(post, TUESDAY, TUESDAY + DAY)
    post.pass_by()
    meeting.call_off(post.cast.bob, "", post.moment)
    post.cast.session.commit()
    (off,) = post.pass_by(minutes=1)
    assert off.recipient == post.cast.alice.email
    assert "is off: Bob Tremblay called it off" in off.text
    assert not event(off)


@on_sqlite
@pytest.mark.parametrize(
    ("words", "starts_at"),
    [
        ("yes 2", TUESDAY + DAY),
        ("Tuesday March 9 at 10:00", TUESDAY),
        ("March 11 at 2 pm", datetime(2027, 3, 11, 19, 0, tzinfo=UTC)),
        ("No, March 11 at 2 pm", datetime(2027, 3, 11, 19, 0, tzinfo=UTC)),
        ("yes", None),
        ("3", None),
        ("2?", None),
    ],
)
def test_a_reply_chooses_a_time_or_proposes_another(
    post: Correspondence, words: str, starts_at: datetime | None
) -> None:
    meeting = proposed(post, TUESDAY, TUESDAY + DAY)
    (times,) = post.pass_by()
    assert post.reply(times, words).decision == ("taken" if starts_at else "unclear")
    assert meeting.starts_at == starts_at


@on_sqlite
def test_a_choice_is_taken_back_until_somebody_is_invited(post: Correspondence) -> None:
    meeting = proposed(post, TUESDAY, TUESDAY + DAY)
    (times,) = post.pass_by()
    press(post, times, "choose", at=TUESDAY.isoformat())
    assert meeting.starts_at == TUESDAY
    undo(post, times)
    assert (meeting.stage, meeting.starts_at, len(meeting.proposed_times)) == (Stage.PROPOSED, None, 2)
    assert post.pass_by(minutes=1) == [], "nobody is asked twice"
    press(post, times, "choose", at=(TUESDAY + DAY).isoformat())
    post.pass_by(minutes=1)
    with pytest.raises(Exception, match="told already"):
        undo(post, times)
    assert meeting.starts_at == TUESDAY + DAY


@on_sqlite
@pytest.mark.parametrize("words", ["yes", "no"])
def test_another_time_is_a_question_to_the_others(post: Correspondence, words: str) -> None:
    alice, bob = post.cast.alice, post.cast.bob
    bob.language = "en"
    meeting = proposed(post, TUESDAY)
    press(post, to(post.pass_by(), alice), "other_time", at="2027-03-10T13:00")
    (countered,) = post.pass_by(minutes=1)
    assert countered.recipient == bob.email
    assert "on Wednesday, March 10 at 1:00 PM" in countered.text
    post.reply(countered, words)
    told = post.pass_by(minutes=6)
    heard = [mail for mail in told if mail.recipient == alice.email]
    assert len(heard) == 1
    if words == "yes":
        assert meeting.starts_at == datetime(2027, 3, 10, 18, 0, tzinfo=UTC)
        assert event(heard[0])["SEQUENCE"] == "1"
    else:
        assert meeting.starts_at == TUESDAY
        assert "stays" in heard[0].subject
        assert not event(heard[0])
        post.reply(heard[0], "yes")
        own = meeting.attendance(alice)
        assert own
        assert own.coming == Coming.YES


@on_sqlite
def test_who_cannot_come_is_told_of_and_a_reply_with_a_day_moves_the_meeting(post: Correspondence) -> None:
    alice, bob = post.cast.alice, post.cast.bob
    meeting = proposed(post, TUESDAY)
    press(post, to(post.pass_by(), alice), "decline")
    (declined,) = post.pass_by(minutes=1)
    assert declined.recipient == bob.email
    assert post.reply(declined, "jeudi 11 mars à 14 h").decision == "taken"
    assert meeting.starts_at == datetime(2027, 3, 11, 19, 0, tzinfo=UTC)
    updates = [mail for mail in post.pass_by(minutes=6) if event(mail)]
    assert [event(mail)["SEQUENCE"] for mail in updates] == ["1", "1"]


@on_sqlite
def test_an_event_of_somebodys_own_calendar_invites_nobody_and_is_told_to_who_does_not_know(
    post: Correspondence,
) -> None:
    alice, bob = post.cast.alice, post.cast.bob
    together = _members(post)[0].relationship
    own = OwnEvent("u1", "", TUESDAY, 60, NOWHERE, 0, post.moment, frozenset())
    (meeting,) = follow(together, alice, [own], post.moment, is_whole=True)
    post.cast.session.commit()
    (told,) = post.pass_by()
    assert (told.recipient, event(told)) == (bob.email, {})
    assert {one.told for one in meeting.present} == {Told.KNOWS, Told.WRITTEN_TO}
    follow(together, alice, [own._replace(starts_at=TUESDAY + HOUR, sequence=1)], post.moment, is_whole=True)
    post.cast.session.commit()
    (changed,) = post.pass_by(minutes=1)
    assert "a changé votre rencontre de mentorat dans son propre agenda" in changed.text
    follow(together, alice, [own._replace(is_off=True, sequence=2)], post.moment, is_whole=True)
    post.cast.session.commit()
    (off,) = post.pass_by(minutes=1)
    assert (off.recipient, event(off)) == (bob.email, {})


@on_sqlite
def test_silence_about_a_meeting_is_asked_about_once_more_and_then_it_is_not_confirmed(post: Correspondence) -> None:
    alice, bob = post.cast.alice, post.cast.bob
    meeting = proposed(post, TUESDAY)
    post.pass_by()
    brought = until(post, TUESDAY + 12 * DAY)
    asked = [mail for mail in brought if "not_held" in mail.text]
    assert asked[0].recipient == bob.email
    assert sorted(mail.recipient for mail in asked[1:]) == sorted([alice.email, bob.email])
    assert len([mail for mail in brought if mail.recipient == bob.email]) == 4, "agenda, reminder, twice whether"
    assert meeting.is_unconfirmed(post.moment)
    assert "held" in to(asked[1:], alice).text
    press(post, to(asked[1:], alice), "held")
    log = log_of(meeting)
    assert log
    assert (log.minutes, meeting.is_unconfirmed(post.moment)) == (60, False)
    undo(post, to(asked[1:], alice))
    assert (meeting.held, log_of(meeting)) == (None, None)


@on_sqlite
def test_a_logged_session_is_corrected_by_a_reply_and_confirmed_anew(post: Correspondence) -> None:
    alice, bob = post.cast.alice, post.cast.bob
    together = _members(post)[0].relationship
    log = SessionLog.add(together, bob, Way.PHONE, post.moment - DAY, 45, "Salaire", post.moment)
    post.cast.session.commit()
    (logged,) = post.pass_by()
    assert "by telephone" in logged.text
    assert post.reply(logged, "30 minutes").decision == "taken"
    assert (log.minutes, log.topics) == (30, "Salaire")
    again = to([mail for mail in post.pass_by(minutes=6) if mail.recipient == bob.email], bob)
    assert "Alice Gagnon a corrigé cette ligne" in again.text
    assert "30 minutes" in again.text
    assert "> Salaire" in again.text
    assert log.share(alice).confirmed_at  # type: ignore[union-attr]


@on_sqlite
@pytest.mark.parametrize(
    ("words", "coming"),
    [
        ("I cannot come", Coming.NO),
        ("Je ne peux pas.", Coming.NO),
        ("Je serai là !\n\nAlice", Coming.YES),
        ("peut-être", Coming.MAYBE),
        ("Maybe", Coming.MAYBE),
    ],
)
def test_the_words_of_a_button_press_it_in_either_language(post: Correspondence, words: str, coming: Coming) -> None:
    meeting = proposed(post, TUESDAY)
    invited = to(post.pass_by(), post.cast.alice)
    assert post.reply(invited, words).decision == "taken"
    own = meeting.attendance(post.cast.alice)
    assert own
    assert own.coming == coming


def test_quiet_hours_hold_no_change_of_a_meeting_that_begins_before_they_end(post: Correspondence) -> None:
    bob = post.cast.bob
    bob.quiet_from, bob.quiet_until = time(22), time(8)
    early, late = proposed(post, TUESDAY - 2 * HOUR - 30 * MINUTE), proposed(post, TUESDAY - HOUR)  # 7:30 and 9:00
    post.pass_by()
    post.moment = TUESDAY - 11 * HOUR  # 23:00
    early.call_off(post.cast.alice, "", post.moment)
    late.call_off(post.cast.alice, "", post.moment)
    post.cast.session.commit()
    told = [
        mail for mail in post.pass_by(minutes=1) if mail.recipient == bob.email and event(mail)["METHOD"] == "CANCEL"
    ]
    assert [event(mail)["UID"] for mail in told] == [early.uid]
    told = [mail for mail in until(post, TUESDAY - HOUR) if mail.recipient == bob.email and event(mail)]
    assert [event(mail)["UID"] for mail in told] == [late.uid]


@on_sqlite
def test_who_agreed_to_a_time_is_not_told_who_asked_for_it(post: Correspondence) -> None:
    proposed(post, TUESDAY - DAY, TUESDAY)
    (times,) = post.pass_by()
    press(post, times, "choose", at=TUESDAY.isoformat())
    invited = to(post.pass_by(), post.cast.alice)
    assert event(invited)
    assert "proposes" not in invited.text


@on_sqlite
def test_the_agenda_of_a_meeting_that_is_over_is_asked_for_no_more(post: Correspondence) -> None:
    meeting = proposed(post, TUESDAY)
    brought = until(post, TUESDAY + DAY)
    assert any("agenda" in mail.text for mail in brought if mail.recipient == post.cast.bob.email)
    kind = post.office.register["agenda_wanted"]
    query = kind.due.awaited_among([meeting.id])
    rows = post.cast.session.execute(query.params(now=post.moment)).all()
    assert rows == []
    assert post.cast.session.execute(query.params(now=TUESDAY - DAY)).all()


@on_sqlite
def test_a_meeting_after_the_clocks_change_is_told_by_the_clock_of_that_day(post: Correspondence) -> None:
    """In Toronto the clocks change on March 14, in Paris on March 28."""
    post.cast.bob.timezone = "Europe/Paris"
    after = datetime(2027, 3, 16, 14, 0, tzinfo=UTC)
    proposed(post, after)
    invited = post.pass_by()
    assert "March 16 at 10:00 AM (Eastern Time)" in to(invited, post.cast.alice).text
    assert "16 mars à 15 h 00" in to(invited, post.cast.bob).text
    assert {event(mail)["START"] for mail in invited} == {str(after)}
    reminders = until(post, datetime(2027, 3, 15, 13, 0, tzinfo=UTC))[-1:]
    assert [mail.recipient for mail in reminders] == [post.cast.alice.email], "nine o'clock is an hour earlier now"


@on_sqlite
def test_the_first_meeting_that_a_lead_sets_is_an_invitation_and_goes_back_until_it_left(post: Correspondence) -> None:
    together = _members(post)[0].relationship
    meeting = plan_first(together, TUESDAY, post.cast.carol, post.moment)
    post.cast.session.commit()
    invited = post.pass_by()
    assert sorted(recipients(invited)) == ["alice", "bob"]
    assert "as Carol Roy proposes" in to(invited, post.cast.alice).text
    assert "get to know each other" in to(invited, post.cast.alice).text
    post.cast.session.refresh(together)
    assert together.first_meeting_told_at is not None
    assert meeting.number == 1


def test_two_who_answer_at_once_wait_for_each_other(post: Correspondence) -> None:
    """Each is about an attendance of their own; what an answer changes is the meeting, as an end does."""
    proposed(post, TUESDAY)
    invited = post.pass_by()
    tokens = [re.search(r"/a/(\S+)/maybe", mail.text)[1] for mail in invited]  # type: ignore[index]
    engine = post.cast.session.get_bind()
    if engine.dialect.name == "sqlite":
        assert len(tokens) == 2
        return
    with Session(engine) as first, Session(engine) as second:
        office_of(first, post.register).open(tokens[0], post.moment, lock=True)
        second.execute(text("SET lock_timeout = '100ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            office_of(second, post.register).open(tokens[1], post.moment, lock=True)
        second.rollback()
        together = second.get_one(Relationship, 1)
        second.execute(text("SET lock_timeout = '100ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            open_ones(together, post.moment)
        second.rollback()
        first.rollback()
        office_of(second, post.register).open(tokens[1], post.moment, lock=True)


@on_sqlite
def test_what_was_answered_is_taken_back_while_nothing_has_happened_since(post: Correspondence) -> None:
    alice, bob = post.cast.alice, post.cast.bob
    meeting = proposed(post, TUESDAY)
    press(post, to(post.pass_by(), alice), "other_time", at="2027-03-10T13:00")
    (countered,) = post.pass_by(minutes=1)
    for button in ("keep", "take"):
        press(post, countered, button)
        undo(post, countered)
        assert meeting.starts_at == TUESDAY
        if button == "keep":
            assert (meeting.counter_by, meeting.kept_at) == (alice, None)
            assert post.pass_by(minutes=1) == [], "nobody was told, and nobody is asked twice"
    invitations = post.pass_by(minutes=1)
    assert {event(mail)["SEQUENCE"] for mail in invitations} == {"2"}
    press(post, to(invitations, alice), "decline")
    (declined,) = post.pass_by(minutes=1)
    press(post, declined, "other_time", at="2027-03-11T13:00")
    undo(post, declined)
    assert meeting.starts_at == TUESDAY
    later = until(post, datetime(2027, 3, 4, 14, 0, tzinfo=UTC))
    agenda = next(mail for mail in later if "/agenda" in mail.text and mail.recipient == bob.email)
    press(post, agenda, "agenda", agenda="Un point\nUn autre")
    undo(post, agenda)
    assert meeting.agenda == ""


def test_writing_mails_about_meetings_asks_the_database_as_often_for_many_as_for_one(session: Session) -> None:
    cast, now, asked = cast_of(session), MONDAY, list[str]()
    session.commit()
    event_of(session.get_bind(), "before_cursor_execute", lambda *words: asked.append(words[2]))
    counts: dict[str, list[int]] = {}
    for many in (2, 9):
        propose_pairs(cast, many, now, f"of{many}")
        for proposal in session.scalars(select(Proposal).where(Proposal.is_open)):
            _busy(proposal.accept(proposal.mentor, now), now)
        session.commit()
        for kind in (
            "invitation",
            "meeting_times",
            "time_countered",
            "meeting_declined",
            "session_logged",
            "meeting_reminder",
        ):
            office = office_of(session, register_of(kind))
            office.collect(now)
            asked.clear()
            office.deliver(Clock(TUESDAY - 20 * HOUR if kind == "meeting_reminder" else now), Keeper())
            counts.setdefault(kind, []).append(len(asked))
    assert {kind: few for kind, (few, _) in counts.items()} == {kind: many for kind, (_, many) in counts.items()}


def _busy(together: Relationship, now: datetime) -> None:
    """Something of each kind happens in a relationship."""
    mentor, mentee = together.mentors[0], together.mentees[0]
    propose(together, mentee, [TUESDAY, TUESDAY + DAY], now)
    counter(propose(together, mentee, [TUESDAY], now), mentor, TUESDAY + HOUR, now)
    answer_meeting(propose(together, mentee, [TUESDAY + DAY], now), mentor, Coming.NO, now)
    SessionLog.add(together, mentee, Way.MAIL, now, 10, "", now)


@on_sqlite
def test_every_mail_of_a_meeting_goes_once_however_many_rounds_there_are(post: Correspondence) -> None:
    proposed(post, TUESDAY)
    for _ in range(3):
        post.pass_by(bell=False, minutes=1)
    sent = select(Envelope.kind).where(Envelope.kind.in_(KINDS), Envelope.sent_at.is_not(None))
    assert list(post.cast.session.scalars(sent)) == ["invitation", "invitation"]
