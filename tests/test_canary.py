"""The canary: a private word is walked through every mail, page, export, forecast and log. It must not come out.

Every new place where people type text, and every new place where text can leave, belongs in this file.
"""

import gc
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote_plus
from zipfile import ZipFile

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from mentorly.app import set_logs
from mentorly.blueprints.archive import packed
from mentorly.blueprints.archive_words import LABELS
from mentorly.emails.digests import Digest
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.erasing import shred
from mentorly.emails.own_mail import holdings
from mentorly.emails.post_office import PostOffice
from mentorly.emails.received import Received, Stage
from mentorly.emails.support import support_dump
from mentorly.emails.tally import Tally
from mentorly.extensions import db, limiter
from mentorly.jobs.post import tell_round
from mentorly.mentoring.agendas import write_agenda
from mentorly.mentoring.agreements import AgreementText, Signature
from mentorly.mentoring.asked import Asked as AskedOf
from mentorly.mentoring.asked import asked_of
from mentorly.mentoring.base import Base, Private
from mentorly.mentoring.concerns import Concern, Kind
from mentorly.mentoring.drafts import keep_draft
from mentorly.mentoring.figures import release_figures
from mentorly.mentoring.filling_in import take_answer
from mentorly.mentoring.instrument_files import shipped
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.monthly import MonthlyFigures
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Category, Horizon, Objective, Plan
from mentorly.mentoring.own_events import OwnEvent, follow
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import propose
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.reports import ProgressReport, Tone
from mentorly.mentoring.roster import export_roster
from mentorly.mentoring.sealing import Sealed
from mentorly.mentoring.sessions import SessionLog, Way
from mentorly.mentoring.sponsors import Sponsor
from mentorly.mentoring.tasks import Task
from mentorly.mentoring.whereabouts import Where
from tests.apps import Apps
from tests.cast import Cast, Clock, Keeper, cast_of, register_of
from tests.doors.signing import csrf_of, sign_in
from tests.emails.calendar_clients import Asked, Planned, Said, google, utc
from tests.emails.received import OWN

DAY = timedelta(days=1)
PASSWORD = "a horse in the rain"

# What each word is, and who alone may read it (rules C6, C7, C9).
RESERVATION = "zanzibarium"
NOTES = "quixotropic"
PASSPHRASE = "thunderplum in march"
WRITTEN_BACK = "flibbertigibbet"
CALLED = "hullabaloozle"
PASSED_ON = "gobbledywump"
SEALED = "snollygosterly"
IN_REPLIES = (CALLED, PASSED_ON, SEALED)
IN_CALENDARS = "tulgeywhiff"
PLACE, LINK, PHONE = "wobblehouse", "https://meet.example.org/jabberwockle", "1 555 0199 brillig"
AGENDA, TOPICS, REASON, EVENT_UID = "frumiosity", "mimsyborogove", "slithertove", "vorpalsnick"
TITLE, WHY, SUPPORT, BARRIERS, SUCCESS = "gimbleton", "outgraber", "bandersnack", "jubjubbery", "callooh-callay"
TASK, SAID, SHARED, OWN_NOTE = "galumphing", "uffishly", "manxomery", "borogrove"
ON_SHEET, IN_DRAFT, AGREED, SIGNED_AS = "momerathory", "wabeness", "tumtumberry", "Slithy Tove"
OF_INSTRUMENTS = (ON_SHEET, IN_DRAFT, AGREED, SIGNED_AS)
OF_OBJECTIVES = (TITLE, WHY, SUPPORT, BARRIERS, SUCCESS, TASK, SAID, SHARED)
OF_MEETINGS = (PLACE, LINK, PHONE, AGENDA, TOPICS, REASON, EVENT_UID)
SCRAPER = "what the scraper shows"
TYPED = (*OF_MEETINGS, *OF_OBJECTIVES, *OF_INSTRUMENTS, OWN_NOTE)
REPORTED, WORRIED = "whifflingly", "beamishness"
PRIVATE = (RESERVATION, NOTES, PASSPHRASE, PASSWORD, WRITTEN_BACK, *IN_REPLIES, *TYPED, IN_CALENDARS, REPORTED, WORRIED)
REASON_KIND = "We know each other too well"


@pytest.fixture
def app(apps: Apps) -> Iterator[Flask]:
    with apps.given(MENTORLY_METRICS_TOKEN=SCRAPER) as app:
        yield app


@pytest.fixture
def cast(app: Flask) -> Iterator[Cast]:
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as session:
        cast = cast_of(session, datetime.now(UTC) - 30 * DAY)
        for person in (cast.alice, cast.bob, cast.carol, cast.dave, cast.eve):
            set_password(person, PASSWORD, datetime.now(UTC))
            person.prefer(
                datetime.now(UTC),
                language="en",
                timezone="America/Toronto",
                phone="",
                quiet=None,
                weekly=False,
                quotes=False,
            )
        session.commit()
        yield cast


