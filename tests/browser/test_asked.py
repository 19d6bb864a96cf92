"""The pages of what is asked in a real browser: axe, a small telephone, the keyboard alone, and their script."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from mentorly.emails.envelope import Envelope
from mentorly.emails.post_office import PostOffice
from mentorly.extensions import db
from mentorly.mentoring.agreeing import write_agreement
from mentorly.mentoring.asked import asked_of
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.people import Person
from mentorly.mentoring.sessions import SessionLog, Way
from mentorly.mentoring.sharing import share
from tests.apps import Apps
from tests.cast import cast_of
from tests.doors.test_filling_in import AGREEMENT, BASELINE, CODE, SHEET, answers
from tests.servers import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")
PASSWORD = "a horse in the rain"
WIDTH = 320
MORE_THAN_ENOUGH = 200


@dataclass(frozen=True)
class Site:
    """A service that runs. asked: the number of what Bob is asked, by its name; tokens: of the mails that ask him."""

    url: str
    asked: dict[str, int]
    tokens: dict[str, str]
    shared: int


@pytest.fixture
def site(apps: Apps) -> Iterator[Site]:
    """Bob, who reads French, has finished nothing; Alice shares her sheet, and has filled in the agreement."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with apps.given(MENTORLY_PUBLIC_URL=url) as app:
        with app.app_context():
            engine, house = db.engine, app.extensions["mentorly"]
        with Session(engine) as session:
            now = datetime.now(UTC) - timedelta(hours=1)
            cast = cast_of(session, now)
            together = cast.propose(now).accept(cast.alice, now)
            hers = {one.name: one for one in asked_of(cast.alice, together)}
            hers[SHEET].answer(cast.alice, {"hopes": "To listen better"}, now)
            share(hers[SHEET], cast.alice, now)
            write_agreement(hers[AGREEMENT], cast.alice, answers(AGREEMENT), now)
            SessionLog.add(together, cast.alice, Way.PHONE, now - timedelta(minutes=30), 20, "", now)
            set_password(cast.bob, PASSWORD, now)
            office = PostOffice(session, house.register, house.settings)
            office.collect(datetime.now(UTC))
            session.commit()
            yield from _served(app, url, port, _site(session, office, cast.bob, url, hers[SHEET].id))


def _site(session: Session, office: PostOffice, bob: Person, url: str, shared: int) -> Site:
    asked = {one.name: one.id for one in asked_of(bob)}
    names = {number: name for name, number in asked.items()}
    mails = session.query(Envelope).filter_by(kind="instrument_asked", reader_id=bob.id)
    tokens = {names[mail.thing_id]: office.desk.token(mail.id, bob) for mail in mails}
    session.commit()
    return Site(url, asked, tokens, shared)


def _served(app: object, url: str, port: int, site: Site) -> Iterator[Site]:
    server = make_server("127.0.0.1", port, app, threaded=True)  # type: ignore[arg-type]
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


def sign_in(page: "Page", site: Site) -> None:
    page.goto(f"{site.url}/sign-in")
    page.fill("[name=email]", "bob@boreal.example.org")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button").click()


def look(page: "Page", where: str) -> None:
    """What axe has to say, and whether a small telephone shows all of it."""
    for fold in page.locator("main summary").all():
        fold.click()
    if folder := os.environ.get("PICTURES"):
        name = re.sub(r"[^a-z0-9]+", "-", where)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    assert page.locator("html").evaluate("page => page.scrollWidth") <= WIDTH, where
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == [], where


def test_axe_finds_nothing_and_a_small_telephone_shows_it_all(site: Site, browser: "Browser") -> None:
    context = browser.new_context(viewport={"width": WIDTH, "height": 700}, locale="fr-CA")
    page = context.new_page()
    forms = [f"/a/{site.tokens[name]}/fill_in" for name in (BASELINE, SHEET, CODE, AGREEMENT)]
    for path in ("/self-assessment", *forms):
        page.goto(site.url + path)
        look(page, path)
    page.goto(f"{site.url}/self-assessment")
    page.locator(".steps input").first.check(force=True)
    page.locator("main form button").click()
    look(page, "the result of a self-assessment")
    sign_in(page, site)
    own = [f"/asked/{site.asked[name]}" for name in (BASELINE, SHEET, CODE, AGREEMENT, "mentee_end")]
    for language in ("fr", "en"):
        for path in ("/asked", f"/asked/{site.shared}", "/session/1", *own):
            page.goto(site.url + path)
            assert page.locator("html").get_attribute("lang") == language
            look(page, f"{path} in {language}")
        page.goto(f"{site.url}/profile")
        page.select_option("[name=language]", "en")
        page.locator("main form.sheet button").first.click()
    page.goto(f"{site.url}/asked/{site.asked[BASELINE]}")
    page.locator("main form.filling .press button").first.evaluate("button => button.form.noValidate = true")
    page.locator("main form.filling .press button").first.click()
    assert page.get_by_role("alert").is_visible()
    look(page, "a form with faults")
    context.close()


def test_a_survey_is_answered_by_the_keyboard_alone(site: Site, browser: "Browser") -> None:
    context = browser.new_context(viewport={"width": WIDTH, "height": 700}, locale="fr-CA")
    page = context.new_page()
    page.goto(f"{site.url}/a/{site.tokens[BASELINE]}/fill_in")
    for _ in range(MORE_THAN_ENOUGH):
        page.keyboard.press("Tab")
        kind = page.evaluate("document.activeElement.type || ''")
        if kind == "radio":
            page.keyboard.press("Space")
            page.keyboard.press("ArrowRight")
        elif kind in {"number", "text", "textarea"}:
            page.keyboard.type("12")
        elif kind == "submit":
            break
    bar = page.locator(".far progress")
    assert bar.get_attribute("max") == str(int(bar.evaluate("bar => bar.value"))), "all of it is answered"
    page.keyboard.press("Enter")
    page.wait_for_selector(".tick")
    look(page, "what was answered")
    context.close()


def test_a_page_keeps_what_is_typed_by_itself(site: Site, browser: "Browser") -> None:
    context = browser.new_context(locale="fr-CA")
    page = context.new_page()
    address = f"{site.url}/a/{site.tokens[SHEET]}/fill_in"
    page.goto(address)
    page.fill("[name=hopes]", "Diriger une équipe")
    page.get_by_role("status").filter(has_text="Enregistré pour plus tard").wait_for()
    page.goto(address)
    assert page.input_value("[name=hopes]") == "Diriger une équipe"
    context.close()
