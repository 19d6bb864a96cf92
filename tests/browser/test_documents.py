"""The pages of what a program shares, in a real browser as narrow as a small telephone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from mentorly.extensions import db
from mentorly.mentoring.document_terms import File
from mentorly.mentoring.documents import Document
from mentorly.mentoring.passwords import set_password
from mentorly.tokens import Tokens
from tests.apps import Apps
from tests.cast import cast_of
from tests.servers import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PASSWORD = "a horse in the rain"
WIDTH = 320
LINK = "https://handbook.invalid/guide"


@pytest.fixture
def address(apps: Apps) -> Iterator[str]:
    """Where a program shares a file in two languages, and a link."""
    port = free_port()
    with apps.given(MENTORLY_PUBLIC_URL=f"http://127.0.0.1:{port}", MENTORLY_SECRET_KEY="a key for tests") as app:
        with app.app_context(), Session(db.engine) as session:
            cast, now = cast_of(session, datetime.now(UTC)), datetime.now(UTC)
            titles = {"en": "First-week guide " + "with-a-long-name" * 4, "fr": "Guide de la première semaine"}
            for purpose, what in (("first_week", File(b"Guide")), ("meeting", LINK)):
                document = Document.add(
                    cast.program, cast.dave, now, titles=titles, purpose=purpose, language="en", what=what
                )
            document.renew(LINK, "fr", cast.dave, now)
            set_password(cast.dave, PASSWORD, now)
            session.commit()
        server = make_server("127.0.0.1", port, app, threaded=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{port}"
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_document_is_saved_and_a_link_is_followed_by_pressing_a_button(address: str, browser: "Browser") -> None:
    tokens = Tokens(["a key for tests"])
    context = browser.new_context(viewport={"width": WIDTH, "height": 700}, locale="fr-CA", java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/documents/{tokens.make('document', 1)}")
    assert page.locator("h1").inner_text() == "Guide de la première semaine"
    assert page.locator("html").evaluate("page => page.scrollWidth") <= WIDTH
    with page.expect_download() as download:
        page.locator("main button").click()
    assert download.value.suggested_filename.startswith("first-week-guide-with-a-long-name")
    page.goto(f"{address}/documents/{tokens.make('document', 2)}")
    with page.expect_event("requestfailed"):
        page.locator("main button").first.click(no_wait_after=True)
    assert asked[-1] == LINK, "what keeps forms to our own pages lets this one lead elsewhere"
    context.close()


def test_a_small_telephone_shows_the_console_of_documents_without_sideways_scrolling(
    address: str, browser: "Browser"
) -> None:
    context = browser.new_context(viewport={"width": WIDTH, "height": 700}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("[name=email]", "dave@prairie.example.org")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button").click()
    for path in ("/console/documents", "/console/documents/1", "/console/documents/2", "/opening-questions"):
        page.goto(address + path)
        assert page.locator("h1").count() == 1, path
        assert page.locator("html").evaluate("page => page.scrollWidth") <= WIDTH, path
    page.goto(f"{address}/console/documents")
    page.fill("[name=title_en]", "Handbook")
    page.set_input_files("[name=file]", {"name": "a.html", "mimeType": "text/html", "buffer": b"Handbook"})
    page.locator("main form[enctype] button").click()
    assert page.locator("h1").inner_text() == "Handbook"
    context.close()
