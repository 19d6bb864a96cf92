"""The story of the two worlds: six months of a relationship, from the match to three months after its end.

Everybody opens every page and file twice, near the end and after it, their feed, and what the links of their mails lead
to. What is made at random, and the numbers in tokens, are made equal. Beside the two there are ten mentees of before,
so that figures are released, and a sponsor and a scraper of metrics, who look on from outside.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from mentorly import extensions
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.feeding import feed_token
from mentorly.emails.own_mail import as_data, holdings
from mentorly.emails.post_office import PostOffice
from mentorly.emails.received import Received
from mentorly.emails.support import support_dump
from mentorly.extensions import db, house, limiter
from mentorly.jobs.post import tell_round
from mentorly.jobs.upkeep import upkeep_job
from mentorly.mentoring.agendas import write_agenda
from mentorly.mentoring.asked import Asked, Response, asked_of
from mentorly.mentoring.asking import open_for
from mentorly.mentoring.concerns import Concern, Kind
from mentorly.mentoring.figure_tables import definitions
from mentorly.mentoring.filling_in import take_answer
from mentorly.mentoring.instrument_files import shipped
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Category, Horizon, Objective, Plan
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import part, propose
from mentorly.mentoring.program_instruments import InstrumentText
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.releases import DONE, Release
from mentorly.mentoring.reports import ProgressReport, Tone
from mentorly.mentoring.roster import export_roster
from mentorly.mentoring.sessions import SessionLog
from mentorly.mentoring.sponsors import Sponsor
from mentorly.mentoring.tasks import Task
from mentorly.mentoring.whereabouts import Where
from tests.apps import Apps
from tests.cast import MONDAY, Cast, Keeper, cast_of
from tests.doors.conftest import PASSWORD
from tests.doors.signing import sign_in

DAY = timedelta(days=1)
EVERYBODY = ("alice", "bob", "carol", "dave", "eve", "gail")
SPONSOR, SCRAPER = "sid", "the scraper"
# They have no account: a sponsor has mails alone, a scraper the one page that its secret opens.
OUTSIDE = (SPONSOR, SCRAPER)
SECRET = "what the scraper shows"
# How many rows are looked at; of other things the story has one or two.
NUMBERS = {"/asked/<int:number>": 24, "/console/people/<int:number>": 6, "/report/<int:number>": 3}
# The first ten objectives are those of the mentees of before.
NUMBERS |= {"/objective/<int:number>": 11, "/note/<int:number>": 3}
# What a page asks for behind its address.
QUERIES = {
    "/console/people/export": ("?program=1",),
    "/console/figures": ("", "?program=1", "?program=1&organization=1"),
    "/console/figures/<int:number>.csv": ("", "?organization=1"),
    "/console/matching/best": ("?program=1",),
    "/console/matching/mentees/<int:number>": ("?program=1",),
}
# What the service says of itself, to anybody and to who shows the secret; asked once, since that there is no Redis is
# written down each time.
PROBES = ("/healthz", "/readyz", "/metrics")
AFTERWARDS = re.compile(r"/(home|who-sees|reports|asked|profile|console|console/(relationships|figures|people).*)$")
TOKENS = (
    rb"(/(?:a|unsubscribe|documents|calendar)/)[a-z2-7]{17,}|((?:reply|r|m|meet)[+.])[a-z2-7]{17,}(?=@)"
    rb"|((?:Reply-To|Sender|ORGANIZER|ATTENDEE)[^\r]*?[+.])[a-z2-7]{17,}(?=@)"
)
AT_RANDOM = re.compile(
    rb'(name="csrf_token"[^>]*value=")[^"]+|((?:Message-ID|References|In-Reply-To): )[^\r]*(?:\r\n[ \t][^\r]*)*'
    rb"|(boundary=\"?|--)=+[^\"\r\s]+|(Set-Cookie: mentorly=)[^;]+|" + TOKENS
)
BUTTON = re.compile(rb"/((?:a|unsubscribe|documents)/[a-z2-7]{17,}(?:/[a-z_]+)?)")


@dataclass(frozen=True)
class Values:
    """What people typed or chose, and nobody else may learn. reports: how many; concern: its kind, '' for none."""

    category: Category = Category.LEADERSHIP
    title: str = "Lead a team"
    task: str = "Ask for a team"
    shared: str = "We spoke of teams"
    agenda: str = "Teams"
    topics: str = "Teams again"
    place: str = "The garden"
    remark: str = "It takes more time than I thought"
    agreed: str = "To lead a team"
    note: str = "I am not sure"
    sheet: str = "A better year"
    survey: int = 2
    reflection: str = "To listen"
    midway: str = "More time"
    end: int = 3
    kept: str = "Thank you for all of this"
    mentors_note: str = "He is quick"
    mentors_survey: int = 4
    reports: int = 1
    report: str = "He has found his feet"
    concern: str = ""
    worry: str = "She is never there"


@dataclass
class Seen:
    """What each person got and opened, by what it was; and the log."""

    of: dict[str, dict[str, bytes]] = field(default_factory=dict)
    log: str = ""
    # Which mails there were, each survey's apart; and which figures were released, with the months of their releases.
    kinds: set[tuple[str, str]] = field(default_factory=set)
    released: dict[str, list[str]] = field(default_factory=dict)

    def keep(self, who: str, what: str, data: bytes) -> None:
        """Keep it, as it is when what is made at random is made equal."""
        data = data.replace(b"=\r\n", b"") if what.startswith("mail") else data
        self.of.setdefault(who, {})[what] = AT_RANDOM.sub(lambda found: b"".join(filter(None, found.groups())), data)


@dataclass
class World:
    """One world while it is walked through. among: who opens the pages; everybody gets mails and files.

    only: the pages that they open, if not all; then they open no links of mails.
    """

    app: Flask
    session: Session
    values: Values
    clock: time_machine.Traveller
    among: Collection[str]
    only: re.Pattern[str] | None = None
    keeper: Keeper = field(default_factory=Keeper)
    seen: Seen = field(default_factory=Seen)
    addresses: dict[str, str] = field(default_factory=dict)

    @property
    def office(self) -> PostOffice:
        """The post office of the application."""
        house = self.app.extensions["mentorly"]
        return PostOffice(self.session, house.register, house.settings)

    def until(self, *days: float) -> None:
        """Let the days come, each with a round."""
        for day in days:
            self.session.commit()
            moment = MONDAY + day * DAY
            self.clock.move_to(moment)
            counts = self.office.round(lambda at=moment: at, self.keeper)
            assert counts["faults"] == []
            tell_round(counts)
            self.session.commit()

    def upkeep(self) -> None:
        """Do what is done once a day."""
        self.session.commit()
        with self.app.app_context():
            upkeep_job()
        self.session.expire_all()

    def reply(self, person: Person, kind: str, words: str, decision: str) -> None:
        """Answer the latest mail of a kind to a person."""
        moment, office = self.now, self.office
        mails = self.session.query(Envelope).filter_by(kind=kind, reader_id=person.id)
        envelope = mails.order_by(Envelope.id.desc()).first()
        assert envelope
        address = office.desk.reply_address(office.desk.token(envelope.id, person))
        raw = f"From: {person.email}\r\nSubject: Re: It\r\nMessage-ID: <{kind}@example.org>\r\n\r\n{words}\r\n".encode()
        (number,) = office.reception.keep(raw, [address], person.email, "lmtp", moment)
        received = self.session.get_one(Received, number)
        office.reception.take_in(received, moment)
        assert received.decision == decision
        self.session.commit()

    @property
    def now(self) -> datetime:
        """The moment that it is."""
        return datetime.now(tz=MONDAY.tzinfo)

    def look(self, when: str, only: re.Pattern[str] | None = None) -> None:
        """Let everybody who looks at it open what there is. only: these pages alone."""
        self.session.commit()
        only = self.only or only
        for who in self.among:
            limiter.reset()
            browser = self.app.test_client()
            sign_in(browser, self.addresses[who], PASSWORD)
            for path, page in _pages(self.app, browser, only):
                self.seen.keep(who, f"{path} {when}".strip(), page)
            if only is None:
                self._look_into_mails(who, {"opened": browser, "opened by nobody": self.app.test_client()})
        self._look_into_mails(SPONSOR, {f"opened {when}": self.app.test_client()})
        for probe in PROBES:
            answer = self.app.test_client().get(probe, headers={"Authorization": f"Bearer {SECRET}"})
            self.seen.keep(SCRAPER, f"{probe} {when}".strip(), answer.data + str(answer.headers).encode())

    def _look_into_mails(self, who: str, doors: Mapping[str, FlaskClient]) -> None:
        """Open what the links in somebody's mails lead to."""
        links = list(dict.fromkeys(BUTTON.findall(self.app_mails(who).replace(b"=\r\n", b""))))
        for number, link in enumerate(links):
            for door, client in doors.items():
                limiter.reset()
                page = client.get(f"/{link.decode()}")
                assert page.status_code < 500
                self.seen.keep(who, f"link {number} {door}", page.data + str(page.headers).encode())

    def app_mails(self, who: str) -> bytes:
        """All mails to somebody."""
        return b"".join(data for _, to, data in self.keeper.carried if to == self.addresses[who])

    def keep_mails(self) -> None:
        """Keep what was carried, by its reader and the order in which it came."""
        for who, address in self.addresses.items():
            own = [data for _, to, data in self.keeper.carried if to == address]
            for number, data in enumerate(own):
                self.seen.keep(who, f"mail {number}", data)

    def keep_what_happened(self) -> None:
        """Keep which mails there were, and which figures were released."""
        sent = self.session.query(Envelope).where(Envelope.state.in_((State.SENT, State.FOLDED)))
        known = dict(self.session.query(Asked.id, Asked.name).all())
        about_asked = {name for name, kind in self.office.register.items() if kind.due.thing is Asked}
        for one in sent:
            self.seen.kinds.add((one.kind, known[one.thing_id] if one.kind in about_asked else ""))
        for one in self.session.query(Release).where(Release.figure != DONE).order_by(Release.id):
            self.seen.released.setdefault(one.figure, []).append(one.period)

    def keep_files(self, cast: Cast) -> None:
        """Keep feeds, and what the terminal gives to who runs it."""
        self.session.commit()
        for who in self.addresses:
            person = self.session.query(Person).filter_by(email=self.addresses[who]).one()
            token = feed_token(self.office.desk.tokens, person)
            self.session.commit()
            self.seen.keep(who, "feed", self.app.test_client().get(f"/calendar/{token}.ics").data)
            self.seen.keep(who, "archive", json.dumps(self._archive(who)).encode())
        self.seen.keep("dave", "roster", export_roster(self.session, cast.program, None).encode())
        self.session.commit()
        with self.app.app_context():
            told = support_dump(extensions.session(), house().register, house().settings, self.now)
            extensions.session().rollback()
        self.seen.keep("dave", "dump for support", json.dumps(told).encode())

    def _archive(self, who: str) -> Any:
        """What a person's archive holds."""
        with self.app.app_context():
            own = extensions.session()
            person = Person.called(own, self.addresses[who])
            found = as_data(person, holdings(person, house().register), self.now)
            own.rollback()
        return found


