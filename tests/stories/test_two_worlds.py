"""Two worlds that differ in one private value: nobody else can tell which of them they live in (rules C11).

The story of a relationship, from the match to the midway, is walked in both. Every mail, every page and file that each
other person opens, and every line of the log have to be the same, byte for byte, as the clock stands still while it is
looked at and rows have the same numbers.
"""

import json
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog import get_logger

from mentorly import extensions
from mentorly.blueprints.console import relationships
from mentorly.emails.asking.something_unfinished import SomethingUnfinished
from mentorly.emails.own_mail import as_data, holdings
from mentorly.emails.post_office import PostOffice
from mentorly.emails.support import support_dump
from mentorly.extensions import db, limiter
from mentorly.mentoring.agendas import write_agenda
from mentorly.mentoring.asked import asked_of
from mentorly.mentoring.asking import open_for
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Category, Horizon, Objective, Plan
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import propose
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.sessions import SessionLog
from mentorly.mentoring.tasks import Task
from mentorly.mentoring.whereabouts import Where
from tests.apps import Apps
from tests.cast import MONDAY, Cast, Keeper, cast_of
from tests.doors.conftest import PASSWORD
from tests.doors.signing import sign_in

DAY = timedelta(days=1)
EVERYBODY = ("alice", "bob", "carol", "dave", "eve", "gail")
# How many rows are looked at; of other things the story has one or two.
NUMBERS = {"/asked/<int:number>": 9, "/console/people/<int:number>": 6}
AT_RANDOM = re.compile(
    rb'(name="csrf_token"[^>]*value=")[^"]+|((?:Message-ID|References|In-Reply-To): )[^\r]*(?:\r\n[ \t][^\r]*)*'
    rb"|(boundary=\"?|--)=+[^\"\r\s]+|(Set-Cookie: mentorly=)[^;]+"
)

pytestmark = pytest.mark.xdist_group("two worlds")


@dataclass(frozen=True)
class Values:
    """What people typed or chose, and nobody else may learn."""

    category: Category = Category.LEADERSHIP
    title: str = "Lead a team"
    task: str = "Ask for a team"
    shared: str = "We spoke of teams"
    agenda: str = "Teams"
    topics: str = "Teams again"
    place: str = "The garden"
    note: str = "I am not sure"
    sheet: str = "A better year"
    survey: int = 2
    reflection: str = "To listen"
    midway: str = "More time"


# Each bundle by who may read it: another world in which all of it is otherwise.
OTHERWISE: Mapping[tuple[str, ...], Mapping[str, object]] = {
    ("alice", "bob"): {
        "category": Category.NETWORKING,
        "title": "Leave for another company as soon as I can",
        "task": "Write to a headhunter",
        "shared": "We spoke of nothing at all",
        "agenda": "My manager\nMy salary",
        "topics": "How to leave",
        "place": "The lobby of a competitor",
    },
    ("bob",): {
        "note": "My mentor never listens to anything",
        "sheet": "To be elsewhere",
        "survey": 5,
        "reflection": "Never to trust a mentor",
        "midway": "Another mentor",
    },
}
ONE_BY_ONE = bool(os.environ.get("MENTORLY_EACH_VALUE"))
DIFFERENT = [
    (readers, told)
    for readers, values in OTHERWISE.items()
    for told in ([{name: value} for name, value in values.items()] if ONE_BY_ONE else [values])
]


@dataclass
class Seen:
    """What each person got and opened, by what it was; and the log."""

    of: dict[str, dict[str, bytes]] = field(default_factory=dict)
    log: str = ""

    def keep(self, who: str, what: str, data: bytes) -> None:
        """Keep it, as it is when what is made at random is made equal."""
        self.of.setdefault(who, {})[what] = AT_RANDOM.sub(lambda found: b"".join(filter(None, found.groups())), data)


class Worlds:
    """Walks through worlds; the usual one once."""

    def __init__(self, apps: Apps, capfd: pytest.CaptureFixture[str]) -> None:
        self.apps = apps
        self.capfd = capfd

    def walk(self, values: Values, among: Collection[str] = EVERYBODY) -> Seen:
        """Let it happen, and let these people look at it."""
        self.capfd.readouterr()
        with self.apps.given() as app, time_machine.travel(MONDAY, tick=False) as clock:
            seen = Seen()
            addresses = _story(app, values, clock, seen)
            for who in among:
                for path, page in _pages(app, addresses[who]):
                    seen.keep(who, path, page)
                seen.keep(who, "the archive", _archive(app, addresses[who]))
            seen.keep("support", "the dump", _dump(app))
        seen.log = "".join(self.capfd.readouterr())
        return seen


