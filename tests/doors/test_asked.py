"""The pages of what is asked: one's own alone, an agreement of several, sheets that are shared, a self-assessment."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from mentorly.blueprints.console.words import TITLES
from mentorly.emails.envelope import Envelope
from mentorly.emails.post_office import PostOffice
from mentorly.extensions import db
from mentorly.mentoring.agreeing import write_agreement
from mentorly.mentoring.agreements import AgreementText, Signature
from mentorly.mentoring.asked import Asked, asked_of
from mentorly.mentoring.filling_in import take_answer
from mentorly.mentoring.instrument_files import shipped
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.planning import propose
from mentorly.mentoring.program_instruments import InstrumentText
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sessions import SessionLog, Way
from tests.apps import Apps
from tests.cast import REGISTER, Cast, cast_of
from tests.doors.conftest import PASSWORD, Browser, words
from tests.doors.test_filling_in import AGREEMENT, BASELINE, CODE, SHEET, answers, fields, row

DAY = timedelta(days=1)
Open = Callable[..., Browser]
Counting = Callable[[Engine], AbstractContextManager[list[str]]]


@pytest.fixture
def together(cast: Cast) -> Relationship:
    """Alice and Bob, matched an hour ago; both read English."""
    moment = datetime.now(UTC) - timedelta(hours=1)
    for person in (cast.alice, cast.bob):
        person.language = "en"
    made = cast.propose(moment).accept(cast.alice, moment)
    cast.session.commit()
    return made


@pytest.fixture
def bob(cast: Cast, together: Relationship, browser_of: Open) -> Browser:
    """Bob, signed in."""
    return browser_of(cast.bob)


@pytest.fixture
def alice(cast: Cast, together: Relationship, browser_of: Open) -> Browser:
    """Alice, signed in."""
    return browser_of(cast.alice)


def send(browser: Browser, path: str, to: str = "", **typed: str) -> TestResponse:
    """Send the form of a page as a browser does, with its hidden fields, and follow to the page that comes."""
    shown = {name: said for name, said in fields(browser.get(path)).items() if name.startswith(("shown-", "csrf"))}
    return browser.client.post(to or path, data=shown | typed, follow_redirects=True)


def finished_sheet(cast: Cast, **said: str) -> Asked:
    """Bob's planning sheet, finished."""
    sheet = row(cast.bob, SHEET)
    sheet.answer(cast.bob, said, datetime.now(UTC))
    cast.session.commit()
    return sheet


def test_all_that_is_asked_is_on_one_page(cast: Cast, bob: Browser) -> None:
    finished_sheet(cast, hopes="A team")
    page = bob.get("/asked")
    waiting, finished, later = (
        page.text.index(f">{heading}</h2>") for heading in ("Waiting for you", "Finished", "Later")
    )
    at = {name: page.text.index(shipped()[name].title["en"]) for name in (BASELINE, SHEET, "mentee_end")}
    assert waiting < at[BASELINE] < finished < at[SHEET] < later < at["mentee_end"]
    assert "with Alice Gagnon" in words(page)
    assert "Opens on" in words(page)


def test_it_costs_the_same_however_much_is_asked(
    app: Flask, cast: Cast, bob: Browser, together: Relationship, count_queries: Counting
) -> None:
    counts = []
    for turn in range(2):
        with app.app_context(), count_queries(db.engine) as queries:
            bob.get("/asked")
        counts.append(len(queries))
        moment = datetime.now(UTC)
        for number in range(5):
            text = InstrumentText.shipped(cast.session, moment)["session_reflection"]
            cast.session.add(
                Asked(
                    program=cast.program, relationship=together, person=cast.bob, name=text.name, text=text, reminds=(),
                    occasion=f"own {turn} {number}", opens_at=moment, asked_at=moment,
                )
            )  # fmt: skip
        cast.session.commit()
    assert counts[0] == counts[1] <= 12


