"""Bounces and complaints: what they change, who is told, and what a forged, late or second one does (inbox T8, T9)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.emails.carrying import Came, Outcome
from mentorly.emails.email import Register
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.letterbox import NoSuchAddress
from mentorly.emails.post_office import PostOffice
from mentorly.emails.received import Received
from mentorly.emails.reception import BOUNCE, COMPLAINT, FOREIGN, NOTHING_NEW
from mentorly.emails.undelivered import LONGEST_ON_THE_WAY
from mentorly.mentoring.base import Refused
from mentorly.mentoring.passwords import PasswordRequest
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.suppressions import EVERY, Suppression
from mentorly.mentoring.unreached import Unreached
from tests.cast import Cast, Clock, Keeper, register_of
from tests.emails.received import OWN

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
PERMANENT, FULL, DELAYED, POLICY = ("dsn_permanent", "dsn_full", "dsn_delayed", "dsn_policy")

Take = Callable[..., str]


@pytest.fixture(scope="module")
def register() -> Register:
    told_of = ("welcome", "match_proposed", "match_chased", "match_lapsed", "password_asked")
    return register_of(*told_of, "not_reached", "address_failing")


@pytest.fixture
def take(office: PostOffice) -> Take:
    """Takes one of the project's own reports in, as the answer to a mail; returns the decision."""

    def take_in(report: str, envelope: Envelope, at: datetime, recipient: str = "", more: str = "") -> str:
        token = office.desk.token(envelope.id, envelope.reader)
        mark = f"{at.timestamp()}{more}"
        raw = f"Received: from mx.example.net; {mark}\n".encode() + (OWN / f"{report}.eml").read_bytes()
        raw = raw.replace(b"report@mx", f"{mark}@mx".encode())
        numbers = office.reception.keep(raw, [recipient or office.desk.reply_address(token)], "", "pipe", at)
        received = office.session.get_one(Received, numbers[0])
        office.reception.take_in(received, at)
        office.session.commit()
        return received.decision

    return take_in


def registered(cast: Cast, office: PostOffice, now: datetime, *, by: Person | None = None) -> Envelope:
    """The welcome of somebody who was registered with a misspelled address."""
    Person.register(
        cast.session, "bbo@boreal.example.org", "Bob Roy", now, by=by or cast.carol, organization=cast.boreal
    )
    cast.session.commit()
    office.round(Clock(now), Keeper())
    return only(cast.session, "welcome")


def only(session: Session, kind: str) -> Envelope:
    return session.scalars(
        select(Envelope).where(Envelope.kind == kind).execution_options(populate_existing=True)
    ).one()


def told(office: PostOffice, at: datetime) -> list[tuple[str, str]]:
    """What is mailed in a round, and to whom: the first word of the subject's rest."""
    keeper = Keeper()
    office.round(Clock(at), keeper)
    office.session.expire_all()
    rows = office.session.scalars(select(Envelope).where(Envelope.state == State.SENT, Envelope.sent_at == at))
    return sorted((row.kind, row.reader.first_name) for row in rows)


def held_back(cast: Cast) -> set[str]:
    """Who gets no optional mails."""
    held = select(Person.name).join(Suppression, Suppression.person_id == Person.id)
    return {name.split()[0] for name in cast.session.scalars(held.where(Suppression.holds(next(iter(EVERY)))))}


def test_a_welcome_that_comes_back_is_told_to_who_registered_the_person_and_next_morning_to_an_administrator(
    cast: Cast, office: PostOffice, take: Take, now: datetime
) -> None:
    welcome = registered(cast, office, now)
    assert take(PERMANENT, welcome, now + HOUR) == BOUNCE
    assert (welcome.state, welcome.bounce, welcome.bounce_code) == (State.SENT, "permanent", "5.1.1")
    assert welcome.bounced_at == now + HOUR
    assert held_back(cast) == {"Bob"}
    assert told(office, now + HOUR) == [("not_reached", "Carol")]
    assert told(office, now + DAY) == [("address_failing", "Dave")]
    assert told(office, now + 2 * DAY) == []


