"""The pages of meetings: proposed, chosen, answered, moved, called off and logged, by who is in them alone."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from mentorly.extensions import db
from mentorly.mentoring.appointments import Stage
from mentorly.mentoring.attendances import Coming
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import part, propose
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sessions import SessionLog
from mentorly.mentoring.whereabouts import Where
from tests.cast import Cast
from tests.doors.conftest import Browser, words

Open = Callable[..., Browser]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TORONTO = ZoneInfo("America/Toronto")


def typed(moment: datetime) -> str:
    """A moment as the inputs of a browser in Toronto send it."""
    return moment.astimezone(TORONTO).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def browser_of(browser_of: Open, cast: Cast) -> Open:
    """Browsers that let the test's own session end what it reads: SQLite has one write lock."""

    class Patient(Browser):
        def fill(self, path: str, to: str = "", **typed: str) -> TestResponse:
            cast.session.commit()
            return super().fill(path, to, **typed)

    def opened(person: Person | None = None) -> Browser:
        cast.session.commit()
        return Patient(browser_of(person).client)

    return opened


@pytest.fixture
def start() -> datetime:
    """Noon in Toronto, in eight days."""
    return (datetime.now(TORONTO) + 8 * DAY).replace(hour=12, minute=0, second=0, microsecond=0).astimezone(UTC)


@pytest.fixture
def together(cast: Cast) -> Relationship:
    """Alice and Bob, matched; both read English."""
    cast.bob.language = "en"
    relationship = cast.propose(datetime.now(UTC)).accept(cast.alice, datetime.now(UTC))
    cast.session.commit()
    return relationship


@pytest.fixture
def meeting(cast: Cast, together: Relationship, start: datetime) -> Meeting:
    """Planned by Bob."""
    meeting = propose(together, cast.bob, [start], datetime.now(UTC), where=Where(place="Room 4"))
    cast.session.commit()
    return meeting


@pytest.fixture
def over(cast: Cast, meeting: Meeting) -> Meeting:
    """The same, over since an hour."""
    meeting.starts_at, meeting.ends_at = (datetime.now(UTC) - hours * HOUR for hours in (2, 1))
    cast.session.commit()
    return meeting


def fresh(cast: Cast, meeting: Meeting) -> Meeting:
    """The meeting as it is now; nothing is left being read."""
    for one in (meeting, *meeting.attendances):
        cast.session.refresh(one)
    assert len(meeting.proposed_times) != 1
    cast.session.commit()
    return meeting


def test_one_time_is_planned_at_once(browser_of: Open, cast: Cast, together: Relationship, start: datetime) -> None:
    browser, path = browser_of(cast.bob), f"/meetings/{together.id}/propose"
    page = words(browser.get(path))
    assert "As your own clock shows it: Eastern Time." in page
    assert "You and Alice Gagnon see this." in page
    answer = browser.fill(path, at_1=typed(start), minutes="45", place="Café", link="https://meet.example.org/a")
    assert answer.status_code == 303
    (meeting,) = cast.session.scalars(select(Meeting))
    assert (meeting.starts_at, meeting.minutes, meeting.where) == (
        start, 45, Where("Café", "https://meet.example.org/a"),
    )  # fmt: skip
    page = words(browser.get(answer.location))
    assert "The meeting is planned." in page
    assert "at 12:00 PM (Eastern Time)" in page.replace("\u00a0", " ").replace("\u202f", " ")


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    browser_of: Open, cast: Cast, together: Relationship, start: datetime
) -> None:
    path = f"/meetings/{together.id}/propose"
    wrong = {"at_2": typed(start - 20 * DAY), "minutes": "5", "link": "zoom.us/j/1", "place": "Café Zéphyr"}
    answer = browser_of(cast.bob).fill(path, at_1=typed(start), **wrong)
    assert answer.status_code == 422
    for name, sentence in (
        ("at_2", "A meeting has to be in the future."),
        ("minutes", "A meeting lasts between 10 and 480 minutes."),
        ("link", "The address of a video meeting begins with https:// and holds no spaces."),
    ):
        assert f'<p class="fault" id="q-{name}-fault">{sentence}</p>' in answer.text
        field = re.search(f'<input[^>]*id="q-{name}"[^>]*>', answer.text)
        assert field
        assert 'aria-invalid="true"' in field[0]
        assert f"q-{name}-fault" in field[0]
    for value in (typed(start), *wrong.values()):
        assert f'value="{value}"' in answer.text
    assert cast.session.scalars(select(Meeting)).all() == []