@pytest.fixture
def keeper(cast: Cast, app: Flask) -> Keeper:
    """The story: Dave proposes, Alice reserves with her reason; another pair is matched; everybody is mailed."""
    keeper, now = Keeper(), datetime.now(UTC)
    house = app.extensions["mentorly"]
    office = PostOffice(cast.session, house.register, house.settings)
    office.round(Clock(now - 20 * DAY), keeper)
    part = Participation.of(cast.bob, cast.program, "mentee")
    assert part is not None
    part.notes = NOTES
    proposal = cast.propose(now - 20 * DAY, by=cast.dave)
    office.round(Clock(now - 20 * DAY), keeper)
    proposal.reserve("relationship", f"He is my {RESERVATION} cousin", cast.alice, now - 19 * DAY)
    cast.session.commit()
    office.round(Clock(now - 19 * DAY), keeper)
    anna = Person.register(
        cast.session, "anna@boreal.example.org", "Anna Roy", now - 10 * DAY, by=None, organization=cast.boreal
    )
    Participation.join(anna, cast.program, "mentor", now - 10 * DAY, by=None)
    second = propose_match(cast.session, cast.program, anna, cast.bob, now - 9 * DAY, by=cast.carol)
    for name in ("Cleo", "Finn"):
        free = Person.register(
            cast.session, f"{name}@boreal.example.org", f"{name} Roy", now - 10 * DAY, by=None, organization=cast.boreal
        )
        Participation.join(free, cast.program, "mentee", now - 10 * DAY, by=None).notes = NOTES
        propose_match(cast.session, cast.program, anna, free, now - 9 * DAY, by=cast.carol)
    cast.session.commit()
    office.round(Clock(now - 9 * DAY), keeper)
    together = second.accept(anna, now - 8 * DAY)
    set_password(cast.bob, PASSPHRASE, now)
    cast.session.commit()
    for days in range(8, -1, -1):
        office.round(Clock(now - days * DAY), keeper)
    cast.program.contact_id = cast.dave.id
    set_password(anna, PASSWORD, now)
    _meetings(together, anna, cast.bob, now)
    _instruments(together, anna, cast.bob, now)
    _calendars(cast, office, together, anna)
    _replies(cast, office, keeper)
    _objectives(together, anna, cast.bob, now)
    release_figures(cast.program, now)
    MonthlyFigures.prepare(cast.session, now - 31 * DAY)
    _reports(together, anna, cast.bob, now)
    cast.session.commit()
    office.round(Clock(now + timedelta(minutes=7)), keeper)
    for number, stage in enumerate((Stage.WAITING, Stage.TAKEN, Stage.FAILED)):
        cast.session.add(written_back(cast, str(number), stage, now))
    cast.session.commit()
    assert len(keeper.carried) >= 6
    assert cast.session.query(Digest).count() >= 1
    return keeper


def _meetings(together: Relationship, anna: Person, bob: Person, now: datetime) -> None:
    """Bob and Anna plan, call off and log; one meeting is in Anna's own calendar."""
    where = Where(PLACE, LINK, PHONE)
    planned, off = (propose(together, bob, [now + days * DAY], now, where=where) for days in (9, 10))
    write_agenda(planned, bob, f"About {AGENDA}", now)
    off.call_off(bob, f"It is a {REASON}", now)
    SessionLog.add(together, bob, Way.PHONE, now - DAY, 20, f"On {TOPICS}", now)
    event = OwnEvent(EVENT_UID, "", now + 12 * DAY, 60, where, 0, now, frozenset())
    follow(together, anna, [event], now, is_whole=True)


def _objectives(together: Relationship, anna: Person, bob: Person, now: datetime) -> None:
    """Anna gives Bob tasks for his objective; he is done with one, and each writes notes."""
    plan = Plan(TITLE, Category.LEADERSHIP, Horizon.LONG, WHY, SUPPORT, BARRIERS, SUCCESS)
    objective = Objective.open(together, bob, plan, bob, now)
    day = bob.rhythm.day(now)
    tasks = [Task.add(objective, f"{TASK} {days}", day + days * DAY, bob, anna, now) for days in (3, 20)]
    tasks[0].remark(bob, SAID, now)
    tasks[0].finish(bob, now)
    Note.write(together, bob, SHARED, anna, now, is_shared=True)
    Note.write(together, bob, OWN_NOTE, bob, now, is_shared=False)


def _instruments(together: Relationship, anna: Person, bob: Person, now: datetime) -> None:
    """Bob finishes a sheet, Anna begins hers, and both sign an agreement, Bob by a name that is in no list."""
    asked = {(one.person_id, one.name): one for person in (anna, bob) for one in asked_of(person, together)}
    asked[bob.id, "planning_sheet"].answer(bob, {"hopes": f"A {ON_SHEET}"}, now)
    keep_draft(asked[anna.id, "planning_sheet"], anna, {"hopes": f"My {IN_DRAFT}"}, "", now)
    words = {one.name: f"On {AGREED}" for one in shipped()["mentorship_agreement"].answerable}
    for person, name in ((anna, anna.name), (bob, SIGNED_AS)):
        take_answer(asked[person.id, "mentorship_agreement"], person, words | {"signature": name}, now)


def _reports(together: Relationship, anna: Person, bob: Person, now: datetime) -> None:
    """Anna tells Carol how it goes, and has a draft; Bob tells the administrators what worries him."""
    ProgressReport.write(together, f"He is {REPORTED}", anna, now, tone=Tone.CONCERN, is_urgent=True)
    ProgressReport.draft(together, f"He was {REPORTED}", anna, now)
    Concern.raise_one(together, Kind.CONDUCT, f"It is her {WORRIED}", bob, now)


