"""The form of an instrument behind a mail's button: whatever happens ends in a sentence, and nothing typed is lost."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.test import TestResponse

from mentorly.emails.envelope import Envelope
from mentorly.emails.post_office import PostOffice
from mentorly.mentoring.agreements import AgreementText, Signature
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import Refused
from mentorly.mentoring.drafts import draft_for
from mentorly.mentoring.instrument_files import shipped, sources
from mentorly.mentoring.people import Person
from mentorly.mentoring.program_instruments import InstrumentText
from mentorly.mentoring.questions import Amount, Scale
from mentorly.mentoring.relationships import Relationship
from tests.cast import Cast
from tests.doors.conftest import Browser, words

DAY = timedelta(days=1)
Open = Callable[..., Browser]
TokenOf = Callable[[Person, str], str]
BASELINE, SHEET, AGREEMENT, CODE = "mentee_baseline", "planning_sheet", "mentorship_agreement", "code_of_ethics"


@pytest.fixture
def together(cast: Cast) -> Relationship:
    """Alice and Bob, matched an hour ago; both read English, and see in their mails what is written."""
    moment = datetime.now(UTC) - timedelta(hours=1)
    for person in (cast.alice, cast.bob):
        person.language, person.quotes = "en", True
    made = cast.propose(moment).accept(cast.alice, moment)
    cast.session.commit()
    return made


def row(person: Person, name: str) -> Asked:
    """What a person is asked, read anew."""
    session = person.session
    session.expire_all()
    query = select(Asked).where(Asked.person_id == person.id, Asked.name == name)
    found = session.scalars(query.options(selectinload(Asked.responses), selectinload(Asked.text))).first()
    session.commit()
    assert found
    return found


@pytest.fixture
def token_of(cast: Cast, office: PostOffice, together: Relationship) -> TokenOf:
    """Gives the token of the mail that asks a person for an instrument; the digest of that morning bears the same."""
    office.collect(datetime.now(UTC))
    cast.session.commit()

    def found(person: Person, name: str) -> str:
        query = select(Envelope).where(Envelope.kind == "instrument_asked", Envelope.thing_id == row(person, name).id)
        envelope = cast.session.scalars(query).one()
        cast.session.commit()
        return office.desk.token(envelope.id, person)

    return found


@pytest.fixture
def phone(app: Flask) -> FlaskClient:
    """Bob's telephone: nobody is signed in."""
    return app.test_client()


def answers(name: str, step: int = 4) -> dict[str, str]:
    """What has to be answered, answered."""
    return {
        one.name: str(step) if isinstance(one, Scale | Amount) else f"On {one.name}"
        for one in shipped()[name].answerable
        if one.required
    }


def fields(page: TestResponse) -> dict[str, str]:
    """What is in the form of a page when it is shown, hidden fields too."""
    typed = dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n?([^<]*)</textarea>', page.text))
    for tag in re.findall(r"<input[^>]*>", page.text):
        name, value = (re.search(rf'{key}="([^"]*)"', tag) for key in (" name", " value"))
        if name and value and ("radio" not in tag or " checked" in tag):
            typed[name[1]] = value[1]
    return {name: html.unescape(value) for name, value in typed.items()}


def test_the_form_says_what_it_is_who_sees_it_and_how_long_it_takes(
    phone: FlaskClient, cast: Cast, token_of: TokenOf
) -> None:
    page = phone.get(f"/a/{token_of(cast.bob, BASELINE)}/fill_in")
    said = words(page)
    assert page.status_code == 200
    assert "Where you start from" in said
    assert "Only you see your answers." in said
    assert re.search(rf"About \d+ minutes\. {len(shipped()[BASELINE].answerable)} questions\.", said)
    assert page.text.count("<form") == 1
    assert "Set-Cookie" not in page.headers