def _archive(app: Flask, address: str) -> bytes:
    """What a person's archive holds."""
    with app.app_context():
        own, person = extensions.session(), Person.called(extensions.session(), address)
        found = as_data(person, holdings(person, extensions.house().register), MONDAY)
        own.rollback()
    return json.dumps(found).encode()


def _dump(app: Flask) -> bytes:
    """What the terminal writes for support."""
    with app.app_context():
        own, house = extensions.session(), extensions.house()
        told = support_dump(own, house.register, house.settings, MONDAY)
        own.rollback()
    return json.dumps(told).encode()


@pytest.fixture
def worlds(apps: Apps, capfd: pytest.CaptureFixture[str]) -> Worlds:
    return Worlds(apps, capfd)


@pytest.fixture(scope="module")
def usual() -> dict[str, Seen]:
    """The usual world, once it was walked through."""
    return {}


def differences(one: Seen, other: Seen, readers: Collection[str]) -> list[str]:
    """What is not the same for somebody who may not read the value."""
    told = [
        f"{who}: {what}"
        for who in one.of
        if who not in readers
        for what in {*one.of[who], *other.of[who]}
        if one.of[who].get(what) != other.of[who].get(what)
    ]
    return sorted(told) + (["the log"] if one.log != other.log else [])


def _walked(worlds: Worlds, usual: dict[str, Seen]) -> Seen:
    if not usual:
        usual[""] = worlds.walk(Values())
    return usual[""]


@pytest.mark.parametrize(("readers", "told"), DIFFERENT, ids="+".join)
def test_nobody_else_can_tell_two_worlds_apart(
    worlds: Worlds, usual: dict[str, Seen], readers: Collection[str], told: dict[str, object]
) -> None:
    """`MENTORLY_EACH_VALUE=1` lets the values differ one by one, to find which of them leaks."""
    one, other = _walked(worlds, usual), worlds.walk(replace(Values(), **told))
    assert differences(one, other, readers) == []
    for reader in readers:
        assert one.of[reader] != other.of[reader], f"{reader} reads it somewhere, or the story does not tell it"


def test_the_usual_world_is_the_same_twice(worlds: Worlds, usual: dict[str, Seen]) -> None:
    """Nothing but the value can make a difference, and everybody sees something."""
    one, again = _walked(worlds, usual), worlds.walk(Values(), among=("carol",))
    assert not [what for who, seen in again.of.items() for what, data in seen.items() if one.of[who][what] != data]
    assert {who for who, seen in one.of.items() if len(seen) > 40} == set(EVERYBODY)
    assert [what for what in one.of["carol"] if what.startswith("mail")]


