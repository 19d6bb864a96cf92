"""One world for the table of access: a group that wears every hat, with something of theirs behind every door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy.orm import Session

from mentorly.emails.envelope import Envelope
from mentorly.emails.post_office import PostOffice
from mentorly.emails.received import Received, Stage
from mentorly.extensions import db
from mentorly.mentoring import editing
from mentorly.mentoring.agreements import AgreementText
from mentorly.mentoring.aliases import Alias
from mentorly.mentoring.asked import Asked, asked_of
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.concerns import Concern, Kind
from mentorly.mentoring.countering import counter
from mentorly.mentoring.document_terms import File
from mentorly.mentoring.documents import Document
from mentorly.mentoring.figure_tables import definitions
from mentorly.mentoring.filling_in import take_answer
from mentorly.mentoring.instrument_files import shipped
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Category, Ending, Horizon, Objective, Plan
from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.pauses import pause
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import propose, take_in
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.reports import ProgressReport, Tone
from mentorly.mentoring.sessions import SessionLog, Way
from mentorly.mentoring.sharing import share
from mentorly.mentoring.sponsors import Sponsor
from mentorly.mentoring.tasks import Task
from mentorly.mentoring.unheard import Unheard
from tests.cast import Cast, Clock, Keeper, cast_of
from tests.doors.conftest import PASSWORD

DAY = timedelta(days=1)


@dataclass(frozen=True)
class World:
    """addresses: of people, by the hat they wear; places: the things that addresses of pages name."""

    addresses: Mapping[str, str]
    places: Mapping[str, str]


def world_of(app: Flask) -> World:
    """Let everything happen, in the database of an application."""
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as session:
        now = datetime.now(UTC).replace(microsecond=0)
        app.extensions["mentorly"].seal.give_to(session)
        cast = cast_of(session, now - 40 * DAY)
        cast.program.most = 5
        people = _people(cast, now - 30 * DAY)
        together = _together(cast, people, now - 20 * DAY)
        places = _running(cast, people, now) | _meetings(together, people, now) | _objectives(together, people, now)
        places |= _asked(together, people, now) | _reports(together, people, now) | _times(now)
        paused = _beginning(cast, people, now, "Paused")
        pause(paused, cast.alice, now)
        places |= {"together": together.id, "beginning": _beginning(cast, people, now).id, "paused": paused.id}
        session.commit()
        places |= _mailed(app, cast, now)
        session.commit()
        addresses = {hat: person.email for hat, person in people.items()}
    return World(addresses, {name: str(value) for name, value in places.items()})


def _people(cast: Cast, now: datetime) -> dict[str, Person]:
    """Everybody who has an account, by their hats. Alice comes from another organization than her mentees."""
    session, cedar = cast.session, Organization.add(cast.session, "Cedar Optics", now)
    cast.alice.organization = cast.prairie

    def person(name: str, organization: Organization, *roles: str) -> Person:
        address = f"{name.split(maxsplit=1)[0].lower()}@world.example.org"
        one = Person.register(session, address, name, now, by=None, organization=organization, language="en")
        for role in roles:
            Participation.join(one, cast.program, role, now, by=None)
        return one

    people = {
        "stranger": person("Tara Iyer", cedar),
        "admin": cast.dave,
        "lead": cast.carol,
        "mentor's lead": person("Quentin Abel", cast.prairie, "lead"),
        "other lead": person("Rosa Blum", cedar, "lead"),
        "mentor": cast.alice,
        "mentee": cast.bob,
        "fellow": person("Olga Petit", cast.boreal, "mentee"),
        "lead+mentor": person("Uma Dahl", cast.boreal, "lead", "mentor"),
        "admin+mentee": person("Vera Costa", cast.boreal, "mentee"),
    }
    people["admin+mentee"].make_administrator(now)
    for one in people.values():
        set_password(one, PASSWORD, now)
        one.prefer(now, language="en", timezone="UTC", phone="", quiet=None, weekly=False, quotes=False)
    people |= {"fresh": person("Finn Roy", cast.boreal, "mentee"), "free": person("Gita Rao", cast.boreal, "mentor")}
    people["unasked"] = person("Hugo Lima", cast.boreal, "mentee")
    session.flush()
    return people


def _together(cast: Cast, people: Mapping[str, Person], now: datetime) -> Relationship:
    """The group: Alice and Uma are its mentors; Bob, Olga and Vera its mentees."""
    proposal = propose_match(cast.session, cast.program, cast.alice, cast.bob, now, by=cast.dave)
    together = proposal.accept(cast.alice, now)
    for hat, role in (("fellow", "mentee"), ("admin+mentee", "mentee"), ("lead+mentor", "mentor")):
        together.join(people[hat], role, now)
        cast.session.flush()
        take_in(together, people[hat], now)
    return together


def _beginning(cast: Cast, people: Mapping[str, Person], now: datetime, name: str = "Beginning") -> Relationship:
    """The same people with the same roles in another program, where they have not met yet."""
    program = Program.add(cast.session, name, "group", now.date(), now)
    for person in people.values():
        for role in [part.role for part in person.participations]:
            Participation.join(person, program, role, now, by=None)
    together = propose_match(cast.session, program, cast.alice, cast.bob, now, by=cast.dave).accept(cast.alice, now)
    for hat, role in (("fellow", "mentee"), ("admin+mentee", "mentee"), ("lead+mentor", "mentor")):
        together.join(people[hat], role, now)
    cast.session.flush()
    return together


def _running(cast: Cast, people: dict[str, Person], now: datetime) -> dict[str, object]:
    """What those who run the program have to do with; and another program with a document of its own."""
    session, dave = cast.session, cast.dave
    fresh, free, unasked = (people.pop(name) for name in ("fresh", "free", "unasked"))
    elsewhere = Program.add(session, "Elsewhere", "one-on-one", now.date(), now)
    titles = {"en": "Guide", "fr": "Guide"}
    papers = [
        Document.add(program, dave, now, titles=titles, purpose="first_week", language="en", what=_file())
        for program in (cast.program, cast.program, cast.program, elsewhere)
    ]
    Participation.of(cast.alice, cast.program, "mentor").capacity = 5  # type: ignore[union-attr]
    proposal = propose_match(session, cast.program, cast.alice, fresh, now, by=dave)
    alias = Alias(person_id=cast.bob.id, email="bob@home.example.org", generation=0, confirmed_at=now)
    call, failed = CallForHelp.make(cast.bob, "Please call", now), _failed(now)
    session.add_all([alias, failed])
    editing.move_question(cast.program, "midway_mentor", "frequency", 1, dave, now)
    session.flush()
    numbers = {"program": cast.program, "elsewhere": elsewhere, "proposal": proposal, "alias": alias, "call": call}
    numbers |= {"fresh": fresh, "free_mentor": free, "received": failed, "document": papers[1], "foreign": papers[3]}
    sponsor = Sponsor.add(cast.program, "sid@fund.example.org", "Sid Moor", "en", dave, now)
    numbers |= {"unheard": _unheard(cast, now), "sponsor": sponsor}
    numbers |= {"unasked": unasked, "mentee": cast.bob, "mentor": cast.alice, "stranger": people["stranger"]}
    version, (question, *_) = shipped()["midway_mentee"].version, shipped()["midway_mentee"].answerable
    named = {"version": version, "question": question.name, "drafted": "midway_mentor"}
    named["figure"] = next(iter(definitions()))
    return {name: row.id for name, row in numbers.items()} | named  # type: ignore[attr-defined]


def _unheard(cast: Cast, now: datetime) -> Unheard:
    """That the mentor leaves mails unanswered."""
    part = Participation.of(cast.alice, cast.program, "mentor")
    one = part and Unheard.notice(part, [now - 20 * DAY] * 3, None, now)
    assert one
    cast.session.flush()
    return one


def _meetings(together: Relationship, people: Mapping[str, Person], now: datetime) -> dict[str, object]:
    """Meetings of all and of the pair, ahead and over, and two lines of the session log."""
    alice, bob = people["mentor"], people["mentee"]
    before, pair = now - 10 * DAY, (alice, bob)
    rows = {
        "meeting": propose(together, bob, [now + 5 * DAY], now),
        "pair_meeting": propose(together, bob, [now + 6 * DAY], now, people=pair),
        "past_meeting": propose(together, bob, [now - 2 * DAY], before, people=pair),
        "countered": propose(together, alice, [now + 7 * DAY], now, people=pair),
        "times": propose(together, alice, [now + 8 * DAY, now + 9 * DAY], now, people=pair),
        "line": SessionLog.add(together, bob, Way.PHONE, now - DAY, 20, "It", now),
    }
    counter(rows["countered"], bob, now + 11 * DAY, now)  # type: ignore[arg-type]
    held = propose(together, bob, [now - 3 * DAY], before, people=pair)
    rows["pair_line"] = SessionLog.of_meeting(held, bob, 50, "It", now)
    return {name: row.id for name, row in rows.items()}


def _objectives(together: Relationship, people: Mapping[str, Person], now: datetime) -> dict[str, object]:
    """Bob's objectives, with a task that is open and one that is done, and notes of both kinds."""
    alice, bob = people["mentor"], people["mentee"]
    plans = (Plan(title, Category.LEADERSHIP, Horizon.LONG, "", "", "", "") for title in ("Speak", "Write"))
    objective, dropped = [Objective.open(together, bob, one, bob, now) for one in plans]
    day = (now + 9 * DAY).date()
    task, done = (Task.add(objective, words, day, bob, alice, now) for words in ("Read", "Ask"))
    remark = task.remark(bob, "It", now)
    done.finish(bob, now)
    dropped.close(Ending.DROPPED, bob, now)
    rows = {"objective": objective, "dropped": dropped, "task": task, "done": done, "remark": remark}
    notes = {"private_note": (bob, False), "shared_note": (bob, True), "mentors_note": (alice, False)}
    for name, (author, is_shared) in notes.items():
        rows[name] = Note.write(together, bob, "It", author, now, is_shared=is_shared)
    together.session.flush()
    return {name: row.id for name, row in rows.items()}