def walk(app: Flask, values: Values, among: Collection[str] = EVERYBODY, only: re.Pattern[str] | None = None) -> Seen:
    """Let it happen in an application without rows, and let these people look at it; the log is the caller's."""
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as session, time_machine.travel(MONDAY, tick=False) as clock:
        app.extensions["mentorly"].seal.give_to(session)
        cast = cast_of(session, MONDAY)
        people = _people(cast)
        world = World(app, session, values, clock, among, only)
        world.addresses = {who: person.email for who, person in people.items()} | {SPONSOR: "sid@fund.example.org"}
        world.seen.of = {who: {} for who in (*people, *OUTSIDE)}
        _live(world, cast)
        world.keep_mails()
        world.keep_what_happened()
        return world.seen


@dataclass
class Worlds:
    """Walks through worlds. read_log: what was written since it was read last."""

    apps: Apps
    read_log: Callable[[], str]

    def walk(self, values: Values, among: Collection[str] = EVERYBODY, only: re.Pattern[str] | None = None) -> Seen:
        """Walk through one world from its beginning."""
        self.read_log()
        with self.apps.given(MENTORLY_METRICS_TOKEN=SECRET) as app:
            seen = walk(app, values, among, only)
        seen.log = self.read_log()
        return seen


def differences(one: Seen, other: Seen, readers: Collection[str] = (), among: Collection[str] = EVERYBODY) -> list[str]:
    """What is not the same for somebody who looked at both and may not read the value; and the log."""
    told = [
        f"{who}: {what}"
        for who in (*among, *OUTSIDE)
        if who not in readers
        for what in {*one.of[who], *other.of[who]}
        if one.of[who].get(what) != other.of[who].get(what)
    ]
    return sorted(told) + (["the log"] if one.log != other.log else [])


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


