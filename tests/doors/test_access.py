"""Every door with every hat: what comes of asking is what the table of access.py says, and nothing else changes."""

import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from mentorly.app import create_app
from mentorly.config import Settings
from mentorly.emails.scanning import find_mails
from mentorly.extensions import limiter
from mentorly.mentoring.instrument_files import sources
from tests.apps import Apps
from tests.doors.access import ASKED, HATS, MEETINGS, OBJECTIVES, REPORTS, ROWS, Comes, Row
from tests.doors.access_page import page_of
from tests.doors.signing import csrf_of, sign_in
from tests.doors.world import PASSWORD, World, world_of
from tests.optional_mail import nudge_in

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
SECRETS = {"MENTORLY_METRICS_TOKEN": "what the scraper shows", "MENTORLY_INBOUND_SECRET": "what the server shows"}
METHODS = {"GET", "POST"}
SEEN = re.compile(r'name="seen" value="([^"]*)"')

TAKEN_BACK = {
    "mentor": {"POST /report/{draft}/discard"},
    "mentee": {"POST /asked/{shared_sheet}/unshare", "POST /concerns/{together}/withdraw"},
}

pytestmark = pytest.mark.xdist_group("access")  # one world serves them all


@dataclass
class House:
    """The application with its world, which is put back whenever something has changed it."""

    app: Flask
    world: World
    live: sqlite3.Connection
    kept: sqlite3.Connection

    def version(self) -> int:
        """A number that another one's commit changes (SQLite's data_version)."""
        (number,) = self.live.execute("PRAGMA data_version").fetchone()
        return int(number)

    def put_back(self) -> None:
        """Let nothing have happened."""
        self.kept.backup(self.live)

    def address(self, row: Row) -> str:
        """Where a door is in this world."""
        return row.address.format(**self.world.places)