def _calendars(cast: Cast, office: PostOffice, together: Relationship, anna: Person) -> None:
    """Anna answers an invitation with a comment, and plans events whose titles are her own; one is refused."""
    now, member = datetime.now(UTC).replace(microsecond=0), together.member(anna)
    planned = next(one for one in together.session.query(Meeting) if one.is_planned and not one.is_own_event)
    assert member
    own = office.desk.calendar_address(member, anna.generation)
    asked = Asked(planned.uid, own, anna.email, 0, f":{utc(now + 9 * DAY)}", f":{utc(now + 10 * DAY)}")
    said = Said("ACCEPTED", now, anna.email, comment=IN_CALENDARS)
    event = Planned(anna.email, (own,), now + 13 * DAY, stamp=now, summary=f"With {IN_CALENDARS}")
    long = Planned(anna.email, (own,), now + 13 * DAY, 9 * DAY, "long@x", stamp=now, summary=f"On {IN_CALENDARS}")
    taken = []
    for raw in (google(asked, said), event.as_bytes(), long.as_bytes()):
        (number,) = office.reception.keep(raw, [own], anna.email, "lmtp", now)
        received = cast.session.get_one(Received, number)
        office.reception.take_in(received, now)
        taken.append(received.decision)
    assert taken == ["accept", "update", "refuse"]
    cast.session.commit()


def _replies(cast: Cast, office: PostOffice, keeper: Keeper) -> None:
    """Bob calls for help, writes to his mentor, and to a mail that asks; Carol's mailbox is used by somebody else."""
    _reply(cast, office, keeper, cast.bob, f"Help\n\nI am {CALLED}.", minutes_ago=6)
    _reply(cast, office, keeper, cast.bob, f"I feel {PASSED_ON}.")
    _reply(cast, office, keeper, cast.carol, f"Is it {SEALED}?")
    _reply(cast, office, keeper, cast.carol, f"I am {SEALED}.", "carol@home.example.net")
    now = datetime.now(UTC)
    office.round(Clock(now), keeper)
    asked = cast.session.query(Envelope).filter_by(kind="remark_kept", reader_id=cast.bob.id).one()
    token = office.desk.token(asked.id, cast.bob)
    office.answer(office.open(token, now), "mentor", {}, "web", now)
    cast.session.commit()
    office.round(Clock(now + timedelta(minutes=6)), keeper)


def _reply(
    cast: Cast,
    office: PostOffice,
    keeper: Keeper,
    person: Person,
    words: str,
    sender: str = "",
    minutes_ago: int = 0,
) -> None:
    """Answer the latest mail to a person that is about one thing."""
    now = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    mails = (back for back, to, data in reversed(keeper.carried) if to == person.email and b"in one mail" not in data)
    address = next(mails)
    raw = f"From: {sender or person.email}\r\nSubject: Re: {words[:3]}\r\n\r\n{words}\r\n".encode()
    for number in office.reception.keep(raw, [address], sender or person.email, "lmtp", now):
        received = cast.session.get_one(Received, number)
        office.reception.take_in(received, now)
        assert received.decision in {"help", "remark", "unclear", "other address"}
    cast.session.commit()


def written_back(cast: Cast, name: str, stage: Stage, now: datetime) -> Received:
    """A mail that Bob sent to us, and that is kept until it is taken in, and for a while after."""
    raw = f"From: Bob Tremblay <{cast.bob.email}>\r\nSubject: {WRITTEN_BACK}\r\n\r\n{WRITTEN_BACK}\r\n".encode()
    return Received(
        fingerprint=name,
        message_id=f"<{WRITTEN_BACK}-{name}@prairie.example.org>",
        recipient=f"reply+{WRITTEN_BACK}@localhost",
        envelope_sender=cast.bob.email,
        size=len(raw),
        raw=raw,
        door="lmtp",
        received_at=now,
        taken_at=now,
        stage=stage,
        fault="UnicodeError" if stage == Stage.FAILED else "",
    )


# What leads elsewhere from a page, and what a file is called: browsers, proxies and employers keep these.
ADDRESSES = re.compile(r"""(?:href|src|action|formaction)=["']([^"']*)|(?:Location|Content-Disposition): ([^\r\n]*)""")


def check_addresses(answer: TestResponse) -> None:
    """No address on a page and no file's name bears what somebody typed, but for the address of a video meeting."""
    for found in ADDRESSES.finditer(answer.data.decode("utf-8", "replace") + str(answer.headers)):
        address = unquote_plus(found[1] or found[2] or "")
        assert address.startswith(LINK) or not [word for word in PRIVATE if word in address], address


def pages_of(app: Flask, person: Person | None, password: str = PASSWORD) -> dict[str, str]:
    """Every page that can be looked at, with every number that there is, as this person sees it."""
    limiter.reset()
    browser = app.test_client()
    if person is not None:
        address = person.email
        person.session.commit()
        sign_in(browser, address, password)
    seen = {}
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint == "static":
            continue
        for number in range(1, 9):
            with app.test_request_context():
                known = {"number": number, "kind": "match_reserved", "name": "midway_mentee", "version": 1}
                known |= {"name": "objectives"} if rule.endpoint == "console.figure_as_file" else {}
                values = {name: known.get(name, "sample") for name in rule.arguments}
                address = rule.build(values)[1]  # type: ignore[index]
            answer = browser.get(address)
            assert answer.status_code < 500 or address == "/readyz", address
            check_addresses(answer)
            seen[address] = answer.data.decode("utf-8", "replace") + str(answer.headers)
            if not rule.arguments:
                break
    return seen


