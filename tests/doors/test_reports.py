"""The pages of progress reports and concerns: who opens which, and what a mentee can never tell from any page."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from mentorly.extensions import db
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.concerns import Concern, Kind
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.reports import ProgressReport, Tone
from mentorly.mentoring.sealing import Seal
from tests.cast import Cast
from tests.doors.conftest import Mailed, words
from tests.doors.test_meetings import Open, browser_of, together

__all__ = ["browser_of", "together"]
WORDS = "He has found his feet."
DAY = timedelta(days=1)


def written(cast: Cast, together: Relationship, days: int = 0, words: str = WORDS) -> ProgressReport:
    """Alice's report, some days ago."""
    at = datetime.now(UTC) - days * DAY
    report = ProgressReport.write(together, words, cast.alice, at, tone=Tone.PRAISE, is_urgent=False)
    cast.session.commit()
    return report


def test_a_mentor_writes_a_report_and_the_lead_reads_it(browser_of: Open, cast: Cast, together: Relationship) -> None:
    alice, path = browser_of(cast.alice), f"/reports/{together.id}"
    assert path in alice.get("/home").text
    page = words(alice.get(path))
    assert "Do not disclose what your mentee shared with you in confidence, unless it is urgent." in page
    assert "Goes to Carol Roy at once." in page
    assert alice.fill(path, words=" ").status_code == 422
    answer = alice.fill(path, words=WORDS, tone="concern", urgent="yes")
    report = cast.session.scalars(select(ProgressReport)).one()
    assert answer.location == f"/report/{report.id}"
    for reader in (cast.alice, cast.carol):
        page = words(browser_of(reader).get(answer.location))
        assert WORDS in page
        assert "A major concern urgent" in page
        assert answer.location in browser_of(reader).get("/reports").text
    for other in (cast.bob, cast.dave, cast.eve):
        browser = browser_of(other)
        assert browser.get(answer.location).status_code == 404
        assert browser.fill("/profile", f"{answer.location}/send", words="x").status_code == 404
        assert answer.location not in browser.get("/reports").text
        assert browser.get(path).status_code == 404, "to the mentee there is no such page either"


def test_a_draft_is_looked_at_changed_and_sent_or_thrown_away(
    browser_of: Open, cast: Cast, together: Relationship
) -> None:
    one, other = (ProgressReport.draft(together, WORDS, cast.alice, datetime.now(UTC)) for _ in range(2))
    cast.session.commit()
    alice, path = browser_of(cast.alice), f"/report/{one.id}"
    page = alice.get(path)
    assert "It has not been sent yet. It would go to Carol Roy." in words(page)
    assert WORDS in page.text
    assert browser_of(cast.carol).get(path).status_code == 404, "not before it is sent"
    assert alice.fill(path, f"{path}/send", words="", tone="news").status_code == 422
    assert alice.fill(path, f"{path}/burn").status_code == 404
    assert alice.fill(path, f"{path}/send", words="Better words", tone="news").status_code == 303
    assert "Better words" in words(browser_of(cast.carol).get(path))
    assert "sent already" in words(alice.fill(path, f"{path}/send", words="Again", tone="news"))
    assert alice.fill(path, f"/report/{other.id}/discard").status_code == 303
    assert alice.get(f"/report/{other.id}").status_code == 404


def test_the_mentee_reads_the_same_on_every_page_with_no_report_and_with_three(
    browser_of: Open, cast: Cast, together: Relationship
) -> None:
    """Byte for byte, but for what a form carries (rules C2)."""
    browser = browser_of(cast.bob)
    paths = ["/home", "/who-sees", f"/meetings/{together.id}", f"/concerns/{together.id}", "/reports", "/report/1"]

    def pages() -> list[str]:
        return [re.sub(r'name="csrf_token" value="[^"]+"', "", browser.get(path).text) for path in paths]

    before = pages()
    for days in (3, 2, 1):
        written(cast, together, days)
    assert pages() == before


def test_the_console_shows_days_to_who_may_know_them_and_nobody_reads_of_themself(
    browser_of: Open, cast: Cast, together: Relationship
) -> None:
    written(cast, together)
    path = f"/console/relationships/{together.id}"
    for viewer in (cast.carol, cast.dave):
        page = words(browser_of(viewer).get(path))
        assert re.search(r"Dates of progress reports \w+ \d+, \d{4}", page), page
        assert WORDS not in page
    cast.bob.make_administrator(datetime.now(UTC))
    cast.session.commit()
    page = words(browser_of(cast.bob).get(path))
    assert "Bob Tremblay" in page
    assert "progress reports" not in page


