"""`make pictures`: every page and mail as a picture, at 320 and 1280 pixels, light and dark, in both languages.

They are left in build/pictures to be looked at; those of the README go to docs/pictures.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import Session

from mentorly.mentoring.agendas import write_agenda
from mentorly.mentoring.agreeing import write_agreement
from mentorly.mentoring.asked import asked_of
from mentorly.mentoring.base import prepare
from mentorly.mentoring.demo import PAIR
from mentorly.mentoring.documents import Document
from mentorly.mentoring.objectives import Category, Objective, Plan
from mentorly.mentoring.people import Person
from mentorly.mentoring.planning import propose
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sessions import SessionLog, Way
from mentorly.mentoring.tasks import Task
from mentorly.mentoring.whereabouts import Where
from tests.conftest import CHROMIUM_FLAGS, CHROMIUMS
from tests.emails.test_golden import names, written
from tests.stories.kit import Service, wait_for

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "pictures"
README = ROOT / "docs" / "pictures"
WIDTHS = (320, 1280)
SCHEMES = ("light", "dark")
OPEN = ("/playground", "/sign-in", "/password", "/a/sample/accept", "/nowhere")
ADMINISTRATOR = (
    "/console",
    "/console/people",
    "/console/people/2",
    "/console/people/new",
    "/console/people/import",
    "/console/matching",
    "/console/matching/best",
    "/console/proposals",
    "/console/proposals/1",
    "/console/relationships",
    "/console/mails",
    "/console/mails/match_proposed",
    "/console/upcoming",
    "/console/deliveries",
    "/console/acts",
    "/console/unreached",
    "/console/post",
    "/console/figures",
    "/console/unheard",
    "/console/programs/1/sponsors",
    "/console/programs",
    "/console/documents",
    "/console/documents/1",
    "/console/instruments",
    "/console/instruments/1/midway_mentee",
    "/console/instruments/1/midway_mentee/edit",
    "/console/instruments/1/midway_mentee/about",
    "/console/instruments/1/midway_mentee/questions/frequency",
    "/console/instruments/1/midway_mentee/preview",
    "/profile",
)
PERSON = (
    "/home",
    "/who-sees",
    "/profile",
    "/meetings/1",
    "/meetings/1/propose",
    "/meetings/1/series",
    "/meetings/1/log",
    "/meeting/1",
    "/meeting/2",
    "/session/1",
    "/asked",
    "/asked/1",
    "/asked/2",
    "/asked/3",
    "/asked/4",
    "/agreement/1",
    "/self-assessment",
    "/opening-questions",
    "/objectives/1",
    "/objectives/1/open",
    "/objective/1",
    "/task/2",
)


def mails(browser: Browser) -> None:
    """Take every golden mail."""
    for name in names():
        body = message_from_bytes(written(name), policy=default).get_body(("html",))  # type: ignore[attr-defined]
        for width in (320, 720):
            for scheme in SCHEMES:
                page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
                page.set_content(body.get_content())
                page.screenshot(path=BUILD / f"mail-{name}-{width}-{scheme}.png", full_page=True)
                page.close()


def meet(service: Service) -> None:
    """Let Alice accept Bob, and let the two propose meetings and log a call."""
    engine = prepare(create_engine(f"sqlite:///{service.instance / 'mentorly.sqlite'}"))
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with Session(engine) as session:
        alice = Person.called(session, PAIR[0])
        proposal = session.scalars(select(Proposal).where(Proposal.mentor_id == alice.id)).first()
        if proposal is None:
            raise LookupError("nobody proposed anything to Alice")
        together = proposal.accept(alice, now)
        bob = together.mentees[0]
        where = Where(link="https://meet.example.org/alice-and-bob")
        first = propose(together, bob, [now + timedelta(days=8)], now, where=where)
        write_agenda(first, bob, "My first year\nInterview practice", now)
        propose(together, bob, [now + timedelta(days=days) for days in (22, 23, 26)], now, minutes=45)
        SessionLog.add(together, bob, Way.PHONE, now - timedelta(hours=2), 20, "How to prepare", now)
        work(together, bob, alice, now)
        session.commit()
    engine.dispose()


def work(together: Relationship, bob: Person, alice: Person, now: datetime) -> None:
    """Let the two set objectives and tasks, and write their agreement; the program shares a document."""
    day = now.date() + timedelta(days=6)
    first = Objective.open(together, bob, Plan("Lead a first project", Category.LEADERSHIP, why="To grow"), bob, now)
    second = Objective.open(together, bob, Plan("Know more people in my field", Category.NETWORKING), bob, now)
    Task.add(first, "Ask for a small project of my own", day, bob, bob, now).finish(bob, now)
    Task.add(first, "Write down what went well last month", day + timedelta(days=7), bob, alice, now)
    Task.add(second, "Introduce Bob to the robotics group", day, alice, alice, now)
    [agreement] = asked_of(alice, together, only=["mentorship_agreement"])
    write_agreement(agreement, alice, {one.name: "As we said" for one in agreement.instrument.answerable}, now)
    dave = Person.find(together.session, 1)
    titles = {"en": "A guide to the first week", "fr": "Guide de la première semaine"}
    shared = {"titles": titles, "purpose": "first_week", "language": "en"}
    Document.add(together.program, dave, now, what="https://example.org/guide", **shared)


def speak(service: Service, language: str) -> None:
    """Let everybody read in a language."""
    engine = prepare(create_engine(f"sqlite:///{service.instance / 'mentorly.sqlite'}"))
    with Session(engine) as session:
        session.execute(update(Person).values(language=language))
        session.commit()
    engine.dispose()


def pages(browser: Browser, service: Service) -> None:
    """Take every page of the demo, as a visitor, as the administrator and as a mentor."""
    for language in ("en", "fr"):
        speak(service, language)
        for width in WIDTHS:
            for scheme in SCHEMES:
                context = browser.new_context(
                    viewport={"width": width, "height": 900},
                    color_scheme=scheme,
                    locale=f"{language}-CA",
                    base_url=service.url,
                )
                page = context.new_page()
                for who, address in visits():
                    if who and not page.url.endswith(who):
                        page.goto("/playground")
                        page.goto(f"/playground/people/{who}")
                        page.locator(f'form[action$="/people/{who}/sign-in"] button').first.click()
                    for path in address:
                        page.goto(path)
                        name = path.strip("/").replace("/", "-") or "front"
                        page.screenshot(path=BUILD / f"page-{name}-{language}-{width}-{scheme}.png", full_page=True)
                context.close()


def visits() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Who looks at what: a number of a person of the demo, or nobody."""
    yield "", OPEN
    yield "1", ADMINISTRATOR
    yield "3", PERSON


