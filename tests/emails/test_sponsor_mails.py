"""Sponsors (rules C8): asked once, told monthly of the program as a whole, with a file, and kept outside."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.emails.answering import NotOurs
from mentorly.emails.erasing import erase
from mentorly.mentoring.base import Refused
from mentorly.mentoring.monthly import MonthlyFigures
from mentorly.mentoring.passwords import PasswordRequest
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.roster import Roster
from mentorly.mentoring.sponsors import Sponsor, forgotten, has_enough, sponsors_of
from tests.cast import MONDAY, Cast, cast_of, register_of
from tests.emails.correspondence import Came, Correspondence
from tests.emails.test_meeting_mails import press, undo

FIRST = datetime(2027, 4, 1, 14, 30, tzinfo=UTC)  # half past ten in Toronto
DAY = timedelta(days=1)
KINDS = ("welcome", "password_asked", "sponsor_asked", "sponsor_figures", "monthly_figures")


@pytest.fixture
def post(session: Session) -> Correspondence:
    """Seven mentees with Alice; Sid is registered as a sponsor and asked."""
    post = Correspondence(cast_of(session), {}, register_of(*KINDS))
    crowd(post.cast, 7)
    Sponsor.add(post.cast.program, "sid@fund.example.org", "Sid Moor", "en", post.cast.dave, MONDAY)
    session.commit()
    post.pass_by(bell=False)
    return post


def crowd(cast: Cast, number: int) -> None:
    for at in range(number):
        mentee = Person.register(
            cast.session, f"m{at}@boreal.example.org", f"Mo{at} Many", MONDAY, by=None, organization=cast.boreal
        )
        mentee.welcomed_at = MONDAY
        Participation.join(mentee, cast.program, "mentee", MONDAY, by=None)
        Relationship.begin(cast.program, cast.alice, mentee, MONDAY)
    cast.session.commit()


def sid(post: Correspondence) -> Sponsor:
    return post.cast.session.scalars(select(Sponsor)).one()


def month(post: Correspondence) -> list[Came]:
    """The first working morning of April."""
    MonthlyFigures.prepare(post.cast.session, post.moment)
    post.cast.session.commit()
    return post.pass_by(bell=False, seconds=(FIRST - post.moment).total_seconds())


def test_a_sponsor_is_asked_once_is_not_welcomed_and_hears_nothing_without_a_yes(post: Correspondence) -> None:
    (asked,) = post.came
    assert (asked.recipient, asked.subject) == (
        "sid@fund.example.org", "Mentoring: would you like the figures of Pilot?",
    )  # fmt: skip
    assert "List-Unsubscribe" in asked.mail
    assert post.pass_by(bell=False, days=1) == []
    assert {mail.recipient for mail in month(post)} == {post.cast.carol.email, post.cast.dave.email}


def test_a_sponsor_who_was_asked_at_a_wrong_address_is_asked_again_at_the_right_one(post: Correspondence) -> None:
    (asked,) = post.came
    post.pass_by(minutes=30)
    post.office.correct_address(sid(post).person, "sid@trust.example.org", post.cast.dave, post.moment)
    post.cast.session.commit()
    (again,) = post.pass_by(bell=False, minutes=1)
    assert (again.recipient, again.subject) == ("sid@trust.example.org", asked.subject)
    assert post.pass_by(bell=False, days=1) == [], "once"
    with pytest.raises(NotOurs):
        press(post, asked, "agree")
    press(post, again, "agree")
    assert sid(post).agreed_at
    assert "sid@trust.example.org" in {mail.recipient for mail in month(post)}
    with pytest.raises(Refused, match="has used this address"):
        post.office.correct_address(sid(post).person, "sid@else.example.org", post.cast.dave, post.moment)


def test_a_sponsor_gets_the_programs_figures_and_their_file_without_names(post: Correspondence) -> None:
    press(post, post.came[0], "agree")
    (mail,) = (mail for mail in month(post) if mail.recipient == "sid@fund.example.org")
    assert mail.subject == "Mentoring: the figures of Pilot for March 2027"
    (file,) = mail.mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("figures.csv", "text/csv")
    text = file.get_content().lstrip("\ufeff")
    for name in ("Boréal", "Prairie", "Alice", "Mo1", "Carol", "Concerns by kind"):
        assert name not in text + mail.text
    assert "/console" not in mail.mail.as_string()
    rows = {(row["figure"], row["row"]): row["number"] for row in csv.DictReader(StringIO(text))}
    assert rows["Relationships", "Active"] == "7"
    assert rows["People by state", "Mentors in a relationship"] == "", "one to four is told nobody outside"
    assert rows["People by state", "Mentors who left"] == "0"


def test_of_fewer_than_ten_people_sponsors_hear_nothing(session: Session) -> None:
    cast = cast_of(session)
    crowd(cast, 6)
    assert not has_enough(cast.program), "Alice, Bob, Eve and six more"
    one = Sponsor.add(cast.program, "sid@fund.example.org", "Sid Moor", "en", cast.dave, MONDAY)
    one.agree(one.person, MONDAY)
    MonthlyFigures.prepare(session, MONDAY)
    told = {row.person.first_name for row in session.scalars(select(MonthlyFigures))}
    assert told == {"Carol", "Dave"}


def test_a_yes_is_taken_back_and_an_administrator_ends_it(post: Correspondence) -> None:
    press(post, post.came[0], "agree")
    assert sid(post).agreed_at
    undo(post, post.came[0])
    assert sid(post).agreed_at is None
    press(post, post.came[0], "agree")
    sid(post).end(post.cast.dave, post.moment)
    post.cast.session.commit()
    assert sponsors_of(post.cast.program) == []
    assert {mail.recipient for mail in month(post)} == {post.cast.carol.email, post.cast.dave.email}
    with pytest.raises(Refused, match="no more"):
        sid(post).end(post.cast.dave, post.moment)


def test_who_says_nothing_is_forgotten_after_ninety_days(post: Correspondence) -> None:
    session, asked_at = post.cast.session, sid(post).asked_at
    assert asked_at
    assert session.scalars(forgotten(asked_at + 89 * DAY)).all() == []
    assert session.scalars(forgotten(asked_at + 91 * DAY)).one() is sid(post).person
    press(post, post.came[0], "agree")
    assert session.scalars(forgotten(asked_at + 200 * DAY)).all() == []
    sid(post).end(post.cast.dave, asked_at + 200 * DAY)
    session.flush()
    assert session.scalars(forgotten(asked_at + 289 * DAY)).all() == []
    (person,) = session.scalars(forgotten(asked_at + 291 * DAY))
    erase(person, None, asked_at + 291 * DAY)
    assert session.scalars(select(Sponsor)).all() == []
    assert session.scalars(forgotten(asked_at + 300 * DAY)).all() == []


def test_a_sponsor_cannot_come_in_until_they_get_a_role(post: Correspondence) -> None:
    person, session = sid(post).person, post.cast.session
    PasswordRequest.ask(session, person.email, post.moment)
    session.commit()
    assert post.pass_by(minutes=1) == []
    text = "email,name,role,organization\nsid@fund.example.org,Sid Moor,mentor,Boréal Robotique\n"
    for _ in range(2):
        person.organization = post.cast.boreal
        Roster.read(text.encode(), "r.csv").import_into(session, post.cast.program, post.moment, by=None)
        session.commit()
    assert not person.is_outside
    (welcome,) = post.pass_by(bell=False, minutes=1)
    assert "Welcome" in welcome.subject or "welcome" in welcome.text


def test_only_administrators_register_sponsors_and_nobody_who_takes_part_is_one(post: Correspondence) -> None:
    cast = post.cast
    with pytest.raises(Refused, match="Only an administrator"):
        Sponsor.add(cast.program, "fern@fund.example.org", "Fern", "en", cast.carol, MONDAY)
    with pytest.raises(Refused, match="Only an administrator"):
        sid(post).end(cast.carol, MONDAY)
    with pytest.raises(Refused, match="takes part already"):
        Sponsor.add(cast.program, cast.bob.email, "Bob", "en", cast.dave, MONDAY)
    with pytest.raises(Refused, match="a sponsor of this program already"):
        Sponsor.add(cast.program, "sid@fund.example.org", "Sid", "en", None, MONDAY)
    with pytest.raises(Refused, match="Only Sid Moor"):
        sid(post).agree(cast.dave, MONDAY)