def test_of_three_times_the_other_chooses_one(
    browser_of: Open, cast: Cast, together: Relationship, start: datetime
) -> None:
    path, times = f"/meetings/{together.id}/propose", {f"at_{n}": typed(start + n * DAY) for n in (1, 2, 3)}
    assert browser_of(cast.bob).fill(path, **times, minutes="60").status_code == 303
    (meeting,) = cast.session.scalars(select(Meeting))
    alice, path = browser_of(cast.alice), f"/meeting/{meeting.id}"
    assert "Choose a time" in words(alice.get("/home"))
    assert "Bob Tremblay proposes these times." in words(alice.get(path))
    assert alice.fill(path, f"{path}/pick").status_code == 422
    assert alice.fill(path, f"{path}/pick", time="2").status_code == 303
    assert fresh(cast, meeting).starts_at == start + 2 * DAY


def test_other_times_are_proposed_instead(
    browser_of: Open, cast: Cast, together: Relationship, start: datetime
) -> None:
    meeting = propose(together, cast.bob, [start, start + DAY], datetime.now(UTC))
    cast.session.commit()
    path = f"/meeting/{meeting.id}"
    times = {"at_1": typed(start + 3 * DAY), "at_2": typed(start + 4 * DAY)}
    assert browser_of(cast.alice).fill(path, f"{path}/others", **times).status_code == 303
    assert [one.starts_at for one in fresh(cast, meeting).proposed_times] == [start + 3 * DAY, start + 4 * DAY]
    assert "The others choose one." in words(browser_of(cast.alice).get(path))


def test_a_monthly_series_is_planned_on_the_proposer_s_clock(
    browser_of: Open, cast: Cast, together: Relationship, start: datetime
) -> None:
    path = f"/meetings/{together.id}/series"
    assert browser_of(cast.bob).fill(path, at_1=typed(start), number="99", minutes="60").status_code == 422
    assert browser_of(cast.bob).fill(path, at_1=typed(start), number="3", minutes="60").status_code == 303
    hours = [one.starts_at.astimezone(TORONTO).hour for one in cast.session.scalars(select(Meeting)) if one.starts_at]
    assert hours == [12] * len(hours)
    assert len(hours) >= 2


@pytest.mark.parametrize(("said", "kept"), [("yes", Coming.YES), ("maybe", Coming.MAYBE), ("no", Coming.NO)])
def test_an_invitation_is_answered_by_one_button(
    browser_of: Open, cast: Cast, meeting: Meeting, said: str, kept: Coming
) -> None:
    browser, path = browser_of(cast.alice), f"/meeting/{meeting.id}"
    assert browser.fill(path, f"{path}/coming", coming=said).status_code == 303
    own = fresh(cast, meeting).attendance(cast.alice)
    assert own
    assert own.coming == kept
    assert f'value="{said}" class="" aria-pressed="true"' in browser.get(path).text


def test_another_time_is_asked_for_and_taken_or_not(
    browser_of: Open, cast: Cast, meeting: Meeting, start: datetime
) -> None:
    alice, bob, path = browser_of(cast.alice), browser_of(cast.bob), f"/meeting/{meeting.id}"
    for answer, moment in (("keep", start), ("take", start + DAY)):
        assert alice.fill(path, f"{path}/counter", counter_at=typed(start + DAY)).status_code == 303
        assert "Alice Gagnon would rather meet on" in words(bob.get(path))
        assert bob.fill(path, f"{path}/{answer}").status_code == 303
        assert fresh(cast, meeting).starts_at == moment
    answer = bob.fill(path, f"{path}/take")
    assert answer.status_code == 422
    assert "Nobody asks for another time of this meeting any more." in words(answer)