def readme(browser: Browser, service: Service) -> None:
    """Take the pictures of the README."""
    README.mkdir(parents=True, exist_ok=True)
    page = browser.new_page(viewport={"width": 1000, "height": 760}, base_url=service.url)
    page.goto("/playground")
    page.screenshot(path=README / "playground.png")
    mail = next(mail for _, mail in service.mails() if "Alice" in str(mail["To"]) and "answer" in str(mail["Subject"]))
    body = mail.get_body(("html",))
    page = browser.new_page(viewport={"width": 560, "height": 760})
    page.set_content(body.get_content() if body else "")
    page.screenshot(path=README / "match-proposed.png", full_page=True)
    for name in ("report_draft", "monthly_figures"):
        body = message_from_bytes(written(f"{name}.en"), policy=default).get_body(("html",))  # type: ignore[attr-defined]
        page = browser.new_page(viewport={"width": 560, "height": 860})
        page.set_content(body.get_content())
        page.screenshot(path=README / f"{name.replace('_', '-')}.png")


def main() -> None:
    """Take all of them, or with the word `readme` those of the README alone."""
    BUILD.mkdir(parents=True, exist_ok=True)
    chromium = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if chromium is None:
        sys.exit("No Chromium was found: install Debian's chromium package.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        service = Service(Path(folder) / "instance")
        with service.up("--demo"):
            wait_for(lambda: len(service.mails()) >= 74, 60, "the demo's mails")
            readme(browser, service)
            if "readme" not in sys.argv:
                mails(browser)
                meet(service)
                pages(browser, service)
        browser.close()


if __name__ == "__main__":
    main()
