"""What watches over the service: /metrics for Prometheus, /readyz, and log lines that name nobody."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from mentorly.app import create_app
from mentorly.config import Misconfigured, Settings
from mentorly.emails.carrying import Came, Outcome
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.received import Received, Stage
from mentorly.emails.standing import Standing
from mentorly.emails.tally import Tally
from mentorly.extensions import db
from mentorly.jobs.upkeep import upkeep_job
from tests.apps import Apps
from tests.cast import Cast, cast_of
from tests.conftest import Queries
from tests.servers import Valkey

TOKEN = "a token of a scraper"
MINUTE = timedelta(minutes=1)

Counting = Callable[[Engine], AbstractContextManager[Queries]]
Samples = dict[tuple[str, ...], float]


@pytest.fixture
def app(apps: Apps, database_url: str) -> Iterator[Flask]:
    """An application that is watched, on each of the databases."""
    with apps.given(MENTORLY_METRICS_TOKEN=TOKEN, MENTORLY_DATABASE_URL=database_url) as app:
        yield app


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def cast(app: Flask, now: datetime) -> Iterator[Cast]:
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as session:
        yield cast_of(session, now)


def closed(cast: Cast, at: datetime, state: State, why_not: str = "", kind: str = "welcome", **more: object) -> None:
    number = cast.session.query(Envelope).count()
    cast.session.add(
        Envelope(
            kind=kind,
            thing_id=number,
            reader_id=cast.alice.id,
            occasion=f"alice@boreal.example.org/{number}",
            moment=at,
            lane=0,
            mark=str(number),
            state=state,
            why_not=why_not,
            collected_at=at,
            send_at=at,
            server_said=f"no <{cast.alice.email}> here",
            **({"closed_at": at} | more),
        )
    )
    cast.session.flush()


def scrape(app: Flask, token: str = TOKEN, **more: object) -> TestResponse:
    return app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"}, **more)


def told(app: Flask) -> Samples:
    """Every sample by its name and its labels' values."""
    answer = scrape(app)
    assert answer.status_code == 200
    samples = [one for family in text_string_to_metric_families(answer.text) for one in family.samples]
    labels = ("when", "state", "kind", "reason", "version", "decision", "verdict")
    return {(one.name, *(one.labels[name] for name in labels if name in one.labels)): one.value for one in samples}


def test_without_a_token_in_the_settings_there_are_no_metrics(tmp_path: Path) -> None:
    app = create_app(Settings.load({"MENTORLY_INSTANCE": str(tmp_path)}))
    assert scrape(app).status_code == 404
    assert scrape(app, "").status_code == 404


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"headers": {"Authorization": "Bearer"}},
        {"headers": {"Authorization": "Bearer "}},
        {"headers": {"Authorization": f"Bearer {TOKEN}x"}},
        {"headers": {"Authorization": "Bearer émoji"}},
        {"headers": {"Authorization": f"Basic {TOKEN}"}},
        {"query_string": {"token": TOKEN, "access_token": TOKEN}},
        {"auth": (TOKEN, TOKEN)},
    ],
)
def test_who_does_not_show_the_token_learns_nothing(app: Flask, shown: dict[str, object]) -> None:
    answer = app.test_client().get("/metrics", **shown)
    assert (answer.status_code, answer.text) == (401, "")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_service_that_has_done_nothing_yet_has_metrics(app: Flask, cast: Cast) -> None:
    samples = told(app)
    assert samples["mentorly_rounds_total",] == 0
    assert samples["mentorly_oldest_waiting_seconds",] == 0
    assert ("mentorly_seconds_since_last_round",) not in samples
    assert [key for key in samples if key[0] == "mentorly_build_info"]