def words_read(app: Flask, person: Person, path: str) -> str:
    """What a person reads who presses the first button "Read the words" of a page."""
    browser = app.test_client()
    limiter.reset()
    person.session.commit()
    sign_in(browser, person.email, PASSWORD)
    page = browser.get(path).text
    button = re.search(rf'action="({path}/\d+/read)"', page)
    assert button
    return browser.post(button[1], data={"csrf_token": csrf_of(page)}).text


def test_a_reservations_reason_is_on_one_page_of_one_person(app: Flask, cast: Cast, keeper: Keeper) -> None:
    for person, password in (
        (None, ""),
        (cast.bob, PASSPHRASE),
        (cast.carol, PASSWORD),
        (cast.eve, PASSWORD),
        (cast.alice, PASSWORD),
    ):
        for address, page in pages_of(app, person, password).items():
            assert RESERVATION not in page, f"{address} as {person and person.name}"
            assert not [word for word in (WRITTEN_BACK, IN_CALENDARS, *IN_REPLIES) if word in page], (
                f"{address} as {person and person.name}"
            )
            told = [word for word in TYPED if word in page]
            assert not told or (person is cast.bob and EVENT_UID not in told), f"{address} as {person and person.name}"
            assert WORRIED not in page, f"{address} as {person and person.name}"
            assert REPORTED not in page or (person is cast.carol and address == "/report/1"), address
    seen = pages_of(app, cast.dave)
    assert not [address for address, page in seen.items() if [word for word in TYPED if word in page]]
    assert "UnicodeError" in seen["/console/received"]
    assert not [address for address, page in seen.items() if WRITTEN_BACK in page or IN_CALENDARS in page]
    leaks = [address for address, page in seen.items() if RESERVATION in page]
    assert len(leaks) == 1
    assert leaks[0].startswith("/console/proposals/")
    assert not [address for address, page in seen.items() if CALLED in page or WORRIED in page]
    assert CALLED in words_read(app, cast.dave, "/console/help")
    assert WORRIED in words_read(app, cast.dave, "/console/concerns")
    assert not [address for address, page in seen.items() if REPORTED in page]
    assert not [address for address, page in seen.items() if PASSED_ON in page or SEALED in page]
    anna = cast.session.query(Person).filter_by(name="Anna Roy").one()
    seen = pages_of(app, anna)
    assert [address for address, page in seen.items() if PASSED_ON in page] == ["/home"]
    assert not [address for address, page in seen.items() if CALLED in page or SEALED in page or OWN_NOTE in page]
    assert [address for address, page in seen.items() if REPORTED in page] == ["/report/1", "/report/2"]
    assert not [address for address, page in seen.items() if WORRIED in page]


def test_no_table_holds_a_word_of_a_report_or_a_concern_and_no_mail_tells_a_mentee_of_one(
    cast: Cast, keeper: Keeper
) -> None:
    """Whoever comes by a dump of the database has no key to them (rules B10)."""
    for table in Base.metadata.sorted_tables:
        for row in cast.session.execute(table.select()):
            assert not [word for word in (REPORTED, WORRIED) if word in str(tuple(row))], table.name
    kinds = ("progress_report", "report_draft", "report_draft_again", "report_not_delivered", "report_prompt")
    about = cast.session.query(Envelope).where(Envelope.kind.in_(kinds)).all()
    assert {one.reader.name for one in about} == {"Anna Roy", "Carol Roy"}, "its author, and who got it"
    mails = [(to, message_from_bytes(data, policy=default)) for _, to, data in keeper.carried]
    assert [to for to, mail in mails if mail["Subject"] == "Mentoring: a progress report"] == [cast.carol.email]


def test_what_is_written_into_instruments_is_on_the_pages_of_their_people_alone(
    app: Flask, cast: Cast, keeper: Keeper
) -> None:
    """Every one of them, by its number: who wrote it, who filled in an agreement together, who signed."""
    anna = cast.session.query(Person).filter_by(name="Anna Roy").one()
    numbers = {
        "asked": cast.session.scalars(select(AskedOf.id)).all(),
        "agreement": cast.session.scalars(select(AgreementText.id)).all(),
        "signed": [f"{number}.pdf" for number in cast.session.scalars(select(Signature.id))],
    }
    paths = ["/asked", *(f"/{place}/{number}" for place, found in numbers.items() for number in found)]
    seen: dict[str, set[str]] = {}
    outside = (cast.alice, cast.carol, cast.dave, cast.eve)
    for person, password in ((anna, PASSWORD), (cast.bob, PASSPHRASE), *((one, PASSWORD) for one in outside)):
        browser, address = app.test_client(), person.email
        cast.session.commit()
        limiter.reset()
        sign_in(browser, address, password)
        pages = [browser.get(path, follow_redirects=True) for path in paths]
        seen[person.first_name] = {word for word in OF_INSTRUMENTS for page in pages if word.encode() in page.data}
        papers = [page for page in pages if page.mimetype == "application/pdf"]
        assert len(papers) == (1 if person in {anna, cast.bob} else 0), person.name
    assert seen.pop("Anna") == {IN_DRAFT, AGREED}
    assert seen.pop("Bob") == {ON_SHEET, AGREED, SIGNED_AS}
    assert set().union(*seen.values()) == set()


