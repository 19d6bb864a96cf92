"""Who does not answer, and the sponsors of a program, in the console and at the terminal."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.sponsors import Sponsor
from mentorly.mentoring.unheard import Unheard
from tests.cast import Cast
from tests.doors.conftest import Browser, words

Open = Callable[[Person | None], Browser]


def test_an_administrator_finds_who_does_not_answer_and_looks_after_it(cast: Cast, browser_of: Open) -> None:
    browser = browser_of(cast.dave)
    assert "Nobody has left several mails unanswered" in words(browser.get("/console/unheard"))
    now = datetime.now(UTC)
    part = Participation.of(cast.alice, cast.program, "mentor")
    row = part and Unheard.notice(part, [now - timedelta(days=20)] * 3, None, now)
    assert row
    cast.session.commit()
    page = words(browser.get("/console/unheard"))
    assert "Alice Gagnon mentor" in page
    assert "3 mails wait since" in page
    assert browser.fill("/console/unheard", to=f"/console/unheard/{row.id}/settled").status_code == 303
    assert "settled Dave Okoye" in words(browser.get("/console/unheard"))
    again = browser.fill("/console/unheard", to=f"/console/unheard/{row.id}/settled")
    assert "looked after this already" in words(browser.get(again.headers["Location"]))


def test_the_thresholds_of_a_program_are_set_on_its_page(cast: Cast, browser_of: Open) -> None:
    browser = browser_of(cast.dave)
    typed = {"unheard_mails": "4", "unheard_days": "20", "unheard_told_days": "5"}
    kept = browser.fill("/console/programs", to="/console/programs/1/unheard", **typed)
    assert kept.status_code == 303
    cast.session.refresh(cast.program)
    assert (cast.program.unheard_mails, cast.program.unheard_days, cast.program.unheard_told_days) == (4, 20, 5)
    cast.session.commit()
    for wrong in ("0", "", "many", "21"):
        refused = browser.fill(
            "/console/programs", to="/console/programs/1/unheard", **(typed | {"unheard_mails": wrong})
        )
        assert refused.status_code == 422


def test_a_sponsor_is_added_and_sent_nothing_more_on_the_programs_page(cast: Cast, browser_of: Open) -> None:
    browser, path = browser_of(cast.dave), "/console/programs/1/sponsors"
    assert "fewer than 10 people take part" in words(browser.get(path))
    faulty = browser.fill(path, name="Fern Diaz", email="fern", language="en")
    assert faulty.status_code == 422
    assert 'value="Fern Diaz"' in faulty.text, "nothing typed is lost"
    assert browser.fill(path, name="Fern Diaz", email="fern@fund.example.org", language="fr").status_code == 303
    page = words(browser.get(path))
    assert "Fern Diaz asked fern@fund.example.org" in page
    (one,) = cast.session.scalars(select(Sponsor))
    assert (one.person.language, one.person.is_outside, one.added_by_id) == ("fr", True, cast.dave.id)
    cast.session.commit()
    assert "takes part already" in words(browser.fill(path, name="Bob", email=cast.bob.email, language="en"))
    assert browser.fill(path, to=f"/console/sponsors/{one.id}/end").status_code == 303
    assert "Fern Diaz asked" not in words(browser.get(path))