def test_a_page_and_a_log_that_leak_as_little_as_a_length_are_found(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a note that the mentee alone may read: in a number on the lead's page, in a line of the log."""
    counted, written = relationships.tasks_in, Note.write

    def of_note(session: Session) -> int:
        return len(session.scalars(select(Note.words).where(~Note.is_shared)).one())

    def on_page(session: Session, numbers: Collection[int]) -> dict[int, Progress]:
        return {number: one._replace(left=of_note(session)) for number, one in counted(session, numbers).items()}

    def in_log(*given: Any, **more: Any) -> Note:
        get_logger().info("note written", size=len(given[2]))
        return written(*given, **more)

    monkeypatch.setattr(relationships, "tasks_in", on_page)
    monkeypatch.setattr(Note, "write", in_log)
    one, other = (worlds.walk(Values(note=note), among=("carol",)) for note in ("It", "It is longer"))
    found = differences(one, other, ("bob",))
    assert {"carol: /console/relationships", "carol: /console/relationships/1", "the log"} <= set(found)


def test_a_mail_that_leaks_a_length_is_found(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the same note: in the words of a mail to the lead."""
    told = SomethingUnfinished.values

    def of_note(session: Session) -> int:
        return len("".join(session.scalars(select(Note.words).where(~Note.is_shared))))

    def in_words(kind: SomethingUnfinished, thing: Member, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {**told(kind, thing, reader, now), "name": f"Bob {of_note(thing.session)}"}

    monkeypatch.setattr(SomethingUnfinished, "values", in_words)
    one, other = (worlds.walk(Values(note=note), among=("carol",)) for note in ("It", "It is longer"))
    found = [what for what in differences(one, other, ("bob",)) if what.startswith("carol: mail")]
    assert found
    assert all(b"Bob 2 has not finished" in one.of["carol"][what.removeprefix("carol: ")] for what in found)


def _story(app: Flask, values: Values, clock: time_machine.Traveller, seen: Seen) -> dict[str, str]:
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as session:
        cast = cast_of(session, MONDAY)
        people = _people(cast)
        keeper, house = Keeper(), app.extensions["mentorly"]
        office = PostOffice(session, house.register, house.settings)

        def until(day: float) -> None:
            session.commit()
            moment = MONDAY + day * DAY
            clock.move_to(moment)
            assert office.round(lambda: moment, keeper)["faults"] == []

        _walk(cast, values, until)
        for number, (_, recipient, data) in enumerate(keeper.carried):
            who = recipient.partition("@")[0]
            seen.keep(who, f"mail {number}", data)
        session.commit()
        return {who: person.email for who, person in people.items()}


def _people(cast: Cast) -> dict[str, Person]:
    """The cast, and a lead of another organization; everybody wants to be quoted what others write."""
    gail = Person.register(
        cast.session, "gail@prairie.example.org", "Gail Moss", MONDAY, by=None, organization=cast.prairie
    )
    Participation.join(gail, cast.program, "lead", MONDAY, by=None)
    people = {one.first_name.lower(): one for one in (cast.alice, cast.bob, cast.carol, cast.dave, cast.eve, gail)}
    for one in people.values():
        set_password(one, PASSWORD, MONDAY)
        one.prefer(MONDAY, language="en", timezone="UTC", phone="", quiet=None, weekly=False, quotes=True)
    return people


def _walk(cast: Cast, values: Values, until: Callable[[float], None]) -> None:
    alice, bob, at = cast.alice, cast.bob, (lambda day: MONDAY + day * DAY)
    until(0)
    proposal = cast.propose(at(1))
    until(1)
    together = proposal.accept(alice, at(2))
    until(2)
    until(3)
    asked = {(one.person_id, one.name): one for one in (*asked_of(bob, together), *asked_of(alice, together))}
    asked[bob.id, "mentee_baseline"].answer(bob, {"own_skills": values.survey}, at(3))
    asked[bob.id, "planning_sheet"].answer(bob, {"hopes": values.sheet}, at(3))
    meeting = propose(together, bob, [at(10)], at(4), where=Where(values.place, "", ""))
    meeting.uid = "meeting@mentorly.example.org"  # it is made at random
    _work(together, alice, bob, values, at(4))
    until(4)
    until(7)
    write_agenda(meeting, bob, values.agenda, at(8))
    for day in (8, 9, 10.2, 11):
        until(day)
    line = SessionLog.of_meeting(meeting, bob, 50, values.topics, at(11))
    until(11.1)
    reflection = open_for(bob, together, "session_reflection", at(12), str(line.id))
    reflection.answer(bob, {"learned_1": values.reflection}, at(12))
    for day in (12, 14, 21, 45, 92):
        until(day)
    midway = next(one for one in asked_of(bob, together) if one.name == "midway_mentee")
    midway.answer(bob, {"do_differently": values.midway}, at(93))
    for day in (93, 98):
        until(day)


def _work(together: Relationship, alice: Person, bob: Person, values: Values, now: datetime) -> None:
    plan = Plan(values.title, values.category, Horizon.LONG, values.title, values.title, values.title, values.title)
    objective = Objective.open(together, bob, plan, bob, now)
    task = Task.add(objective, values.task, (now + 9 * DAY).date(), bob, alice, now)
    task.remark(bob, values.task, now)
    Note.write(together, bob, values.note, bob, now, is_shared=False)
    Note.write(together, bob, values.shared, alice, now, is_shared=True)


def _pages(app: Flask, address: str) -> Iterator[tuple[str, bytes]]:
    """Every page that can be looked at, with every number that there is."""
    limiter.reset()
    browser = app.test_client()
    sign_in(browser, address, PASSWORD)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static" or "token" in rule.arguments:
            continue
        for number in range(1, NUMBERS.get(rule.rule, 2 if "number" in rule.arguments else 1) + 1):
            with app.test_request_context():
                known = {"number": number, "kind": "task_added", "name": "midway_mentee", "version": 1}
                path = rule.build({name: known.get(name, "sample") for name in rule.arguments})[1]  # type: ignore[index]
            page = browser.get(path)
            assert page.status_code < 500 or path == "/readyz", path
            limiter.reset()
            yield path, page.data + str(page.headers).encode()
