"""A pause by mail: everybody in it is told, nothing falls due meanwhile, and a button lets it go on."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.emails.retelling import retold
from mentorly.mentoring.objectives import Objective
from mentorly.mentoring.pauses import long_pauses, pause, resume
from mentorly.mentoring.people import Participation
from mentorly.mentoring.planning import part, propose
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.reports import ProgressReport
from mentorly.mentoring.silence import set_silence
from mentorly.mentoring.tasks import Task
from tests.cast import cast_of, register_of
from tests.emails.correspondence import Correspondence, recipients
from tests.emails.test_meeting_mails import press
from tests.mentoring.test_pauses import PLAN

STARTED_BY_THE_CLOCK = (
    *("instrument_asked", "instrument_reminder", "something_unfinished", "quiet_nudge", "quiet_nudge_again"),
    *("quiet_told", "agenda_wanted", "meeting_reminder", "did_it_take_place", "did_it_take_place_again"),
    *("task_due_soon", "task_overdue", "report_prompt", "report_draft_again", "digest"),
)
PAUSE = ("relationship_paused", "relationship_resumed")
DAY = timedelta(days=1)


@pytest.fixture
def post(session: Session) -> Correspondence:
    """Alice and Bob are matched, and Bob has a task; they have a meeting in nine days."""
    post = Correspondence(cast_of(session), register=register_of(*STARTED_BY_THE_CLOCK, *PAUSE))
    post.pass_by(bell=False)
    cast, now = post.cast, post.moment
    cast.bob.language = "en"
    together = cast.propose(now).accept(cast.alice, now)
    objective = Objective.open(together, cast.bob, PLAN, cast.bob, now)
    Task.add(objective, "Read", date(2027, 3, 20), cast.bob, cast.alice, now)
    propose(together, cast.bob, [now + 9 * DAY], now)
    session.commit()
    return post


@pytest.fixture
def together(post: Correspondence) -> Relationship:
    return post.cast.session.scalars(select(Relationship)).one()


def test_both_are_told_and_nothing_falls_due_until_one_presses_the_button(
    post: Correspondence, together: Relationship
) -> None:
    cast = post.cast
    ProgressReport.draft(together, "All goes well", cast.alice, post.moment)
    pause(together, cast.bob, post.moment)
    cast.session.commit()
    told = post.pass_by()
    assert sorted(recipients(told)) == ["alice", "bob"]
    mail = next(one for one in told if one.recipient == cast.alice.email)
    assert "Bob Tremblay has paused your mentoring relationship in Pilot." in mail.text
    for _ in range(50):
        assert post.pass_by(bell=False, days=1) == []
    press(post, mail, "resume")
    told = post.pass_by()
    assert sorted(recipients(told)) == ["alice", "bob"]
    assert {one.subject for one in told} == {"Mentoring: your relationship goes on"}
    assert "It was paused for 50 days." in told[0].text
    assert "it now lasts until October 21, 2027" in told[0].text
    came = {(to, one.subject) for _ in range(3) for one in post.pass_by(bell=False, days=1) for to in recipients([one])}
    assert {to for to, _ in came} == {"alice", "bob"}, "what the program asks of them opens now"
    while post.moment < datetime(2027, 5, 18, 15, tzinfo=UTC):
        came |= {(to, one.subject) for one in post.pass_by(bell=False, days=1) for to in recipients([one])}
    assert [subject for to, subject in came if to == "bob" and "task" in subject], "two working days before its new day"


def test_after_a_long_pause_both_are_asked_once_whether_it_goes_on_and_the_worklist_shows_it(
    post: Correspondence, together: Relationship
) -> None:
    cast = post.cast
    post.register = register_of("pause_lasts", "concern_raised", *PAUSE)
    set_silence(cast.program, cast.dave, post.moment, quiet_days=35, nudge_days=7, leads_days=7, pause_days=30)
    pause(together, cast.bob, post.moment)
    cast.session.commit()
    post.pass_by()
    assert post.pass_by(bell=False, days=29) == []
    assert cast.session.scalars(long_pauses(cast.dave, post.moment)).all() == []
    asked = {one.recipient: one for one in post.pass_by(bell=False, days=2)}
    assert set(asked) == {cast.alice.email, cast.bob.email}
    assert {one.subject for one in asked.values()} == {"Mentoring: does your relationship go on?"}
    assert "has been paused since March 1, 2027" in asked[cast.bob.email].text
    assert [one.relationship for one in cast.session.scalars(long_pauses(cast.dave, post.moment))] == [together]
    assert cast.session.scalars(long_pauses(cast.alice, post.moment)).all() == [], "who is in it looks after others"
    press(post, asked[cast.bob.email], "end", words="I have moved away")
    (concern,) = post.pass_by()
    assert concern.recipient == cast.dave.email
    assert post.pass_by(bell=False, days=40) == [], "once for each pause"
    press(post, asked[cast.alice.email], "resume")
    assert cast.session.scalars(long_pauses(cast.dave, post.moment)).all() == []


def test_a_yes_to_a_pause_is_told_back_by_the_words_of_its_button(post: Correspondence, together: Relationship) -> None:
    """It gives no details, so nothing is told as kept "as you find them here"."""
    cast = post.cast
    post.register = register_of("pause_lasts", "reply_taken", *PAUSE)
    pause(together, cast.bob, post.moment)
    cast.session.commit()
    post.pass_by()
    asked = {one.recipient: one for one in post.pass_by(bell=False, days=91)}
    post.reply(asked[cast.bob.email], "Yes")
    (taken,) = post.pass_by()
    assert taken.recipient == cast.bob.email
    assert "We understood it as" in taken.text
    assert "as you find them here" not in taken.text
    assert not together.is_paused


def test_who_resumes_in_time_is_asked_nothing(post: Correspondence, together: Relationship) -> None:
    post.register = register_of("pause_lasts")
    for number in (1, 2):
        pause(together, post.cast.bob, post.moment)
        post.moment += 89 * DAY
        if number == 1:
            resume(together, post.cast.bob, post.moment)
    post.cast.session.commit()
    assert post.pass_by(bell=False) == []
    assert sorted(recipients(post.pass_by(bell=False, days=4))) == ["alice", "bob"], "of the second alone"


def test_what_waited_already_is_withdrawn_and_comes_back_while_it_is_fresh(
    post: Correspondence, together: Relationship
) -> None:
    """The reminder of the meeting was collected the evening before; the pause ends in the morning."""
    cast = post.cast
    post.register = register_of("meeting_reminder", *PAUSE)
    post.moment = datetime(2027, 3, 9, 3, tzinfo=UTC)
    assert post.pass_by(bell=False) == []
    pause(together, cast.bob, post.moment)
    cast.session.commit()
    assert len(post.pass_by()) == 2
    assert post.pass_by(bell=False, hours=12) == []
    resume(together, cast.bob, post.moment)
    cast.session.commit()
    came = [*post.pass_by(), *post.pass_by(bell=False, minutes=1)]
    assert sorted(recipients(came)) == ["alice", "alice", "bob", "bob"]


def test_the_page_behind_a_button_begins_with_what_the_mail_said_and_not_with_its_greeting(
    post: Correspondence, together: Relationship
) -> None:
    pause(together, post.cast.bob, post.moment)
    post.cast.session.commit()
    mail = next(one for one in post.pass_by() if one.recipient == post.cast.alice.email)
    assert mail.text.startswith("-- Reply above this line -- Hello Alice,")
    told = retold(post.office.desk, post.office.open(_token(post, post.cast.alice.email), post.moment))
    assert told
    assert told.passages[0].lines[0].startswith("Bob Tremblay has paused your mentoring relationship")


def test_it_is_asked_once_more_whether_a_meeting_took_place_without_counting_the_pause(
    post: Correspondence, together: Relationship
) -> None:
    cast = post.cast
    post.register = register_of("did_it_take_place", "did_it_take_place_again", *PAUSE)
    assert recipients_of_days(post, 10) == {10: ["bob"]}, "the working morning after the meeting"
    pause(together, cast.bob, post.moment)
    cast.session.commit()
    post.pass_by()
    post.moment += 30 * DAY
    resume(together, cast.bob, post.moment)
    cast.session.commit()
    post.pass_by()
    assert recipients_of_days(post, 8) == {4: ["alice", "bob"]}, "three working days of going on"


def recipients_of_days(post: Correspondence, number: int) -> dict[int, list[str]]:
    """Who gets a mail on which of the next days."""
    came = {day: sorted(recipients(post.pass_by(bell=False, days=1))) for day in range(1, number + 1)}
    return {day: who for day, who in came.items() if who}


def test_a_mentee_of_a_group_is_told_and_shown_no_button_and_an_end_settles_it(session: Session) -> None:
    post = Correspondence(cast_of(session, kind="group"), register=register_of(*PAUSE))
    post.pass_by(bell=False)
    cast, now = post.cast, post.moment
    together = cast.propose(now).accept(cast.alice, now)
    together.join(cast.eve, "mentee", now)
    pause(together, cast.alice, now)
    session.commit()
    told = {one.recipient: one.text for one in post.pass_by()}
    assert {to for to, text in told.items() if "/resume" in text} == {cast.alice.email}
    assert set(told) == {cast.alice.email, cast.bob.email, cast.eve.email}
    assert Participation.of(cast.carol, cast.program, "lead"), "and no lead is told by mail"
    part(together, cast.dave, now + DAY)
    session.commit()
    assert post.pass_by(days=1) == []
    page = post.office.open(_token(post, cast.alice.email), post.moment)
    refusal = page.kind.settled(page.thing, post.moment)
    assert "has ended" in str(refusal)


def _token(post: Correspondence, address: str) -> str:
    mail = next(one for one in post.came if one.recipient == address)
    return mail.text.partition("/a/")[2].partition("/")[0]