@pytest.fixture(scope="module")
def house(apps: Apps, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all: the world is made once, and asked several thousand times."""
    register = find_mails(nudge_in(tmp_path_factory.mktemp("mails") / "nudging"))
    with apps.given(**SECRETS) as app:
        app.extensions["mentorly"] = replace(app.extensions["mentorly"], register=register)
        world = world_of(app)
        path = Path(app.instance_path) / "mentorly.sqlite"
        with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(":memory:")) as kept:
            live.backup(kept)
            yield House(app, world, live, kept)


def browser_of(house: House, hat: str) -> tuple[FlaskClient, str, str]:
    """A browser of who wears this hat, its cookie, and the token of its forms."""
    browser = house.app.test_client()
    limiter.reset()
    if hat != "nobody":
        sign_in(browser, house.world.addresses[hat], PASSWORD)
    token = csrf_of(browser.get("/password").text)
    cookie = browser.get_cookie(house.app.config["SESSION_COOKIE_NAME"])
    assert cookie
    return browser, cookie.value, token


@pytest.mark.parametrize("hat", HATS)
def test_every_door_opens_to_whom_the_table_says(house: House, hat: str) -> None:
    """What is looked at changes nothing, and neither does what is refused."""
    browser, cookie, token = browser_of(house, hat)
    house.put_back()
    wrong = []
    for row in ROWS:
        browser.set_cookie(house.app.config["SESSION_COOKIE_NAME"], cookie)
        page, changed = gone_through(house, browser, token, row)
        came = what_came(page, row)
        if came != row.comes[hat]:
            wrong.append(f"{row.name}: {came} ({page.status_code}), not {row.comes[hat]}")
        if changed and (row.method == "GET" or row.comes[hat] != Comes.YES):
            wrong.append(f"{row.name}: something is changed")
        if changed:
            house.put_back()
    assert not wrong, "\n".join(wrong)


MIDWAY = "/console/instruments/{program}/midway_mentee"
DRAFTED = "/console/instruments/{program}/midway_mentor"
ROSTER = "email,name,role,organization\nz@world.example.org,Zoe Roy,mentee,Cedar Optics\n"
# What the console's longer forms are sent with, for the record of acts. file: what it holds; seen: the page that tells
# the form what its reader has seen.
FORMS: Mapping[str, Mapping[str, str]] = {
    "/console/people/import": {"program": "{program}", "do": "import", "file": ROSTER},
    "/console/people/{mentee}/erase": {"email": "bob@boreal.example.org"},
    "/console/matching/propose": {"program": "{program}", "pair": "{free_mentor}-{unasked}"},
    "/console/programs": {"name": "Another", "kind": "one-on-one", "starts_on": "{soon}"},
    "/console/documents": {"program": "{program}", "title_en": "It", "title_fr": "It", "purpose": "general"}
    | {"language": "en", "file": "%PDF-1.7\n1 0 obj\n%%EOF\n"},
    "/console/documents/{document}/version": {"language": "en", "file": "%PDF-1.7\n2 0 obj\n%%EOF\n"},
    "/console/instruments/{program}": {"title_en": "Another", "start": ""},
    f"{MIDWAY}/about": {"title_en": "Another", "seen": f"{MIDWAY}/about"},
    f"{MIDWAY}/file": {"file": sources()["midway_mentee"], "seen": MIDWAY},
    f"{MIDWAY}/new-question": {"kind": "line", "en": "Why?", "fr": "Pourquoi?"},
    f"{MIDWAY}/questions/{{question}}": {"en": "Why?", "seen": f"{MIDWAY}/questions/{{question}}"},
    f"{MIDWAY}/order": {"down": "{question}"},
    f"{DRAFTED}/put-to-use": {"seen": f"{DRAFTED}/edit"},
    f"{DRAFTED}/throw-away": {"seen": f"{DRAFTED}/edit"},
}


def test_every_form_of_the_console_leaves_its_line_in_the_record_of_acts(house: House) -> None:
    """A form that changes something leaves one that names who sent it; one that changes nothing leaves none."""
    browser, cookie, token = browser_of(house, "admin")
    (dave,) = house.live.execute("SELECT id FROM person WHERE email = ?", [house.world.addresses["admin"]]).fetchone()
    house.put_back()
    left, silent = set(), []
    rows = [row for row in ROWS if row.method == "POST" and row.comes["admin"] == Comes.YES]
    asked = [(row.address, dict(parse_qsl(row.typed or "", keep_blank_values=True))) for row in rows]
    for place, form in (*(one for one in asked if one[0].startswith("/console")), *FORMS.items()):
        browser.set_cookie(house.app.config["SESSION_COOKIE_NAME"], cookie)
        address, typed = place.format(**house.world.places), filled_in(house, browser, form)
        before = house.version()
        browser.post(address, data={"csrf_token": token} | typed)
        by = [by_id for (by_id,) in house.live.execute("SELECT by_id FROM audit_entry")]
        if (house.version() != before) != bool(by) or set(by) - {dave}:
            silent.append(address)
        if by:
            rule, _ = house.app.url_map.bind("").match(address, method="POST", return_rule=True)
            left.add(rule.rule)
        house.put_back()
    assert silent == []
    forms = {rule.rule for rule in house.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert sorted({rule for rule in forms if rule.startswith("/console")} - left) == []


def filled_in(house: House, browser: FlaskClient, form: Mapping[str, str]) -> dict[str, object]:
    """A form of this world."""
    file = {"file": (BytesIO(form["file"].encode()), "it")} if "file" in form else {}
    typed = {name: said.format(**house.world.places) for name, said in form.items() if name != "file"}
    seen = {"seen": SEEN.findall(browser.get(typed["seen"]).text)[0]} if "seen" in typed else {}
    return {**typed, **seen, **file}


def gone_through(house: House, browser: FlaskClient, token: str, row: Row) -> tuple[TestResponse, bool]:
    """Go through a door; what comes of it, and whether anything is changed."""
    limiter.reset()
    before = house.version()
    typed = dict(parse_qsl((row.typed or "").format(**house.world.places), keep_blank_values=True))
    page = browser.open(house.address(row), method=row.method, data={"csrf_token": token} | typed)
    return page, house.version() != before


def what_came(page: TestResponse, row: Row) -> str:
    """What an answer says of whether one may; a form that was left empty may be found faulty by who may send it."""
    if page.status_code == 303 and page.headers["Location"].startswith("/sign-in"):
        return Comes.SIGN_IN
    if page.status_code == 401 and row.address in {"/inbound", "/metrics"}:
        return Comes.YES
    if page.status_code in {409, 422, 410} and row.typed is not None:
        return Comes.REFUSED
    told = {401: Comes.SIGN_IN, 403: Comes.FORBIDDEN, 404: Comes.NOT_HERE}
    is_well = page.status_code < 500 or row.address == "/readyz"
    return told.get(page.status_code, Comes.YES if is_well else str(page.status_code))


def test_the_table_has_a_row_for_every_route_and_no_row_twice(house: House) -> None:
    """Whoever adds a page says here who may open it."""
    told = set()
    for row in ROWS:
        path = house.address(row).partition("?")[0]
        try:
            rule, _ = house.app.url_map.bind("").match(path, method=row.method, return_rule=True)
        except HTTPException:
            pytest.fail(f"{row.name} leads nowhere")
        told.add((row.method, rule.rule))
    routes = {(method, rule.rule) for rule in house.app.url_map.iter_rules() for method in METHODS & rule.methods}
    assert sorted(routes - told) == []
    doors = [(row.name, row.typed) for row in ROWS]
    assert len(doors) == len(set(doors))


@pytest.mark.parametrize("hat", ["mentor", "mentee"])
def test_thirty_days_after_its_end_a_relationship_can_only_be_read(house: House, hat: str) -> None:
    """Every door of its members is tried; what one has said to others may still be taken back (rules C10)."""
    browser, _, token = browser_of(house, hat)
    long_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=31)
    changing = set()
    with closing(sqlite3.connect(":memory:")) as ended:
        house.kept.backup(ended)
        ended.execute("UPDATE relationship SET ended_at = ?", (str(long_ago),))
        off = "UPDATE meeting SET stage = 'off' WHERE held IS NULL AND coalesce(ends_at > ?, 1)"
        ended.execute(off, (str(long_ago),))
        ended.commit()
        ended.backup(house.live)
        for row in (*MEETINGS, *OBJECTIVES, *ASKED, *REPORTS):
            if row.method == "POST" and gone_through(house, browser, token, row)[1]:
                changing.add(row.name)
                ended.backup(house.live)
    assert changing == TAKEN_BACK[hat]


def test_no_route_is_asked_by_another_method(house: House) -> None:
    methods = {method for rule in house.app.url_map.iter_rules() for method in rule.methods or ()}
    assert methods <= METHODS | {"HEAD", "OPTIONS"}


def test_a_playground_adds_its_own_pages_alone(house: House, tmp_path: Path) -> None:
    """They keep nothing from anybody, at localhost alone: no table is needed."""
    playground = create_app(Settings.load({"MENTORLY_INSTANCE": str(tmp_path), "MENTORLY_PLAYGROUND": "1"}))
    routes, own = ({rule.rule for rule in app.url_map.iter_rules()} for app in (playground, house.app))
    assert own <= routes
    assert not [rule for rule in routes - own if not rule.startswith("/playground")]


def test_the_page_in_the_documentation_is_the_table() -> None:
    """`MENTORLY_WRITE_ACCESS=1` writes it anew."""
    if os.environ.get("MENTORLY_WRITE_ACCESS"):
        PAGE.write_text(page_of(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_of(page)
