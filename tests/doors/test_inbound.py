"""Mail that a program posts, and the console's page of received mails that failed."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from mentorly.app import create_app
from mentorly.config import Settings
from mentorly.emails.letterbox import LARGEST_MESSAGE
from mentorly.emails.received import Received, Stage
from mentorly.extensions import db, keep_mail
from mentorly.mentoring.people import Person
from tests.apps import Apps
from tests.cast import Cast
from tests.doors.conftest import Browser, Mailed, words
from tests.emails.received import messages, name_of

SECRET = "what the mail provider shows"
NEVER = "reply+ae00000000000000@localhost"
BALDERDASH = "balderdash"

Post = Callable[..., TestResponse]


@pytest.fixture
def app(apps: Apps) -> Iterator[Flask]:
    """An application that takes posted mail."""
    with apps.given(MENTORLY_INBOUND_SECRET=SECRET, MENTORLY_METRICS_TOKEN=SECRET) as app:
        yield app


@pytest.fixture
def ours(cast: Cast, mailed: Callable[[], Mailed]) -> str:
    """The address that answers to Alice's mail come back to."""
    cast.propose(datetime.now(UTC))
    return f"reply+{mailed()('match_proposed', 'alice')}@localhost"


@pytest.fixture
def post(app: Flask) -> Post:
    def posting(
        raw: bytes, secret: str = SECRET, headers: dict[str, str] | None = None, **query: object
    ) -> TestResponse:
        shown = {"Authorization": f"Bearer {secret}", **(headers or {})}
        return app.test_client().post("/inbound", data=raw, headers=shown, query_string=query)

    return posting


def reply(headers: str = "", number: int = 1) -> bytes:
    return (
        f"{headers}From: Alice Gagnon <alice@boreal.example.org>\r\nSubject: Re: A match\r\n"
        f"Message-ID: <{number}@boreal.example.org>\r\n\r\nYes. {BALDERDASH}\r\n"
    ).encode()


def kept(session: Session) -> list[tuple[str, str | None, str]]:
    rows = session.scalars(select(Received).order_by(Received.id).execution_options(populate_existing=True))
    found = [(row.recipient, row.envelope_sender, row.door) for row in rows]
    session.rollback()
    return found


def test_a_posted_mail_is_kept_for_whom_the_address_a_header_or_the_mail_itself_names(
    post: Post, cast: Cast, ours: str
) -> None:
    answers = [
        post(reply(number=1), to=[NEVER, ours]),
        post(reply(number=2), headers={"X-Envelope-To": f"{NEVER}, {ours}", "X-Envelope-From": ""}),
        post(reply(f"X-Original-To: {ours}\r\nReturn-Path: <alice@boreal.example.org>\r\n", 3)),
        post(reply(number=4), to=ours, **{"from": "eve@prairie.example.org"}),
    ]
    assert [(one.status_code, one.text) for one in answers] == [(200, "The message is kept.\n")] * 4
    assert post(reply(number=1), to=ours).text == "The message was kept before.\n"
    senders = [None, "", "alice@boreal.example.org", "eve@prairie.example.org"]
    assert kept(cast.session) == [(ours, sender, "web") for sender in senders]


def test_what_is_not_taken_is_told_by_a_code_and_a_sentence(post: Post, cast: Cast, ours: str, app: Flask) -> None:
    large = reply() + b"x" * LARGEST_MESSAGE
    answers = [post(reply(), to=NEVER), post(reply()), post(b"words\n", to=ours), post(large, to=ours)]
    assert [one.status_code for one in answers] == [404, 404, 422, 413]
    assert all(one.text.endswith(".\n") and one.mimetype == "text/plain" for one in answers)
    foreign = post(reply(), headers={"Origin": "https://elsewhere.example.org"}, to=ours)
    assert foreign.status_code == 403
    with app.app_context():
        db.drop_all()
    away = post(reply(), to=ours)
    assert (away.status_code, away.headers["Retry-After"]) == (503, "60")


def test_the_secret_cannot_be_guessed_and_guessing_holds_up_nobody(post: Post, cast: Cast, ours: str) -> None:
    wrong = [post(reply(), secret=f"{SECRET}{number}", to=ours) for number in range(11)]
    assert [one.status_code for one in wrong] == [401] * 10 + [429]
    assert kept(cast.session) == []
    assert post(reply(), to=ours).status_code == 200
    assert post(reply()).headers.get("Set-Cookie") is None


def test_without_a_secret_in_the_settings_there_is_no_such_door(tmp_path: Path) -> None:
    app = create_app(Settings.load({"MENTORLY_INSTANCE": str(tmp_path)}))
    for secret in ("", "None", SECRET):
        answer = app.test_client().post("/inbound", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 404


@pytest.fixture
def failure(cast: Cast, ours: str) -> Received:
    """A message that could not be taken in an hour ago."""
    at = datetime.now(UTC) - timedelta(hours=1)
    raw = reply()
    row = Received(
        fingerprint="0123456789abcdef" * 4, message_id="<1@boreal.example.org>", recipient=ours, size=len(raw), raw=raw,
        envelope_sender=cast.alice.email, door="lmtp", received_at=at, stage=Stage.FAILED, taken_at=at,
        fault="UnicodeError", tries=2,
    )  # fmt: skip
    cast.session.add(row)
    cast.session.commit()
    return row


def test_the_console_shows_of_a_failed_mail_size_time_fault_and_fingerprint_alone(
    browser_of: Callable[[Person | None], Browser], cast: Cast, failure: Received
) -> None:
    dave = browser_of(cast.dave)
    page = dave.get("/console/received")
    said = words(page)
    assert "UnicodeError" in said
    assert "1 KB · tried 2 times" in said
    assert "0123456789abcdef" in said
    for word in (BALDERDASH, "alice@", "Alice", "Re: A match", failure.recipient, "boreal"):
        assert word not in page.text
    assert browser_of(cast.carol).get("/console/received").status_code == 403
    again = dave.fill("/console/received", f"/console/received/{failure.id}/again")
    assert again.status_code == 303
    assert "The message is taken in again" in words(dave.get("/console/received"))
    cast.session.refresh(failure)
    assert (failure.stage, failure.fault) == (Stage.WAITING, "")
    cast.session.commit()
    dave.fill("/console/received", f"/console/received/{failure.id}/again")
    assert "did not fail" in words(dave.get("/console/received"))


def test_readiness_and_metrics_count_what_waits_and_what_failed(
    post: Post, app: Flask, failure: Received, ours: str
) -> None:
    post(reply(number=5), to=ours)
    ready = app.test_client().get("/readyz").json
    assert ready
    assert ready["received"] == {"waiting": 1, "failed": 1}
    metrics = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {SECRET}"}).text
    assert "mentorly_received_waiting 1.0\n" in metrics
    assert "mentorly_received_failed 1.0\n" in metrics


def test_every_real_message_is_posted_and_piped_without_a_crash_or_a_loss(
    post: Post, app: Flask, cast: Cast, ours: str, mail_corpus: Path | None
) -> None:
    files = [path.read_bytes() for path in messages(mail_corpus)]
    names = list(map(name_of, files))
    assert [post(raw, to=ours).status_code for raw in files] == [200 if name else 422 for name in names]
    assert len(kept(cast.session)) == len(set(filter(None, names)))
    cast.session.execute(delete(Received))
    cast.session.commit()
    piped = [f"Delivered-To: {ours}\nReceived: here\n".encode() + raw for raw in files]
    with app.app_context():
        for raw in piped:
            keep_mail(raw, [], None, "pipe")
    assert len(kept(cast.session)) == len(set(map(name_of, piped)))