def test_the_metrics_tell_what_waits_what_was_sent_and_how_the_rounds_go(app: Flask, cast: Cast, now: datetime) -> None:
    closed(cast, now, State.SENT)
    closed(cast, now, State.SENT, kind="match_proposed")
    closed(cast, now, State.REFUSED, "5.1.1")
    closed(cast, now, State.REFUSED, "write to bob@boreal.example.org")
    closed(cast, now, State.FAILED, "LookupError", kind="no_longer_there")
    closed(cast, now, State.WAITING, closed_at=None, ready_at=now - 5 * MINUTE)
    closed(cast, now, State.WAITING, closed_at=None, ready_at=now + 5 * MINUTE)
    closed(cast, now, State.SENDING, closed_at=None, ready_at=now)
    Tally.keep_up(cast.session, now)
    Standing.round_done(cast.session, now - 2 * MINUTE, 1.5)
    Standing.round_done(cast.session, now - MINUTE, 2.5)
    cast.session.commit()
    samples = told(app)
    assert samples["mentorly_mails_waiting", "now"] == 1
    assert samples["mentorly_mails_waiting", "later"] == 1
    assert samples["mentorly_mails_sending",] == 1
    assert samples["mentorly_oldest_waiting_seconds",] >= 300
    assert samples["mentorly_mails_total", "sent", "welcome"] == 1
    assert samples["mentorly_mails_total", "sent", "match_proposed"] == 1
    assert samples["mentorly_mails_total", "failed", "other"] == 1
    assert samples["mentorly_refused_total", "5.1.1"] == 1
    assert samples["mentorly_refused_total", "other"] == 1
    assert samples["mentorly_rounds_total",] == 2
    assert samples["mentorly_round_seconds_total",] == 4
    assert samples["mentorly_last_round_seconds",] == 2.5
    assert samples["mentorly_seconds_since_last_round",] >= 60
    assert samples["mentorly_post_stopped", "ours"] == samples["mentorly_post_stopped", "unreachable"] == 0


def test_what_came_in_within_a_day_is_told_by_its_decision_and_bounces_by_their_verdict(
    app: Flask, cast: Cast, now: datetime
) -> None:
    closed(cast, now, State.SENT, bounce="permanent", bounced_at=now)
    (envelope,) = cast.session.query(Envelope)
    came = [("bounce", now), ("complaint", now), ("taken", now), ("taken", now - 30 * MINUTE)]
    for number, (decision, at) in enumerate([*came, ("bounce", now - timedelta(days=2))]):
        cast.session.add(
            Received(
                fingerprint=str(number),
                recipient=f"reply+{number}@localhost",
                size=1,
                door="lmtp",
                received_at=at,
                stage=Stage.TAKEN,
                taken_at=at,
                decision=decision,
                envelope_id=envelope.id,
                raw=b"!",
            )
        )
    cast.session.commit()
    samples = told(app)
    assert {key[1]: number for key, number in samples.items() if key[0] == "mentorly_received_last_day"} == {
        "bounce": 1,
        "complaint": 1,
        "taken": 2,
    }
    assert samples["mentorly_bounced_last_day", "permanent"] == 1


def test_a_post_that_stands_still_is_told_by_its_reason(app: Flask, cast: Cast, now: datetime) -> None:
    Standing.stop(cast.session, Outcome(Came.OURS, "535 wrong password", "5.7.8"), now)
    cast.session.commit()
    samples = told(app)
    assert (samples["mentorly_post_stopped", "ours"], samples["mentorly_post_stopped", "unreachable"]) == (1, 0)