def test_a_survey_is_answered_read_taken_back_and_answered_anew(cast: Cast, bob: Browser) -> None:
    path = f"/asked/{row(cast.bob, BASELINE).id}"
    missing = send(bob, path, own_skills="4")
    assert missing.status_code == 422
    assert fields(missing)["own_skills"] == "4"
    done = send(bob, path, **answers(BASELINE))
    assert "Thank you. It is finished." in words(done)
    assert "I can present my own skills, knowledge and experience. 4" in words(done)
    again = send(bob, path, **answers(BASELINE))
    assert "You finished this on" in words(again), "a second press says what was done"
    other = send(bob, path, **answers(BASELINE, 2))
    assert other.status_code == 409
    assert fields(other)["own_skills"] == "2"
    back = bob.fill(path, f"{path}/reopen")
    assert back.status_code == 303
    assert fields(bob.get(path))["own_skills"] == "4"
    send(bob, path, **answers(BASELINE, 2))
    assert row(cast.bob, BASELINE).typed == answers(BASELINE, 2)


def test_a_draft_is_kept_by_the_button_and_by_the_page_itself(cast: Cast, bob: Browser) -> None:
    path = f"/asked/{row(cast.bob, SHEET).id}"
    kept = send(bob, path, hopes="A team", **{"save-later": "1"})
    assert "It is kept for later." in words(kept)
    assert "begun" in words(kept)
    page = bob.get(path)
    assert fields(page)["hopes"] == "A team"
    shown = {name: said for name, said in fields(page).items() if name.startswith(("shown-", "csrf"))}
    quiet = bob.client.post(path, data=shown | {"hopes": "A team of five", "save-later": "quietly"})
    assert quiet.json["said"].startswith("Kept for later at ")
    assert fields(bob.get(path))["hopes"] == "A team of five"
    unsealed = bob.client.post(path, data={"hopes": "No", "save-later": "quietly"})
    assert unsealed.status_code == 400, "without the token of the form nothing is kept"


def test_what_opens_later_says_when(cast: Cast, bob: Browser) -> None:
    later = row(cast.bob, "mentee_end")
    page = bob.get(f"/asked/{later.id}")
    assert "This opens on" in words(page)
    assert "<textarea" not in page.text
    refused = bob.fill("/profile", f"/asked/{later.id}", **answers("mentee_end"))
    assert refused.status_code == 409
    assert "This opens later" in words(refused)


def test_a_code_that_is_signed_is_read_again_and_is_a_paper(cast: Cast, bob: Browser, alice: Browser) -> None:
    path = f"/asked/{row(cast.bob, CODE).id}"
    done = send(bob, path, signature="Bob T.")
    assert "Thank you. It is signed." in words(done)
    assert "What I am told in this relationship I keep to myself" in words(done)
    found = re.search(r"/signed/\d+\.pdf", done.text)
    assert found
    paper = bob.get(found[0])
    assert paper.mimetype == "application/pdf"
    assert paper.headers["Content-Disposition"] == 'attachment; filename="signed-copy.pdf"'
    assert "Bob T." in PdfReader(BytesIO(paper.data)).pages[-1].extract_text()
    assert alice.get(found[0]).status_code == 404
    assert send(bob, "/profile", f"{path}/reopen").status_code == 200
    assert row(cast.bob, CODE).finished_at is not None


def test_an_agreement_is_filled_in_in_turn_and_signed_by_both(cast: Cast, bob: Browser, alice: Browser) -> None:
    his, hers = (f"/asked/{row(person, AGREEMENT).id}" for person in (cast.bob, cast.alice))
    empty = send(bob, his)
    assert "There is nothing in it yet" in words(empty)
    begun = send(bob, his, goal_1="To lead")
    assert "It is kept, and the others are asked to sign it." in words(begun)
    assert "Before it can be signed, this has to be filled in" in words(begun)
    page = alice.get(hers, follow_redirects=True)
    assert "To lead" in words(page)
    shown = fields(page)
    later = alice.client.post(hers, data=shown | answers(AGREEMENT) | {"goal_1": "To lead well"}, follow_redirects=True)
    assert "To lead well" in words(later)
    number = alice.get(hers).headers["Location"]
    signed = alice.fill(number, f"{number}/sign", signature="Alice G.")
    assert signed.status_code == 303
    late = bob.fill(number, re.sub(r"\d+", "1", number) + "/sign", signature="Bob T.")
    assert late.status_code == 409
    assert "This has been changed since you opened it. Please read it again, then sign." in words(late)
    assert fields(late)["signature"] == "Bob T."
    bob.fill(number, f"{number}/sign", signature="Bob T.")
    both = bob.get(number)
    assert words(both).count("signed") >= 2
    found = re.search(r"/signed/\d+\.pdf", both.text)
    assert found
    text = "".join(leaf.extract_text() for leaf in PdfReader(BytesIO(bob.get(found[0]).data)).pages)
    assert all(said in text for said in ("To lead well", "Alice G.", "Bob T."))
    assert words(bob.fill(number, f"{number}/sign", signature="Bob T.")).count("You have signed this already.") == 1


