"""Who may come in, whose form this is, and what every answer carries."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mentorly.app import create_app
from mentorly.blueprints.guard import local_path
from mentorly.config import Settings
from mentorly.extensions import db
from tests.cast import MENTORLY_ORG, Cast
from tests.doors.conftest import Browser, words

Open = Callable[..., Browser]


def test_every_page_carries_the_headers_that_keep_it_private(app: Flask, cast: Cast) -> None:
    client = app.test_client()
    for path in ("/", "/sign-in", "/nothing-here", "/a/forged", "/healthz", "/home"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self'"), (
            path
        )
        assert "'unsafe" not in headers["Content-Security-Policy"], path
        assert headers["Referrer-Policy"] == "no-referrer", path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["X-Frame-Options"] == "DENY", path
        assert headers["Cache-Control"] == "no-store", path
        assert "Strict-Transport-Security" not in headers, path


def test_what_is_the_same_for_everybody_may_be_kept_by_a_browser(app: Flask) -> None:
    assert "no-store" not in app.test_client().get("/static/style.css").headers["Cache-Control"]


@pytest.fixture
def public_app(tmp_path: Path) -> Flask:
    database = {"MENTORLY_DATABASE_URL": f"sqlite:///{tmp_path / 'own.sqlite'}"}
    app = create_app(Settings.load(MENTORLY_ORG | database | {"MENTORLY_INSTANCE": str(tmp_path)}))
    with app.app_context():
        db.create_all()
    return app


def test_over_https_browsers_are_told_to_stay_with_it_and_cookies_are_secure(public_app: Flask) -> None:
    page = public_app.test_client().get("/sign-in", base_url="https://mentorly.example.org")
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(page.headers["Set-Cookie"].split("; "))


def test_forms_work_over_https_although_pages_send_no_referrer(public_app: Flask) -> None:
    client = public_app.test_client()
    token = re.search(
        r'csrf_token" value="([^"]+)"', client.get("/password", base_url="https://mentorly.example.org").text
    )
    assert token
    asked = client.post(
        "/password",
        data={"csrf_token": token[1], "email": "alice@example.org"},
        base_url="https://mentorly.example.org",
        headers={"Origin": "null"},
    )
    assert asked.status_code == 200


def test_a_form_without_its_csrf_token_is_not_taken(browser_of: Open, cast: Cast) -> None:
    browser = browser_of(cast.alice)
    for path in (
        "/sign-in",
        "/sign-out",
        "/password",
        "/password/own",
        "/profile",
        "/home/quoting",
        "/home/proposals/1",
    ):
        page = browser.client.post(path, data={"quotes": "yes"})
        assert page.status_code == 400, path
        assert "This form did not come through" in words(page), path
    assert browser.get("/home").status_code == 200


@pytest.mark.parametrize(
    ("origin", "fetched_from", "status"),
    [
        (None, None, 404),
        ("http://127.0.0.1:8000", None, 404),
        ("http://localhost", None, 404),
        ("null", "same-origin", 404),
        ("null", None, 403),
        ("null", "cross-site", 403),
        ("null", "same-site", 403),
        ("https://evil.example.org", None, 403),
        ("https://evil.example.org", "same-origin", 403),
        ("http://127.0.0.1:9999", None, 403),
        ("https://127.0.0.1:8000", None, 403),
        ("http://127.0.0.1:8000.evil.example.org", None, 403),
        ("http://127.0.0.1:port", None, 403),
        ("", None, 403),
    ],
)
def test_an_answer_is_taken_from_our_own_pages_or_from_no_page(
    app: Flask, origin: str | None, fetched_from: str | None, status: int
) -> None:
    headers = {"Origin": origin, "Sec-Fetch-Site": fetched_from}
    given = {name: value for name, value in headers.items() if value is not None}
    assert app.test_client().post("/a/forged/accept", headers=given).status_code == status


def test_a_loopback_page_is_not_ours_where_the_service_is_public(public_app: Flask) -> None:
    client = public_app.test_client()
    own = {"Origin": "https://mentorly.example.org"}
    assert client.post("/a/forged/x", headers={"Origin": "http://localhost"}).status_code == 403
    assert client.post("/a/forged/x", headers=own).status_code == 404


def test_the_name_that_a_browser_calls_us_by_is_in_no_link(app: Flask, cast: Cast) -> None:
    client = app.test_client()
    for path in ("/", "/sign-in", "/password", "/a/forged", "/home"):
        page = client.get(path, headers={"Host": "evil.example.org"})
        assert "evil" not in page.text + page.headers.get("Location", ""), path


def test_the_playground_answers_to_loopback_names_only(tmp_path: Path) -> None:
    app = create_app(Settings.load({"MENTORLY_INSTANCE": str(tmp_path), "MENTORLY_PLAYGROUND": "1"}))
    with app.app_context():
        db.create_all()
    client = app.test_client()
    assert client.get("/sign-in", headers={"Host": "evil.example.org"}).status_code == 403
    assert client.get("/sign-in", headers={"Host": "localhost:8000"}).status_code == 200


def test_who_is_not_signed_in_is_led_to_the_sign_in_page_and_back(browser_of: Open, cast: Cast) -> None:
    browser_of(cast.alice)
    stranger = browser_of()
    led = stranger.get("/who-sees?x=1")
    assert led.status_code == 303
    assert led.headers["Location"] == "/sign-in?next=/who-sees?x%3D1"
    came = stranger.fill(led.headers["Location"], email=cast.alice.email, password="a horse in the rain")
    assert came.headers["Location"] == "/who-sees?x=1"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/home", "/home"),
        ("/home?x=1", "/home?x=1"),
        ("", ""),
        ("home", ""),
        ("//evil.example.org", ""),
        ("/\\evil.example.org", ""),
        ("https://evil.example.org/home", ""),
        ("/\t/evil.example.org", ""),
        ("/\r\nSet-Cookie: a=b", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_nobody_is_led_anywhere_else_after_signing_in(text: str, path: str) -> None:
    assert local_path(text) == path


def test_the_console_is_for_leads_and_administrators(browser_of: Open, cast: Cast) -> None:
    assert browser_of(cast.carol).get("/console").status_code == 200
    assert browser_of(cast.dave).get("/console").status_code == 200
    kept_out = browser_of(cast.alice).get("/console")
    assert kept_out.status_code == 403
    assert "Only a project lead or an administrator may open this page." in words(kept_out)


def test_a_session_ends_when_the_password_is_set_elsewhere(browser_of: Open, cast: Cast) -> None:
    here, there = browser_of(cast.alice), browser_of(cast.alice)
    done = here.fill("/password/own", present="a horse in the rain", password="a cow in the rain")
    assert done.status_code == 303
    assert here.get("/home").status_code == 200
    assert there.get("/home").status_code == 303


def test_a_made_up_session_opens_nothing(app: Flask, cast: Cast) -> None:
    for session_id in (f"{cast.alice.id}", f"{cast.alice.id}:7", "x:0", "", "99:0", f"{cast.alice.id}:0:0"):
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = session_id
        assert client.get("/home").status_code == 303, session_id


def test_pages_that_are_only_looked_at_hold_nobody_up_who_writes(app: Flask, browser_of: Open, cast: Cast) -> None:
    browser = browser_of(cast.alice)
    cast.session.commit()
    database = Path(app.instance_path) / "mentorly.sqlite"
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE person SET phone = '1'")
        for path in ("/home", "/who-sees", "/profile", "/a/forged", "/"):
            assert browser.get(path).status_code in {200, 404}, path
        writer.execute("COMMIT")


def test_a_head_is_answered_as_a_get(client: FlaskClient) -> None:
    assert client.head("/sign-in").status_code == 200


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_now_is_the_clock_on_the_wall_where_there_is_no_playground(app: Flask) -> None:
    from mentorly.extensions import now

    with app.app_context():
        assert abs((now() - datetime.now(UTC)).total_seconds()) < 5