def test_a_meeting_is_moved_placed_and_called_off(
    browser_of: Open, cast: Cast, meeting: Meeting, start: datetime
) -> None:
    browser, path = browser_of(cast.bob), f"/meeting/{meeting.id}"
    assert f'value="{typed(start)}"' in browser.get(path).text
    assert browser.fill(path, f"{path}/move", move_at=typed(start + DAY), move_minutes="30").status_code == 303
    assert browser.fill(path, f"{path}/place", place="", link="https://meet.example.org/b", phone="").status_code == 303
    moved = fresh(cast, meeting)
    assert (moved.starts_at, moved.minutes, moved.where) == (
        start + DAY, 30, Where(link="https://meet.example.org/b"),
    )  # fmt: skip
    assert browser.fill(path, f"{path}/off", reason="I am ill, sorry.").status_code == 303
    assert fresh(cast, meeting).stage == Stage.OFF
    page = words(browser_of(cast.alice).get(path))
    assert "Bob Tremblay called it off. I am ill, sorry." in page
    answer = browser.fill(path, f"{path}/off", reason="once more")
    assert (answer.status_code, "called off already" in words(answer)) == (422, True)


def test_the_agenda_is_kept_and_says_who_sees_it(browser_of: Open, cast: Cast, meeting: Meeting) -> None:
    browser, path = browser_of(cast.bob), f"/meeting/{meeting.id}"
    assert "Each line is a point. You and Alice Gagnon see this." in words(browser.get(path))
    answer = browser.fill(path, f"{path}/agenda", agenda="x" * 2001)
    assert (answer.status_code, "x" * 2001 in answer.text) == (422, True)
    assert browser.fill(path, f"{path}/agenda", agenda="My first week\nA wider network").status_code == 303
    assert "A wider network" in browser_of(cast.alice).get(path).text


def test_a_meeting_that_took_place_is_logged_confirmed_corrected_and_struck_out(
    browser_of: Open, cast: Cast, together: Relationship, over: Meeting
) -> None:
    bob, alice, path = browser_of(cast.bob), browser_of(cast.alice), f"/meeting/{over.id}"
    assert "Did it take place?" in words(bob.get("/home"))
    answer = bob.fill(path, f"{path}/held", took="900", topics="Interviews")
    assert (answer.status_code, "Interviews" in answer.text) == (422, True)
    assert bob.fill(path, f"{path}/held", took="50", topics="Interviews").status_code == 303
    page = words(alice.get(f"/meetings/{together.id}"))
    assert "Bob Tremblay logged a meeting" in page
    assert "Time that you confirmed: nothing yet." in page
    (log,) = cast.session.scalars(select(SessionLog))
    assert alice.fill(f"/session/{log.id}", f"/session/{log.id}/confirm").status_code == 303
    page = words(alice.get(f"/meetings/{together.id}"))
    assert "Meetings held: 1. The program asks for at least 6." in page
    assert "Time that you confirmed: 50 minutes." in page
    assert alice.fill(f"/session/{log.id}", f"/session/{log.id}/correct", took="70", topics="A").status_code == 303
    assert "waits for Bob Tremblay" in words(alice.get(f"/meetings/{together.id}"))
    assert bob.fill(f"/session/{log.id}", f"/session/{log.id}/strike").status_code == 303
    assert "Meetings held: 0." in words(bob.get(f"/meetings/{together.id}"))
    assert bob.get(f"/session/{log.id}").status_code == 404


def test_a_meeting_that_did_not_take_place_can_be_opened_again(browser_of: Open, cast: Cast, over: Meeting) -> None:
    browser, path = browser_of(cast.bob), f"/meeting/{over.id}"
    assert browser.fill(path, f"{path}/not-held").status_code == 303
    assert "It did not take place." in words(browser.get(path))
    assert browser.fill(path, f"{path}/reopen").status_code == 303
    assert "Did it take place?" in words(browser.get(path))


def test_a_call_is_logged(browser_of: Open, cast: Cast, together: Relationship) -> None:
    browser, path = browser_of(cast.bob), f"/meetings/{together.id}/log"
    given = {"way": "phone", "began_at": typed(datetime.now(UTC) - DAY), "took": "20", "topics": "A short call"}
    answer = browser.fill(path, **given | {"began_at": typed(datetime.now(UTC) + DAY)})
    assert answer.status_code == 422
    assert "A session can be logged once it has taken place." in words(answer)
    assert "A short call" in answer.text
    assert 'value="phone" checked' in answer.text
    assert browser.fill(path, **given).status_code == 303
    page = words(browser.get(f"/meetings/{together.id}"))
    assert "A call, 20 minutes waits for Alice Gagnon A short call" in page


