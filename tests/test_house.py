"""The rules of the house, each as a test; and for each guard a bad house that it does not let pass."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mentorly.config import Settings
from tests.house import (
    Survey,
    circles,
    climbing_arrows,
    commits,
    empty_names,
    forbidden_imports,
    packages_out_of_their_rooms,
    readings_of_the_clock,
    routes_told_nowhere,
    undocumented,
    unknown_settings,
)

ROOT = Path(__file__).parents[1]

DOORS = ("blueprints", "jobs", "cli", "extensions", "app")

# Every outside package that the code imports, and the rooms that it may be imported in.
ROOMS = {
    "aiosmtpd": ("jobs.catcher", "jobs.postbox"),
    "alembic": ("migrations", "jobs.doctor"),
    "argon2": ("mentoring.passwords",),
    "babel": ("emails.spoken", "emails.wording"),
    "charset_normalizer": ("mentoring.roster",),
    "click": ("cli",),
    "cryptography": ("mentoring.certificates", "mentoring.sealing"),
    "dkim": ("jobs.signing", "jobs.doctor"),
    "dns": ("jobs.doctor",),
    "email_validator": ("mentoring.roster",),
    "flask": (*DOORS, "migrations"),
    "flask_babel": DOORS,
    "flask_limiter": ("extensions", "blueprints"),
    "flask_login": ("extensions", "blueprints"),
    "flask_mail": ("extensions", "jobs.carrier"),
    "flask_migrate": ("extensions", "cli"),
    "flask_sqlalchemy": ("extensions",),
    "flask_wtf": ("extensions", "blueprints"),
    "flufl": ("emails.bounces",),
    "gunicorn": ("jobs.web",),
    "icalendar": ("calendars",),
    "imap_tools": ("jobs.mailbox",),
    "jinja2": ("emails.wording", "emails.values"),
    "mailparser_reply": ("emails.quotations",),
    "markdown_it": ("emails.wording", "emails.manuscript"),
    "markupsafe": ("emails.values", "blueprints"),
    "mrml": ("emails.wording",),
    "numpy": ("mentoring.matching", "mentoring.affinity", "mentoring.ranking"),
    "prometheus_client": ("blueprints.metrics",),
    "redis": ("extensions", "jobs"),
    "rich": ("cli",),
    "rq": ("extensions", "jobs"),
    "scipy": ("mentoring.matching",),
    "segno": ("papers",),
    "selectolax": ("emails.html_reading",),
    "sqlalchemy": ("mentoring", "emails", "migrations", "extensions"),
    "structlog": DOORS,
    "tomli_w": ("mentoring.sketches",),
    "typst": ("papers",),
    "werkzeug": ("blueprints", "app"),
    "wtforms": ("blueprints",),
}

# The post office hands batches over to the world outside: what a mail server took must be kept before the next batch.
POST_OFFICE = (
    "emails.post_office",
    "emails.collecting",
    "emails.delivery",
    "emails.claims",
    "emails.readying",
    "emails.settling",
    "emails.pacing",
)

WORLD_OUTSIDE = (
    "asyncio",
    "email",
    "ftplib",
    "http",
    "imaplib",
    "poplib",
    "smtplib",
    "socket",
    "ssl",
    "urllib.request",
)
JOURNALS = ("logging", "structlog")

# Routes that no person types and no page needs to tell of, each with its reason.
UNTOLD_ROUTES = {
    "/static/<path:filename>": "files of the pages, linked by the pages themselves",
}

Builder = Callable[..., Survey]


@pytest.fixture(scope="module")
def house() -> Survey:
    return Survey(ROOT / "mentorly")


@pytest.fixture
def build(tmp_path: Path) -> Builder:
    """Builds a house of the given rooms: code by path without `.py`."""

    def building(**rooms: str) -> Survey:
        folder = tmp_path / "mentorly"
        for name, code in {"__init__": "", **rooms}.items():
            path = folder / f"{name.replace('__', '/') if name != '__init__' else name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(code, "utf-8")
        return Survey(folder)

    return building


def test_imports_go_down_only_and_the_doors_do_not_know_each_other(house: Survey) -> None:
    assert len(house.inner) > 50
    assert climbing_arrows(house) == []


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("mentoring__people", "from mentorly.emails.email import Email"),
        ("mentoring__people", "def late():\n    from mentorly import extensions"),
        ("mentoring__people", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import mentorly.jobs.post"),
        ("mentoring__people", "from importlib import import_module\nimport_module('mentorly.cli')"),
        ("mentoring__people", "from ..emails import email"),
        ("clock", "from .mentoring.base import Base"),
        ("emails__email", "from mentorly.extensions import db"),
        ("extensions", "from mentorly.jobs.post import bell"),
        ("blueprints__home", "from mentorly.jobs.post import round"),
        ("blueprints__home", "from mentorly.cli import main"),
        ("jobs__worker", "from mentorly.app import create_app"),
        ("jobs__worker", "import mentorly.blueprints.home"),
        ("cli", "from mentorly.blueprints import home"),
        ("cli", "from mentorly import __version__"),
        ("attic", "from mentorly.clock import morning"),
        ("mentoring__people", "from mentorly.attic import trunk"),
    ],
)
def test_an_arrow_that_climbs_is_seen(build: Builder, room: str, code: str) -> None:
    assert len(climbing_arrows(build(**{room: code}))) == 1


def test_the_terminal_may_start_what_it_starts(build: Builder) -> None:
    assert climbing_arrows(build(cli="from mentorly.app import create_app\nfrom mentorly.jobs import up")) == []


def test_there_is_no_circle_at_any_scale(house: Survey) -> None:
    assert circles(house) == []


def test_a_circle_of_modules_is_seen(build: Builder) -> None:
    circle = build(
        mentoring__a="from mentorly.mentoring import b",
        mentoring__b="def late():\n    from mentorly.mentoring.c import C",
        mentoring__c="from .a import A",
    )
    assert len(circles(circle)) == 1


def test_a_circle_of_folders_is_seen_where_no_modules_make_one(build: Builder) -> None:
    circle = build(
        emails__joining__welcome="from mentorly.emails.matching.values import Values",
        emails__matching__values="",
        emails__matching__lapsed="from mentorly.emails.joining.password import Password",
        emails__joining__password="",
    )
    assert len(circles(circle)) == 1


def test_a_folder_that_its_parts_import_from_is_in_a_circle_with_them(build: Builder) -> None:
    circle = build(blueprints__home="from . import pages", blueprints____init__="")
    (circle.folder / "blueprints" / "__init__.py").write_text("from mentorly.blueprints.home import home\npages = []")
    assert len(circles(Survey(circle.folder))) == 1


def test_every_outside_package_stays_in_its_room(house: Survey) -> None:
    assert packages_out_of_their_rooms(house, ROOMS) == []


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("mentoring__people", "import numpy.linalg"),
        ("mentoring__people", "def late():\n    from flask import g"),
        ("mentoring__matching_again", "import scipy"),
        ("emails__wording", "import requests"),
    ],
)
def test_an_outside_package_in_another_room_is_seen(build: Builder, room: str, code: str) -> None:
    assert len(packages_out_of_their_rooms(build(**{room: code}), ROOMS)) == 1


def test_the_program_knows_no_network_no_mail_and_no_journal(house: Survey) -> None:
    assert forbidden_imports(house, "mentoring", (*WORLD_OUTSIDE, *JOURNALS)) == []
    assert forbidden_imports(house, "calendars", (*WORLD_OUTSIDE, *JOURNALS)) == []
    assert forbidden_imports(house, "papers", (*WORLD_OUTSIDE, *JOURNALS)) == []


@pytest.mark.parametrize(
    "code", ["import smtplib", "from urllib import request", "from email.message import EmailMessage"]
)
def test_a_program_that_knows_the_world_outside_is_seen(build: Builder, code: str) -> None:
    assert len(forbidden_imports(build(mentoring__people=code), "mentoring", WORLD_OUTSIDE)) == 1


LOAD = """
import importlib, json, pkgutil, sys
for floor in sys.argv[1:]:
    for room in pkgutil.walk_packages(importlib.import_module(floor).__path__, floor + "."):
        importlib.import_module(room.name)
