"""The console's page of the post, and the retention of programs: who may look, what it says, and what it costs."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from mentorly.blueprints.console.post import HEIGHT, MEANINGS, bars, meaning
from mentorly.emails.carrying import Came, Outcome
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.post_state import Hour
from mentorly.emails.standing import Standing
from mentorly.emails.tally import Tally
from mentorly.extensions import db
from mentorly.mentoring.audit import AuditEntry
from mentorly.mentoring.people import Person
from tests.cast import Cast
from tests.conftest import Queries
from tests.doors.conftest import Browser

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
LARGEST_PAGE = 40_000

Counting = Callable[[Engine], AbstractContextManager[Queries]]


def words(page: str) -> str:
    """What a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.partition("<main")[2])).split())


def entered(app: Flask, person: Person) -> FlaskClient:
    """A browser in which somebody has signed in."""
    person.session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = f"{person.id}:{person.sessions}"
        cookie["_fresh"] = True
    return client


@pytest.fixture
def moment() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def dave(app: Flask, cast: Cast) -> Callable[[str], str]:
    """Dave the administrator opens a page of the console."""

    def opens(path: str) -> str:
        answer = entered(app, cast.dave).get("/console" + path)
        assert answer.status_code == 200, answer.text[:500]
        return unescape(answer.text)

    return opens


def envelope(cast: Cast, at: datetime, state: State, why_not: str = "", **more: object) -> None:
    number = cast.session.query(Envelope).count()
    cast.session.add(
        Envelope(
            kind="welcome",
            thing_id=number,
            reader_id=cast.alice.id,
            occasion=str(number),
            moment=at,
            lane=0,
            mark=str(number),
            state=state,
            why_not=why_not,
            collected_at=at,
            send_at=at,
            **more,
        )
    )
    cast.session.flush()


def closed(cast: Cast, at: datetime, state: State, why_not: str = "") -> None:
    envelope(cast, at, state, why_not, closed_at=at)


def stop(cast: Cast, came: Came, words: str, since: datetime) -> None:
    Standing.stop(cast.session, Outcome(came, words), since)
    cast.session.commit()


@pytest.mark.parametrize(("name", "status"), [("bob", 403), ("carol", 403), ("dave", 200)])
def test_administrators_alone_see_the_state_of_the_post(app: Flask, cast: Cast, name: str, status: int) -> None:
    assert entered(app, getattr(cast, name)).get("/console/post").status_code == status
    link = 'href="/console/post"'
    assert (link in entered(app, getattr(cast, name)).get("/console").text) == (status == 200)


def test_a_quiet_post_says_so(dave: Callable[[str], str], cast: Cast) -> None:
    page = dave("/post")
    assert "Nothing waits." in page
    assert "No round has been done yet." in page
    assert page.count("<rect") == 0


def test_a_post_that_is_refused_says_since_when_what_was_said_and_what_to_do(
    dave: Callable[[str], str], cast: Cast, moment: datetime
) -> None:
    stop(cast, Came.OURS, "535 5.7.8 <wrong> password", moment)
    for path in ("", "/post"):
        page = dave(path)
        assert "Our mail server refuses our mails" in page
        assert "535 5.7.8 <wrong> password" in page
        assert "One mail tries again at" in page
        assert "check the user, the password and the sender" in page
        assert 'role="alert"' in page
    Standing.go_on(cast.session)
    assert "refuses" not in dave("") + dave("/post")


def test_a_mail_server_that_is_away_is_alarming_after_two_minutes(
    dave: Callable[[str], str], cast: Cast, moment: datetime
) -> None:
    stop(cast, Came.UNREACHABLE, "The mail server cannot be reached.", moment)
    assert "did not answer a moment ago" in dave("/post")
    assert "What to do" not in dave("") + dave("/post")
    Standing.go_on(cast.session)
    stop(cast, Came.UNREACHABLE, "The mail server cannot be reached.", moment - 3 * MINUTE)
    for path in ("", "/post"):
        assert "Our mail server cannot be reached" in dave(path)


def test_a_lead_is_not_told_what_the_mail_server_said(app: Flask, cast: Cast, moment: datetime) -> None:
    stop(cast, Came.OURS, "535 wrong password", moment)
    assert "wrong password" not in entered(app, cast.carol).get("/console").text


def test_the_page_says_why_mails_wait(dave: Callable[[str], str], cast: Cast, moment: datetime) -> None:
    for minutes, more in ((-7, {}), (10, {"tries": 4}), (20, {"tries": 1}), (30, {"doubts": 1}), (40, {})):
        envelope(cast, moment, State.WAITING, ready_at=moment + minutes * MINUTE, **more)
    page = words(dave("/post"))
    assert "has been waiting for 7 minutes" in page
    assert "2 mails were put off by their recipients’ mail servers. Tried up to 4 times so far." in page
    assert "Of one mail nobody knows whether it arrived" in page
    assert "One mail waits for its moment" in page


def test_workers_that_are_gone_are_noticed(dave: Callable[[str], str], cast: Cast, moment: datetime) -> None:
    Standing.round_done(cast.session, moment - MINUTE, 2.2)
    page = words(dave("/post"))
    assert "took 2 seconds" in page
    assert "No round has been done" not in page
    Standing.round_done(cast.session, moment - 20 * MINUTE, 2.2)
    assert "No round has been done since" in dave("/post")


