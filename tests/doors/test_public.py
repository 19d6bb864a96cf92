"""What everybody may open, and what a page says when something is wrong."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from mentorly.app import create_app
from mentorly.config import Settings
from mentorly.extensions import db, session
from tests.cast import Cast
from tests.doors.conftest import Browser, words
from tests.servers import Valkey

PRIVATE = "a-private-word"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_first_page_says_what_this_is(client: FlaskClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "mentoring program by mail and calendar" in words(page)
    assert 'href="/sign-in"' in page.text
    assert "Set-Cookie" not in page.headers


def test_the_first_page_speaks_the_browser_s_language(client: FlaskClient) -> None:
    for accepted, language in (("fr-CA,fr;q=0.9,en;q=0.5", "fr"), ("en-CA", "en"), ("de", "en"), ("de,fr;q=0.2", "fr")):
        assert f'<html lang="{language}">' in client.get("/", headers={"Accept-Language": accepted}).text


def test_a_playground_opens_on_its_mailboxes(tmp_path: Path) -> None:
    app = create_app(Settings.load({"MENTORLY_INSTANCE": str(tmp_path), "MENTORLY_PLAYGROUND": "1"}))
    with app.app_context():
        db.create_all()
    assert app.test_client().get("/", base_url="http://127.0.0.1").headers["Location"] == "/playground"


def test_being_alive_asks_nothing_of_the_database(
    app: Flask, client: FlaskClient, count_queries: Callable[[Engine], object]
) -> None:
    with app.app_context():
        engine = db.engine
    with count_queries(engine) as queries:  # type: ignore[attr-defined]
        alive = client.get("/healthz")
    assert (alive.status_code, alive.text, len(queries)) == (200, "ok", 0)


def test_a_service_without_its_queue_is_not_ready(client: FlaskClient, cast: Cast) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    parts = {"database": True, "redis": False, "post": {"stopped": False}}
    came_in = {"waiting": 0, "failed": 0}
    assert answer.json == {"ready": False, **parts, "oldest_waiting_seconds": 0.0, "received": came_in}


def test_a_service_without_its_tables_is_not_ready(tmp_path: Path) -> None:
    app = create_app(Settings.load({"MENTORLY_INSTANCE": str(tmp_path)}))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json
    assert answer.json["database"] is False


def test_a_ready_service_tells_how_long_the_oldest_mail_has_been_waiting(tmp_path: Path, valkey: Valkey) -> None:
    from tests.cast import cast_of, office_of

    app = create_app(Settings.load({"MENTORLY_INSTANCE": str(tmp_path), "MENTORLY_REDIS_URL": valkey.url}))
    with app.app_context():
        db.create_all()
        began = datetime.now(UTC) - timedelta(minutes=10)
        cast = cast_of(session(), began)
        cast.propose(began)
        office_of(session()).collect(began)
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json
    assert answer.json["ready"] is True
    assert 600 <= answer.json["oldest_waiting_seconds"] < 660


def breaking(instance: Path) -> FlaskClient:
    """An application some of whose pages break, each in its way; its journal goes where sys.stderr is now."""
    app = create_app(Settings.load({"MENTORLY_INSTANCE": str(instance)}))
    with app.app_context():
        db.create_all()

    @app.get("/break/<word>")
    def break_down(word: str) -> str:
        raise LookupError(f"{word} and alice@boreal.example.org")

    @app.get("/abort/<int:code>")
    def give_up(code: int) -> str:
        abort(code)

    return app.test_client()


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 413, 418, 429, 500, 503])
def test_every_fault_is_a_page_with_a_sentence(tmp_path: Path, code: int) -> None:
    page = breaking(tmp_path).get(f"/abort/{code}")
    assert page.status_code == code
    assert len(words(page).split()) > 8
    assert "/abort" not in page.text


def test_a_page_that_breaks_says_so_and_the_journal_names_the_route_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = breaking(tmp_path).get(f"/break/{PRIVATE}?email={PRIVATE}@example.org")
    written = capsys.readouterr()
    journal = written.out + written.err
    assert page.status_code == 500
    assert "Something broke on our side" in words(page)
    assert "route='/break/<word>'" in journal
    assert "fault='LookupError'" in journal
    for text in (PRIVATE, "alice", "Traceback"):
        assert text not in journal
        assert text not in page.text


def test_a_page_says_that_it_broke_even_without_a_database(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    app = create_app(Settings.load({"MENTORLY_INSTANCE": str(tmp_path)}))
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "1:0"
    page = client.get("/home")
    assert page.status_code == 500
    assert "Something broke on our side" in words(page)
    assert "fault='OperationalError'" in capsys.readouterr().err


def test_what_cannot_be_done_by_a_page_says_what_can(client: FlaskClient, cast: Cast) -> None:
    page = client.get("/sign-out")
    assert page.status_code == 405
    assert "POST" in page.headers["Allow"]


def test_too_much_at_once_is_refused_with_a_sentence(app: Flask, cast: Cast) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    page = Browser(app.test_client()).fill("/sign-in", email="x" * 2000, password="x")
    assert page.status_code == 413
    assert "something smaller" in words(page)


def test_pages_have_one_stylesheet_no_script_and_nothing_from_elsewhere(client: FlaskClient, cast: Cast) -> None:
    for path in ("/", "/sign-in", "/password", "/a/forged", "/nothing"):
        page = client.get(path).text
        assert re.findall(r'<link rel="stylesheet" href="([^"]*)"', page) == ["/static/style.css"], path
        assert "<script" not in page, path
        assert "style=" not in page, path
        assert not re.search(r'(src|href|action)="(https?:)?//', page), path


def test_pages_have_their_landmarks(client: FlaskClient, cast: Cast) -> None:
    for path in ("/", "/sign-in", "/password", "/nothing"):
        page = client.get(path).text
        for mark in ("<header", '<main id="content"', "<footer", 'class="skip" href="#content"', "<h1", "<title"):
            assert page.count(mark) == 1, (path, mark)
