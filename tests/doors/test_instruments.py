"""The console's pages of surveys and forms: everything can be changed without a file, and nothing typed is lost."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from mentorly.extensions import db
from mentorly.mentoring import sketches
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import Refused
from mentorly.mentoring.instrument_drafts import InstrumentDraft, sketch_of
from mentorly.mentoring.instrument_files import parsed, sources
from mentorly.mentoring.instrument_use import stop_using
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.program_instruments import instruments_of
from mentorly.mentoring.relationships import Relationship
from tests.apps import Apps
from tests.cast import Cast, cast_of
from tests.doors.conftest import PASSWORD, Browser, words

LARGEST_PAGE = 60_000
Open = Callable[..., Browser]
SEEN = re.compile(r'name="seen" value="([^"]*)"')


@pytest.fixture
def together(cast: Cast) -> Relationship:
    made = cast.propose(datetime.now(UTC)).accept(cast.alice, datetime.now(UTC))
    cast.session.commit()
    return made


@pytest.fixture
def root(cast: Cast) -> str:
    return f"/console/instruments/{cast.program.id}"


@pytest.fixture
def dave(browser_of: Open, cast: Cast) -> Browser:
    return browser_of(cast.dave)


def shown(browser: Browser, path: str) -> dict[str, str]:
    """What tells a form what its reader has seen."""
    return {"seen": SEEN.findall(browser.get(path).text)[0]}


def new_survey(dave: Browser, root: str) -> str:
    """Dave makes a survey of one question; returns its path."""
    begun = dave.fill("/console/instruments", root, title_en="How is it?", title_fr="Comment cela va-t-il?", start="")
    assert begun.status_code == 303
    path = begun.location.removesuffix("/edit")
    about = {"about_en": "One question.", "about_fr": "Une question.", "asks": "mentee", "opens": "match"}
    kept = dave.fill(path + "/about", boxes="asks opens tells", kind="survey", **shown(dave, path + "/about"), **about)
    assert kept.status_code == 303
    asked = {"kind": "scale", "en": "How many?", "fr": "Combien?", "least": "0", "most": "10", "boxes": "required"}
    assert dave.fill(path + "/new-question", required="yes", **asked).status_code == 303
    return path


def test_an_administrator_makes_a_survey_and_puts_it_to_use(
    dave: Browser, cast: Cast, root: str, together: Relationship
) -> None:
    path = new_survey(dave, root)
    assert "How many?" in words(dave.get(path + "/preview"))
    assert "Combien?" in words(dave.get(path + "/preview?language=fr"))
    assert "One question." in dave.get(path + "/letter").text
    used = dave.fill(path + "/edit", path + "/put-to-use", **shown(dave, path + "/edit"))
    assert used.status_code == 303
    assert "It is used. One person is asked." in words(dave.get(used.location))
    made = instruments_of(cast.program)["how_is_it"][0]
    assert (made.title["fr"], made.questions[0].required, made.reminds) == ("Comment cela va-t-il?", True, (3, 7))
    asked = cast.session.scalars(select(Asked).where(Asked.name == "how_is_it")).one()
    assert asked.person_id == cast.bob.id
    assert "0 of 1 finished" in words(dave.get("/console/instruments"))


def test_questions_are_ordered_and_removed_by_buttons(dave: Browser, cast: Cast, root: str) -> None:
    path = f"{root}/midway_mentee"
    before = [one.name for one in instruments_of(cast.program)["midway_mentee"][0].questions]
    cast.session.commit()
    for act in ({"down": before[0]}, {"up": before[2]}, {"remove": before[3]}):
        assert dave.fill(path + "/edit", path + "/order", **act).status_code == 303
    sketch = sketch_of(cast.program, "midway_mentee")
    assert sketch
    assert [one["name"] for one in sketch.questions] == [before[1], before[2], before[0], *before[4:]]
    cast.session.commit()
    gone = dave.fill(path + "/edit", path + "/order", remove=before[3])
    assert gone.status_code == 422
    assert "has been removed meanwhile" in words(gone)


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(dave: Browser, cast: Cast, root: str) -> None:
    path = f"{root}/midway_mentee"
    typed = {
        "kind": "choice",
        "en": "Which <one>?",
        "fr": "",
        "options_en": "One\nTwo",
        "options_fr": "Un",
        "boxes": "",
    }
    kept = dave.fill(path + "/new-question", **typed)
    assert kept.status_code == 303
    page = dave.get(kept.location)
    assert words(page).count("This needs words in English (en) and in French (fr).") == 2
    assert "Which <one>?" in unescape(page.text)
    assert "to mend" in words(dave.get(path + "/edit"))
    refused = dave.fill(path + "/edit", path + "/put-to-use", **shown(dave, path + "/edit"))
    assert refused.status_code == 422
    assert "Something has to be mended" in words(refused)
    bad = {"days": "soon", "reminds": "7, 3", "boxes": "asks opens tells", **shown(dave, path + "/about")}
    page = dave.fill(path + "/about", **bad)
    assert page.status_code == 422
    for sentence in ("Write a whole number from -365", "the smallest first", "This is one or more of mentee"):
        assert sentence in words(page)
    assert 'value="soon"' in page.text
    assert "has to be mended" in words(dave.get(path + "/preview"))


def test_the_second_of_two_administrators_is_told_and_loses_nothing(
    dave: Browser, browser_of: Open, cast: Cast, root: str
) -> None:
    path = f"{root}/midway_mentee/questions/on_track"
    cast.eve.make_administrator(datetime.now(UTC))
    cast.session.commit()
    eve, both_saw = browser_of(cast.eve), shown(dave, path)
    typed = {"kind": "scale", "en": "We are close.", "fr": "Nous approchons.", "boxes": "required"}
    assert eve.fill(path, **both_saw, **typed).status_code == 303
    page = dave.fill(path, **both_saw, **{**typed, "en": "We are near."})
    assert page.status_code == 422
    assert "Eve Marchand has changed this since you opened it." in words(page)
    assert "It stands as: We are close." in words(page)
    assert "We are near." in unescape(page.text)
    seen = {"seen": SEEN.findall(page.text)[0]}
    assert dave.fill(path, **seen, **{**typed, "en": "We are near."}).status_code == 303
    sketch = sketch_of(cast.program, "midway_mentee")
    assert sketch
    assert [one["en"] for one in sketch.questions if one["name"] == "on_track"] == ["We are near."]


def test_a_kind_with_other_fields_shows_them_and_keeps_the_rest(dave: Browser, cast: Cast, root: str) -> None:
    path = f"{root}/midway_mentee/questions/frequency"
    typed = {"kind": "scale", "en": "How often?", "fr": "Combien?", "options_en": "a\nb", "options_fr": "c\nd"}
    page = dave.get(dave.fill(path, other="yes", boxes="required", **shown(dave, path), **typed).location)
    assert 'name="least"' in page.text
    sketch = sketch_of(cast.program, "midway_mentee")
    assert sketch
    question = sketch.question("frequency")
    assert question
    assert question["options_en"] == "a\nb"


def test_a_file_is_taken_or_refused_with_its_line(dave: Browser, cast: Cast, root: str) -> None:
    good = sources()["midway_mentee"].replace("Halfway", "Half of it")
    page = f"{root}/midway_mentee"
    sent = {"file": (BytesIO(good.replace("scale", "ladder").encode()), "x.toml"), **shown(dave, page)}
    refused = dave.fill(page, page + "/file", **sent)  # type: ignore[arg-type]
    assert refused.status_code == 422
    assert re.search(r"Line \d+: The kind of a question is one of", words(refused))
    sent = {"file": (BytesIO(good.encode()), "x.toml"), **shown(dave, page)}
    assert dave.fill(page, page + "/file", **sent).status_code == 303  # type: ignore[arg-type]
    assert "Half of it" in words(dave.get(page + "/edit"))
    again = {"file": (BytesIO(good.encode()), "x.toml")}
    new = dave.fill("/console/instruments", root, **again)  # type: ignore[arg-type]
    assert new.location.endswith("/half_of_it/edit")
    for empty in (b"", b"\xff\xfe\x00", b"x" * 300_000):
        refused = dave.fill("/console/instruments", root, file=(BytesIO(empty), "x.toml"))  # type: ignore[arg-type]
        assert refused.status_code == 422


def test_any_version_is_downloaded_as_a_file_that_reads_the_same(dave: Browser, cast: Cast, root: str) -> None:
    path = new_survey(dave, root)
    draft = dave.get(path + "/draft.toml")
    dave.fill(path + "/edit", path + "/put-to-use", **shown(dave, path + "/edit"))
    own = dave.get(path + "/1.toml")
    assert draft.text == own.text
    assert own.headers["Content-Disposition"] == "attachment; filename=how_is_it-1.toml"
    assert parsed(own.text, "how_is_it") == instruments_of(cast.program)["how_is_it"][0]
    assert dave.get(f"{root}/midway_mentee/1.toml").text == sources()["midway_mentee"]
    assert dave.get(path + "/2.toml").status_code == 404


def test_what_is_thrown_away_is_gone_and_the_version_that_is_used_stays(dave: Browser, cast: Cast, root: str) -> None:
    path = f"{root}/midway_mentee"
    dave.fill(path + "/edit", path + "/order", remove="call")
    assert "Changed by Dave Okoye" in words(dave.get(path))
    thrown = dave.fill(path + "/edit", path + "/throw-away", **shown(dave, path + "/edit"))
    assert thrown.status_code == 303
    assert cast.session.scalars(select(InstrumentDraft)).all() == []
    cast.session.commit()
    path = new_survey(dave, root)
    thrown = dave.fill(path + "/edit", path + "/throw-away", **shown(dave, path + "/edit"))
    assert thrown.location == f"/console/instruments?program={cast.program.id}"
    assert dave.get(path).status_code == 404


def test_a_program_uses_an_instrument_or_not(dave: Browser, cast: Cast, root: str, together: Relationship) -> None:
    path = f"{root}/mentee_baseline"
    dave.fill(path, path + "/use", use="no")
    assert "not used" in words(dave.get(path))
    dave.fill(path, path + "/use", use="yes")
    assert "Do not use it" in words(dave.get(path))


def test_what_has_become_too_long_is_said_and_can_still_be_opened(dave: Browser, cast: Cast, root: str) -> None:
    path = new_survey(dave, root)
    draft = InstrumentDraft.of(cast.program, "how_is_it")
    assert draft
    sketch = draft.sketch
    long = {"kind": "text", **dict.fromkeys(("en", "fr", "hint_en", "hint_fr"), "a" * 4000)}
    sketch.questions += [{"name": f"long_{number}", **long} for number in range(14)]
    draft.keep(sketch, cast.dave, datetime.now(UTC))
    cast.session.commit()
    assert "This is longer than an instrument can be." in words(dave.get(path + "/edit"))
    assert {dave.get(path + page).status_code for page in ("", "/preview", "/about", "/draft.toml")} == {200}
    assert dave.fill(path + "/edit", path + "/put-to-use", **shown(dave, path + "/edit")).status_code == 422


def test_a_title_is_one_line_since_it_is_the_subject_of_mails(dave: Browser, cast: Cast, root: str) -> None:
    path = new_survey(dave, root)
    for title in ("How\nis it?", "How is \u202eti?"):
        told = dave.fill(path + "/about", boxes="", title_en=title, **shown(dave, path + "/about"))
        assert told.status_code == 422
        assert "A title is one line of visible characters." in words(told)


def test_nothing_is_at_an_address_that_no_database_could_keep(apps: Apps, database_url: str) -> None:
    with apps.given(MENTORLY_DATABASE_URL=database_url) as app:
        with app.app_context(), Session(db.engine) as session:
            cast = cast_of(session, datetime.now(UTC))
            set_password(cast.dave, PASSWORD, datetime.now(UTC))
            root, email = f"/console/instruments/{cast.program.id}", cast.dave.email
            session.commit()
        dave = Browser(app.test_client())
        assert dave.fill("/sign-in", email=email, password=PASSWORD).status_code == 303
        for name in ("a%00b", "a%00b/edit", "a%00b/preview", "a%00b/9.toml", "midway_mentee/9999999999.toml"):
            assert dave.get(f"{root}/{name}").status_code == 404


def test_project_leads_look_and_change_nothing(browser_of: Open, cast: Cast, root: str) -> None:
    carol = browser_of(cast.carol)
    page = carol.get("/console/instruments")
    assert "Halfway" in page.text
    assert "finished" not in words(page)
    assert "Make a new one" not in words(page)
    page = carol.get(f"{root}/midway_mentee")
    assert "Change it" not in words(page)
    assert "What was answered" not in words(page)
    assert carol.get(f"{root}/midway_mentee/preview").status_code == 200
    for path in ("/edit", "/about", "/questions/call", "/new-question", "/draft.toml"):
        assert carol.get(f"{root}/midway_mentee{path}").status_code == 403, path
    for path in ("/use", "/order", "/put-to-use", "/throw-away", "/about", "/questions/call", "/file"):
        assert carol.fill(f"{root}/midway_mentee", f"{root}/midway_mentee{path}").status_code == 403, path
    with pytest.raises(Refused):
        stop_using(cast.program, "midway_mentee", cast.carol, datetime.now(UTC))


def test_pages_are_light_and_ask_as_little_for_many_questions(
    app: Flask,
    dave: Browser,
    cast: Cast,
    root: str,
    count_queries: Callable[[Engine], AbstractContextManager[list[str]]],
) -> None:
    path, counts = new_survey(dave, root), []
    with app.app_context():
        engine = db.engine
    draft = InstrumentDraft.of(cast.program, "how_is_it")
    assert draft
    for number in (2, 80):
        question = draft.sketch.questions[0] | {"en": "a long question " * 12, "fr": "une longue question " * 12}
        many = [question | {"name": f"question_number_{place}"} for place in range(number)]
        draft.keep(sketches.Sketch(draft.sketch.head, many), cast.dave, datetime.now(UTC))
        cast.session.commit()
        with count_queries(engine) as queries:
            pages = [dave.get(path + more) for more in ("/edit", "/preview", "/about", "")]
        assert [page.status_code for page in pages] == [200] * 4
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert max(len(page.data) for page in pages if "/preview" not in page.request.path) < LARGEST_PAGE


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_field_has_its_label_and_every_page_one_first_heading(
    dave: Browser, cast: Cast, root: str, language: str
) -> None:
    cast.dave.language = language
    cast.session.commit()
    more = (
        "",
        "/edit",
        "/about",
        "/questions/frequency",
        "/questions/on_track",
        "/new-question?kind=yes_no",
        "/preview",
    )
    for path in ("/console/instruments", *(f"{root}/midway_mentee{one}" for one in more)):
        page = dave.get(path).text.partition("<main")[2]
        assert page.count("<h1") == 1, path
        labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
        fields = re.findall(r"<(?:input|select|textarea)\b[^>]*>", page)
        named = [one for one in fields if 'type="hidden"' not in one and 'type="radio"' not in one]
        unlabelled = [
            one
            for one in named
            if 'type="checkbox"' not in one and not set(re.findall(r' id="([^"]+)"', one)) & labelled
        ]
        assert unlabelled == [], path