def _live(world: World, cast: Cast) -> None:
    """Let all of it happen, and be looked at."""
    world.until(0)
    proposal = cast.propose(MONDAY + DAY)
    world.until(1)
    together = proposal.accept(cast.alice, MONDAY + 2 * DAY)
    _others(world, cast)
    world.until(2, 3)
    world.upkeep()
    _begin(world, cast, together)
    _meet(world, cast, together)
    world.until(14, 21, 32, 45)
    _tell(world, cast, together)
    world.until(47)
    world.upkeep()
    world.until(62, 92, 96, 99)
    midway = {"do_differently": world.values.midway, "call": "yes"}
    asked_for(cast.bob, together, "midway_mentee").answer(cast.bob, midway, MONDAY + 100 * DAY)
    world.until(100)
    world.upkeep()
    world.until(125, 172)
    asked_for(cast.bob, together, "mentee_end").answer(cast.bob, {"own_skills": world.values.end}, MONDAY + 173 * DAY)
    world.upkeep()
    world.until(173, 183)
    world.look("")
    part(together, cast.dave, MONDAY + 184 * DAY, early=False)
    world.until(184, 186, 216)
    world.upkeep()
    world.until(280)
    world.look("afterwards", AFTERWARDS)
    world.keep_files(cast)


def _others(world: World, cast: Cast) -> None:
    """Ten mentees of long ago, in Bob's organization, so many that figures are released; and a sponsor who wants them.

    A release takes in what they chose and answered. What Bob adds is of one person, so none may follow that tells it.
    """
    begun, session = MONDAY - 500 * DAY, cast.session
    sponsor = Sponsor.add(cast.program, world.addresses[SPONSOR], "Sid Moor", "en", cast.dave, world.now)
    sponsor.agree(sponsor.person, world.now)
    mentor, texts = joined(cast, "Mo", "mentor", begun), InstrumentText.shipped(session, begun)
    for number in range(10):
        mentee = joined(cast, f"Mentee{number}", "mentee", begun)
        together = Relationship.begin(cast.program, mentor, mentee, begun)
        plan = Plan("It", (Category.LEADERSHIP, Category.NETWORKING)[number % 2], Horizon.LONG, "", "", "", "")
        Objective.open(together, mentee, plan, mentee, begun)
        for name, when, answered in (("mentee_baseline", "match", 3), ("mentee_end", "end", 3 + number % 2)):
            asked = Asked(
                program_id=cast.program.id, relationship_id=together.id, person_id=mentee.id, name=name, occasion=when,
                text_id=texts[name].id, reminds=(), asked_at=begun, finished_at=begun,
            )  # fmt: skip
            asked.responses = [Response(question="own_skills", number=answered)]
            session.add(asked)
        together.end(cast.dave, begun + 100 * DAY, early=False)
    session.commit()