def test_a_change_is_signed_anew_and_what_was_signed_stays(cast: Cast, bob: Browser, together: Relationship) -> None:
    moment, said = datetime.now(UTC), answers(AGREEMENT)
    for person in (cast.bob, cast.alice):
        asked = row(person, AGREEMENT)
        take_answer(asked, person, said | {"signature": person.name}, moment)
    cast.session.commit()
    first = cast.session.scalars(select(AgreementText)).one().id
    cast.session.commit()
    shown = fields(bob.get(f"/agreement/{first}"))
    done = bob.client.post(
        f"/asked/{row(cast.bob, AGREEMENT).id}",
        data=shown | {"goal_2": "To write", "signature": ""},
        follow_redirects=True,
    )
    assert "not signed yet" in words(done)
    assert "To write" in words(done)
    assert "This is what stands now." in words(bob.get(f"/agreement/{first}"))
    old = re.search(r"/signed/\d+\.pdf", done.text)
    assert old
    assert "To write" not in PdfReader(BytesIO(bob.get(old[0]).data)).pages[0].extract_text()


def test_a_draft_of_an_agreement_takes_in_what_another_wrote_meanwhile(
    cast: Cast, bob: Browser, together: Relationship
) -> None:
    said, moment = answers(AGREEMENT), datetime.now(UTC)
    write_agreement(row(cast.alice, AGREEMENT), cast.alice, said, moment)
    cast.session.commit()
    path = f"/asked/{row(cast.bob, AGREEMENT).id}"
    shown = fields(bob.get(path, follow_redirects=True))
    bob.client.post(path, data=shown | {"goal_2": "To write", "save-later": "quietly"})
    write_agreement(row(cast.alice, AGREEMENT), cast.alice, said | {"goal_1": "To lead"}, moment, said)
    cast.session.commit()
    now_shown = fields(bob.get(path, follow_redirects=True))
    assert (now_shown["goal_1"], now_shown["goal_2"]) == ("To lead", "To write")
    bob.client.post(path, data=now_shown)
    cast.session.expire_all()
    standing = AgreementText.current(together, AGREEMENT)
    assert standing
    assert (standing.said["goal_1"], standing.said["goal_2"]) == ("To lead", "To write")


def test_a_sheet_is_read_by_the_others_once_it_is_shared_and_as_long_as_it_is(
    cast: Cast, bob: Browser, alice: Browser, browser_of: Open, office: PostOffice
) -> None:
    path = f"/asked/{finished_sheet(cast, hopes='A team of my own').id}"
    assert alice.get(path).status_code == 404
    assert "Let Alice Gagnon read it" in bob.get(path).text
    bob.fill(path, f"{path}/share")
    page = alice.get(path)
    assert "Bob Tremblay wrote this and shared it on" in words(page)
    assert "A team of my own" in words(page)
    assert "Planning sheet" in words(alice.get("/asked"))
    office.collect(datetime.now(UTC), bell=True)
    told = cast.session.scalars(select(Envelope).where(Envelope.kind == "sheet_shared")).all()
    assert [one.reader_id for one in told] == [cast.alice.id]
    cast.session.commit()
    for stranger in (cast.carol, cast.dave, cast.eve):
        assert browser_of(stranger).get(path).status_code == 404
    bob.fill(path, f"{path}/unshare")
    assert alice.get(path).status_code == 404
    assert "Shared with you" not in words(alice.get("/asked"))