def test_a_signed_copy_is_mailed_to_its_signers_alone(cast: Cast, keeper: Keeper) -> None:
    signed = [(to, data) for _, to, data in keeper.carried if b"application/pdf" in data]
    assert {to for to, _ in signed} == {cast.bob.email, "anna@boreal.example.org"}
    assert {message_from_bytes(data, policy=default)["Subject"] for _, data in signed} == {
        "Mentoring: your signed agreement"
    }


def test_no_mail_bears_a_private_word(cast: Cast, keeper: Keeper) -> None:
    for _, recipient, data in keeper.carried:
        mail = message_from_bytes(data, policy=default)
        text = "\n".join(
            str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text"
        ) + str(mail.items())
        names = " ".join(filter(None, (part.get_filename() for part in mail.walk())))
        assert not [word for word in (*PRIVATE, "Bob", "Anna", "Roy", "Tremblay") if word in names], names
        for word in (RESERVATION, NOTES, PASSPHRASE, SEALED, IN_CALENDARS, *OF_OBJECTIVES, *OF_INSTRUMENTS, OWN_NOTE):
            assert word not in text, f"{mail['Subject']} to {recipient}"
        assert CALLED not in text or recipient == cast.dave.email
        assert REPORTED not in text or recipient == cast.carol.email
        assert WORRIED not in text, "Dave has said nothing of quoting"
        if recipient not in {cast.bob.email, "anna@boreal.example.org"}:
            assert not [word for word in OF_MEETINGS if word in text], f"{mail['Subject']} to {recipient}"
        assert PASSED_ON not in text or recipient == cast.bob.email, "what one wrote is quoted back to oneself alone"
        if recipient != cast.dave.email:
            assert REASON_KIND not in text


def test_a_sponsor_reads_no_private_word_no_name_and_no_organization(app: Flask, cast: Cast, keeper: Keeper) -> None:
    """Of a program of ten: what they are asked, the figures with their file, and what the links lead to (rules C8)."""
    session, now, house = cast.session, datetime.now(UTC), app.extensions["mentorly"]
    office = PostOffice(session, house.register, house.settings)
    for number in range(4):
        address = f"n{number}@boreal.example.org"
        person = Person.register(session, address, f"Noa{number} Lam", now, by=None, organization=cast.boreal)
        person.welcomed_at = now
        Participation.join(person, cast.program, "mentee", now, by=None)
    sponsor = Sponsor.add(cast.program, "sid@fund.example.org", "Sid Moor", "en", cast.dave, now)
    session.commit()
    office.round(Clock(now), keeper)
    sponsor.agree(sponsor.person, now)
    session.add(MonthlyFigures(month=(now - 4 * DAY).date(), program=cast.program, person=sponsor.person))
    session.commit()
    office.round(Clock(now), keeper)
    mails = [message_from_bytes(data, policy=default) for _, to, data in keeper.carried if to == sponsor.person.email]
    assert [mail["Subject"].partition(" of Pilot")[0] for mail in mails] == [
        "Mentoring: would you like the figures", "Mentoring: the figures",
    ]  # fmt: skip
    assert [part.get_filename() for part in mails[1].iter_attachments()] == ["figures.csv"]
    read = "".join(f"{mail.items()}{part.get_content()}" for mail in mails for part in mail.walk() if is_text(part))
    sent = session.query(Envelope).filter_by(reader_id=sponsor.person_id).all()
    tokens = [office.desk.token(one.id, sponsor.person) for one in sent]
    names = {
        word for one in session.query(Person) if one is not sponsor.person for word in (*one.name.split(), one.email)
    }
    names |= {one.name for one in (cast.boreal, cast.prairie)}
    session.commit()
    limiter.reset()
    read += "".join(app.test_client().get(f"/a/{token}").text for token in tokens)
    assert not [word for word in PRIVATE if word in read]
    assert not [name for name in names if re.search(rf"\b{re.escape(name)}\b", read)]


def is_text(part: Message) -> bool:
    """Whether a part of a mail is text, a file of text included."""
    return part.get_content_maintype() == "text"


def test_a_digest_tells_of_nobody_more_than_the_mails_that_it_carries(cast: Cast, keeper: Keeper) -> None:
    """A mentor learns of mentees who were proposed to them, and of no contact before accepting (rules C9)."""
    to_mentor = [data for _, recipient, data in keeper.carried if recipient.casefold().startswith("anna")]
    digests = [body_of(data) for data in to_mentor if b"in one mail" in data]
    of_proposals = [text for text in digests if "Cleo Roy" in text]
    assert of_proposals
    for text in of_proposals:
        assert "Bob" not in text
        assert "boreal.example.org" not in text


