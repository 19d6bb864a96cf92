"""What a program shares is named in the mails where it helps, and a small PDF goes along where it is to."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from sqlalchemy import Engine

from mentorly.emails.email import Register
from mentorly.emails.post_office import PostOffice
from mentorly.mentoring.document_terms import File
from mentorly.mentoring.documents import LARGEST_ATTACHED, Document
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import propose
from mentorly.mentoring.proposing import propose_match
from tests.cast import Cast, Keeper, register_of
from tests.conftest import Queries

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def register() -> Register:
    return register_of("matched_mentee", "matched_mentor", "meeting_reminder")


def share(
    cast: Cast, now: datetime, title: str, purpose: str = "first_week", content: bytes = PDF, *, attach: bool = True
) -> Document:
    """Dave shares a file in English, with a title in French too."""
    titles = {"en": title, "fr": f"{title} (fr)"}
    document = Document.add(
        cast.program, cast.dave, now, titles=titles, purpose=purpose, language="en", what=File(content), attach=attach
    )
    cast.session.commit()
    return document


def mails(keeper: Keeper, reader: Person) -> list[EmailMessage]:
    """The mails to somebody."""
    found = [message_from_bytes(data, policy=default) for _, to, data in keeper.carried if to == reader.email]
    return [mail for mail in found if isinstance(mail, EmailMessage)]


def text_of(mail: EmailMessage) -> str:
    """The text part of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def files_of(mail: EmailMessage) -> list[tuple[str | None, object]]:
    """The names and the bytes of its attachments."""
    return [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()]


def test_a_match_names_the_documents_of_the_first_week_and_brings_the_small_ones_that_are_to_go_along(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    office.round(lambda: now, keeper)
    guide = share(cast, now, "First-week guide")
    share(cast, now, "Large book", content=b"%PDF-" + b"a" * LARGEST_ATTACHED + b"%%EOF")
    share(cast, now, "Plain text", content=b"text")
    share(cast, now, "Only named", attach=False)
    share(cast, now, "For the end", "closing")
    share(cast, now, "No longer").retire(cast.dave, now)
    cast.propose(now).accept(cast.alice, now)
    cast.session.commit()
    office.round(lambda: now + MINUTE, keeper)
    (mentor,), (mentee,) = mails(keeper, cast.alice), mails(keeper, cast.bob)
    address = "https://mentorly.example.org/documents/" + office.desk.tokens.make("document", guide.id)
    assert f"- First-week guide\n  ({address})" in text_of(mentor).replace("\r\n", "\n")
    assert "First-week guide (fr)" in text_of(mentee)
    for named in ("Large book", "Plain text", "Only named"):
        assert named in text_of(mentor)
    assert "For the end" not in text_of(mentor)
    assert "No longer" not in text_of(mentor)
    assert files_of(mentor) == [("first-week-guide.pdf", PDF)]
    assert files_of(mentee) == files_of(mentor)


def test_a_reminder_of_a_meeting_names_what_helps_at_a_meeting(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    office.round(lambda: now, keeper)
    share(cast, now, "Better meetings", "meeting")
    together = cast.propose(now).accept(cast.alice, now)
    propose(together, cast.bob, [now + timedelta(days=9)], now)
    cast.session.commit()
    office.round(lambda: now + timedelta(days=8), keeper)
    reminder = next(mail for mail in mails(keeper, cast.alice) if "Mentoring meeting" in mail["Subject"])
    assert "Better meetings" in text_of(reminder)
    assert files_of(reminder) == [("better-meetings.pdf", PDF)]


def test_a_program_that_shares_nothing_sends_the_mails_that_it_always_sent(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    office.round(lambda: now, keeper)
    cast.propose(now).accept(cast.alice, now)
    cast.session.commit()
    office.round(lambda: now + MINUTE, keeper)
    (mail,) = mails(keeper, cast.alice)
    assert mail.get_content_type() == "multipart/alternative"
    assert "Useful documents" not in text_of(mail)


def test_documents_are_read_for_a_batch_and_not_for_each_mail(
    cast: Cast, office: PostOffice, now: datetime,
    count_queries: Callable[[Engine], AbstractContextManager[Queries]],
) -> None:  # fmt: skip
    office.round(lambda: now, Keeper())
    for title in ("One", "Two"):
        share(cast, now, title)
    counts = []
    for number, pairs in enumerate((2, 20)):
        at = now + (number + 1) * timedelta(hours=1)
        for pair in range(pairs):
            match(cast, f"{number}-{pair}", at)
        keeper = Keeper()
        with count_queries(cast.session.get_bind().engine) as queries:
            office.round(lambda at=at: at + MINUTE, keeper)
        assert len(keeper.carried) == 2 * pairs
        assert all(len(files_of(message_from_bytes(data, policy=default))) == 2 for _, _, data in keeper.carried)
        counts.append([one for one in queries.statements if "FROM document" in one.replace("\n", " ")])
    assert len(counts[1]) <= len(counts[0]) <= 8


def match(cast: Cast, name: str, now: datetime) -> None:
    """Two more people who are matched."""
    people = []
    for role in ("mentor", "mentee"):
        address = f"{role}-{name}@boreal.example.org"
        person = Person.register(cast.session, address, f"{role} {name}", now, by=None, organization=cast.boreal)
        person.welcomed_at = now
        Participation.join(person, cast.program, role, now, by=None)
        people.append(person)
    propose_match(cast.session, cast.program, people[0], people[1], now, by=cast.carol).accept(people[0], now)
    cast.session.commit()