def test_nobody_else_sees_or_changes_a_meeting(
    browser_of: Open, cast: Cast, together: Relationship, meeting: Meeting, over: Meeting
) -> None:
    log = SessionLog.of_meeting(over, cast.bob, 30, "", datetime.now(UTC))
    cast.session.commit()
    paths = (f"/meetings/{together.id}", f"/meeting/{meeting.id}", f"/session/{log.id}")
    forms = (f"{paths[0]}/propose", f"{paths[0]}/series", f"{paths[0]}/log")
    acts = ("pick", "coming", "counter", "take", "move", "place", "agenda", "off", "held", "not-held", "reopen")
    for person in (cast.carol, cast.dave, cast.eve):
        browser = browser_of(person)
        for path in (*paths, *forms):
            assert browser.get(path).status_code == 404, (person, path)
        for path in (*forms, *(f"{paths[1]}/{act}" for act in acts), f"{paths[2]}/confirm", f"{paths[2]}/strike"):
            assert browser.fill("/profile", path).status_code == 404, (person, path)
    nobody = browser_of()
    for path in (*paths, *forms):
        assert nobody.get(path).location.startswith("/sign-in")
    for number in (99, 2**40):
        assert browser_of(cast.bob).get(f"/meeting/{number}").status_code == 404
    assert browser_of(cast.bob).fill("/profile", f"{paths[1]}/burn").status_code == 404


def test_leads_and_administrators_see_numbers_as_far_as_the_table_says(
    browser_of: Open, cast: Cast, together: Relationship, start: datetime, over: Meeting
) -> None:
    """Rules C3: a lead of the mentor's organization sees the meetings held, and not those to come."""
    now = datetime.now(UTC)
    grace = Person.register(cast.session, "grace@prairie.example.org", "Grace Chen", now, by=None)
    grace.organization = cast.alice.organization = cast.prairie
    Participation.join(grace, cast.program, "lead", now, by=None)
    SessionLog.of_meeting(over, cast.bob, 30, "Interviews", now)
    propose(together, cast.bob, [start + DAY], now, where=Where(place="Behind the stage"))
    cast.session.commit()
    for person, planned in ((cast.dave, True), (cast.carol, True), (grace, False)):
        browser = browser_of(person)
        found, page = browser.get("/console/relationships"), browser.get(f"/console/relationships/{together.id}")
        assert "Meetings held: 1" in words(found)
        assert "Meetings held 1 of at least 6" in words(page)
        assert ("planned: 1" in words(found), "Meetings planned 1" in words(page)) == (planned, planned)
        assert not [word for word in ("Behind the stage", "Interviews") if word in found.text + page.text]
    page = words(browser_of(cast.bob).get("/who-sees"))
    assert "Meetings held 1" in page
    assert "Meetings planned 1" in page
    page = words(browser_of(cast.alice).get("/who-sees"))
    assert ("Meetings held 1" in page, "Meetings planned" in page) == (True, False)


def test_a_form_from_elsewhere_changes_nothing(browser_of: Open, cast: Cast, meeting: Meeting) -> None:
    browser = browser_of(cast.alice)
    assert browser.client.post(f"/meeting/{meeting.id}/off", data={}).status_code == 400
    assert browser.get(f"/meeting/{meeting.id}/off").status_code == 405
    assert fresh(cast, meeting).stage == Stage.PLANNED


def test_after_the_end_the_log_stays_and_nothing_is_planned(
    browser_of: Open, cast: Cast, together: Relationship, start: datetime
) -> None:
    part(together, cast.dave, datetime.now(UTC))
    cast.session.commit()
    browser = browser_of(cast.bob)
    page = words(browser.get(f"/meetings/{together.id}"))
    assert "This relationship has ended." in page
    assert "Propose a meeting" not in page
    answer = browser.fill(f"/meetings/{together.id}/propose", at_1=typed(start), minutes="60")
    assert answer.status_code == 422
    assert "This relationship has ended, so no meeting can be planned." in words(answer)


def test_long_after_the_end_the_log_offers_nothing_to_be_changed(
    browser_of: Open, cast: Cast, together: Relationship, over: Meeting
) -> None:
    log = SessionLog.of_meeting(over, cast.bob, None, "", datetime.now(UTC))
    together.ended_at = datetime.now(UTC) - 31 * DAY
    cast.session.commit()
    browser, path = browser_of(cast.alice), f"/session/{log.id}"
    page = words(browser.get(path))
    assert not [offer for offer in ("I was there", "Correct it", "Strike it out") if offer in page]
    answer = browser.fill("/profile", f"{path}/confirm")
    assert (answer.status_code, "ended more than 30 days ago" in words(answer)) == (422, True)
    assert "Were you there?" not in words(browser.get("/home"))