def test_a_reflection_begins_at_a_line_of_the_log_and_is_ones_own(
    cast: Cast, bob: Browser, alice: Browser, together: Relationship
) -> None:
    log = SessionLog.add(
        together, cast.alice, Way.PHONE, datetime.now(UTC) - timedelta(minutes=5), 20, "", datetime.now(UTC)
    )
    cast.session.commit()
    for _ in range(2):
        begun = bob.fill(f"/session/{log.id}", f"/session/{log.id}/reflection")
        assert begun.status_code == 303
    path = begun.headers["Location"]
    assert "Only you" in words(bob.get(path))
    send(bob, path, learned_1="To listen")
    assert "To listen" in words(bob.get(path))
    assert alice.get(path).status_code == 404
    assert len(cast.session.scalars(select(Asked).where(Asked.name == "session_reflection")).all()) == 1


def test_who_says_that_a_meeting_took_place_is_led_to_a_reflection(
    cast: Cast, bob: Browser, together: Relationship, office: PostOffice
) -> None:
    moment = datetime.now(UTC)
    meeting = propose(together, cast.alice, [moment + DAY], moment)
    meeting.starts_at, meeting.ends_at = moment - timedelta(hours=2), moment - timedelta(hours=1)
    cast.session.commit()
    office.collect(moment)
    asked = cast.session.scalars(select(Envelope).where(Envelope.kind == "did_it_take_place")).one()
    token = office.desk.token(asked.id, cast.bob)
    cast.session.commit()
    done = bob.client.post(f"/a/{token}/held", follow_redirects=True)
    assert "Write a reflection about it, for yourself alone" in words(done)
    assert re.search(r'href="/session/\d+#reflection"', done.text)


def test_nobody_else_finds_the_pages_of_participants(
    app: Flask, cast: Cast, together: Relationship, browser_of: Open
) -> None:
    said = answers(AGREEMENT)
    for person in (cast.bob, cast.alice):
        take_answer(row(person, AGREEMENT), person, said | {"signature": person.name}, datetime.now(UTC))
    finished_sheet(cast, hopes="A team")
    cast.session.commit()
    signature = cast.session.scalars(select(Signature)).first()
    assert signature
    his = row(cast.bob, SHEET).id
    agreement = cast.session.scalars(select(AgreementText)).one().id
    cast.session.commit()
    pages = (f"/asked/{his}", f"/agreement/{agreement}", f"/signed/{signature.id}.pdf", "/asked/99999999999")
    posts = (f"/asked/{his}", f"/asked/{his}/share", f"/asked/{his}/reopen", f"/agreement/{agreement}/sign")
    for stranger in (cast.carol, cast.dave, cast.eve):
        browser = browser_of(stranger)
        assert [browser.get(path).status_code for path in pages] == [404] * 4, stranger.name
        assert [browser.fill("/profile", path).status_code for path in posts] == [404] * 4, stranger.name
        assert "Nothing waits for you." in words(browser.get("/asked"))
    nobody = browser_of(None)
    assert {nobody.get(path).status_code for path in ("/asked", *pages)} == {303}


def test_what_a_lead_is_asked_is_on_the_leads_own_page(cast: Cast, together: Relationship, browser_of: Open) -> None:
    page = browser_of(cast.carol).get(f"/asked/{row(cast.carol, 'organization_view').id}")
    assert "This opens on" in words(page)


def test_an_ended_relationship_is_read_only(cast: Cast, bob: Browser, together: Relationship) -> None:
    path = f"/asked/{finished_sheet(cast, hopes='A team').id}"
    together.ended_at = datetime.now(UTC) - 31 * DAY
    cast.session.commit()
    page = bob.get(path)
    assert "A team" in words(page)
    assert "<form" not in page.text.partition("<main")[2]
    assert "This can only be read any more." in words(bob.get(f"/asked/{row(cast.bob, BASELINE).id}"))


def test_the_self_assessment_gives_a_result_at_once_and_keeps_nothing(app: Flask, cast: Cast) -> None:
    browser = Browser(app.test_client())
    page = browser.get("/self-assessment", headers={"Accept-Language": "fr"})
    assert '<html lang="fr">' in page.text
    nothing = browser.fill("/self-assessment")
    assert "Answer at least one question, and you see a result." in words(nothing)
    low, high = shipped()["self_assessment"].answerable[:2]
    result = browser.fill("/self-assessment", **{low.name: "1", high.name: "5"})
    assert result.status_code == 200
    assert "6 of 10" in words(result)
    advice = shipped()["self_assessment"].advice
    assert advice[low.name]["en"] in words(result)
    assert advice[high.name]["en"] not in words(result)
    assert "it closes no door" in words(result)
    wrong = browser.fill("/self-assessment", **{low.name: "9", high.name: "5"})
    assert wrong.status_code == 422
    assert fields(wrong)[high.name] == "5"