def test_personal_kinds_are_counted_together(
    app: Flask, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = app.extensions["mentorly"].register
    for kind in ("match_reserved", "match_lapsed"):
        monkeypatch.setattr(type(register[kind]), "personal", True)
        closed(cast, now, State.SENT, kind=kind)
    Tally.keep_up(cast.session, now)
    cast.session.commit()
    assert told(app)["mentorly_mails_total", "sent", "personal"] == 2
    assert "match_" not in scrape(app).text


def test_the_metrics_name_nobody(app: Flask, cast: Cast, now: datetime) -> None:
    for state in State:
        closed(cast, now, state, f"{cast.bob.name} <{cast.bob.email}>", kind=f"{state}_{cast.eve.first_name}")
    Tally.keep_up(cast.session, now)
    Standing.stop(cast.session, Outcome(Came.OURS, f"no {cast.dave.email}"), now)
    cast.session.commit()
    text = scrape(app).text.lower()
    for person in (cast.alice, cast.bob, cast.carol, cast.dave, cast.eve):
        assert person.email not in text
        for name in person.name.lower().split():
            assert name not in text
    assert "example.org" not in text


def test_a_scrape_asks_seven_queries_however_much_there_is(
    app: Flask, cast: Cast, now: datetime, count_queries: Counting
) -> None:
    counts = []
    for many in (1, 60):
        for number in range(many):
            closed(cast, now - number * MINUTE, State.REFUSED, f"5.{number}.1", kind=f"kind_{number}")
            closed(cast, now, State.WAITING, closed_at=None, ready_at=now)
        Tally.keep_up(cast.session, now)
        cast.session.commit()
        with app.app_context(), count_queries(db.engine) as queries:
            scrape(app)
        counts.append(sum(one.startswith("SELECT") and "pg_catalog" not in one for one in queries.statements))
    assert counts[0] == counts[1] == 7


def test_the_daily_upkeep_folds_away_and_the_metrics_stay(app: Flask, cast: Cast, now: datetime) -> None:
    for years in (0, 1, 3, 3, 3):
        closed(cast, now - timedelta(days=366 * years), State.SENT, kind="password_changed")
    Tally.keep_up(cast.session, now)
    cast.session.commit()
    before = told(app)["mentorly_mails_total", "sent", "password_changed"]
    with app.app_context():
        upkeep_job()
    cast.session.commit()
    assert before == told(app)["mentorly_mails_total", "sent", "password_changed"] == 5
    assert cast.session.query(Envelope).count() <= 3


def ready(app: Flask) -> tuple[int, dict[str, object]]:
    answer = app.test_client().get("/readyz")
    assert answer.json
    return answer.status_code, answer.json


def test_a_service_whose_mail_server_is_away_is_ready_for_two_minutes(tmp_path: Path, valkey: Valkey) -> None:
    app = create_app(Settings.load({"MENTORLY_INSTANCE": str(tmp_path), "MENTORLY_REDIS_URL": valkey.url}))
    away = Outcome(Came.UNREACHABLE, "The mail server mx.example.org cannot be reached.")
    with app.app_context():
        db.create_all()
        assert ready(app)[1]["post"] == {"stopped": False}
        for minutes, code in ((1, 200), (3, 503)):
            began = datetime.now(UTC) - minutes * MINUTE
            Standing.go_on(db.session())
            Standing.stop(db.session(), away, began)
            db.session.commit()
            status, said = ready(app)
            assert (status, said["ready"]) == (code, code == 200)
            assert said["post"] == {"stopped": True, "since": began.isoformat(), "by": "cannot be reached"}
        Standing.stop(db.session(), Outcome(Came.OURS, "535 wrong password"), datetime.now(UTC))
        db.session.commit()
        status, said = ready(app)
        assert (status, said["post"]["by"]) == (503, "refused us")  # type: ignore[index]  # JSON
        db.engine.dispose()


def test_log_lines_can_be_json_also_those_of_libraries(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # as in a process of its own
    app = create_app(Settings.load({"MENTORLY_INSTANCE": str(tmp_path), "MENTORLY_LOG_FORMAT": "json"}))

    @app.get("/break/<word>")
    def break_down(word: str) -> str:
        raise LookupError(f"{word} and alice@boreal.example.org")

    app.test_client().get("/break/a-private-word?email=bob@boreal.example.org")
    structlog.get_logger().info("round", sent=3)
    logging.getLogger("rq.worker").warning("Redis is %s", "away")
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    assert [line["event"] for line in lines] == ["page failed", "round", "Redis is away"]
    assert [line["level"] for line in lines] == ["error", "info", "warning"]
    assert lines[0]["route"] == "/break/<word>"
    assert lines[1]["sent"] == 3
    assert all("timestamp" in line for line in lines)
    assert "private" not in written
    assert "example.org" not in written


def test_another_format_of_log_lines_is_refused() -> None:
    with pytest.raises(Misconfigured, match="MENTORLY_LOG_FORMAT is malformed: write text or json"):
        Settings.load({"MENTORLY_LOG_FORMAT": "xml"})


def test_the_token_is_a_secret() -> None:
    assert TOKEN not in repr(Settings.load({"MENTORLY_METRICS_TOKEN": TOKEN}))
