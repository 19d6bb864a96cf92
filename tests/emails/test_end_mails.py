"""Ends by mail: of an early one its people and the project leads are told the day, and neither who asked nor why."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mentorly.emails.envelope import Round
from mentorly.mentoring.concerns import Concern, Kind
from mentorly.mentoring.ending import run_out
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.pauses import pause, resume
from mentorly.mentoring.people import Participation
from mentorly.mentoring.planning import extend, part, propose
from mentorly.mentoring.relationships import Relationship
from tests.cast import MONDAY, cast_of, register_of
from tests.emails.correspondence import Correspondence, recipients

END = ("relationship_ended", "relationship_ended_lead")
DAY = timedelta(days=1)


@pytest.fixture
def post(session: Session) -> Correspondence:
    """Alice and Bob are matched; they have a meeting in nine days, of which their calendars know."""
    post = Correspondence(cast_of(session), register=register_of(*END, "invitation", "meeting_off", "instrument_asked"))
    post.pass_by(bell=False)
    cast, now = post.cast, post.moment
    cast.alice.language = cast.bob.language = cast.carol.language = "en"
    together = cast.propose(now).accept(cast.alice, now)
    propose(together, cast.bob, [now + 9 * DAY], now)
    session.commit()
    post.pass_by()
    return post


@pytest.fixture
def together(post: Correspondence) -> Relationship:
    return post.cast.session.scalars(select(Relationship)).one()


def test_members_and_their_leads_are_told_once_when_somebody_asked_to_end_it(
    post: Correspondence, together: Relationship
) -> None:
    cast = post.cast
    concern = Concern.raise_one(together, Kind.ENDING, "He never listens.", cast.bob, post.moment)
    concern.end_relationship(cast.dave, post.moment)
    cast.session.commit()
    told = {one.recipient: one for one in post.pass_by() if "has ended" in one.subject}
    assert set(told) == {cast.alice.email, cast.bob.email, cast.carol.email}
    for mail in told.values():
        assert "in Pilot ended on March 1, 2027, earlier than planned." in mail.text
        assert "Until March 31, 2027" in mail.text
        assert not [word for word in ("Dave", "asked to", "listens", "concern") if word in mail.text]
        assert not [name for name in ("Alice", "Bob", "Pilot") if name in mail.subject]
    first = [to for to, mail in told.items() if "You come first in the next suggestions" in mail.text]
    assert first == [cast.bob.email], "that is told to the mentee alone"
    later = [one for _ in range(12) for one in post.pass_by(bell=False, days=1)]
    assert not [one for one in later if "has ended" in one.subject]


def test_what_the_end_asks_follows_some_days_after_the_word_of_it(post: Correspondence, together: Relationship) -> None:
    part(together, post.cast.dave, post.moment)
    post.cast.session.commit()
    assert sorted(recipients(post.pass_by()))[:2] == ["alice", "alice"], "of the end, and of the meeting"
    days = [sorted(set(recipients(post.pass_by(bell=False, days=1)))) for _ in range(4)]
    assert days[:2] == [[], []]
    assert ["alice", "bob"] in days[2:]


def test_after_an_erasure_the_other_hears_of_a_former_participant_and_plans_nothing_more(
    post: Correspondence, together: Relationship
) -> None:
    cast = post.cast
    bob = cast.bob.email
    post.office.erase(cast.bob, None, post.moment)
    cast.session.commit()
    brought = post.pass_by()
    ended = {one.recipient: one.text for one in brought if "has ended" in one.subject}
    assert set(ended) == {cast.alice.email, cast.carol.email}
    assert "relationship with a former participant in Pilot" in ended[cast.alice.email]
    (off,) = (one for one in brought if one.subject.startswith("Called off"))
    assert off.recipient == cast.alice.email
    assert "is off: your mentoring relationship has ended." in off.text
    assert not [words for words in ("called it off", "propose another") if words in off.text]
    assert not [one for one in brought if "Bob" in one.text or one.recipient == bob]


def test_a_meeting_called_off_before_the_end_still_says_by_whom(post: Correspondence, together: Relationship) -> None:
    cast = post.cast
    meeting = cast.session.scalars(select(Meeting)).one()
    meeting.call_off(cast.bob, "", post.moment)
    part(together, cast.dave, post.moment + timedelta(minutes=1))
    cast.session.commit()
    off = {one.recipient: one for one in post.pass_by(minutes=1) if "Called off" in one.subject}[cast.alice.email]
    assert "Bob Tremblay called it off." in off.text
    assert "propose another" not in off.text


def test_a_lead_who_is_in_it_hears_as_a_member_alone(post: Correspondence, together: Relationship) -> None:
    cast = post.cast
    Participation.join(cast.alice, cast.program, "lead", post.moment, by=None)
    part(together, cast.dave, post.moment)
    cast.session.commit()
    mine = [one for one in post.pass_by() if one.recipient == cast.alice.email and "has ended" in one.subject]
    assert [one.subject for one in mine] == ["Mentoring: your relationship has ended"]


def test_an_end_on_its_last_day_or_one_that_is_no_early_one_sends_none_of_this(
    post: Correspondence, together: Relationship
) -> None:
    cast = post.cast
    post.moment = MONDAY + (together.ends_on - MONDAY.date())
    part(together, cast.dave, post.moment)
    cast.session.commit()
    assert not together.ended_early
    assert not [one for one in post.pass_by() if "has ended" in one.subject]


def test_on_the_morning_after_the_last_day_both_get_one_mail_and_the_leads_none(
    post: Correspondence, together: Relationship
) -> None:
    cast, session = post.cast, post.cast.session
    post.register = register_of("relationship_over", "instrument_asked", "instrument_reminder", "digest", *END)
    post.moment = datetime(2027, 8, 31, 15, tzinfo=UTC)
    post.pass_by(bell=False)
    post.pass_by(bell=False, days=1)
    assert list(run_out(session, post.moment)) == [], "it lasts until the end of its last day"
    post.moment += timedelta(hours=13)
    assert list(run_out(session, post.moment)) == [1]
    session.commit()
    assert (together.ended_at, together.ended_early) == (datetime(2027, 9, 2, 3, 59, 59, 999999, tzinfo=UTC), False)
    told = {one.recipient: one for one in post.pass_by(bell=False, hours=11)}
    assert set(told) == {cast.alice.email, cast.bob.email}
    for mail in told.values():
        assert "came to its planned end on September 1, 2027" in mail.text
        assert "Until October 1, 2027 you can still answer" in mail.text
        assert not [name for name in ("Alice", "Bob", "Pilot") if name in mail.subject]
    assert not together.is_closed(datetime(2027, 10, 2, 3, 59, tzinfo=UTC))
    assert together.is_closed(datetime(2027, 10, 2, 4, tzinfo=UTC))
    later = [one for _ in range(9) for one in post.pass_by(bell=False, days=1)]
    assert not [one for one in later if "planned end" in one.text]


def test_an_extension_and_a_pause_put_the_end_and_its_mail_off(post: Correspondence, together: Relationship) -> None:
    cast, session = post.cast, post.cast.session
    post.register = register_of("relationship_over")
    extend(together, date(2027, 10, 1), cast.dave, post.moment)
    post.moment = datetime(2027, 9, 20, 15, tzinfo=UTC)
    assert post.pass_by(bell=False) == []
    pause(together, cast.bob, post.moment)
    session.commit()
    assert post.pass_by(bell=False, days=20) == []
    assert list(run_out(session, post.moment)) == []
    resume(together, cast.bob, post.moment)
    session.commit()
    assert together.ends_on == date(2027, 10, 21)
    assert post.pass_by(bell=False, days=10) == []
    assert list(run_out(session, post.moment + 3 * DAY)) == [1]
    session.commit()
    assert sorted(recipients(post.pass_by(bell=False, days=3))) == ["alice", "bob"]


def test_who_met_on_the_last_day_is_asked_about_it_after_the_end(post: Correspondence, together: Relationship) -> None:
    session = post.cast.session
    post.register = register_of("did_it_take_place", "did_it_take_place_again")
    session.scalars(select(Meeting)).one().plan(datetime(2027, 9, 1, 15, tzinfo=UTC), post.moment)
    session.commit()
    post.moment = datetime(2027, 9, 1, 14, tzinfo=UTC)
    assert post.pass_by(bell=False) == []
    assert post.pass_by(bell=False, hours=3) == []
    post.moment = datetime(2027, 9, 2, 4, tzinfo=UTC)
    assert list(run_out(session, post.moment)) == [1]
    session.commit()
    assert list(recipients(post.pass_by(bell=False, hours=11))) == ["bob"]
    again = [post.pass_by(bell=False, days=1) for _ in range(7)]
    assert sorted(recipients([mail for mails in again for mail in mails])) == ["alice", "bob"]


def test_a_paused_one_that_is_ended_after_its_last_day_has_ended_early(
    post: Correspondence, together: Relationship
) -> None:
    post.register = register_of("relationship_over", *END)
    pause(together, post.cast.bob, post.moment)
    post.moment = datetime(2027, 9, 30, 15, tzinfo=UTC)
    part(together, post.cast.dave, post.moment)
    post.cast.session.commit()
    told = post.pass_by()
    assert sorted(recipients(told)) == ["alice", "bob", "carol"]
    assert not [mail for mail in told if "planned end" in mail.text]


def test_an_early_end_has_its_own_mail_alone(post: Correspondence, together: Relationship) -> None:
    post.register = register_of("relationship_over", *END)
    part(together, post.cast.dave, post.moment)
    post.cast.session.commit()
    assert sorted(recipients(post.pass_by())) == ["alice", "bob", "carol"]
    post.moment = datetime(2027, 9, 2, 15, tzinfo=UTC)
    assert post.pass_by(bell=False) == []


def test_what_ended_before_these_mails_were_known_is_history(post: Correspondence, together: Relationship) -> None:
    cast = post.cast
    post.register = register_of("invitation")
    session = cast.session
    session.execute(delete(Round).where(Round.kind.in_(END)))
    part(together, cast.dave, post.moment)
    session.commit()
    post.register = register_of(*END)
    assert post.pass_by(bell=False, minutes=1) == []
