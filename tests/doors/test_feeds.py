"""The calendar feeds: an address for each person, with the same meetings at the same times as in their mails."""

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from mentorly.calendars.received_lines import calendar_of
from mentorly.emails import spoken
from mentorly.emails.feeding import feed_token
from mentorly.emails.post_office import PostOffice
from mentorly.mentoring.people import Person
from mentorly.mentoring.planning import propose
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.whereabouts import Where
from tests.cast import Cast, Keeper
from tests.conftest import skip
from tests.doors.conftest import Browser, words

DAY = timedelta(days=1)
ZONES = ("America/St_Johns", "Europe/Paris", "Africa/Casablanca")
# What Mozilla's calendar library makes of a feed: the UID and the instant of each event.
IMPORT = """
import ICAL from "ical.js"; import { readFileSync } from "fs";
const whole = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
for (const zone of whole.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
const events = whole.getAllSubcomponents("vevent").map(one => new ICAL.Event(one));
console.log(JSON.stringify(Object.fromEntries(events.map(one => [one.uid, one.startDate.toJSDate().toISOString()]))));
"""


@pytest.fixture
def together(cast: Cast) -> Relationship:
    """Alice and Bob, matched."""
    cast.bob.language = "en"
    relationship = cast.propose(datetime.now(UTC)).accept(cast.alice, datetime.now(UTC))
    cast.session.commit()
    return relationship


@pytest.fixture
def fetched(app: Flask, office: PostOffice) -> Callable[..., TestResponse]:
    """Fetches somebody's feed, as a calendar program does."""

    def fetch(person: Person, method: str = "GET", **headers: str) -> TestResponse:
        path = f"/calendar/{feed_token(office.desk.tokens, person)}.ics"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return app.test_client().open(path, method=method, headers=named)

    return fetch


def events(answer: TestResponse) -> Mapping[str, Mapping[str, str]]:
    """What a feed says of each event, by its UID."""
    found = calendar_of(answer.data).within("VEVENT")
    names = ("SEQUENCE", "STATUS", "SUMMARY", "LOCATION", "DTSTART")
    return {one.text("UID"): {name: one.text(name) for name in names} for one in found}


def test_a_feed_holds_the_meetings_of_its_owner_under_the_uids_of_the_invitations(
    cast: Cast, together: Relationship, office: PostOffice, fetched: Callable[..., TestResponse]
) -> None:
    now, keeper = datetime.now(UTC), Keeper()
    meeting = propose(together, cast.bob, [now + 8 * DAY], now, where=Where(place="Room 4"))
    propose(together, cast.bob, [now + 9 * DAY, now + 10 * DAY], now)
    cast.session.commit()
    office.round(lambda: now, keeper)
    mails = [message_from_bytes(data, policy=default) for _, to, data in keeper.carried if to == cast.alice.email]
    parts = [part for mail in mails for part in mail.walk()]
    (invited,) = (part.get_content() for part in parts if part.get_content_type() == "text/calendar")
    assert f"UID:{meeting.uid}" in invited
    told = events(fetched(cast.alice))
    assert list(told) == [meeting.uid], "what has no time yet is in no calendar"
    assert told[meeting.uid]["LOCATION"] == "Room 4"
    assert f"UID:{meeting.uid}" in invited
    assert events(fetched(cast.eve)) == {}


def test_what_was_called_off_is_shown_as_off_to_who_was_invited(
    cast: Cast, together: Relationship, office: PostOffice, fetched: Callable[..., TestResponse]
) -> None:
    now = datetime.now(UTC)
    known, unknown = (propose(together, cast.bob, [now + days * DAY], now) for days in (8, 9))
    unknown.call_off(cast.bob, "", now)
    cast.session.commit()
    office.round(lambda: now, Keeper())
    known.call_off(cast.bob, "I am ill", now + timedelta(minutes=1))
    cast.session.commit()
    answer = fetched(cast.alice)
    assert {uid: told["STATUS"] for uid, told in events(answer).items()} == {known.uid: "CANCELLED"}
    assert events(answer)[known.uid]["SEQUENCE"] == "1"
    assert b"I am ill" not in answer.data


