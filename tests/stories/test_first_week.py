"""The first week from mails alone: nobody signs in, and no page is opened but the short forms behind the buttons."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mentorly.emails.post_office import PostOffice
from mentorly.extensions import db
from mentorly.mentoring.instrument_files import shipped
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Scale
from tests.apps import Apps
from tests.cast import Cast, Clock, Keeper, cast_of, register_of
from tests.stories.kit import button_of, words_of

DAY = timedelta(days=1)
TORONTO = ZoneInfo("America/Toronto")
MAILS = (
    *("matched_mentee", "matched_mentor", "matched_lead", "digest", "instrument_asked", "instrument_reminder"),
    *("agreement_to_sign", "agreement_signed", "code_signed", "something_unfinished"),
)
WEEK = {
    "mentor": ("mentor_baseline", "code_of_ethics", "planning_sheet", "mentorship_agreement"),
    "mentee": ("mentee_baseline", "code_of_ethics", "planning_sheet", "mentorship_agreement"),
}


def monday_before(moment: datetime) -> datetime:
    """Ten in the morning of a Monday in Toronto at least two weeks ago."""
    day = (moment - 15 * DAY).astimezone(TORONTO).date()
    return datetime.combine(day - day.weekday() * DAY, time(10), TORONTO).astimezone(UTC)


@dataclass
class Mailboxes:
    """Everybody's mailbox, and the short forms behind the buttons. moment: what the post's clock shows."""

    app: Flask
    cast: Cast
    office: PostOffice
    keeper: Keeper
    moment: datetime

    def go_by(self, until: datetime) -> None:
        """Let a round be done each day at ten, and then."""
        while self.moment < until:
            self.moment = min(self.moment + DAY, until)
            self.office.round(Clock(self.moment), self.keeper)

    def ring(self) -> None:
        """Do what the bell asks for after somebody has pressed a button."""
        self.office.round(Clock(datetime.now(UTC)), self.keeper, bell=True)

    def to(self, person: Person, begins: str) -> list[EmailMessage]:
        """The mails to a person whose subject begins so, the oldest first."""
        mails = [message_from_bytes(data, policy=default) for _, to, data in self.keeper.carried if to == person.email]
        return [mail for mail in mails if isinstance(mail, EmailMessage) and str(mail["Subject"]).startswith(begins)]

    def press(self, address: str, **typed: str) -> str:
        """Open a form that needs no sign-in, and send it: what the page says then."""
        self.cast.session.commit()
        browser = self.app.test_client()
        path = "/a/" + address.partition("/a/")[2]
        assert browser.get(path).status_code == 200
        done = browser.post(path, data=typed, follow_redirects=True)
        assert done.status_code == 200, done.text
        self.cast.session.expire_all()
        return done.text


@pytest.fixture(params=("en", "fr"))
def mailboxes(apps: Apps, request: pytest.FixtureRequest) -> Iterator[Mailboxes]:
    """Alice and Bob were matched on a Monday; both read English, or both French."""
    with apps.given() as app:
        with app.app_context():
            engine = db.engine
        yield from _mailboxes(app, engine, request.param)


def _mailboxes(app: Flask, engine: Engine, language: str) -> Iterator[Mailboxes]:
    with Session(engine, expire_on_commit=False) as session:
        moment = monday_before(datetime.now(UTC))
        cast = cast_of(session, moment - DAY)
        for person in (cast.alice, cast.bob, cast.carol):
            person.language = language
        house = app.extensions["mentorly"]
        office = PostOffice(session, register_of(*MAILS), house.settings)
        office.round(Clock(moment - DAY), Keeper())
        cast.propose(moment).accept(cast.alice, moment)
        session.commit()
        yield Mailboxes(app, cast, office, Keeper(), moment)


def answered(name: str) -> dict[str, str]:
    """What has to be answered of an instrument, and one thing more."""
    asked = shipped()[name].answerable
    needed = {one.name: "4" if isinstance(one, Scale) else "12" for one in asked if one.required}
    return needed if name != "planning_sheet" else {"hopes": "To lead a team"}


def lines(digest: EmailMessage, role: str) -> dict[str, str]:
    """The address of the form of each instrument that a digest tells of, by its name."""
    text, found = words_of(digest), {}
    for name in WEEK[role]:
        begin = next((text.index(title) for title in shipped()[name].title.values() if title in text), None)
        form = re.search(r"[^\s(]+/a/\S+/fill_in", text[begin:]) if begin is not None else None
        found |= {name: form[0]} if form else {}
    return found


def test_the_first_week_is_done_from_the_mailbox(mailboxes: Mailboxes) -> None:
    cast, box = mailboxes.cast, mailboxes
    french = cast.bob.language == "fr"
    box.go_by(box.moment + timedelta(hours=1))
    for person in (cast.alice, cast.bob):
        (matched,) = box.to(person, "Votre relation de mentorat" if french else "Your mentoring relationship")
        box.press(button_of(matched, "quote"), quotes="yes")
    box.go_by(box.moment + DAY)
    for person, role in ((cast.alice, "mentor"), (cast.bob, "mentee")):
        (digest,) = box.to(person, "Mentorat : votre journée" if french else "Mentoring: your day")
        forms = lines(digest, role)
        assert set(forms) == set(WEEK[role])
        for name in WEEK[role][:1]:
            box.press(forms[name], **answered(name))
        box.press(forms["planning_sheet"], **answered("planning_sheet"))
        box.press(forms["code_of_ethics"], signature=person.name)
    agreement = {
        one.name: f"Words on {one.name}" for one in shipped()["mentorship_agreement"].answerable if one.required
    }
    (digest,) = box.to(cast.bob, "Ment")[-1:]
    box.press(lines(digest, "mentee")["mentorship_agreement"], **agreement, signature="Bob Tremblay")
    box.ring()
    (to_sign,) = [mail for mail in box.to(cast.alice, "Ment") if "/sign" in words_of(mail)]
    assert all(said in words_of(to_sign) for said in agreement.values()), "the mail quotes what is signed"
    box.press(button_of(to_sign, "sign"), signature="Alice Gagnon")
    box.ring()
    for person in (cast.alice, cast.bob):
        papers = [paper for mail in box.to(person, "Ment") for paper in mail.iter_attachments()]
        assert len(papers) == 2, "the code, and the agreement"
        texts = [
            "".join(leaf.extract_text() for leaf in PdfReader(BytesIO(paper.get_content())).pages) for paper in papers
        ]
        assert all(name in texts[-1] for name in ("Alice Gagnon", "Bob Tremblay", "Words on goal_1"))
    before = len(box.keeper.carried)
    box.go_by(box.moment + 12 * DAY)
    later = [message_from_bytes(data, policy=default) for _, _, data in box.keeper.carried[before:]]
    assert not [mail for mail in later if "fill_in" in str(mail)], "nobody is reminded of what is done"


def test_what_is_left_unfinished_is_reminded_twice_and_then_the_lead_hears_that_and_not_what(
    mailboxes: Mailboxes,
) -> None:
    cast, box = mailboxes.cast, mailboxes
    asked_on = box.moment + DAY
    box.go_by(box.moment + 14 * DAY)
    days: dict[str, list[int]] = {}
    for _, to, data in box.keeper.carried:
        mail = message_from_bytes(data, policy=default)
        text = words_of(mail) if isinstance(mail, EmailMessage) else ""
        for title in shipped()["code_of_ethics"].title.values():
            if title in text:
                sent = datetime.strptime(str(mail["Date"]), "%a, %d %b %Y %H:%M:%S %z")
                days.setdefault(to, []).append(
                    (sent.astimezone(TORONTO).date() - asked_on.astimezone(TORONTO).date()).days
                )
    for person in (cast.alice, cast.bob):
        told = days.pop(person.email)
        assert told[0] == 0
        assert {3, 7} <= set(told), told
    assert days == {}, "nobody else is told what it is"
    to_lead = [message_from_bytes(data, policy=default) for _, to, data in box.keeper.carried if to == cast.carol.email]
    said = " ".join(" ".join(words_of(mail).split()) for mail in to_lead if isinstance(mail, EmailMessage))
    unfinished = ("n'a pas terminé", "n’a pas terminé") if cast.carol.language == "fr" else ("has not finished",)
    for person in (cast.alice, cast.bob):
        assert any(f"{person.name} {words}" in said for words in unfinished)
    for instrument in shipped().values():
        assert not [title for title in instrument.title.values() if title in said]