def body_of(data: bytes) -> str:
    """The text part of a mail."""
    body = message_from_bytes(data, policy=default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_with_quoting_on_the_reason_is_in_the_mail_to_who_proposed_and_in_no_other(app: Flask, cast: Cast) -> None:
    keeper, now = Keeper(), datetime.now(UTC)
    house = app.extensions["mentorly"]
    office = PostOffice(cast.session, house.register, house.settings)
    for person in (cast.alice, cast.bob, cast.carol, cast.dave):
        person.choose_quoting(quotes=True, now=now)
    proposal = cast.propose(now, by=cast.dave)
    office.round(Clock(now), keeper)
    proposal.reserve("other", f"about {RESERVATION}", cast.alice, now + DAY)
    cast.session.commit()
    office.round(Clock(now + DAY), keeper)
    bodies = {
        recipient: message_from_bytes(data, policy=default).get_body(("plain",))
        for _, recipient, data in keeper.carried
    }
    readers = [
        recipient for recipient, body in bodies.items() if body is not None and RESERVATION in body.get_content()
    ]
    assert readers == [cast.dave.email]


def test_notes_are_seen_by_those_who_register_people_alone(app: Flask, cast: Cast, keeper: Keeper) -> None:
    for person, password in ((None, ""), (cast.bob, PASSPHRASE), (cast.alice, PASSWORD), (cast.eve, PASSWORD)):
        for address, page in pages_of(app, person, password).items():
            assert NOTES not in page, f"{address} as {person and person.name}"


def test_no_log_no_repr_no_envelope_and_no_forecast_bears_a_private_word(
    app: Flask, cast: Cast, keeper: Keeper, capfd: pytest.CaptureFixture[str]
) -> None:
    set_logs("text")  # to where this test reads it
    pages_of(app, cast.dave)
    house = app.extensions["mentorly"]
    office = PostOffice(cast.session, house.register, house.settings)
    tell_round(office.round(Clock(datetime.now(UTC)), keeper))
    said = "".join(capfd.readouterr())
    assert "not ready" in said, "what is looked at is the log"
    forecast = json.dumps(
        [
            [one.kind.name, one.occasion, str(one.moment)]
            for one in office.upcoming(datetime.now(UTC), datetime.now(UTC) + 30 * DAY)
        ]
    )
    shown = "".join(repr(thing) for thing in gc.get_objects() if isinstance(thing, Base))
    outbox = [
        str(tuple(row))
        for table in (
            "envelope",
            "answer",
            "round",
            "suppression",
            "unreached",
            "sample_request",
            "tally",
            "standing",
            "reply",
            "alias",
        )
        for row in cast.session.execute(Base.metadata.tables[table].select())
    ]
    for word in (*PRIVATE, "@boreal.example.org", "@prairie.example.org", "@home.example.net"):
        assert word not in said
        assert word not in forecast
        assert word not in shown
    for word in PRIVATE:
        assert not [row for row in outbox if word in row]


def test_what_watches_over_the_post_tells_of_nobody(app: Flask, cast: Cast, keeper: Keeper) -> None:
    """Not even when a mail server answers with what it was given."""
    now = datetime.now(UTC)
    for envelope in cast.session.query(Envelope).limit(3):
        envelope.state, envelope.closed_at = State.REFUSED, now
        envelope.why_not = envelope.server_said = f"{cast.alice.name} <{cast.alice.email}> {RESERVATION} {PASSPHRASE}"
    Tally.keep_up(cast.session, now, since=now - 30 * DAY)
    address = cast.dave.email
    cast.session.commit()
    browser = app.test_client()
    metrics = browser.get("/metrics", headers={"Authorization": f"Bearer {SCRAPER}"}).text
    sign_in(browser, address, PASSWORD)
    page = browser.get("/console/post").text
    assert 'mentorly_refused_total{reason="other"} 3.0' in metrics
    assert "The last 24 hours" in page
    for person in (cast.alice, cast.bob, cast.carol, cast.dave, cast.eve):
        assert not [word for word in (person.email, *person.name.split()) if word in metrics]
        assert not [word for word in (person.email, person.name) if word in page]
    for word in (*PRIVATE, SCRAPER):
        assert word not in metrics + page


def test_what_a_bounce_quotes_is_on_no_page_in_no_mail_and_in_no_log(
    app: Flask, cast: Cast, keeper: Keeper, capfd: pytest.CaptureFixture[str]
) -> None:
    """Mail servers return what we wrote, and say what they like: the verdict and the code are all that is kept."""
    set_logs("text")  # to where this test reads it
    now, house = datetime.now(UTC), app.extensions["mentorly"]
    office = PostOffice(cast.session, house.register, house.settings)
    envelope = cast.session.query(Envelope).filter_by(kind="match_proposed", reader_id=cast.alice.id).one()
    envelope.sent_at = now
    raw = (OWN / "dsn_permanent.eml").read_bytes().replace(b"nobody of that name", RESERVATION.encode())
    raw = raw.replace(b"About the mail that you sent.", RESERVATION.encode()).replace(
        b"Your task", RESERVATION.encode()
    )
    address = office.desk.reply_address(office.desk.token(envelope.id, cast.alice))
    number = office.reception.keep(raw, [address], "", "pipe", now)[0]
    office.reception.take_in(cast.session.get_one(Received, number), now)
    cast.session.commit()
    office.round(Clock(now), keeper)
    assert envelope.bounce_code == "5.1.1"
    kept = [str(tuple(row)) for name in ("unreached", "suppression", "envelope") for row in _rows(cast, name)]
    assert not [row for row in kept if RESERVATION in row]
    for person in (cast.dave, cast.carol):
        for path in ("/console", "/console/unreached", f"/console/people/{cast.alice.id}"):
            browser = app.test_client()
            address = person.email
            cast.session.commit()
            sign_in(browser, address, PASSWORD)
            assert RESERVATION not in browser.get(path).text, path
    assert RESERVATION not in "".join(capfd.readouterr())
    assert not [recipient for _, recipient, data in keeper.carried if RESERVATION.encode() in data]


def _rows(cast: Cast, table: str) -> list[object]:
    return list(cast.session.execute(Base.metadata.tables[table].select()))


def test_an_export_holds_no_reservation_and_no_password(cast: Cast, keeper: Keeper) -> None:
    export = export_roster(cast.session, cast.program, None)
    assert cast.bob.email in export
    assert RESERVATION not in export
    assert "argon2" not in export


def test_an_archive_holds_what_its_person_wrote_or_may_read_and_nothing_that_is_kept_from_them(
    app: Flask, cast: Cast, keeper: Keeper
) -> None:
    """Bob's reservation about whom Alice wrote, the reports about him, his mentor's drafts: none is in his."""
    told, named = {}, set()
    for person in (*cast.session.query(Person).order_by(Person.id),):
        found = holdings(person, app.extensions["mentorly"].register)
        with app.test_request_context():
            page = packed(person, found, datetime.now(UTC))
        with ZipFile(BytesIO(page)) as archive:
            data, shown = (archive.read(name).decode() for name in ("data.json", "data.html"))
        words = {word for word in PRIVATE if word in data}
        assert words == {word for word in PRIVATE if str(escape(word)) in shown}, person.name
        assert not [secret for secret in ("argon2", PASSWORD, WRITTEN_BACK, "meet+", "reply+") if secret in data]
        told[person.first_name] = words
        named |= {name for holding in found for row in holding.rows for name in row}
    assert named - set(LABELS) == {"kind", "answers_in_codes", "begun_in_codes"}, "the page says everything but codes"
    of_both = {*OF_MEETINGS, *OF_OBJECTIVES, AGREED, PASSED_ON} - {EVENT_UID}
    assert told.pop("Bob") == of_both | {ON_SHEET, SIGNED_AS, OWN_NOTE, NOTES, CALLED, WORRIED}
    assert told.pop("Anna") == of_both | {IN_DRAFT, REPORTED}
    assert told.pop("Alice") == {RESERVATION}
    assert told.pop("Carol") == {SEALED}, "from her own address; not what somebody wrote from another one"
    assert told.pop("Cleo") == told.pop("Finn") == {NOTES}
    assert set().union(*told.values()) == set()


def test_what_is_written_for_support_tells_of_nobody(app: Flask, cast: Cast, keeper: Keeper) -> None:
    """Not even when a mail server answers with what it was given."""
    for envelope in cast.session.query(Envelope).limit(3):
        envelope.why_not = envelope.server_said = f"550 {cast.alice.name} <{cast.alice.email}> {RESERVATION}"
    cast.session.flush()
    own = app.extensions["mentorly"]
    dump = json.dumps(support_dump(cast.session, own.register, own.settings, datetime.now(UTC)))
    assert '"server_said": "550"' in dump
    assert not [word for word in (*PRIVATE, SCRAPER, own.settings.secret_key) if word in dump]
    for person in cast.session.query(Person):
        assert not [word for word in (person.email, *person.name.split()) if re.search(rf"\b{word}\b", dump)]
    assert "@" not in dump


def test_a_conflict_excludes_without_saying_who_declared_it_or_why(app: Flask, cast: Cast, keeper: Keeper) -> None:
    for address, page in pages_of(app, cast.carol).items():
        assert "Alice Gagnon declared" not in page, address
        assert "cousin" not in page, address


def test_every_private_column_is_known_to_the_canary() -> None:
    """A new Private column needs a line here, and a word in the story above."""
    private = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Private | Sealed)
    }
    assert private == {
        "agreement_text.words",
        "asked.draft",
        "call_for_help.words",
        "concern.sealed",
        "meeting.agenda",
        "meeting.event_uid",
        "meeting.link",
        "meeting.phone",
        "meeting.place",
        "meeting.reason",
        "note.words",
        "objective.barriers",
        "objective.success",
        "objective.support",
        "objective.title",
        "objective.why",
        "participation.notes",
        "progress_report.sealed",
        "proposal.reservation",
        "proposal.reservation_words",
        "remark.words",
        "reply.sender",
        "reply.sentence",
        "response.words",
        "session_log.topics",
        "signature.sealed",
        "task.words",
        "task_remark.words",
    }