def test_a_calendar_that_has_it_already_is_told_so(
    cast: Cast, together: Relationship, fetched: Callable[..., TestResponse]
) -> None:
    now = datetime.now(UTC)
    meeting = propose(together, cast.bob, [now + 8 * DAY], now)
    cast.session.commit()
    first = fetched(cast.alice)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "Set-Cookie" not in first.headers
    tag, changed = first.headers["ETag"], first.headers["Last-Modified"]
    for asked in ({"If_None_Match": tag}, {"If_Modified_Since": changed}):
        again = fetched(cast.alice, **asked)
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    head = fetched(cast.alice, "HEAD")
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", tag)
    meeting.change(cast.bob, now + timedelta(minutes=1), starts_at=now + 9 * DAY)
    cast.session.commit()
    for asked in ({"If_None_Match": tag}, {"If_Modified_Since": changed}):
        assert fetched(cast.alice, **asked).status_code == 200


@pytest.mark.parametrize("token", ["x", "sample", "aeaaaaaaaaaaaaaaaaaaa", "a" * 200])
def test_another_address_is_nobody_s_and_says_so(app: Flask, cast: Cast, token: str) -> None:
    answer = app.test_client().get(f"/calendar/{token}.ics")
    assert answer.status_code == 404
    assert "There is no calendar at this address." in words(answer)


def test_a_token_for_something_else_opens_no_feed(app: Flask, cast: Cast, office: PostOffice) -> None:
    for purpose in ("answer", "unsubscribe", "person in relationship"):
        token = office.desk.tokens.make(purpose, cast.alice.id, 0)
        assert app.test_client().get(f"/calendar/{token}.ics").status_code == 404


def test_a_new_address_ends_the_old_one(
    browser_of: Callable[..., Browser], cast: Cast, fetched: Callable[..., TestResponse]
) -> None:
    browser = browser_of(cast.alice)
    page = browser.get("/profile").text
    address = re.search(r'href="(webcal://[^"]+)"', page)
    assert address
    path = address[1].partition("/calendar")[2]
    assert browser.get(f"/calendar{path}").status_code == 200
    assert browser.fill("/profile", "/profile/calendar").status_code == 303
    assert browser.get(f"/calendar{path}").status_code == 404
    cast.session.refresh(cast.alice)
    assert fetched(cast.alice).status_code == 200
    assert path not in browser.get("/profile").text


def test_a_corrected_address_ends_the_feed_too(cast: Cast, office: PostOffice) -> None:
    before = feed_token(office.desk.tokens, cast.eve)
    cast.eve.correct_address("eve@elsewhere.example.org", cast.dave, datetime.now(UTC))
    assert feed_token(office.desk.tokens, cast.eve) != before


@pytest.mark.parametrize("zone", ZONES)
def test_another_calendar_program_shows_the_times_that_the_mails_say(
    cast: Cast, together: Relationship, office: PostOffice, fetched: Callable[..., TestResponse],
    mail_judges: Path | None, tmp_path: Path, zone: str,
) -> None:  # fmt: skip
    if mail_judges is None:
        skip("no independent calendar program was found", "set MAIL_JUDGES to the folder of check_ics")
    now, keeper = datetime.now(UTC), Keeper()
    cast.alice.timezone = zone
    planned = [propose(together, cast.bob, [now + days * DAY], now) for days in (3, 60, 120)]
    cast.session.commit()
    office.round(lambda: now, keeper)
    answer = fetched(cast.alice)
    path = tmp_path / "feed.ics"
    path.write_bytes(answer.data)
    judged = subprocess.run([mail_judges / "check_ics", "--json", "--no-imip", path], capture_output=True, check=False)
    assert judged.returncode == 0, judged.stdout.decode()
    node, library = ["node", "--input-type=module", "-e", IMPORT], mail_judges / "check_ics.d"
    shown = subprocess.run(node, input=path.read_bytes(), cwd=library, capture_output=True, check=False)
    instants = {uid: datetime.fromisoformat(said) for uid, said in json.loads(shown.stdout).items()}
    assert instants == {one.uid: one.starts_at.replace(microsecond=0) for one in planned}
    mails = [message_from_bytes(data, policy=default) for _, to, data in keeper.carried if to == cast.alice.email]
    told = " ".join(" ".join(mail.get_body(("plain",)).get_content().split()) for mail in mails)
    for instant in instants.values():
        assert spoken.at_time(instant, "en", zone).replace("\u00a0", " ").replace("\u202f", " ") in told
