"""Pausing on the pages: its members' own page, the console, and what each page says of a paused relationship."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from mentorly.mentoring.pauses import Pause, pause, resume
from mentorly.mentoring.relationships import Relationship
from tests.cast import Cast
from tests.doors.conftest import words
from tests.doors.test_meetings import Open, browser_of, together

__all__ = ["browser_of", "together"]


def test_either_pauses_and_resumes_and_every_page_says_so(browser_of: Open, cast: Cast, together: Relationship) -> None:
    alice, bob, path = browser_of(cast.alice), browser_of(cast.bob), f"/pause/{together.id}"
    cast.bob.language = "en"
    cast.session.commit()
    assert path in bob.get("/home").text
    assert "Meetings that are planned stay planned." in words(bob.get(path))
    assert bob.fill(path).location == path
    assert "paused already" in words(alice.fill(path))
    assert "has been paused since" in words(alice.get(path))
    for page in ("/home", f"/meetings/{together.id}", f"/objectives/{together.id}"):
        assert "paused" in words(alice.get(page)), page
        assert "/propose" not in alice.get(page).text, page
    assert "The relationship paused, from" in words(bob.get("/who-sees"))
    assert alice.fill(path, f"{path}/resume").status_code == 303
    assert "not paused" in words(alice.fill(path, f"{path}/resume"))
    assert "paused" not in words(bob.get("/home"))


def test_leads_and_administrators_pause_in_the_console_and_do_not_read_who_did(
    browser_of: Open, cast: Cast, together: Relationship
) -> None:
    carol, dave, path = browser_of(cast.carol), browser_of(cast.dave), f"/console/relationships/{together.id}"
    assert carol.fill(path, f"{path}/pause").location == path
    assert "paused already" in words(dave.fill(path, f"{path}/pause"))
    assert dave.fill(path, f"{path}/resume").location == path
    assert "not paused" in words(carol.fill(path, f"{path}/resume"))
    cast.session.refresh(together)
    pause(together, cast.bob, together.began_at)
    cast.session.commit()
    page = words(carol.get(path))
    assert "Paused since" in page
    assert page.count("Bob Tremblay") == words(dave.get(path)).count("Bob Tremblay")
    assert "paused" in words(carol.get("/console/relationships"))


def test_a_pause_that_has_lasted_for_long_is_in_the_worklist_until_it_ends(
    browser_of: Open, cast: Cast, together: Relationship
) -> None:
    dave, now = browser_of(cast.dave), datetime.now(UTC)
    pause(together, cast.bob, now - timedelta(days=89))
    cast.session.commit()
    assert "Pauses that have lasted for long" not in words(dave.get("/console/concerns"))
    cast.session.scalars(select(Pause)).one().ask_after(30)
    cast.session.commit()
    page = words(dave.get("/console/concerns"))
    assert "Pauses that have lasted for long" in page
    assert "Alice Gagnon and Bob Tremblay Pilot, paused since" in page
    resume(together, cast.bob, now)
    cast.session.commit()
    assert "Pauses that have lasted for long" not in words(dave.get("/console/concerns"))