ABOUT_MEETINGS = (
    *("invitation", "meeting_times", "meeting_off", "agenda_wanted", "meeting_reminder", "did_it_take_place"),
    *("session_logged", "digest"),
)


def test_what_is_written_about_meetings_goes_to_their_people_alone_and_quoted_to_who_chose_so(
    app: Flask, cast: Cast
) -> None:
    """Where to meet is in the invitation; agenda, topics and reasons are in mails only where quoting is on."""
    house, keeper, now = app.extensions["mentorly"], Keeper(), datetime.now(UTC)
    office = PostOffice(cast.session, register_of(*ABOUT_MEETINGS), house.settings)
    together = cast.propose(now).accept(cast.alice, now)
    cast.alice.choose_quoting(quotes=True, now=now)
    where, at = Where(PLACE, LINK, PHONE), now + 9 * DAY
    planned, off = (propose(together, cast.bob, [at + days * DAY], now, where=where) for days in (0, 2))
    propose(together, cast.bob, [at + 4 * DAY, at + 5 * DAY], now, where=where)
    cast.session.commit()
    office.round(Clock(now), keeper)
    write_agenda(planned, cast.bob, f"About {AGENDA}", now)
    off.call_off(cast.bob, f"It is a {REASON}", now + DAY)
    cast.session.commit()
    for days in range(1, 11):
        office.round(Clock(now + days * DAY), keeper)
    SessionLog.of_meeting(planned, cast.bob, 50, f"On {TOPICS}", now + 11 * DAY)
    cast.session.commit()
    office.round(Clock(now + 11 * DAY), keeper)
    words = (PLACE, LINK, PHONE, AGENDA, REASON, TOPICS)
    found: dict[str, set[str]] = {}
    for _, recipient, data in keeper.carried:
        mail = message_from_bytes(data, policy=default)
        said = "".join(str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text")
        found.setdefault(recipient, set()).update(word for word in words if word in said)
        assert not [word for word in words if word in str(mail.items())]
        assert not [word for word in (AGENDA, TOPICS, REASON) for part in mail.walk() if _in_calendar(part, word)]
    assert found == {cast.alice.email: set(words), cast.bob.email: {PLACE, LINK, PHONE}}


def _in_calendar(part: Message, word: str) -> bool:
    is_calendar = part.get_content_type() in {"text/calendar", "application/ics"}
    return is_calendar and word.encode() in bytes(part.get_payload(decode=True))  # type: ignore[arg-type]


ABOUT_TASKS = (
    "task_added",
    "task_due_soon",
    "task_overdue",
    "task_done",
    "task_remarked",
    "digest",
    "meeting_reminder",
)


def test_what_is_written_about_objectives_goes_to_mentee_and_mentor_alone_and_quoted_to_who_chose_so(
    app: Flask, cast: Cast
) -> None:
    house, keeper, now = app.extensions["mentorly"], Keeper(), datetime.now(UTC)
    office = PostOffice(cast.session, register_of(*ABOUT_TASKS), house.settings)
    together = cast.propose(now).accept(cast.alice, now)
    cast.alice.choose_quoting(quotes=True, now=now)
    _objectives(together, cast.alice, cast.bob, now)
    task = cast.session.query(Task).filter_by(number=2).one()
    Task.add(task.objective, f"{TASK} too", task.target_on, cast.alice, cast.bob, now)
    propose(together, cast.bob, [now + 9 * DAY], now)
    cast.session.commit()
    for days in range(25):
        office.round(Clock(now + days * DAY), keeper)
    found: dict[str, set[str]] = {}
    for _, recipient, data in keeper.carried:
        mail = message_from_bytes(data, policy=default)
        text = "".join(str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text")
        found.setdefault(recipient, set()).update(word for word in (*OF_OBJECTIVES, OWN_NOTE) if word in text)
        assert not [word for word in (*OF_OBJECTIVES, OWN_NOTE) if word in str(mail.items())]
    assert found[cast.alice.email] >= {TASK, SAID}
    assert not found[cast.alice.email] & {OWN_NOTE}
    assert found == {cast.alice.email: found[cast.alice.email], cast.bob.email: set()}


OF_BOB = (RESERVATION, WRITTEN_BACK, CALLED, PASSED_ON, PLACE, LINK, PHONE, AGENDA, TOPICS, REASON)
OF_BOB += (*OF_OBJECTIVES, OWN_NOTE, ON_SHEET, AGREED, SIGNED_AS, "Tremblay", "bob@boreal", "1 555 0142", "boss@boreal")


def test_after_erasing_no_table_no_page_and_no_later_mail_knows_what_bob_wrote_or_who_he_was(
    app: Flask, cast: Cast, keeper: Keeper
) -> None:
    """Nor does the file of the database, byte by byte."""
    session, now = cast.session, datetime.now(UTC)
    house, bob = app.extensions["mentorly"], cast.bob
    office = PostOffice(session, house.register, house.settings)
    bob.phone, bob.manager_email = "1 555 0142", "boss@boreal.example.org"
    session.commit()
    told = [table.name for table in Base.metadata.sorted_tables if knows(session, table.name, OF_BOB)]
    assert {"person", "objective", "received", "meeting", "signature", "remark"} <= set(told)
    office.erase(bob, cast.dave, now)
    session.commit()
    Tally.keep_up(session, now + DAY)
    assert sum(shred(session)) > 20
    session.commit()
    found = {table.name: knows(session, table.name, OF_BOB) for table in Base.metadata.sorted_tables}
    assert {name: words for name, words in found.items() if words} == {}
    session.commit()
    file = str(session.get_bind().engine.url.database)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    data = Path(file).read_bytes()
    assert [word for word in OF_BOB if word.encode() in data] == []
    anna = session.query(Person).filter_by(name="Anna Roy").one()
    for person in (anna, cast.dave):
        pages = pages_of(app, person)
        told = [address for address, page in pages.items() if [word for word in OF_BOB if word in page]]
        assert [address for address in told if address != "/" and "/mails/" not in address] == [], "there are examples"
        assert "a former participant" in pages["/home" if person is anna else "/console/relationships"]
    carried = len(keeper.carried)
    for days in range(1, 40, 3):
        assert office.round(Clock(now + days * DAY), keeper)["faults"] == []
    assert not [to for _, to, data in keeper.carried[carried:] if b"Tremblay" in data or b"bob@" in data or "bob" in to]


def knows(session: Session, table: str, words: tuple[str, ...]) -> set[str]:
    """Which of these words stand in a table."""
    rows = [str(tuple(row)) for row in session.execute(Base.metadata.tables[table].select())]
    return {word for word in words if any(word in row for row in rows)}