def joined(cast: Cast, name: str, role: str, now: datetime) -> Person:
    """Somebody of Bob's organization who takes part, and was welcomed."""
    address = f"{name.lower()}@boreal.example.org"
    person = Person.register(cast.session, address, f"{name} Many", now, by=None, organization=cast.boreal)
    person.welcomed_at = now
    Participation.join(person, cast.program, role, now, by=None)
    return person


def _begin(world: World, cast: Cast, together: Relationship) -> None:
    """The first week: what both are asked, an objective, a task, notes."""
    alice, bob, values, now = cast.alice, cast.bob, world.values, MONDAY + 3 * DAY
    asked_for(bob, together, "mentee_baseline").answer(bob, {"own_skills": values.survey}, now)
    asked_for(alice, together, "mentor_baseline").answer(alice, {"guiding": values.mentors_survey}, now)
    asked_for(bob, together, "planning_sheet").answer(bob, {"hopes": values.sheet}, now)
    words = {one.name: values.agreed for one in shipped()["mentorship_agreement"].answerable}
    agreement = asked_for(bob, together, "mentorship_agreement")
    take_answer(agreement, bob, words | {"signature": bob.name}, now)
    later = now + DAY
    plan = Plan(values.title, values.category, Horizon.LONG, values.title, values.title, values.title, values.title)
    objective = Objective.open(together, bob, plan, bob, later)
    task = Task.add(objective, values.task, (later + 9 * DAY).date(), bob, alice, later)
    task.uid = "task@mentorly.example.org"  # it is made at random
    task.remark(bob, values.task, later)
    Note.write(together, bob, values.note, bob, later, is_shared=False)
    Note.write(together, bob, values.shared, alice, later, is_shared=True)
    Note.write(together, bob, values.mentors_note, alice, later, is_shared=False)
    world.until(4)
    world.reply(bob, "task_added", values.remark, "taken")


