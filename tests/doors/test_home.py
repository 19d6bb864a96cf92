"""The first page of who is signed in, and what one's organization sees."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy.engine import Engine

from mentorly.extensions import db
from mentorly.mentoring import privacy
from mentorly.mentoring.counts import Meetings
from mentorly.mentoring.documents import Document
from mentorly.mentoring.first_meetings import plan_first
from mentorly.mentoring.objectives import Category, Objective, Plan
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.privacy import MAY_SEE, Hat, What
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sessions import SessionLog, Way
from mentorly.mentoring.tasks import Task
from tests.cast import Cast
from tests.doors.conftest import Browser, words

Open = Callable[..., Browser]
Counting = Callable[[Engine], AbstractContextManager[list[str]]]


@pytest.fixture
def in_english(cast: Cast) -> None:
    cast.bob.language = "en"
    cast.session.commit()


@pytest.fixture
def together(cast: Cast, in_english: None) -> Relationship:
    """Alice and Bob, matched."""
    cast.alice.phone, cast.bob.phone = "514 555-0101", "514 555-0102"
    relationship = cast.propose(datetime.now(UTC)).accept(cast.alice, datetime.now(UTC))
    cast.session.commit()
    return relationship


@pytest.fixture
def proposal(cast: Cast) -> Proposal:
    """Bob, proposed to Alice."""
    wanted = Participation.of(cast.bob, cast.program, "mentee")
    assert wanted
    wanted.fields, wanted.wants = ("civil engineering",), ("networking",)
    cast.bob.phone = "514 555-0102"
    return cast.propose(datetime.now(UTC))


def test_who_is_not_matched_is_told_to_wait_for_a_mail(browser_of: Open, cast: Cast, in_english: None) -> None:
    page = words(browser_of(cast.bob).get("/home"))
    assert "You will hear from us when you are matched." in page
    assert cast.bob.email in page
    assert "Boréal Robotique" in page


def test_who_has_no_role_is_told_so(browser_of: Open, cast: Cast) -> None:
    cast.bob.participations[0].left_at = datetime.now(UTC)
    cast.bob.language = "en"
    cast.session.commit()
    assert "You take part in no program at the moment." in words(browser_of(cast.bob).get("/home"))


def test_who_only_runs_the_program_is_led_to_the_console(browser_of: Open, cast: Cast) -> None:
    for person in (cast.carol, cast.dave):
        page = browser_of(person).get("/home")
        assert "You are neither mentor nor mentee of a program" in words(page)
        assert '<a class="button" href="/console">' in page.text


def test_a_mentor_sees_what_they_need_to_answer_and_no_contact(
    browser_of: Open, cast: Cast, proposal: Proposal
) -> None:
    page = browser_of(cast.alice).get("/home")
    for told in ("Would you be the mentor of Bob Tremblay?", "Boréal Robotique", "civil engineering", "networking"):
        assert told in words(page)
    assert cast.bob.email not in page.text
    assert "555-0102" not in page.text


def test_a_mentee_learns_nothing_of_a_proposal(
    browser_of: Open, cast: Cast, proposal: Proposal, in_english: None
) -> None:
    page = browser_of(cast.bob).get("/home")
    assert "Alice" not in page.text
    assert "You will hear from us when you are matched." in words(page)


def test_a_proposal_is_accepted_on_the_page(browser_of: Open, cast: Cast, proposal: Proposal) -> None:
    browser = browser_of(cast.alice)
    assert browser.fill("/home", f"/home/proposals/{proposal.id}", answer="accept").status_code == 303
    page = browser.get("/home")
    assert "Thank you for accepting." in words(page)
    assert "You and Bob Tremblay" in words(page)
    assert f"mailto:{cast.bob.email}" in page.text.replace("%40", "@")
    cast.session.refresh(proposal)
    assert proposal.accepted_at is not None


def test_a_reservation_is_raised_on_the_page(browser_of: Open, cast: Cast, proposal: Proposal) -> None:
    browser = browser_of(cast.alice)
    typed = {"answer": "reserve", "kind": "conflict", "words": "We share a budget."}
    assert browser.fill("/home", f"/home/proposals/{proposal.id}", **typed).status_code == 303
    cast.session.refresh(proposal)
    assert (proposal.reservation, proposal.reservation_words) == ("conflict", "We share a budget.")
    assert "Waiting for your answer" not in words(browser.get("/home"))


def test_a_reservation_that_is_refused_keeps_what_was_typed(browser_of: Open, cast: Cast, proposal: Proposal) -> None:
    typed = {"answer": "reserve", "kind": "conflict", "words": "We share a budget. " * 120}
    page = browser_of(cast.alice).fill("/home", f"/home/proposals/{proposal.id}", **typed)
    assert page.status_code == 409
    assert "A reason has at most 2000 characters." in words(page)
    assert "We share a budget. We share" in page.text
    assert "<details open>" in page.text
    assert 'value="conflict" checked' in page.text


def test_a_proposal_that_was_withdrawn_meanwhile_says_so(browser_of: Open, cast: Cast, proposal: Proposal) -> None:
    browser = browser_of(cast.alice)
    browser.get("/home")
    proposal.withdraw(cast.carol, datetime.now(UTC))
    cast.session.commit()
    page = browser.fill("/home", f"/home/proposals/{proposal.id}", answer="accept")
    assert page.status_code == 409
    assert "This proposal has been taken back" in words(page)


def test_nobody_answers_for_a_mentor(browser_of: Open, cast: Cast, proposal: Proposal) -> None:
    for person in (cast.bob, cast.carol, cast.dave, cast.eve):
        answered = browser_of(person).fill("/home", f"/home/proposals/{proposal.id}", answer="accept")
        assert answered.status_code == 404
    assert browser_of(cast.alice).fill("/home", "/home/proposals/99", answer="accept").status_code == 404
    cast.session.refresh(proposal)
    assert proposal.accepted_at is None


def test_both_see_each_other_s_contact_details_after_the_match(
    browser_of: Open, cast: Cast, together: Relationship
) -> None:
    for reader, other in ((cast.alice, cast.bob), (cast.bob, cast.alice)):
        page = browser_of(reader).get("/home")
        for detail in (other.name, other.email, other.phone):
            assert detail in words(page)
        assert "no date yet" in words(page)


def test_home_tells_a_relationship_at_a_glance(browser_of: Open, cast: Cast, together: Relationship) -> None:
    now = datetime.now(UTC)
    day = now.date() + timedelta(days=5)
    plan = Plan("Lead a first project", Category.LEADERSHIP)
    objective = Objective.open(together, cast.bob, plan, cast.bob, now)
    done = Task.add(objective, "Ask Mia about her first project", day, cast.bob, cast.bob, now)
    Task.add(objective, "Write down three strengths", day, cast.bob, cast.alice, now)
    done.finish(cast.bob, now)
    SessionLog.add(together, cast.bob, Way.MEETING, now - timedelta(days=1), 75, "", now)
    plan_first(together, now + timedelta(days=9), cast.carol, now)
    shared = {"titles": {"en": "A guide to the first week"}, "purpose": "first_week", "language": "en"}
    Document.add(cast.program, cast.dave, now, what="https://example.org/guide", **shared)
    cast.session.commit()
    page = words(browser_of(cast.bob).get("/home"))
    for told in (
        "Your next meeting", "Where you start from", "Write down three strengths", "Lead a first project",
        "1 of 2 tasks done", "One meeting of at least 6 held.", "one hour 15 minutes", "A guide to the first week",
        "Meetings held 1", "1 complete, 1 open",
    ):  # fmt: skip
        assert told in page, told
    assert "Ask Mia" not in page
    hers = words(browser_of(cast.alice).get("/home"))
    assert "Lead a first project" in hers
    assert "Write down three strengths" not in hers


def test_what_can_only_be_read_waits_no_more(browser_of: Open, cast: Cast, together: Relationship) -> None:
    now = datetime.now(UTC)
    for days, waits in ((29, True), (31, False)):
        together.ended_at = now - timedelta(days=days)
        cast.session.commit()
        assert ("Where you start from" in words(browser_of(cast.bob).get("/home"))) is waits


def test_the_first_meeting_is_told_by_the_reader_s_clock(browser_of: Open, cast: Cast, together: Relationship) -> None:
    at = datetime.now(UTC).replace(hour=15, minute=0, second=0, microsecond=0) + timedelta(days=9)
    plan_first(together, at, cast.carol, datetime.now(UTC))
    cast.bob.timezone = "Asia/Tokyo"
    cast.session.commit()
    page = words(browser_of(cast.bob).get("/home"))
    assert "12:00 AM (Japan" in page
    page = words(browser_of(cast.alice).get("/home"))
    assert "AM (Eastern Time)" in page


def test_mentees_of_a_group_do_not_see_each_other_s_contact_details(app: Flask, browser_of: Open, cast: Cast) -> None:
    cast.program.most = 5
    cast.bob.language = cast.eve.language = "en"
    for mentee in (cast.bob, cast.eve):
        proposal = propose_match(cast.session, cast.program, cast.alice, mentee, datetime.now(UTC), by=cast.dave)
        proposal.accept(cast.alice, datetime.now(UTC))
    cast.session.commit()
    page = words(browser_of(cast.bob).get("/home"))
    assert cast.alice.email in page
    assert "Eve" not in page
    page = words(browser_of(cast.alice).get("/home"))
    assert "You and Bob Tremblay and Eve Marchand" in page


def test_each_person_is_asked_once_whether_mails_may_quote(browser_of: Open, cast: Cast) -> None:
    browser = browser_of(cast.alice)
    assert "What may our mails show?" in words(browser.get("/home"))
    assert " checked" not in browser.get("/home").text
    assert browser.fill("/home", "/home/quoting", quotes="no").status_code == 303
    cast.session.refresh(cast.alice)
    assert cast.alice.quotes is False
    assert "What may our mails show?" not in words(browser.get("/home"))


def test_only_yes_or_no_is_an_answer_to_that(browser_of: Open, cast: Cast) -> None:
    for typed in ({}, {"quotes": "perhaps"}):
        assert browser_of(cast.alice).fill("/home", "/home/quoting", **typed).status_code == 400
    cast.session.refresh(cast.alice)
    assert cast.alice.quotes is None


def test_a_person_reads_the_row_that_their_lead_would_see(browser_of: Open, cast: Cast, together: Relationship) -> None:
    row = privacy.lead_row(cast.bob, together, Meetings(), Progress(), [])
    assert set(row) == set(MAY_SEE[Hat.LEAD])
    page = words(browser_of(cast.alice).get("/who-sees"))
    assert "Carol Roy is project lead of Boréal Robotique." in page
    assert "Dates of progress reports none yet" in page
    assert "Contact details of Alice Gagnon and Bob Tremblay" in page


def test_a_mentee_does_not_read_when_reports_were_sent(browser_of: Open, cast: Cast, together: Relationship) -> None:
    page = words(browser_of(cast.bob).get("/who-sees"))
    assert "Dates of progress reports If there are any, your lead sees them; you do not." in page
    assert privacy.hidden_from(cast.bob, together) == {What.REPORT_DATES}
    assert privacy.hidden_from(cast.alice, together) == set()


def test_a_mentor_from_elsewhere_is_seen_by_their_lead_in_outline_only(cast: Cast, together: Relationship) -> None:
    cast.alice.organization_id = cast.prairie.id
    assert set(privacy.lead_row(cast.alice, together, Meetings(), Progress(), [])) == {
        What.EXISTENCE,
        What.MEETINGS_HELD,
    }
    cast.alice.organization_id = None
    assert privacy.lead_row(cast.alice, together, Meetings(), Progress(), []) == {}


def test_who_belongs_to_no_organization_is_seen_by_no_lead(browser_of: Open, cast: Cast) -> None:
    assert "no project lead sees anything about you" in words(browser_of(cast.dave).get("/who-sees"))


@pytest.fixture
def crowd(cast: Cast) -> Callable[[int], None]:
    """Gives Alice some relationships and some proposals, and her organization some leads."""

    def grow(number: int) -> None:
        for place in range(number):
            for prefix in ("matched", "waiting"):
                now = datetime.now(UTC)
                address = f"{prefix}{number}-{place}@boreal.example.org"
                mentee = Person.register(
                    cast.session, address, f"Person {prefix} {place}", now, by=None, organization=cast.boreal
                )
                Participation.join(mentee, cast.program, "mentee", now, by=None)
                Participation.join(mentee, cast.program, "lead", now, by=None)
                proposal = propose_match(cast.session, cast.program, cast.alice, mentee, now, by=cast.dave)
                if prefix == "matched":
                    proposal.accept(cast.alice, now)
        cast.session.commit()

    return grow


@pytest.mark.parametrize("path", ["/home", "/who-sees"])
def test_a_page_asks_as_many_questions_for_twelve_people_as_for_two(
    app: Flask, browser_of: Open, cast: Cast, crowd: Callable[[int], None], count_queries: Counting, path: str
) -> None:
    with app.app_context():
        engine = db.engine
    browser, counts = browser_of(cast.alice), []
    for number in (1, 5):
        crowd(number)
        with count_queries(engine) as queries:
            page = browser.get(path)
        assert page.status_code == 200
        counts.append(len(queries))
    assert page.text.count("Person matched") >= 6
    assert counts[0] == counts[1] <= 20


def test_one_is_told_every_row_of_the_page_that_ones_project_lead_opens(cast: Cast, browser_of: Open) -> None:
    part = Participation.of(cast.bob, cast.program, "mentee")
    assert part
    part.fields, part.skills, part.wants = ("physics",), ("drawing", "driving"), ("to speak up",)
    cast.bob.language = cast.carol.language = "en"
    cast.session.commit()
    bob = browser_of(cast.bob)
    page = browser_of(cast.carol).get(f"/console/people/{cast.bob.id}").text
    rows = [unescape(said) for said in re.findall("<dt>.*?</dt><dd>(.*?)</dd>", page)]
    assert {"English", "physics", "drawing and driving", "to speak up"} <= set(rows)
    told = words(bob.get("/who-sees"))
    assert [said for said in rows if said not in told] == []