def test_a_scale_is_a_row_of_named_steps(phone: FlaskClient, cast: Cast, token_of: TokenOf) -> None:
    page = phone.get(f"/a/{token_of(cast.bob, BASELINE)}/fill_in").text
    begin = page.index('id="q-own_skills"')
    scale = page[begin : page.index("</fieldset>", begin)]
    assert "<legend>I can present my own skills, knowledge and experience.</legend>" in scale
    assert re.findall(r'type="radio" name="own_skills" value="(\d)" required', scale) == ["1", "2", "3", "4", "5"]
    assert 'aria-describedby="q-own_skills-ends"' in page[begin:][: page[begin:].index(">")]
    assert "1 – not at all" in scale
    assert "5 – fully" in scale


def test_what_is_missing_is_said_beside_its_question_and_nothing_is_lost(
    phone: FlaskClient, cast: Cast, token_of: TokenOf
) -> None:
    token, given = token_of(cast.bob, BASELINE), answers(BASELINE)
    missing = given.popitem()[0]
    page = phone.post(f"/a/{token}/fill_in", data=given)
    assert page.status_code == 422
    assert f'id="q-{missing}-fault">Please answer this question.' in page.text
    assert f'href="#q-{missing}"' in page.text
    assert given.items() <= fields(page).items()
    assert row(cast.bob, BASELINE).finished_at is None


def test_an_answer_is_kept_once_however_often_the_button_is_pressed(
    phone: FlaskClient, cast: Cast, token_of: TokenOf
) -> None:
    token, given = token_of(cast.bob, BASELINE), answers(BASELINE)
    for _ in range(2):
        pressed = phone.post(f"/a/{token}/fill_in", data=given)
        assert pressed.status_code == 303
        done = phone.get(pressed.headers["Location"])
        assert "You answered “Fill it in” on" in words(done)
        assert "You can read and change your answers:" in words(done)
    assert row(cast.bob, BASELINE).typed == given


def test_another_answer_by_the_back_button_is_not_lost_and_takes_the_first_ones_place_when_asked_to(
    phone: FlaskClient, cast: Cast, token_of: TokenOf
) -> None:
    token = token_of(cast.bob, BASELINE)
    phone.post(f"/a/{token}/fill_in", data=answers(BASELINE))
    changed = answers(BASELINE, 2)
    page = phone.post(f"/a/{token}/fill_in", data=changed)
    assert page.status_code == 409
    assert "You have answered this already, and that answer stands." in words(page)
    assert changed.items() <= fields(page).items()
    assert row(cast.bob, BASELINE).typed == answers(BASELINE)
    assert phone.post(f"/a/{token}/fill_in", data=changed | {"put-in-place": "1"}).status_code == 303
    assert row(cast.bob, BASELINE).typed == changed


def test_a_draft_is_shown_to_the_browser_that_typed_it_and_to_who_is_signed_in_alone(
    app: Flask, phone: FlaskClient, cast: Cast, token_of: TokenOf, browser_of: Open
) -> None:
    token = token_of(cast.bob, SHEET)
    kept = phone.post(f"/a/{token}/fill_in", data={"hopes": "To lead a team", "save-later": "1"})
    assert kept.status_code == 303
    cookie = kept.headers["Set-Cookie"]
    assert re.match(r"draft-\d+=[\w-]{32}; .*HttpOnly; Path=/a/; SameSite=Lax$", cookie)
    again = phone.get(f"/a/{token}/fill_in")
    assert fields(again)["hopes"] == "To lead a team"
    assert "This is what you typed so far" in words(again)
    elsewhere = app.test_client().get(f"/a/{token}/fill_in")
    assert "To lead a team" not in elsewhere.text
    assert "you find it on the device where you typed it, and when you sign in" in words(elsewhere)
    number = row(cast.bob, SHEET).id
    assert fields(browser_of(cast.bob).get(f"/asked/{number}"))["hopes"] == "To lead a team"
    assert row(cast.bob, SHEET).finished_at is None


