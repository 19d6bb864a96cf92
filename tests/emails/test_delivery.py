"""Delivering under faults: nothing is lost, nothing goes twice without need, and nobody is blamed for our faults."""

from collections.abc import Callable, Generator, Iterable
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from mentorly.emails.carrying import Came, Outcome, Outgoing
from mentorly.emails.claims import CLOCK_JUMP, LEASE, MOST_CRASHES, Claimed, Claims, Watch, Worker
from mentorly.emails.delivery import BATCH
from mentorly.emails.email import Register
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.pacing import Pace, Pacing
from mentorly.emails.post_office import PostOffice
from mentorly.emails.scanning import find_mails
from mentorly.emails.settling import LONGEST_TRYING, Settling
from mentorly.emails.standing import PATIENCE, Standing
from mentorly.mentoring.first_meetings import plan_first
from mentorly.mentoring.passwords import PasswordRequest
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.suppressions import Suppression
from tests.cast import Cast, Clock, Keeper, cast_of, office_of, register_of
from tests.optional_mail import nudge_in

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LOST = Outcome(Came.UNCERTAIN, "The connection was lost after the mail.")
BUSY = Outcome(Came.LATER, "450 4.2.1 busy", "4.2.1")
AWAY = Outcome(Came.UNREACHABLE, "The mail server cannot be reached.")
WRONG_PASSWORD = Outcome(Came.OURS, "535 5.7.8 wrong password", "5.7.8")


KINDS = register_of("welcome", "match_proposed", "match_chased", "not_reached", "password_asked")


@pytest.fixture(scope="module")
def register() -> Register:
    return KINDS


class Hurt(Keeper):
    """A carrier that lets something happen before it gives an outcome."""

    def __init__(self, before: Callable[[int], None]) -> None:
        super().__init__()
        self.before = before

    def carry(self, mails: Iterable[Outgoing]) -> Generator[Outcome]:
        """Keep them."""
        for number, outcome in enumerate(super().carry(mails)):
            self.before(number)
            yield outcome


def only(session: Session) -> Envelope:
    return session.scalars(select(Envelope).execution_options(populate_existing=True)).one()


def states(session: Session) -> list[str]:
    return sorted(session.scalars(select(Envelope.state)))


def enroll(session: Session, count: int, now: datetime) -> None:
    for number in range(count):
        Person.register(session, f"p{number}@example.org", f"Person {number}", now, by=None)
    session.commit()


def propose_pairs(cast: Cast, count: int, now: datetime, mark: str = "") -> None:
    """Register mentors and mentees, and propose the one to the other."""
    for number in range(count):
        pair = [
            Person.register(cast.session, f"{role}{number}{mark}@example.org", "Zoé Roy", now, by=None)
            for role in ("mentor", "mentee")
        ]
        for person, role in zip(pair, ("mentor", "mentee"), strict=True):
            person.organization, person.welcomed_at = cast.boreal, now
            Participation.join(person, cast.program, role, now, by=None)
        propose_match(cast.session, cast.program, *pair, now, by=cast.carol)
    cast.session.commit()


def take(cast: Cast, now: datetime, worker: Worker) -> tuple[Claims, list[Claimed]]:
    claims = Claims(Session(cast.session.get_bind(), expire_on_commit=False), worker, Clock(now))
    return claims, claims.take(BATCH)


def crash(cast: Cast, now: datetime, name: str = "dead") -> None:
    """A worker claims what is ready, begins to hand it over, and dies."""
    claims, taken = take(cast, now, Worker(name))
    claims.hand([envelope.id for envelope in taken])
    claims.session.commit()
    claims.session.close()