def test_a_corrected_address_gets_what_did_not_arrive_and_nobody_is_told_of_the_old_one_any_more(
    cast: Cast, office: PostOffice, take: Take, now: datetime
) -> None:
    welcome = registered(cast, office, now)
    bob, old = welcome.reader, office.desk.reply_address(office.desk.token(welcome.id, welcome.reader))
    Participation.join(bob, cast.program, "mentor", now, by=cast.carol)
    propose_match(cast.session, cast.program, bob, cast.bob, now, by=cast.carol)
    cast.session.commit()
    office.round(Clock(now), Keeper())
    take(PERMANENT, welcome, now + HOUR)
    take(PERMANENT, only(cast.session, "match_proposed"), now + HOUR, more="second")
    office.correct_address(bob, "bob.roy@boreal.example.org", cast.carol, now + 2 * HOUR)
    cast.session.commit()
    assert held_back(cast) == set()
    assert told(office, now + 2 * HOUR) == [("match_proposed", "Bob"), ("welcome", "Bob")]
    assert told(office, now + DAY) == []
    with pytest.raises(NoSuchAddress):
        take(PERMANENT, welcome, now + DAY, old)


@pytest.mark.parametrize("report", [PERMANENT, POLICY])
def test_a_proposal_that_came_back_goes_to_who_proposed_it_next_morning_and_silence_begins_with_the_next_asking(
    cast: Cast, office: PostOffice, take: Take, now: datetime, report: str
) -> None:
    """rules A7: nobody is silent who was never asked."""
    proposal = cast.propose(now)
    cast.session.commit()
    office.round(Clock(now), Keeper())
    asked = only(cast.session, "match_proposed")
    assert take(DELAYED, asked, now + HOUR) == BOUNCE
    assert proposal.state(now + HOUR) == "asked"
    assert take(report, asked, now + 2 * HOUR) == BOUNCE
    assert (proposal.state(now + 2 * HOUR), proposal.is_undeliverable) == ("lapsed", True)
    assert ("match_lapsed", "Carol") in told(office, now + DAY)
    office.try_again(cast.alice, cast.carol, now + 2 * DAY)
    cast.session.commit()
    assert ("match_proposed", "Alice") in told(office, now + 2 * DAY)
    assert (proposal.state(now + 2 * DAY), proposal.asked_at) == ("asked", now + 2 * DAY)
    take(report, asked, now + 3 * DAY, more="old")
    assert proposal.state(now + 3 * DAY) == "asked"
    assert proposal.answer_by is not None
    mornings = [told(office, proposal.answer_by + number * DAY) for number in range(4)]
    assert any(("match_lapsed", "Carol") in morning for morning in mornings)


def test_a_bounce_takes_no_answer_back(cast: Cast, office: PostOffice, take: Take, now: datetime) -> None:
    proposal = cast.propose(now)
    cast.session.commit()
    office.round(Clock(now), Keeper())
    proposal.accept(cast.alice, now)
    cast.session.commit()
    take(PERMANENT, only(cast.session, "match_proposed"), now + HOUR)
    assert (proposal.state(now + HOUR), proposal.is_undeliverable) == ("accepted", False)


def test_a_second_bounce_of_the_same_mail_changes_nothing(
    cast: Cast, office: PostOffice, take: Take, now: datetime
) -> None:
    welcome = registered(cast, office, now)
    take(PERMANENT, welcome, now + HOUR)
    before = (welcome.bounced_at, len(cast.session.scalars(select(Unreached)).all()))
    assert take(PERMANENT, welcome, now + 2 * HOUR) == NOTHING_NEW
    assert take(DELAYED, welcome, now + 3 * HOUR) == NOTHING_NEW
    assert (welcome.bounced_at, len(cast.session.scalars(select(Unreached)).all())) == before


def test_a_delay_is_noted_and_holds_nothing_back_and_the_failure_after_it_counts(
    cast: Cast, office: PostOffice, take: Take, now: datetime
) -> None:
    welcome = registered(cast, office, now)
    assert take(DELAYED, welcome, now + HOUR) == BOUNCE
    assert (welcome.bounce, held_back(cast)) == ("delayed", set())
    assert told(office, now + DAY) == []
    assert take(PERMANENT, welcome, now + DAY) == BOUNCE
    assert (welcome.bounce, held_back(cast)) == ("permanent", {"Bob"})