def _asked(together: Relationship, people: Mapping[str, Person], now: datetime) -> dict[str, object]:
    """Bob's sheets, one of them shared, his survey, and the agreement that he has signed."""
    bob = people["mentee"]
    mine = {one.name: one for one in asked_of(bob, together)}
    sheet, survey, code = mine["planning_sheet"], mine["mentee_baseline"], mine["mentorship_agreement"]
    sheet.answer(bob, {"hopes": "It"}, now)
    shared = Asked(
        **{name: getattr(sheet, name) for name in ("program", "relationship", "person", "text", "name", "reminds")},
        occasion="shared", asked_at=now, opens_at=now,
    )  # fmt: skip
    together.session.add(shared)
    together.session.flush()
    shared.answer(bob, {"hopes": "It"}, now)
    share(shared, bob, now)
    words = {one.name: "It" for one in shipped()["mentorship_agreement"].answerable}
    take_answer(code, bob, words | {"signature": bob.name}, now)
    agreement = AgreementText.current(together, "mentorship_agreement")
    assert agreement
    signature = agreement.signature(bob)
    assert signature
    rows = {"sheet": sheet, "shared_sheet": shared, "survey": survey, "agreement": agreement, "signature": signature}
    return {name: row.id for name, row in rows.items()}


def _reports(together: Relationship, people: Mapping[str, Person], now: datetime) -> dict[str, object]:
    """Alice's report, which Carol got, and her draft; and what worries Bob."""
    alice, bob = people["mentor"], people["mentee"]
    sent = ProgressReport.write(together, "It", alice, now, tone=Tone.NEWS, is_urgent=False)
    draft = ProgressReport.draft(together, "It", alice, now)
    concern = Concern.raise_one(together, Kind.OTHER, "It", bob, now)
    return {"report": sent.id, "draft": draft.id, "concern": concern.id}