def test_two_drafts_that_were_typed_without_sight_of_each_other_are_both_kept(
    app: Flask, phone: FlaskClient, cast: Cast, token_of: TokenOf, browser_of: Open
) -> None:
    token, path = token_of(cast.bob, SHEET), f"/asked/{row(cast.bob, SHEET).id}"
    phone.post(f"/a/{token}/fill_in", data={"hopes": "A team", "topics": "Budgets", "save-later": "1"})
    app.test_client().post(f"/a/{token}/fill_in", data={"hopes": "A book", "growth": "Writing", "save-later": "1"})
    shown = fields(browser_of(cast.bob).get(path))
    assert (shown["hopes"], shown["topics"], shown["growth"]) == ("A team\n\nA book", "Budgets", "Writing")


def test_whoever_else_has_the_mail_does_not_come_by_a_draft_by_keeping_one(
    app: Flask, phone: FlaskClient, cast: Cast, token_of: TokenOf, browser_of: Open
) -> None:
    address, page = f"/a/{token_of(cast.bob, SHEET)}/fill_in", f"/asked/{row(cast.bob, SHEET).id}"
    phone.post(address, data={"hopes": "A team", "topics": "Budgets", "save-later": "1"})
    bob, other = browser_of(cast.bob), app.test_client()
    for keeps in ({"hopes": "A book"}, {"hopes": "A book of verse"}):
        other.post(address, data=fields(other.get(address)) | keeps | {"save-later": "1"})
        shown = other.get(address)
        assert fields(shown)["hopes"] == keeps["hopes"]
        assert not [words for words in ("A team", "Budgets") if words in shown.text]
        assert "More is kept that was typed elsewhere. You see all of it when you sign in." in words(shown)
    shown = fields(bob.get(page))
    assert (shown["hopes"], shown["topics"]) == ("A team\n\nA book of verse", "Budgets")
    bob.fill(page, page, **{**shown, "hopes": "Both", "save-later": "1"})
    assert draft_for(row(cast.bob, SHEET), None) == {"hopes": "Both", "topics": "Budgets"}
    assert "Both" not in other.get(address).text


def test_a_page_that_keeps_by_itself_is_told_when(phone: FlaskClient, cast: Cast, token_of: TokenOf) -> None:
    token = token_of(cast.bob, SHEET)
    first = phone.post(f"/a/{token}/fill_in", data={"hopes": "A", "save-later": "quietly"})
    assert re.match(r"Kept for later at \d+:\d\d", first.json["said"])
    more = {"hopes": "A team", "save-later": "quietly", "shown-draft": first.json["draft"]}
    assert phone.post(f"/a/{token}/fill_in", data=more).status_code == 200
    assert draft_for(row(cast.bob, SHEET), None) == {"hopes": "A team"}
    phone.post(f"/a/{token}/fill_in", data={"hopes": "A team"})
    late = phone.post(f"/a/{token}/fill_in", data=more)
    assert late.status_code == 409
    assert "You have answered this already" in late.json["said"]
    assert row(cast.bob, SHEET).draft == ""


def test_an_answer_that_is_taken_back_is_a_draft_where_it_was_typed(
    app: Flask, phone: FlaskClient, cast: Cast, token_of: TokenOf
) -> None:
    token, given = token_of(cast.bob, BASELINE), answers(BASELINE)
    phone.post(f"/a/{token}/fill_in", data=given)
    back = phone.post(f"/a/{token}/undo", follow_redirects=True)
    assert "You can answer again." in words(back)
    assert given.items() <= fields(phone.get(f"/a/{token}/fill_in")).items()
    assert not given.items() & fields(app.test_client().get(f"/a/{token}/fill_in")).items()
    assert phone.post(f"/a/{token}/fill_in", data=given).status_code == 303
    assert row(cast.bob, BASELINE).typed == given


def changed_version(asked: Asked, old: str, new: str) -> None:
    """The program asks by a text of its own from now on."""
    session = asked.session
    source = sources()[asked.name].replace(f'name = "{old}"', f'name = "{new}"')
    asked.text = InstrumentText.add(asked.program, asked.name, source, asked.person_id, datetime.now(UTC))
    session.commit()