def test_refusals_are_told_in_plain_words_with_the_way_to_whom_it_was_for(
    dave: Callable[[str], str], cast: Cast, moment: datetime
) -> None:
    for code in ("5.1.1", "5.2.2", "5.2.2", "5.7.26", "alice@boreal.example.org"):
        closed(cast, moment, State.REFUSED, code)
    Tally.keep_up(cast.session, moment)
    page = dave("/post")
    told = words(page)
    assert "2 mails 5.2.2 The mailbox is full." in told
    assert "One mail 5.1.1 There is no such mailbox." in told
    assert "One mail 5.7.26 The recipient's mail server does not trust ours" in told
    assert "alice@" not in page
    assert 'href="/console/deliveries?state=refused"' in page


@pytest.mark.parametrize("code", [*MEANINGS, "5.9.9", "other", ""])
def test_every_code_has_a_meaning(app: Flask, code: str) -> None:
    with app.test_request_context():
        assert len(meaning(code).split()) >= 4


def test_the_picture_and_its_table_show_the_same_hours(
    dave: Callable[[str], str], cast: Cast, moment: datetime
) -> None:
    for _ in range(3):
        closed(cast, moment, State.SENT)
    closed(cast, moment - 5 * HOUR, State.REFUSED, "5.1.1")
    Tally.keep_up(cast.session, moment, since=moment - 25 * HOUR)
    page = dave("/post")
    assert re.findall(r'<rect class="(\w+)"', page) == ["refused", "sent"]
    rows = re.findall(r'<td class="number">(\d+)</td><td class="number">(\d+)</td>', page)
    assert len(rows) == 24
    assert (rows[-1], rows[-6]) == (("3", "0"), ("0", "1"))
    assert 'role="img" aria-labelledby="day-title day-told"' in page
    assert "3 sent, 1 refused; at most 3 in an hour." in page
    assert "style=" not in page
    assert "<script" not in page


@pytest.mark.parametrize("most", [1, 7, 250_000])
def test_nothing_sticks_out_of_the_picture_and_one_mail_among_thousands_is_seen(most: int) -> None:
    began = datetime(2027, 3, 1, 15, tzinfo=UTC)
    shown = bars([Hour(began, sent=most, refused=1, other=1), Hour(began), Hour(began, sent=1)])
    assert [bar.what for bar in shown] == ["sent", "refused", "other", "sent"]
    assert all(bar.height >= 2 and bar.y >= 0 and bar.y + bar.height <= HEIGHT for bar in shown)


def test_the_pages_cost_the_same_however_much_there_is(
    app: Flask, dave: Callable[[str], str], cast: Cast, moment: datetime, count_queries: Counting
) -> None:
    costs = []
    for many in (1, 80):
        for number in range(many):
            closed(cast, moment - number * 10 * MINUTE, State.REFUSED, f"5.1.{number}")
            envelope(cast, moment, State.WAITING, ready_at=moment, tries=number)
        Tally.keep_up(cast.session, moment, since=moment - 25 * HOUR)
        cast.session.commit()
        for path in ("", "/post"):
            with app.app_context(), count_queries(db.engine) as queries:
                page = dave(path)
            costs.append(len(queries))
    assert costs[:2] == costs[2:]
    assert len(page.encode()) < LARGEST_PAGE


def test_the_page_speaks_french(app: Flask, cast: Cast, moment: datetime) -> None:
    cast.dave.language = "fr"
    stop(cast, Came.OURS, "535", moment)
    page = words(entered(app, cast.dave).get("/console/post").text)
    assert "État de l’acheminement" in page
    assert "Notre serveur de courriel refuse nos courriels" in page


@pytest.mark.parametrize(
    ("what", "field", "deed", "said"),
    [
        ("retention", "retention_months", "retention_set", "The record of its mails is kept for {} months"),
        (
            "words",
            "words_months",
            "words_retention_set",
            "What is written in a relationship is deleted {} months after its end",
        ),
    ],
)
def test_a_program_says_how_long_things_are_kept_and_an_administrator_changes_it(
    app: Flask, cast: Cast, dave: Callable[[str], str], what: str, field: str, deed: str, said: str
) -> None:
    assert said.format(24) in dave("/programs")
    browser = Browser(entered(app, cast.dave))
    path = f"/console/programs/{cast.program.id}/{what}"
    assert browser.fill("/console/programs", path, **{field: "36"}).status_code == 303
    assert said.format(36) in dave("/programs")
    for wrong in ("5", "121", "", "x"):
        answer = browser.fill("/console/programs", path, **{field: wrong})
        assert answer.status_code == 422
        form = answer.text[answer.text.index('<details class="whole" open>') :]
        form = form[: form.index("</details>")]
        assert f'name="{field}" value="{wrong}"' in form, "what was typed stays, where it was typed"
        assert form.count('role="alert"') == answer.text.count('role="alert"') == 1
    assert said.format(36) in dave("/programs")
    assert browser.fill("/console/programs", path, **{field: "36"}).status_code == 303, "as it is already"
    assert cast.session.scalars(select(AuditEntry.deed)).all() == [deed]
    cast.session.commit()
    assert browser.fill("/console/programs", f"/console/programs/99/{what}", **{field: "36"}).status_code == 404
    carol = Browser(entered(app, cast.carol))
    assert carol.fill("/console/people/new", path, **{field: "12"}).status_code == 403


def test_a_new_program_is_given_a_retention(app: Flask, cast: Cast, dave: Callable[[str], str]) -> None:
    browser = Browser(entered(app, cast.dave))
    fields = {"name": "Second", "kind": "one-on-one", "starts_on": "2027-03-01"}
    assert browser.fill("/console/programs", **fields, retention_months="7", words_months="8").status_code == 303
    assert "kept for 7 months" in dave("/programs")
    assert "deleted 8 months after its end" in dave("/programs")
    answer = browser.fill("/console/programs", **fields | {"name": "Third"}, retention_months="3")
    assert answer.status_code == 422
    assert 'value="3"' in answer.text