def test_a_concern_is_raised_taken_on_and_closed_and_a_lead_never_sees_it(
    browser_of: Open, cast: Cast, together: Relationship
) -> None:
    bob, path = browser_of(cast.bob), f"/concerns/{together.id}"
    assert path in bob.get("/home").text
    assert "Goes to the administrators of the program alone." in words(bob.get(path))
    assert bob.fill(path, words="He shouts.").status_code == 422, "what it is about has to be said"
    assert bob.fill(path, kind="conduct", words="He shouts.").status_code == 303
    assert "How somebody behaves" in words(bob.get(path))
    one = cast.session.scalars(select(Concern)).one()
    dave = browser_of(cast.dave)
    page = words(dave.get("/console/concerns"))
    assert "Bob Tremblay" in page
    assert "He shouts." not in page, "a page that is looked at leaves no line, so it shows no words"
    read = dave.fill("/console/concerns", f"/console/concerns/{one.id}/read")
    assert "He shouts." in words(read)
    (entry,) = cast.session.scalars(select(AuditEntry))
    assert (entry.deed, entry.by_id, entry.about_id) == (Deed.CONCERN_READ, cast.dave.id, one.id)
    assert (entry.person_id, entry.program_id) == (cast.bob.id, cast.program.id)
    assert "Read the words of a concern" in words(dave.get("/console/acts"))
    for act, told in (("take", "looked after Dave Okoye"), ("close", "settled Dave Okoye"), ("reopen", "waiting")):
        assert dave.fill("/console/concerns", f"/console/concerns/{one.id}/{act}").status_code == 303
        assert told in words(dave.get("/console/concerns"))
    assert "How somebody behaves 1" in words(dave.get("/console/concerns"))
    carol = browser_of(cast.carol)
    assert carol.get("/console/concerns").status_code == 403
    for reader in (browser_of(cast.alice), carol):
        assert "conduct" not in reader.get("/home").text
    for stranger in (cast.carol, cast.dave, cast.eve):
        assert browser_of(stranger).get(path).status_code == 404
    assert browser_of(cast.alice).fill(path, f"{path}/withdraw", concern=str(one.id)).status_code == 404
    assert bob.fill(path, f"{path}/withdraw", concern=str(one.id)).status_code == 303
    page = words(dave.get("/console/concerns"))
    assert "taken back" in page
    assert "Read the words" not in page
    gone = dave.fill("/console/concerns", f"/console/concerns/{one.id}/read")
    assert "There are no words here any more." in words(dave.get(gone.headers["Location"]))
    assert len(cast.session.scalars(select(AuditEntry).where(AuditEntry.deed == Deed.CONCERN_READ)).all()) == 1


def test_a_concern_that_is_closed_by_its_mail_stands_in_the_record_of_acts(
    browser_of: Open, cast: Cast, together: Relationship, mailed: Callable[[], Mailed]
) -> None:
    Concern.raise_one(together, Kind.CONDUCT, "", cast.bob, datetime.now(UTC))
    cast.session.commit()
    browser_of().client.post(f"/a/{mailed()('concern_raised', 'dave')}/done")
    (entry,) = cast.session.scalars(select(AuditEntry))
    assert (entry.deed, entry.by_id, entry.person_id) == (Deed.CONCERN_CLOSED, cast.dave.id, cast.bob.id)


def test_an_administrator_in_it_does_not_find_the_concern_and_another_ends_the_relationship(
    browser_of: Open, cast: Cast, together: Relationship
) -> None:
    cast.alice.make_administrator(datetime.now(UTC))
    one = Concern.raise_one(together, Kind.ENDING, "", cast.bob, datetime.now(UTC))
    cast.session.commit()
    alice = browser_of(cast.alice)
    assert "Nobody has raised a concern." in words(alice.get("/console/concerns"))
    for act in ("read", "close"):
        assert alice.fill("/console/concerns", f"/console/concerns/{one.id}/{act}").status_code == 404
    dave = browser_of(cast.dave)
    assert dave.fill("/console/concerns", f"/console/concerns/{one.id}/end").status_code == 303
    cast.session.refresh(together)
    assert together.ended_early
    page = words(browser_of(cast.bob).get(f"/concerns/{together.id}"))
    assert "This relationship has ended." in page


def test_the_thresholds_of_a_silence_are_settings_of_the_program(browser_of: Open, cast: Cast) -> None:
    dave, path = browser_of(cast.dave), f"/console/programs/{cast.program.id}/silence"
    given = {"quiet_days": "20", "nudge_days": "5", "leads_days": "6", "pause_days": "60"}
    assert dave.fill("/console/programs", path, **given).status_code == 303
    cast.session.refresh(cast.program)
    assert cast.program.silence == (20, 25, 31)
    assert dave.fill("/console/programs", path, **given | {"nudge_days": "soon"}).status_code == 422
    assert browser_of(cast.carol).fill("/profile", path, **given).status_code == 403


@pytest.mark.parametrize("path", ["/reports", "/console/concerns"])
def test_a_list_asks_as_many_questions_for_many_as_for_one(
    app: Flask, browser_of: Open, cast: Cast, together: Relationship,
    count_queries: Callable[[Engine], AbstractContextManager[list[str]]], path: str,
) -> None:  # fmt: skip
    with app.app_context():
        engine = db.engine
    viewer: Person = cast.alice if path == "/reports" else cast.dave
    browser, counts = browser_of(viewer), []
    for many in (1, 6):
        for number in range(many):
            written(cast, together, words=f"Report {many} {number}")
            Concern.raise_one(together, Kind.OTHER, f"Concern {many} {number}", cast.bob, datetime.now(UTC))
        cast.session.commit()
        with count_queries(engine) as queries:
            assert browser.get(path).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


def test_with_another_key_the_pages_say_that_the_words_cannot_be_read(
    app: Flask, browser_of: Open, cast: Cast, together: Relationship
) -> None:
    report = written(cast, together)
    one = Concern.raise_one(together, Kind.OTHER, "It rains.", cast.bob, datetime.now(UTC))
    cast.session.commit()
    app.extensions["mentorly"].seal = Seal(["another key"])
    dave, sentence = browser_of(cast.dave), "because the service has another key now"
    assert sentence in words(browser_of(cast.carol).get(f"/report/{report.id}"))
    assert sentence in words(dave.get(dave.fill("/console/concerns", f"/console/concerns/{one.id}/read").location))
    assert cast.session.scalars(select(AuditEntry)).all() == [], "nobody has read it"