def test_a_changed_version_comes_back_with_what_was_typed_and_the_new_questions(
    phone: FlaskClient, cast: Cast, token_of: TokenOf
) -> None:
    token = token_of(cast.bob, SHEET)
    shown = fields(phone.get(f"/a/{token}/fill_in"))
    changed_version(row(cast.bob, SHEET), "hopes", "wishes")
    for pressed in ({}, {"save-later": "1"}):
        page = phone.post(f"/a/{token}/fill_in", data=shown | {"hopes": "A team", "topics": "Budgets"} | pressed)
        assert page.status_code == 409
        assert "These questions have been changed since you opened them." in words(page)
        assert fields(page)["topics"] == "Budgets"
        assert 'name="wishes"' in page.text
        assert "You typed this to a question that is not asked any more. Copy it if you need it: A team" in words(page)
    again = {name: said for name, said in fields(page).items() if name != "hopes"}
    assert phone.post(f"/a/{token}/fill_in", data=again).status_code == 303
    assert row(cast.bob, SHEET).typed == {"topics": "Budgets"}


def test_a_link_that_has_had_its_time_gives_the_words_back(phone: FlaskClient, cast: Cast, token_of: TokenOf) -> None:
    token = token_of(cast.bob, SHEET)
    shown = fields(phone.get(f"/a/{token}/fill_in"))
    for envelope in cast.session.scalars(select(Envelope)):
        envelope.collected_at -= 61 * DAY
    cast.session.commit()
    for pressed in ({}, {"save-later": "1"}):
        page = phone.post(f"/a/{token}/fill_in", data=shown | {"hopes": "A <b>team</b>"} | pressed)
        assert page.status_code == 410
        assert "The link in this mail has expired." in words(page)
        assert "Here it is, so that you can copy it: A <b>team</b>" in words(page)


def test_what_is_withdrawn_or_finished_elsewhere_says_so_and_gives_the_words_back(
    phone: FlaskClient, cast: Cast, token_of: TokenOf
) -> None:
    token, asked = token_of(cast.bob, SHEET), row(cast.bob, SHEET)
    asked.answer(cast.bob, {"hopes": "A team"}, datetime.now(UTC))
    cast.session.commit()
    assert "You have finished this already. Thank you." in words(phone.get(f"/a/{token}/fill_in"))
    page = phone.post(f"/a/{token}/fill_in", data={"hopes": "A book"})
    assert page.status_code == 409
    assert "You have finished this already." in words(page)
    assert fields(page)["hopes"] == "A book"
    row(cast.bob, SHEET).withdrawn_at = datetime.now(UTC)
    cast.session.commit()
    page = phone.post(f"/a/{token}/fill_in", data={"hopes": "A book"})
    assert "This is not asked any more" in words(page)
    assert fields(page)["hopes"] == "A book"


def test_a_code_is_shown_whole_and_signed_by_typing_one_s_name(
    phone: FlaskClient, cast: Cast, token_of: TokenOf
) -> None:
    token = token_of(cast.bob, CODE)
    page = phone.get(f"/a/{token}/fill_in")
    assert "Confidentiality. What I am told in this relationship I keep to myself" in words(page)
    assert "Save for later" not in page.text
    unsigned = phone.post(f"/a/{token}/fill_in")
    assert unsigned.status_code == 422
    assert 'id="q-signature-fault">Please answer this question.' in unsigned.text
    for _ in range(2):
        done = phone.post(f"/a/{token}/fill_in", data={"signature": "Bob Tremblay"}, follow_redirects=True)
        assert "A signed copy is on its way to you by mail." in words(done)
    (signature,) = cast.session.scalars(select(Signature)).all()
    assert (signature.name, signature.address) == ("Bob Tremblay", cast.bob.email)