print(json.dumps(sorted(sys.modules)))
"""


def loaded_with(*floors: str) -> set[str]:
    """The top-level packages that are there after every module of some floors was imported in a fresh Python."""
    done = subprocess.run([sys.executable, "-c", LOAD, *floors], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_the_program_and_its_mails_load_without_flask() -> None:
    loaded = loaded_with("mentorly.mentoring", "mentorly.emails")
    assert "sqlalchemy" in loaded
    assert not {name for name in loaded if name.startswith(("flask", "werkzeug", "rq", "redis"))}


def test_flask_would_be_seen_among_what_is_loaded() -> None:
    assert {"flask", "werkzeug"} <= loaded_with("flask.json")


def test_the_program_and_its_mails_never_read_the_clock(house: Survey) -> None:
    assert readings_of_the_clock(house, "mentoring", "emails", "clock", "timing", "tokens", "calendars", "papers") == []


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import UTC, datetime\nstart = datetime.now(UTC)",
        "import datetime\nstart = datetime.datetime.utcnow()",
        "from datetime import date\nday = date.today()",
        "import time\nstart = time.time()",
        "from sqlalchemy import func\nstart = func.now()",
    ],
)
def test_a_program_that_reads_the_clock_is_seen(build: Builder, code: str) -> None:
    assert len(readings_of_the_clock(build(mentoring__meetings=code), "mentoring")) == 1


def test_a_time_of_day_is_no_clock(build: Builder) -> None:
    code = "def hours(now):\n    return now.time(), now.date()"
    assert readings_of_the_clock(build(mentoring__meetings=code), "mentoring") == []


def test_the_program_never_commits(house: Survey) -> None:
    assert commits(house, "mentoring", "emails", but=POST_OFFICE) == []


def test_a_program_that_commits_is_seen(build: Builder) -> None:
    code = "def end(self):\n    self.session.commit()"
    survey = build(mentoring__meetings=code, emails__envelope=code, emails__delivery=code)
    assert len(commits(survey, "mentoring", "emails", but=POST_OFFICE)) == 2


def test_the_console_and_the_terminal_commit_where_the_record_of_acts_is_written_and_nowhere_else(
    house: Survey,
) -> None:
    """The terminal's other commit is of the demo's world."""
    places = [place.partition(":")[0] for place in commits(house, "blueprints.console", "cli")]
    assert sorted(places) == ["mentorly.blueprints.console.room", "mentorly.cli.processes", "mentorly.cli.room"]


def test_names_say_something(house: Survey) -> None:
    assert empty_names(house) == []


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("mentoring__mail_utils", ""),
        ("mentoring__people", "class PersonManager: ..."),
        ("mentoring__people", "class MailService: ..."),
        ("mentoring__people", "def handle_answer(): ..."),
        ("mentoring__people", "async def _process_row(): ..."),
        ("mentoring__people", "def name_helper(): ..."),
    ],
)
def test_a_name_that_says_nothing_is_seen(build: Builder, room: str, code: str) -> None:
    assert len(empty_names(build(**{room: code}))) == 1


def test_a_name_that_a_library_chose_is_not_ours(build: Builder) -> None:
    code = "def process_bind_param(): ...\ndef handle_DATA(): ...\nclass Processed: ..."
    assert empty_names(build(mentoring__base=code)) == []


SETTINGS = {item.metadata["name"]: item.metadata for item in Settings.__dataclass_fields__.values()}


def test_every_setting_has_a_meaning() -> None:
    assert [name for name, setting in SETTINGS.items() if len(setting["meaning"].split()) < 3] == []


def test_every_setting_is_told_in_the_docs_and_no_other() -> None:
    page = (ROOT / "docs" / "running.md").read_text("utf-8")
    assert undocumented(SETTINGS, page) == []
    assert unknown_settings(SETTINGS, page) == []


def test_a_setting_that_is_missing_from_a_page_or_unknown_is_seen() -> None:
    page = "| setting |\n|---|\n| `MENTORLY_A` | with `MENTORLY_B` |\n\nSet `MENTORLY_C` and `MENTORLY_A_FILE`."
    assert undocumented(["MENTORLY_A", "MENTORLY_B"], page) == ["MENTORLY_B"]
    assert unknown_settings(["MENTORLY_A", "MENTORLY_B"], page) == ["MENTORLY_C"]


def test_every_route_is_told_in_the_docs(tmp_path: Path) -> None:
    from mentorly.app import create_app

    app = create_app(Settings.load({}, instance=str(tmp_path)))
    rules = {rule.rule for rule in app.url_map.iter_rules()} - set(UNTOLD_ROUTES)
    pages = "\n".join(page.read_text("utf-8") for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    assert sorted(routes_told_nowhere(rules, pages)) == []


def test_a_route_that_no_page_tells_of_is_seen() -> None:
    pages = "`GET /a/<token>` lists the buttons, `/home` is home"
    assert routes_told_nowhere(["/a/<string:t>", "/home", "/home/x", "/"], pages) == ["/home/x", "/"]