@pytest.mark.parametrize("recipient", ["", "another", "forged"])
def test_a_bounce_is_worth_what_its_token_is_worth(
    cast: Cast, office: PostOffice, take: Take, now: datetime, recipient: str
) -> None:
    """None at all, that of another mail, and one that nobody made: only the mail of the token is touched."""
    welcome = registered(cast, office, now)
    cast.propose(now)
    office.round(Clock(now), Keeper())
    other = only(cast.session, "match_proposed")
    token = office.desk.token(other.id, other.reader)
    address = {"": "abuse@mentorly.example.org", "another": office.desk.reply_address(token)}.get(
        recipient, office.desk.reply_address(token[:-1] + ("a" if token[-1] != "a" else "b"))
    )
    if recipient == "another":
        take(PERMANENT, welcome, now + HOUR, address)
        assert (other.bounce, welcome.bounce, held_back(cast)) == ("permanent", "", {"Alice"})
    else:
        with pytest.raises(NoSuchAddress):
            take(PERMANENT, welcome, now + HOUR, address)
        assert held_back(cast) == set()


def test_a_bounce_that_waited_while_the_address_was_corrected_is_of_no_mail_of_ours(
    cast: Cast, office: PostOffice, now: datetime
) -> None:
    welcome = registered(cast, office, now)
    address = office.desk.reply_address(office.desk.token(welcome.id, welcome.reader))
    numbers = office.reception.keep((OWN / "dsn_permanent.eml").read_bytes(), [address], "", "pipe", now)
    office.correct_address(welcome.reader, "bob.roy@boreal.example.org", cast.carol, now)
    received = cast.session.get_one(Received, numbers[0])
    office.reception.take_in(received, now)
    assert (received.decision, welcome.bounce) == (FOREIGN, "")


def test_what_is_told_two_weeks_after_a_mail_says_nothing_of_it(
    cast: Cast, office: PostOffice, take: Take, now: datetime
) -> None:
    welcome = registered(cast, office, now)
    assert take(PERMANENT, welcome, now + LONGEST_ON_THE_WAY + HOUR) == NOTHING_NEW
    assert (welcome.bounce, held_back(cast)) == ("", set())
    assert take(PERMANENT, welcome, now + LONGEST_ON_THE_WAY) == BOUNCE


@pytest.mark.parametrize(("report", "days", "who"), [(FULL, (0, 1, 2), ["Dave"]), (POLICY, (0, 29, 31), [])])
def test_full_mailboxes_and_policies_count_and_the_third_within_a_month_is_told(
    cast: Cast, office: PostOffice, take: Take, now: datetime, report: str, days: list[int], who: list[str]
) -> None:
    """Of mails that nobody else misses; nothing is held back."""
    for day in days:
        at = now + day * DAY
        assert told(office, at) == []
        PasswordRequest.ask(cast.session, cast.alice.email, at)
        cast.session.commit()
        office.round(Clock(at), Keeper())
        last = cast.session.scalars(select(Envelope).order_by(Envelope.id.desc())).first()
        assert last is not None
        assert take(report, last, at) == BOUNCE
    assert told(office, at + DAY) == [("address_failing", name) for name in who]
    assert [row.person for row in cast.session.scalars(select(Unreached))] == [cast.alice for _ in who]
    assert held_back(cast) == set()


def test_a_full_mailbox_that_a_match_did_not_fit_in_is_told_at_once(
    cast: Cast, office: PostOffice, take: Take, now: datetime
) -> None:
    cast.propose(now)
    office.round(Clock(now), Keeper())
    take(FULL, only(cast.session, "match_proposed"), now + HOUR)
    assert held_back(cast) == set()
    assert told(office, now + HOUR) == [("not_reached", "Carol")]
    assert ("address_failing", "Dave") not in told(office, now + DAY)


def test_one_who_registers_and_runs_the_service_is_told_once(
    cast: Cast, office: PostOffice, take: Take, now: datetime
) -> None:
    take(PERMANENT, registered(cast, office, now, by=cast.dave), now + HOUR)
    assert told(office, now + HOUR) == [("not_reached", "Dave")]
    assert told(office, now + DAY) == []


