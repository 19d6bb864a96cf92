"""The pages of meetings in a real browser as narrow as a small telephone, without JavaScript, in both languages."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from mentorly.extensions import db
from mentorly.mentoring.countering import counter
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.planning import propose
from mentorly.mentoring.sessions import SessionLog, Way
from mentorly.mentoring.whereabouts import Where
from tests.apps import Apps
from tests.cast import cast_of
from tests.servers import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PASSWORD = "a horse in the rain"
WIDTH = 320
DAY = timedelta(days=1)


@pytest.fixture
def address(apps: Apps) -> Iterator[str]:
    """Where Bob, who reads French, finds meetings of every kind."""
    port = free_port()
    with apps.given(MENTORLY_PUBLIC_URL=f"http://127.0.0.1:{port}") as app:
        with app.app_context(), Session(db.engine) as session:
            cast, now = cast_of(session, datetime.now(UTC)), datetime.now(UTC)
            together = cast.propose(now).accept(cast.alice, now)
            where = Where("Boréal Robotique, troisième étage", "https://meet.example.org/" + "a-long-name" * 9, "")
            counter(propose(together, cast.alice, [now + 8 * DAY], now, where=where), cast.bob, now + 9 * DAY, now)
            propose(together, cast.alice, [now + days * DAY for days in (10, 11, 12)], now)
            SessionLog.add(together, cast.alice, Way.PHONE, now - timedelta(minutes=1), 45, "Interviews", now)
            set_password(cast.bob, PASSWORD, now)
            session.commit()
        server = make_server("127.0.0.1", port, app, threaded=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{port}"
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_small_telephone_shows_it_all_without_sideways_scrolling(address: str, browser: "Browser") -> None:
    context = browser.new_context(viewport={"width": WIDTH, "height": 700}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("[name=email]", "bob@boreal.example.org")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button").click()
    for language in ("fr", "en"):
        paths = (
            "/home",
            "/meetings/1",
            "/meetings/1/propose",
            "/meetings/1/log",
            "/meeting/1",
            "/meeting/2",
            "/session/1",
        )
        for path in (*paths, "/profile"):
            page.goto(address + path)
            assert page.locator("html").get_attribute("lang") == language
            assert page.locator("h1").count() == 1, path
            for fold in page.locator("main summary").all():
                fold.click()
            assert page.locator("html").evaluate("page => page.scrollWidth") <= WIDTH, (language, path)
            unnamed = page.locator("main :is(input:not([type=hidden]), textarea, select)").evaluate_all(
                "fields => fields.filter(field => !field.labels.length).map(field => field.name)"
            )
            assert unnamed == [], path
        page.select_option("[name=language]", "en")
        page.locator("main form.sheet button").first.click()
    page.goto(f"{address}/meetings/1/propose")
    page.fill("[name=at_1]", (datetime.now(UTC) + 20 * DAY).strftime("%Y-%m-%dT%H:%M"))
    page.locator("main form button").click()
    assert page.url == f"{address}/meetings/1"
    assert "The meeting is planned." in page.get_by_role("status").inner_text()
    context.close()