def test_an_agreement_that_another_wrote_before_is_put_together_and_waits_to_be_read(
    phone: FlaskClient, app: Flask, cast: Cast, token_of: TokenOf
) -> None:
    mine, theirs = token_of(cast.bob, AGREEMENT), token_of(cast.alice, AGREEMENT)
    given = answers(AGREEMENT)
    alone = phone.post(
        f"/a/{mine}/fill_in", data=given | {"goal_1": "To lead", "signature": "Bob"}, follow_redirects=True
    )
    assert "You have signed. The others are asked to sign by mail" in words(alone)
    other = app.test_client()
    page = other.get(f"/a/{theirs}/fill_in")
    assert "To lead" not in page.text
    assert "Somebody has already filled in this agreement." in words(page)
    done = other.post(
        f"/a/{theirs}/fill_in", data=given | {"goal_1": "To write", "signature": "Alice"}, follow_redirects=True
    )
    assert "What you wrote is kept, and not signed by you yet." in words(done)
    cast.session.expire_all()
    standing = cast.session.scalars(select(AgreementText).where(AgreementText.is_current)).one()
    assert standing.said["goal_1"] == "To lead / To write"
    assert standing.signatures == []
    cast.session.commit()
    late = phone.post(f"/a/{mine}/fill_in", data=given | {"goal_1": "To rest"})
    assert late.status_code == 409
    assert "change the agreement on its page" in words(late)
    assert fields(late)["goal_1"] == "To rest"


def test_whoever_has_the_mail_cannot_find_out_by_guessing_what_stands_in_an_agreement(
    phone: FlaskClient, app: Flask, cast: Cast, token_of: TokenOf
) -> None:
    address = f"/a/{token_of(cast.bob, AGREEMENT)}/fill_in"
    rules = {"ground_rules": "We never speak of Mia.\r\n\r\nWe are on time."}
    assert phone.post(address, data=answers(AGREEMENT) | rules).status_code == 303
    known = {"We never speak": 409, "Mia": 409, "We are on  time.": 303, rules["ground_rules"]: 303}
    for guess, status in known.items():
        assert app.test_client().post(address, data={"ground_rules": guess}).status_code == status, guess


def test_a_text_is_signed_from_the_mail_that_shows_it_alone(
    phone: FlaskClient, app: Flask, cast: Cast, office: PostOffice, token_of: TokenOf
) -> None:
    phone.post(f"/a/{token_of(cast.bob, AGREEMENT)}/fill_in", data=answers(AGREEMENT) | {"signature": "Bob"})
    office.collect(datetime.now(UTC), bell=True)
    envelope = cast.session.scalars(select(Envelope).where(Envelope.kind == "agreement_to_sign")).one()
    token, other = office.desk.token(envelope.id, cast.alice), app.test_client()
    cast.session.commit()
    assert "On goal_1" in words(other.get(f"/a/{token}/sign"))
    cast.alice.quotes = False
    cast.session.commit()
    assert "On goal_1" not in words(other.get(f"/a/{token}/sign"))
    refused = other.post(f"/a/{token}/sign", data={"signature": "Alice Gagnon"})
    assert "Please read it on its page, and sign it there." in words(refused)
    cast.alice.quotes = True
    cast.session.commit()
    done = other.post(f"/a/{token}/sign", data={"signature": "Alice Gagnon"}, follow_redirects=True)
    assert "All of you have signed." in words(done)


def test_an_instrument_may_not_take_the_name_of_a_field_that_every_form_has() -> None:
    source = sources()[SHEET].replace('name = "hopes"', 'name = "csrf_token"')
    with pytest.raises(Refused, match="No question can be called csrf_token"):
        InstrumentText(name=SHEET, source=source).instrument  # noqa: B018 - it is read


def test_the_form_is_small(phone: FlaskClient, app: Flask, cast: Cast, token_of: TokenOf) -> None:
    files = sum(len(app.test_client().get(f"/static/{name}").data) for name in ("style.css", "mark.svg", "filling.js"))
    for name in (BASELINE, SHEET, AGREEMENT, CODE):
        page = phone.get(f"/a/{token_of(cast.bob, name)}/fill_in")
        assert len(page.data) + files < 60_000, name
        policy = page.headers["Content-Security-Policy"]
        assert policy.endswith("; script-src 'self'; connect-src 'self'")