def test_trying_again_sends_what_did_not_arrive_and_lets_optional_mails_come(
    cast: Cast, office: PostOffice, take: Take, now: datetime
) -> None:
    cast.propose(now)
    office.round(Clock(now), Keeper())
    take(PERMANENT, only(cast.session, "match_proposed"), now + HOUR)
    with pytest.raises(Refused, match="Only an administrator or a project lead"):
        office.try_again(cast.alice, cast.bob, now + HOUR)
    office.try_again(cast.alice, cast.carol, now + 2 * HOUR)
    cast.session.commit()
    assert held_back(cast) == set()
    assert told(office, now + 2 * HOUR) == [("match_proposed", "Alice")]
    office.try_again(cast.alice, cast.carol, now + 3 * HOUR)
    assert told(office, now + 3 * HOUR) == []
    again = cast.session.scalars(select(Envelope).where(Envelope.again == 1)).one()
    take(PERMANENT, again, now + 4 * HOUR)
    assert told(office, now + 4 * HOUR) == [("not_reached", "Carol")]


def test_a_refusal_at_the_door_says_as_much_of_an_address_as_a_bounce(
    cast: Cast, office: PostOffice, now: datetime
) -> None:
    keeper = Keeper()
    keeper.answers = [Outcome(Came.REFUSED, "550 5.1.1 no such mailbox", "5.1.1")]
    cast.propose(now)
    office.round(Clock(now), keeper)
    row = cast.session.scalars(select(Unreached)).one()
    assert (row.person, row.verdict, row.code) == (cast.alice, "permanent", "5.1.1")
    assert held_back(cast) == {"Alice"}


@pytest.mark.parametrize(("later", "is_lifted"), [(HOUR, True), (-HOUR, False)])
def test_an_answer_to_a_mail_that_left_later_proves_that_the_address_works(
    cast: Cast, office: PostOffice, take: Take, now: datetime, later: timedelta, *, is_lifted: bool
) -> None:
    cast.propose(now)
    office.round(Clock(now), Keeper())
    proposed = only(cast.session, "match_proposed")
    take(PERMANENT, proposed, now + HOUR)
    proposed.sent_at = now + HOUR + later
    opened = office.open(office.desk.token(proposed.id, cast.alice), now + DAY)
    office.answer(opened, "accept", {}, "web", now + DAY)
    assert (held_back(cast) == set(), cast.alice.unreached_at is None) == (is_lifted, is_lifted)


def test_a_complaint_that_was_sent_to_the_address_of_complaints_is_known_by_the_mail_that_it_returns(
    cast: Cast, office: PostOffice, now: datetime
) -> None:
    cast.propose(now)
    office.round(Clock(now), Keeper())
    proposed = only(cast.session, "match_proposed")
    answered = office.desk.reply_address(office.desk.token(proposed.id, cast.alice))
    report = (OWN / "complaint.eml").read_bytes()
    for returned, complainers in (
        (b"Reply-To: somebody@example.org", frozenset()),
        (f"Reply-To: <{answered}>".encode(), EVERY),
    ):
        raw = report.replace(b"Subject: News", b"Subject: News\n" + returned)
        number = office.reception.keep(raw, [office.desk.reply_address("complaints")], "", "pipe", now)[0]
        office.reception.take_in(cast.session.get_one(Received, number), now)
        assert Suppression.stopped(cast.alice) == complainers
    assert proposed.complained_at == now


def test_a_complaint_ends_the_optional_mails_once(cast: Cast, office: PostOffice, take: Take, now: datetime) -> None:
    cast.propose(now)
    office.round(Clock(now), Keeper())
    proposed = only(cast.session, "match_proposed")
    assert take("complaint", proposed, now + HOUR) == COMPLAINT
    assert (proposed.complained_at, Suppression.stopped(cast.alice)) == (now + HOUR, EVERY)
    Suppression.resume(cast.alice, EVERY, cast.alice, now + DAY)
    assert take("complaint", proposed, now + DAY, more="again") == NOTHING_NEW
    assert Suppression.stopped(cast.alice) == frozenset()