def _times(now: datetime) -> dict[str, object]:
    then, past = ((now + days * DAY).strftime("%Y-%m-%dT15:00") for days in (12, -2))
    return {
        "then": then,
        "past": past,
        "soon": (now + 10 * DAY).date(),
        "later": (now + 300 * DAY).date(),
        "forged": "a" * 20,
    }


def _mailed(app: Flask, cast: Cast, now: datetime) -> dict[str, object]:
    """What a round sent, and the tokens that it brought."""
    house = app.extensions["mentorly"]
    office = PostOffice(cast.session, house.register, house.settings)
    office.round(Clock(now), Keeper())
    tokens = office.desk.tokens
    sent = {(one.kind, one.reader_id): one for one in cast.session.query(Envelope) if one.sent_at}
    proposed, nudge = sent["match_proposed", cast.alice.id], sent["nudge", cast.alice.id]
    paper = cast.session.query(Document).order_by(Document.id).first()
    assert paper
    return {
        "letter": office.desk.token(proposed.id, cast.alice),
        "envelope": proposed.id,
        "stop": tokens.make("unsubscribe", nudge.id, cast.alice.generation),
        "feed": tokens.make("feed", cast.bob.id, cast.bob.feed_generation),
        "paper": tokens.make("document", paper.id),
    }


def _file() -> File:
    return File(b"%PDF-1.7\n1 0 obj\n%%EOF\n")


def _failed(now: datetime) -> Received:
    """A message that could not be taken in."""
    raw = b"Subject: It\r\n\r\nIt\r\n"
    return Received(
        fingerprint="1", message_id="<1@world.example.org>", recipient="", envelope_sender="", size=len(raw), raw=raw,
        door="lmtp", received_at=now, taken_at=now, stage=Stage.FAILED, fault="UnicodeError",
    )  # fmt: skip