def test_each_page_is_small(app: Flask, cast: Cast, bob: Browser, together: Relationship) -> None:
    files = sum(len(app.test_client().get(f"/static/{name}").data) for name in ("style.css", "mark.svg", "filling.js"))
    write_agreement(row(cast.alice, AGREEMENT), cast.alice, answers(AGREEMENT), datetime.now(UTC))
    cast.session.commit()
    paths = [f"/asked/{row(cast.bob, name).id}" for name in (BASELINE, SHEET, CODE, AGREEMENT)]
    for path in ("/asked", "/self-assessment", *paths):
        assert len(bob.get(path, follow_redirects=True).data) + files < 60_000, path


@pytest.fixture
def both(apps: Apps, database_url: str) -> object:
    """Two browsers of Alice and Bob over each of the databases, and their agreement's form."""
    with apps.given(MENTORLY_DATABASE_URL=database_url) as app:
        with app.app_context(), Session(db.engine, expire_on_commit=False) as session:
            cast, moment = cast_of(session, datetime.now(UTC)), datetime.now(UTC)
            together = cast.propose(moment).accept(cast.alice, moment)
            for person in (cast.alice, cast.bob):
                set_password(person, PASSWORD, moment)
            session.commit()
            paths = {person.first_name: f"/asked/{row(person, AGREEMENT).id}" for person in (cast.alice, cast.bob)}
            emails = {person.first_name: person.email for person in (cast.alice, cast.bob)}
            number = together.id
        browsers: dict[str, FlaskClient] = {}
        for name, email in emails.items():
            browser = Browser(app.test_client())
            assert browser.fill("/sign-in", email=email, password=PASSWORD).status_code == 303
            browsers[name] = browser.client
        yield app, browsers, paths, number


def test_two_people_who_fill_in_the_agreement_at_once_lose_nothing(
    both: tuple[Flask, dict[str, FlaskClient], dict[str, str], int],
) -> None:
    app, browsers, paths, number = both
    shown = {name: fields(browsers[name].get(paths[name])) for name in browsers}
    words_of = {
        "Alice": {"goal_1": "Alice's goal", "ground_rules": "Alice's rule", "format": "Alice alone"},
        "Bob": {"goal_1": "Bob's goal", "ground_rules": "Bob's rule", "cadence": "Bob alone"},
    }
    came: dict[str, int] = {}

    def send_words(name: str, more: dict[str, str]) -> None:
        came[name] = browsers[name].post(paths[name], data=shown[name] | words_of[name] | more).status_code

    for more in ({}, {}, {"communication": "By mail"}):
        threads = [Thread(target=send_words, args=(name, more)) for name in browsers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert came == {"Alice": 303, "Bob": 303}
    with app.app_context(), Session(db.engine) as session:
        together = session.get_one(Relationship, number)
        standing = AgreementText.current(together, AGREEMENT)
        assert standing
        said = standing.said
    assert {"Alice's goal", "Bob's goal"} == set(said["goal_1"].split(" / "))
    assert {"Alice's rule", "Bob's rule"} == set(said["ground_rules"].split("\n\n"))
    assert (said["format"], said["cadence"], said["communication"]) == ("Alice alone", "Bob alone", "By mail")


def test_an_administrator_reads_that_a_form_was_asked_and_never_which(
    cast: Cast, together: Relationship, browser_of: Open, mailed: Callable[[], object]
) -> None:
    ask = next(one for one in asked_of(cast.bob, together) if one.name == "mentee_end")
    ask.opens_at = datetime.now(UTC) - DAY
    cast.session.commit()
    mailed()
    page = words(browser_of(cast.dave).get(f"/console/people/{cast.bob.id}"))
    assert "Survey or form" in page
    assert ask.instrument.title["en"] not in page


def test_every_kind_of_mail_has_a_title_in_the_console() -> None:
    assert set(REGISTER) == set(TITLES)