def test_in_a_group_one_chooses_with_whom_and_the_others_see_nothing_of_it(
    browser_of: Open, cast: Cast, together: Relationship, start: datetime
) -> None:
    together.join(cast.eve, "mentee", datetime.now(UTC))
    cast.session.commit()
    browser, path = browser_of(cast.bob), f"/meetings/{together.id}/propose"
    assert "With whom? Alice Gagnon Eve Marchand" in words(browser.get(path))
    chosen = {"at_1": typed(start), "minutes": "60", "place": "Behind the stage", "with": str(cast.alice.id)}
    assert browser.fill(path, **chosen).status_code == 303
    (meeting,) = cast.session.scalars(select(Meeting))
    assert {one.person_id for one in meeting.present} == {cast.alice.id, cast.bob.id}
    eve = browser_of(cast.eve)
    assert "Nothing is planned." in words(eve.get(f"/meetings/{together.id}"))
    assert eve.get(f"/meeting/{meeting.id}").status_code == 404


def test_the_page_speaks_french(browser_of: Open, cast: Cast, together: Relationship, meeting: Meeting) -> None:
    cast.bob.language = "fr"
    cast.session.commit()
    page = words(browser_of(cast.bob).get(f"/meeting/{meeting.id}"))
    assert "Vous et Alice Gagnon voyez ceci." in page
    assert "(heure de l’Est)" in page


@pytest.fixture
def crowd(cast: Cast, together: Relationship, start: datetime) -> Callable[[int], None]:
    """Fills the page of Alice and Bob with meetings of every kind, and Alice with relationships."""

    def grow(number: int) -> None:
        now = datetime.now(UTC)
        for place in range(number):
            propose(together, cast.bob, [start + place * HOUR], now)
            propose(together, cast.bob, [start, start + (place + 1) * HOUR], now)
            propose(together, cast.bob, [start], now).call_off(cast.alice, "", now)
            over = propose(together, cast.bob, [start], now)
            logged = propose(together, cast.bob, [start], now)
            for one in (over, logged):
                one.starts_at, one.ends_at = now - 2 * HOUR, now - HOUR
            SessionLog.of_meeting(logged, cast.bob, 30, "", now)
            address = f"mentee{number}-{place}@boreal.example.org"
            mentee = Person.register(cast.session, address, "Mo Roy", now, by=None, organization=cast.boreal)
            Participation.join(mentee, cast.program, "mentee", now, by=None)
            other = propose_match(cast.session, cast.program, cast.alice, mentee, now, by=cast.dave)
            propose(other.accept(cast.alice, now), mentee, [start], now)
        cast.session.commit()

    return grow


@pytest.mark.parametrize("path", ["/home", "/meetings/1", "/calendar", "/console/relationships"])
def test_a_page_asks_as_many_questions_for_many_meetings_as_for_few(
    app: Flask, browser_of: Open, cast: Cast, crowd: Callable[[int], None], path: str,
    count_queries: Callable[[Engine], AbstractContextManager[list[str]]],
) -> None:  # fmt: skip
    with app.app_context():
        engine = db.engine
    browser, counts = browser_of(cast.dave if path.startswith("/console") else cast.alice), []
    if path == "/calendar":
        found = re.search(r'href="webcal://[^/]+([^"]+)"', browser.get("/profile").text)
        assert found
        path = found[1]
    for number in (1, 5):
        crowd(number)
        with count_queries(engine) as queries:
            assert browser.get(path).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 22


def test_opening_questions_are_listed_by_theme_for_who_is_signed_in(
    browser_of: Open, cast: Cast, meeting: Meeting
) -> None:
    alice = browser_of(cast.alice)
    assert 'href="/opening-questions"' in alice.get(f"/meeting/{meeting.id}").text
    page = alice.get("/opening-questions")
    assert page.text.count("<h2") == 7
    assert "Which turn in your working life did you not see coming" in words(page)
    assert browser_of().get("/opening-questions").status_code == 303
