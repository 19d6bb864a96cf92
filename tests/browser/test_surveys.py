"""A coordinator who never saw the code adds a survey in the console, and a mentee answers it by mail."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from mentorly.extensions import db
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.passwords import set_password
from tests.apps import Apps
from tests.cast import Cast, cast_of, register_of
from tests.emails.correspondence import Correspondence
from tests.servers import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, StorageState

pytestmark = pytest.mark.xdist_group("browser")
PASSWORD = "a horse in the rain"
WIDTH = 320
KINDS = ("instrument_asked", "reply_taken", "reply_unclear")


@contextmanager
def served(app: Flask, port: int) -> Iterator[None]:
    """The application at a port."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def service(apps: Apps) -> Iterator[tuple[str, Cast]]:
    """The service, where Alice and Bob are matched and nothing else is asked of them."""
    port, now = free_port(), datetime.now(UTC)
    with apps.given(MENTORLY_PUBLIC_URL=f"http://127.0.0.1:{port}") as app:
        with app.app_context():
            engine = db.engine
        with Session(engine, expire_on_commit=False) as session:
            cast = cast_of(session, now)
            cast.propose(now).accept(cast.alice, now)
            session.execute(update(Asked).values(withdrawn_at=now))
            set_password(cast.dave, PASSWORD, now)
            session.commit()
            with served(app, port):
                yield f"http://127.0.0.1:{port}", cast


def fill(page: "Page", **typed: str) -> None:
    for name, words in typed.items():
        page.fill(f"[name={name}]", words)


def press(page: "Page", words: str) -> None:
    """Press a button or follow a link by its words, with the keyboard alone."""
    page.locator("main").get_by_text(words, exact=True).first.focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()


def looks_right(page: "Page") -> None:
    """Nothing is wider than a small telephone, and every field has its label."""
    assert page.locator("html").evaluate("page => page.scrollWidth") <= WIDTH, page.url
    fields = page.locator("main :is(input:not([type=hidden]), textarea, select)")
    assert fields.evaluate_all("all => all.filter(one => !one.labels.length).map(one => one.name)") == [], page.url


def test_a_survey_of_two_questions_is_made_in_the_console_and_answered_by_mail(
    service: tuple[str, Cast], browser: "Browser"
) -> None:
    address, cast = service
    context = browser.new_context(viewport={"width": WIDTH, "height": 700}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    fill(page, email=cast.dave.email, password=PASSWORD)
    page.locator("main form button").click()
    page.goto(f"{address}/console/instruments")
    looks_right(page)
    fill(page, title_en="How it goes", title_fr="Comment cela va")
    press(page, "Begin")
    looks_right(page)
    press(page, "Change title and dates")
    looks_right(page)
    fill(page, about_en="Two short questions.", about_fr="Deux petites questions.")
    press(page, "Keep it")
    for kind, english, french in (("scale", "How well?", "À quel point?"), ("yes_no", "Again?", "Encore?")):
        page.select_option("[name=kind]", kind)
        press(page, "Add")
        looks_right(page)
        fill(page, en=english, fr=french)
        press(page, "Keep it")
    press(page, "Look at it as others will see it")
    looks_right(page)
    page.go_back()
    press(page, "Put it to use")
    assert "One person is asked." in page.get_by_role("status").inner_text()
    looks_right(page)

    post = Correspondence(cast, register=register_of(*KINDS), moment=datetime.now(UTC))
    post.pass_by(bell=False, days=5)
    mail = post.last_to(cast.bob)
    assert "À quel point?" in mail.text
    assert post.reply(mail, "4\noui").decision == "taken"

    page.goto(f"{address}/console/instruments")
    row = page.locator("li", has_text="How it goes")
    assert "1 of 1 finished" in row.inner_text()
    press(page, "How it goes")
    assert "fewer than 5 answers" in page.locator("main").inner_text()
    looks_right(page)
    seen_by_axe(browser, context.storage_state(), f"{address}/console/instruments")
    context.close()


def seen_by_axe(browser: "Browser", state: "StorageState", console: str) -> None:
    """Let axe look at the pages of one that can be changed."""
    context = browser.new_context(viewport={"width": WIDTH, "height": 700}, storage_state=state)
    page = context.new_page()
    more = (
        "",
        "/edit",
        "/about",
        "/questions/frequency",
        "/questions/on_track",
        "/new-question?kind=yes_no",
        "/preview",
    )
    for path in (console, *(f"{console}/1/midway_mentee{one}" for one in more)):
        page.goto(path)
        for fold in page.locator("main summary").all():
            fold.click()
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == [], path
        looks_right(page)
    context.close()