def _meet(world: World, cast: Cast, together: Relationship) -> None:
    """They meet once, and Bob writes a reflection."""
    bob, values = cast.bob, world.values
    meeting = propose(together, bob, [MONDAY + 10 * DAY], MONDAY + 4 * DAY, where=Where(values.place, "", ""))
    meeting.uid = "meeting@mentorly.example.org"  # it is made at random
    world.until(7)
    write_agenda(meeting, bob, values.agenda, MONDAY + 8 * DAY)
    world.until(8, 9, 10.2, 11)
    line = SessionLog.of_meeting(meeting, bob, 50, values.topics, MONDAY + 11 * DAY)
    world.until(11.1)
    now = MONDAY + 12 * DAY
    open_for(bob, together, "session_reflection", now, str(line.id)).answer(bob, {"learned_1": values.reflection}, now)
    world.until(12)


def _tell(world: World, cast: Cast, together: Relationship) -> None:
    """Alice reports to Carol, Bob writes to nobody, and tells the administrators what worries him, if anything does."""
    values, now = world.values, MONDAY + 46 * DAY
    world.clock.move_to(now)
    for number in range(values.reports):
        words = f"{values.report}, {number}"
        ProgressReport.write(together, words, cast.alice, now, tone=Tone.NEWS, is_urgent=False)
    if values.concern:
        Concern.raise_one(together, Kind(values.concern), values.worry, cast.bob, now)
    world.reply(cast.bob, "matched_mentee", values.kept, "remark")


def asked_for(person: Person, together: Relationship, name: str) -> Asked:
    """What a person is asked by this name."""
    return next(one for one in asked_of(person, together) if one.name == name)


def _pages(app: Flask, browser: FlaskClient, only: re.Pattern[str] | None) -> Iterator[tuple[str, bytes]]:
    """Every page that can be looked at, with every number that there is."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static" or "token" in rule.arguments:
            continue
        if rule.rule in PROBES or (only and not only.fullmatch(rule.rule.partition("<")[0].rstrip("/") or "/")):
            continue
        for path in _paths(app, rule):
            page = browser.get(path)
            assert page.status_code < 500, path
            limiter.reset()
            yield path, page.data + str(page.headers).encode()


def _paths(app: Flask, rule: Rule) -> Iterator[str]:
    """The addresses of a page, with every number and name that the story has."""
    named = [*definitions()] if rule.endpoint == "console.figure_as_file" else ["midway_mentee"]
    numbers = range(1, NUMBERS.get(rule.rule, 2 if "number" in rule.arguments else 1) + 1)
    for number, name in product(numbers, named if "name" in rule.arguments else named[:1]):
        known = {"number": number, "kind": "task_added", "name": name, "version": 1}
        with app.test_request_context():
            path = rule.build({name: known.get(name, "sample") for name in rule.arguments})[1]  # type: ignore[index]
        yield from (path + query for query in QUERIES.get(rule.rule, ("",)))
