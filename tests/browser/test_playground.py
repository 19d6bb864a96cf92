"""A newcomer's first minutes, in a real browser against the whole service: a match lapses, and one is accepted."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.stories.kit import Service, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS = (320, 1280)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The demo program, all of it running; its first mails have been sent."""
    service = Service(tmp_path_factory.mktemp("demo") / "instance")
    with service.up("--demo"):
        outbox = service.instance / "outbox"
        wait_for(lambda: "please answer by" in _subjects(outbox), 60, "the first mail to a mentor")
        yield service


def _subjects(outbox: Path) -> str:
    return "".join(path.read_text("utf-8", "replace")[:3000] for path in outbox.glob("*.eml"))


def test_a_newcomer_sees_a_match_lapse(demo: Service, page: "Page") -> None:
    page.goto(demo.url + "/playground")
    page.get_by_role("link", name=re.compile("^Open .* mailbox$")).first.click()
    assert "please answer by" in page.locator("main").inner_text()
    page.get_by_role("button", name="To the next mail").click()
    assert "sent." in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="To the next mail").click()
    guide = page.locator("section", has=page.get_by_role("heading", name="Try this"))
    assert "did not answer" in guide.inner_text()
    guide.get_by_role("link", name=re.compile("^Open .* mailbox$")).first.click()
    page.get_by_role("link", name=re.compile("was not answered|in one mail")).first.click()
    letter = page.frame_locator("iframe")
    assert letter.get_by_role("paragraph").filter(has_text="has not answered your proposal").first.is_visible()


def test_the_buttons_of_a_mail_lead_out_of_its_frame(demo: Service, page: "Page") -> None:
    page.goto(demo.url + "/playground?q=okoye")
    page.get_by_role("link", name=re.compile("Dave Okoye")).click()
    page.get_by_role("link", name=re.compile("Welcome")).click()
    page.frame_locator("iframe").get_by_role("link", name=re.compile("password", re.IGNORECASE)).first.click()
    page.wait_for_url("**/a/**")
    assert page.locator("h1").count() == 1


def test_the_console_is_one_button_away_and_shows_no_sideways_scrolling(demo: Service, browser: "Browser") -> None:
    for width in WIDTHS:
        context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=False)
        page = context.new_page()
        page.goto(demo.url + "/playground")
        page.get_by_role("button", name=re.compile("Sign in as Dave")).click()
        assert page.url.endswith("/console")
        names = ("people", "matching", "proposals", "relationships", "programs", "mails", "upcoming", "deliveries")
        for path in ("", *(f"/{name}" for name in names), "/matching/best?program=1", "/people/1", "/mails/welcome"):
            page.goto(demo.url + "/console" + path)
            assert page.locator("h1").count() == 1, path
            assert page.locator("html").evaluate("page => page.scrollWidth") <= width, (width, path)
        context.close()