def test_a_worker_that_slept_through_its_lease_sends_and_closes_nothing(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    """It claimed, slept, and wakes when another worker has sent the mail and the mentor has answered."""
    proposal = cast.propose(now)
    office.collect(now)
    sleeper = office.deliver(Clock(now), keeper, Worker("asleep"), most_batches=0)
    claimed = sleeper.claims.take(BATCH)
    later = now + LEASE + CLOCK_JUMP + MINUTE
    assert office.round(Clock(now + LEASE), keeper)["sent"] == 0
    assert office.round(Clock(later), keeper)["sent"] == 1
    proposal.accept(cast.alice, later)
    cast.session.commit()
    assert sleeper.readying.ready(claimed, later) == []
    assert only(cast.session).state == State.SENT


def test_a_claim_whose_holder_is_known_to_be_dead_is_free_at_once(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now)
    office.collect(now)
    take(cast, now, Worker("dead"))
    assert office.round(Clock(now), keeper, Worker("alive", lambda name: name == "somebody else"))["sent"] == 0
    assert office.round(Clock(now), keeper, Worker("alive", lambda name: name == "dead"))["sent"] == 1


def test_what_a_worker_itself_still_holds_is_from_a_run_that_broke_off(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now)
    office.collect(now)
    take(cast, now, Worker("me"))
    assert office.round(Clock(now), keeper, Worker("me"))["sent"] == 1


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_clock_that_jumps_by_an_hour_takes_no_claim_from_a_living_worker(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime, jump: timedelta
) -> None:
    """The mail is in its worker's hands while the clock jumps and another worker looks for what to do."""
    cast.propose(now)
    rounds = []
    clock = Clock(now)

    def another_round(_number: int) -> None:
        clock.moment = now + jump
        rounds.append(office.round(clock, keeper, Worker("another"))["sent"])

    busy = Hurt(another_round)
    assert office.round(clock, busy, Worker("busy"))["sent"] == 1
    assert (rounds, keeper.carried, len(busy.carried)) == ([0], [], 1)
    for moment in (now, now + jump, now):
        clock.moment = moment
        office.round(clock, keeper)
    assert keeper.carried == []


def test_a_holder_that_moves_nothing_for_a_lease_is_taken_for_dead_whatever_the_clock_shows(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now)
    office.collect(now)
    take(cast, now, Worker("on another machine"))
    passed = 0.0
    watching = Worker("alive", watch=Watch(lambda: passed))
    assert office.round(Clock(now), keeper, watching)["sent"] == 0
    passed = LEASE.total_seconds() - 1
    assert office.round(Clock(now), keeper, watching)["sent"] == 0
    passed = LEASE.total_seconds() + 1
    assert office.round(Clock(now), keeper, watching)["sent"] == 1


def test_a_holder_that_renews_its_lease_is_alive(cast: Cast, office: PostOffice, keeper: Keeper, now: datetime) -> None:
    cast.propose(now)
    office.collect(now)
    claims, taken = take(cast, now, Worker("slow"))
    passed = 0.0
    watching = Worker("alive", watch=Watch(lambda: passed))
    for step in range(1, 5):
        passed = step * LEASE.total_seconds() * 0.7
        claims.clock = Clock(now + step * MINUTE)
        assert claims.renew([envelope.id for envelope in taken])
        assert office.round(Clock(now), keeper, watching)["sent"] == 0


def test_a_mail_in_the_hands_of_a_worker_that_dies_goes_once_more_with_the_same_message_id(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now)
    office.collect(now)
    crash(cast, now)
    assert office.round(Clock(now), keeper, Worker("alive", lambda name: name == "dead"))["sent"] == 1
    assert only(cast.session).crashes == 1


def test_a_mail_that_takes_worker_after_worker_down_is_left_to_a_person_and_takes_no_other_along(
    session: Session, now: datetime, keeper: Keeper
) -> None:
    enroll(session, 5, now)
    cast = cast_of(session, now)
    office_of(session, KINDS).collect(now)
    nurse = Worker("nurse", lambda name: name.startswith("dead"))
    poison = _of(session, "p2@example.org").id
    met = []
    while True:
        Claims(session, nurse, Clock(now)).free()
        claims, taken = take(cast, now, Worker(f"dead {len(met)}"))
        if not taken:
            break
        met.append(len(taken))
        claims.hand([envelope.id for envelope in taken])
        if poison not in {envelope.id for envelope in taken}:
            claims.session.execute(update(Envelope).where(Envelope.id == taken[0].id).values(state=State.SENT))
        claims.session.commit()
    assert met == [5] + [1] * (MOST_CRASHES + 4)
    assert states(session) == ["sent"] * 4 + ["uncertain"]


def test_the_silence_of_a_mentor_begins_when_the_mail_that_asks_is_left_to_a_person(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    proposal = cast.propose(now)
    office.collect(now)
    for number in range(MOST_CRASHES + 1):
        crash(cast, now, f"dead {number}")
        office.deliver(Clock(now), keeper, Worker("alive", lambda name: name.startswith("dead")), most_batches=0)
    assert only(cast.session).state == State.UNCERTAIN
    cast.session.refresh(proposal)
    assert proposal.answer_by is not None


def test_what_was_claimed_but_not_begun_counts_as_no_crash(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now)
    office.collect(now)
    take(cast, now, Worker("dead"))
    office.round(Clock(now), keeper, Worker("alive", lambda name: name == "dead"))
    assert only(cast.session).crashes == 0


def test_a_connection_lost_after_the_mail_is_tried_once_more_where_missing_it_is_worse(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now)
    keeper.answers = [LOST, LOST]
    office.round(Clock(now), keeper)
    assert only(cast.session).state == State.WAITING
    office.round(Clock(now + 2 * MINUTE), keeper)
    assert only(cast.session).state == State.UNCERTAIN
    for hours in range(1, 48, 7):
        office.round(Clock(now + hours * HOUR), keeper)
    assert len(keeper.carried) == 2


def test_a_reminder_whose_connection_was_lost_is_left_to_a_person(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now - 5 * HOUR)
    office.round(Clock(now - 5 * HOUR), keeper)
    keeper.answers = [LOST]
    assert office.round(Clock(now + 4 * DAY), keeper)["uncertain"] == 1
    chased = cast.session.scalars(select(Envelope).where(Envelope.kind == "match_chased")).one()
    assert chased.state == State.UNCERTAIN


def test_a_mailbox_that_was_busy_before_does_not_use_up_the_second_copy(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    """Being put off (greylisting) and losing a connection are counted apart."""
    cast.propose(now)
    keeper.answers = [BUSY, BUSY, LOST]
    for minutes in (0, 2, 10, 12):
        office.round(Clock(now + minutes * MINUTE), keeper)
    assert len(keeper.carried) == 2
    assert only(cast.session).state == State.SENT


def test_a_busy_server_is_tried_with_growing_waits_for_a_day_and_then_who_proposed_is_told(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    proposal = cast.propose(now)
    keeper.answers = [BUSY] * 50
    waits = []
    moment = now
    while (envelope := _round_and_read(office, keeper, moment)).state == State.WAITING:
        assert envelope.ready_at is not None
        waits.append(envelope.ready_at - moment)
        moment = envelope.ready_at
    assert waits[:6] == sorted(waits[:6])
    assert timedelta(seconds=12) <= waits[0] < waits[1] < MINUTE
    assert waits[5] >= 90 * MINUTE
    assert LONGEST_TRYING <= moment - now < 2 * LONGEST_TRYING
    assert (envelope.state, envelope.why_not, envelope.server_said) == (State.FAILED, "gave up", "450 4.2.1 busy")
    cast.session.refresh(proposal)
    assert proposal.has_lapsed(moment)


def _round_and_read(office: PostOffice, keeper: Keeper, moment: datetime) -> Envelope:
    office.round(Clock(moment), keeper)
    return only(office.session)


def test_a_password_is_tried_no_longer_than_its_link_works(session: Session, keeper: Keeper, now: datetime) -> None:
    cast = cast_of(session, now)
    office = office_of(session, KINDS)
    PasswordRequest.ask(session, cast.bob.email, now)
    session.commit()
    keeper.answers = [BUSY] * 50
    for minutes in range(0, 180, 12):
        office.round(Clock(now + minutes * MINUTE), keeper)
    assert only(session).state in {State.FAILED, State.MISSED, State.WITHDRAWN}
    assert len(keeper.answers) >= 45


def test_the_code_of_a_refusal_is_kept_apart_from_the_servers_sentence(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    keeper.answers = [Outcome(Came.REFUSED, "550 5.1.1 no such mailbox", "5.1.1")]
    cast.propose(now)
    office.round(Clock(now), keeper)
    envelope = only(cast.session)
    assert (envelope.state, envelope.why_not, envelope.closed_at) == (State.REFUSED, "5.1.1", now)


@pytest.mark.parametrize("answer", [AWAY, WRONG_PASSWORD])
def test_while_the_queue_stands_still_one_mail_tries_again_and_blames_nobody(
    session: Session, keeper: Keeper, now: datetime, answer: Outcome
) -> None:
    enroll(session, 60, now)
    office = office_of(session, KINDS)
    keeper.answers = [answer] * 20
    tried = []
    for minutes in range(10):
        before = len(keeper.answers)
        office.round(Clock(now + minutes * MINUTE), keeper)
        tried.append(before - len(keeper.answers))
        session.expire_all()
        assert states(session) == ["waiting"] * 60
    assert max(tried) == 1
    keeper.answers = []
    counts = office.round(Clock(now + HOUR), keeper)
    assert (counts["sent"], counts["stopped"]) == (60, "")
    assert Standing.of(session).stopped_since is None
    assert not any(session.scalars(select(Envelope.tries + Envelope.doubts + Envelope.crashes)))


def test_a_refusal_of_us_alarms_at_once_and_a_server_that_is_away_after_two_minutes(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now)
    keeper.answers = [AWAY, AWAY]
    office.round(Clock(now), keeper)
    assert not Standing.of(cast.session).is_alarming(now + MINUTE)
    assert Standing.of(cast.session).is_alarming(now + PATIENCE + MINUTE)
    keeper.answers = [WRONG_PASSWORD]
    office.round(Clock(now + MINUTE), keeper)
    standing = Standing.of(cast.session)
    assert standing.is_alarming(now + MINUTE)
    assert (standing.stopped_by, standing.stopped_since) == ("ours", now + MINUTE)


def test_a_clock_that_is_put_back_does_not_hold_the_queue_for_as_long(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now - 2 * HOUR)
    keeper.answers = [AWAY]
    office.round(Clock(now), keeper)
    assert office.round(Clock(now - HOUR), keeper)["stopped"] == ""


def test_a_database_that_is_away_when_mails_have_left_loses_and_doubles_none(
    session: Session, keeper: Keeper, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    enroll(session, 3, now)
    office = office_of(session, KINDS)
    pauses: list[float] = []
    settle = Settling.settle

    def settle_later(own: Settling, done: object) -> None:
        if len(pauses) < 3:
            raise OperationalError("UPDATE envelope", {}, Exception("the server closed the connection"))
        settle(own, done)  # type: ignore[arg-type]  # it is what it was given

    monkeypatch.setattr(Settling, "settle", settle_later)
    assert office.round(Clock(now), keeper, Worker("patient", pause=pauses.append))["sent"] == 3
    assert pauses == sorted(pauses)
    assert office.round(Clock(now + HOUR), keeper)["sent"] == 0
    assert len(keeper.carried) == 3


def test_a_worker_that_is_told_to_end_gives_back_what_it_did_not_send(
    session: Session, now: datetime, keeper: Keeper
) -> None:
    enroll(session, 5, now)
    office = office_of(session, KINDS)
    told = False

    def tell(number: int) -> None:
        nonlocal told
        told = number >= 1

    ending = Hurt(tell)
    assert office.round(Clock(now), ending, Worker("told", is_told=lambda: told))["sent"] == 2
    assert states(session) == ["sent", "sent", "waiting", "waiting", "waiting"]
    assert office.round(Clock(now), keeper)["sent"] == 3


def test_a_full_batch_asks_for_one_more_worker(session: Session, now: datetime, keeper: Keeper) -> None:
    enroll(session, BATCH + 1, now)
    asked: list[bool] = []
    office_of(session, KINDS).round(Clock(now), keeper, Worker("busy", ask_hands=lambda: asked.append(True)))
    assert asked == [True]


def test_what_a_thing_makes_of_its_mail_is_poison_to_its_own_envelope_alone(
    session: Session, now: datetime, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = cast_of(session, now)
    propose_pairs(cast, 3, now)
    asked = Proposal.asked

    def poisoned(proposal: Proposal, moment: datetime) -> None:
        if proposal.mentor.email.startswith("mentor1"):
            raise ValueError("poison")
        asked(proposal, moment)

    monkeypatch.setattr(Proposal, "asked", poisoned)
    counts = office_of(session, KINDS).round(Clock(now), keeper)
    assert counts["sent"] == 3
    assert counts["faults"] == [f"envelope {_of(session, 'mentor1@example.org').id}: ValueError"]
    assert session.query(Proposal).where(Proposal.asked_at.is_not(None)).count() == 2
    assert office_of(session, KINDS).round(Clock(now + HOUR), keeper)["sent"] == 0


def _of(session: Session, address: str) -> Envelope:
    return session.scalars(select(Envelope).join(Person).where(Person.email == address)).one()


def test_a_pace_is_kept_for_all_workers_together_and_a_far_turn_keeps_nobody_waiting(
    session: Session, now: datetime, keeper: Keeper
) -> None:
    enroll(session, 10, now)
    clock = Clock(now)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        clock.moment += timedelta(seconds=seconds)

    office = office_of(session, KINDS, MENTORLY_SMTP_RATE="2")
    began = clock.moment
    sent = 0
    while sent < 10:
        sent += int(str(office.round(clock, keeper, Worker("paced", pause=pause))["sent"]))
        clock.moment += timedelta(seconds=0.1)
    assert clock.moment - began >= timedelta(seconds=4.5)
    assert clock.moment - began < timedelta(seconds=9)
    assert max(pauses) <= 2.5


def test_a_pace_for_one_domain_holds_no_other_domain_up(session: Session, now: datetime, keeper: Keeper) -> None:
    for name in ("a", "b", "c", "d", "e", "f"):
        for domain in ("slow.example.org", f"{name}.example.net"):
            Person.register(session, f"{name}@{domain}", "Person", now, by=None)
    session.commit()
    office_of(session, KINDS, MENTORLY_SMTP_RATE_PER_DOMAIN="1").round(Clock(now), keeper)
    domains = [recipient.partition("@")[2] for _, recipient, _ in keeper.carried]
    assert sum(domain.endswith("example.net") for domain in domains) == 6
    assert domains.count("slow.example.org") < 6
    later = set(session.scalars(select(Envelope.ready_at).where(Envelope.state == State.WAITING)))
    assert len(later) == 6 - domains.count("slow.example.org")


def test_a_pace_outlives_a_clock_that_was_put_back(session: Session, now: datetime) -> None:
    pacing = Pacing(per_second=1)
    pacing.turn(session, "a@example.org", now + HOUR)
    assert pacing.turn(session, "a@example.org", now) == (now, True)
    assert session.query(Pace).count() == 1


def test_a_proposal_that_reaches_nobody_is_asked_of_nobody(cast: Cast, office: PostOffice, now: datetime) -> None:
    proposal = cast.propose(now)
    keeper = Keeper()
    keeper.answers = [AWAY]
    office.round(Clock(now), keeper)
    cast.session.refresh(proposal)
    assert isinstance(proposal, Proposal)
    assert proposal.asked_at is None


def test_who_registered_somebody_is_told_that_the_welcome_cannot_reach_them_and_a_corrected_address_is_welcomed(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    bob = Person.register(cast.session, "bbo@example.org", "Bob Roy", now, by=cast.carol, organization=cast.boreal)
    cast.session.commit()
    keeper.answers = [Outcome(Came.REFUSED, "550 5.1.1 no such mailbox", "5.1.1")]
    office.round(Clock(now), keeper)
    office.round(Clock(now + MINUTE), keeper)
    assert [recipient for _, recipient, _ in keeper.carried] == [cast.carol.email]
    assert b"bbo@example.org" in keeper.carried[0][2]
    cast.session.refresh(bob)
    bob.correct_address("bob@example.org", cast.carol, now + HOUR)
    cast.session.commit()
    office.round(Clock(now + HOUR), keeper)
    office.round(Clock(now + DAY), keeper)
    assert [recipient for _, recipient, _ in keeper.carried] == [cast.carol.email, "bob@example.org"]


def test_a_welcome_from_the_terminal_that_cannot_be_delivered_is_told_to_an_administrator(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    Person.register(cast.session, "bbo@example.org", "Bob Roy", now, by=None)
    cast.session.commit()
    keeper.answers = [Outcome(Came.REFUSED, "550 5.1.1 no such mailbox", "5.1.1")]
    office.round(Clock(now), keeper)
    office.round(Clock(now + MINUTE), keeper)
    assert [recipient for _, recipient, _ in keeper.carried] == [cast.dave.email]


def test_writing_a_batch_asks_the_database_as_often_for_many_as_for_one(
    session: Session, keeper: Keeper, now: datetime
) -> None:
    cast = cast_of(session, now)
    office = office_of(session)
    asked: list[str] = []

    def note(*words: Any) -> None:
        asked.append(words[2])

    event.listen(session.get_bind(), "before_cursor_execute", note)
    counts = {}
    for many in (2, 12):
        propose_pairs(cast, many, now, f"of{many}")
        for kinds in (["match_proposed"], ["matched_mentee", "matched_mentor", "matched_lead"], ["invitation"]):
            office.collect(now)
            asked.clear()
            office.deliver(Clock(now), keeper)
            for kind in kinds:
                counts.setdefault(kind, []).append(len(asked))
            _go_on(session, kinds[0], now)
    session.rollback()
    assert {kind: few for kind, (few, _) in counts.items()} == {kind: many for kind, (_, many) in counts.items()}


def _go_on(session: Session, kind: str, now: datetime) -> None:
    """Do what lets the next kind fall due."""
    if kind == "match_proposed":
        for proposal in session.scalars(select(Proposal).where(Proposal.is_open)):
            proposal.accept(proposal.mentor, now)
    if kind == "matched_mentee":
        for together in session.scalars(select(Relationship).where(Relationship.first_meeting_at.is_(None))):
            plan_first(together, now + DAY, together.members[0].person, now)
    session.commit()


def test_a_server_that_hangs_up_after_each_mail_puts_one_mail_after_the_other_in_doubt_and_not_all_at_once(
    session: Session, now: datetime, keeper: Keeper
) -> None:
    enroll(session, 60, now)
    office = office_of(session, KINDS)
    keeper.answers = [LOST] * 60
    for seconds in range(0, 60, 6):
        office.round(Clock(now + timedelta(seconds=seconds)), keeper)
    assert len(keeper.carried) <= 5
    assert Standing.of(session).stopped_by == "unreachable"
    keeper.answers = []
    office.round(Clock(now + HOUR), keeper)
    assert {recipient for _, recipient, _ in keeper.carried} == set(session.scalars(select(Person.email)))


def test_stale_mails_in_front_hold_nobody_up_when_the_mail_server_is_back(
    session: Session, now: datetime, keeper: Keeper
) -> None:
    enroll(session, 30, now)
    office = office_of(session, KINDS)
    keeper.answers = [AWAY]
    office.round(Clock(now), keeper)
    stale = session.scalars(select(Person).where(Person.email.not_like("p7@%"))).all()
    session.add_all(Suppression(person_id=one.id, optional_only=False, reason="asked", since=now) for one in stale)
    session.commit()
    assert office.round(Clock(now + HOUR), keeper)["sent"] == 1


def test_a_corrected_address_is_welcomed_although_a_mail_to_the_old_one_was_just_leaving(
    cast: Cast, office: PostOffice, now: datetime
) -> None:
    bob = Person.register(cast.session, "bbo@example.org", "Bob Roy", now, by=cast.carol, organization=cast.boreal)
    cast.session.commit()

    def correct(_number: int) -> None:
        if bob.email == "bbo@example.org":
            bob.correct_address("bob@example.org", cast.carol, now)
        cast.session.commit()

    leaving = Hurt(correct)
    office.round(Clock(now), leaving)
    office.round(Clock(now + MINUTE), leaving)
    assert [recipient for _, recipient, _ in leaving.carried] == ["bbo@example.org", "bob@example.org"]


def test_a_carrier_that_breaks_keeps_what_it_did_send(session: Session, now: datetime, keeper: Keeper) -> None:
    enroll(session, 5, now)
    office = office_of(session, KINDS)

    def breaks(number: int) -> None:
        if number == 3:
            raise RuntimeError("a fault of ours")

    broken = Hurt(breaks)
    with pytest.raises(RuntimeError):
        office.round(Clock(now), broken, Worker("me"))
    session.rollback()
    assert office.round(Clock(now), keeper, Worker("me"))["sent"] == 2
    assert not any(session.scalars(select(Envelope.crashes)))


def test_a_database_that_goes_away_between_two_mails_doubles_none(
    session: Session, now: datetime, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pace of the mails is kept in the database, which is asked while others are in flight."""
    enroll(session, 5, now)
    office = office_of(session, KINDS, MENTORLY_SMTP_RATE="1000")
    turn, turns = Pacing.turn, []

    def turn_or_not(own: Pacing, *given: Any) -> Any:
        turns.append(1)
        if len(turns) == 3:
            raise OperationalError("SELECT pace", {}, Exception("the server closed the connection"))
        return turn(own, *given)

    monkeypatch.setattr(Pacing, "turn", turn_or_not)
    office.round(Clock(now), keeper)
    office.round(Clock(now + MINUTE), keeper)
    assert len(keeper.carried) == 5


def test_an_outage_of_ours_uses_up_nobodys_tries(cast: Cast, office: PostOffice, keeper: Keeper, now: datetime) -> None:
    cast.propose(now)
    keeper.answers = [BUSY, AWAY, BUSY]
    for hours in (0, 1, 27, 28):
        office.round(Clock(now + hours * HOUR), keeper)
    assert only(cast.session).state == State.SENT


def test_an_alarm_ends_when_nothing_waits_any_more(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    proposal = cast.propose(now)
    keeper.answers = [WRONG_PASSWORD]
    office.round(Clock(now), keeper)
    proposal.withdraw(cast.carol, now)
    cast.session.commit()
    office.round(Clock(now + HOUR), keeper)
    office.round(Clock(now + 2 * HOUR), keeper)
    assert not Standing.of(cast.session).is_alarming(now + 2 * HOUR)


@pytest.mark.parametrize("fault", [AWAY, LOST, WRONG_PASSWORD])
def test_two_workers_that_meet_the_same_fault_count_it_once(session: Session, now: datetime, fault: Outcome) -> None:
    for seconds in (0, 1):
        Standing.stop(session, fault, now + timedelta(seconds=seconds))
    standing = Standing.of(session)
    assert (standing.stops, standing.stopped_since) == (1, now)


@pytest.fixture
def with_a_file(tmp_path: Path) -> Register:
    """A register of one kind alone, which brings everybody a file."""
    folder = nudge_in(tmp_path / "filed")
    path = folder / "nudge.py"
    attach = """
    def attachments(self, thing, reader, now):
        return [Attachment("guide.pdf", "application/pdf", b"%PDF-1.7 of " + str(thing.id).encode())]
"""
    imported = "from mentorly.emails.attachment import Attachment\n"
    path.write_text(imported + path.read_text("utf-8") + attach, "utf-8")
    kinds = find_mails(folder)
    return Register([kinds["nudge"]])


def test_a_kind_that_brings_a_file_brings_it_to_each_reader(
    cast: Cast, with_a_file: Register, keeper: Keeper, now: datetime
) -> None:
    office = office_of(cast.session, with_a_file)
    office.round(lambda: now, keeper)
    cast.session.execute(update(Person).values(registered_at=now + MINUTE))
    office.round(lambda: now + 2 * MINUTE, keeper)
    assert len(keeper.carried) == 5
    for _, recipient, data in keeper.carried:
        text, file = message_from_bytes(data, policy=default).iter_parts()
        reader = cast.session.scalars(select(Person).where(Person.email == recipient)).one()
        assert text.get_content_type() == "multipart/alternative"
        assert file.get_payload(decode=True) == f"%PDF-1.7 of {reader.id}".encode()
