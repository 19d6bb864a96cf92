"""What the drill calls lost, needless or late, from invented arrivals and faults."""

import pytest

from tests.drill.script import (
    ALL_KILLED,
    ASLEEP,
    DATABASE,
    KILLED,
    LATER_AT_RCPT,
    MAIL_SERVER,
    PROPOSAL,
    REDIS,
    SILENT_AFTER_DATA,
    TOLD_TO_END,
    WELCOME,
    WORKER,
    Mail,
)
from tests.drill.verdict import NEAR, PATIENCE, Arrival, Fault, Verdict, judge

BOB = Mail("bob@example.org", WELCOME)
ALICE = Mail("alice@example.org", PROPOSAL)
NOON = 1_000_000.0


def came(mail: Mail, seconds: float, number: str = "<1@localhost>") -> Arrival:
    return Arrival(mail, number, NOON + seconds)


def broken(part: str, way: str, began: float, ended: float) -> Fault:
    return Fault(part, way, NOON + began, NOON + ended)


def verdict_of(*arrivals: Arrival, faults: tuple[Fault, ...] = (), due: tuple[Mail, ...] = (BOB,)) -> Verdict:
    return judge(dict.fromkeys(due, NOON), arrivals, faults)


def test_every_mail_once_and_soon_is_no_failure() -> None:
    verdict = verdict_of(came(BOB, 1), came(ALICE, 2), due=(BOB, ALICE))
    assert (verdict.expected, verdict.arrived, verdict.failures) == (2, 2, [])


def test_a_mail_that_did_not_come_is_lost() -> None:
    verdict = verdict_of(came(BOB, 1), due=(BOB, ALICE))
    assert verdict.lost == [ALICE]
    assert verdict.failures == ["1 mail lost: match_proposed to alice@example.org."]


def test_a_mail_that_nobody_expects_fails() -> None:
    verdict = verdict_of(came(BOB, 1), came(ALICE, 2))
    assert [one.mail for one in verdict.unexpected] == [ALICE]
    assert verdict.failures == ["1 mail arrived that nobody expected: match_proposed to alice@example.org."]


@pytest.mark.parametrize(
    ("part", "way"),
    [
        (WORKER, KILLED),
        (WORKER, ALL_KILLED),
        (DATABASE, KILLED),
        (MAIL_SERVER, KILLED),
        (MAIL_SERVER, SILENT_AFTER_DATA),
    ],
)
def test_a_copy_of_what_was_in_flight_at_a_fault_is_counted_and_excused(part: str, way: str) -> None:
    fault = broken(part, way, 2, 5)
    verdict = verdict_of(came(BOB, 1), came(BOB, 80), faults=(broken(REDIS, KILLED, 0, 1), fault))
    assert [(copy.fault, copy.seconds, copy.is_excused) for copy in verdict.copies] == [(fault, 1.0, True)]
    assert verdict.failures == []


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        ((), "nothing broke"),
        ((broken(WORKER, KILLED, 1 + NEAR + 1, 20),), "it broke long after"),
        ((broken(WORKER, KILLED, -20, -NEAR - 1),), "it broke long before"),
        ((broken(WORKER, TOLD_TO_END, 0, 2),), "a worker that is told to end keeps what it sent"),
        ((broken(WORKER, ASLEEP, 0, 2),), "a worker that sleeps still holds what it sent"),
        ((broken(REDIS, KILLED, 0, 2),), "Redis holds nothing that matters"),
    ],
)
def test_a_copy_that_no_fault_explains_fails(faults: tuple[Fault, ...], why: str) -> None:
    verdict = verdict_of(came(BOB, 1), came(BOB, 3), faults=faults)
    assert len(verdict.copies_without_excuse) == 1, why
    assert verdict.failures == ["1 mail came again although nothing broke near the first: welcome to bob@example.org."]


def test_a_copy_under_another_message_id_fails_whatever_broke() -> None:
    fault = broken(WORKER, KILLED, 1, 1)
    verdict = verdict_of(came(BOB, 1), came(BOB, 3, "<2@localhost>"), faults=(fault,))
    assert verdict.failures == ["1 mail came again under another Message-ID: welcome to bob@example.org."]


def test_each_further_copy_needs_a_fault_of_its_own() -> None:
    fault = broken(WORKER, KILLED, 1, 1)
    verdict = verdict_of(came(BOB, 1), came(BOB, 60), came(BOB, 120), faults=(fault,))
    assert [copy.is_excused for copy in verdict.copies] == [True, False]


def test_two_minutes_are_soon_enough_and_more_are_late() -> None:
    assert verdict_of(came(BOB, PATIENCE)).failures == []
    verdict = verdict_of(came(BOB, PATIENCE + 1))
    assert [(late.mail, late.seconds) for late in verdict.late] == [(BOB, PATIENCE + 1)]
    assert verdict.failures == ["1 mail came more than two minutes late: welcome to bob@example.org."]


def test_the_time_in_which_anything_was_broken_is_not_counted_and_never_twice() -> None:
    faults = (broken(REDIS, KILLED, 10, 20), broken(DATABASE, KILLED, 15, 30), broken(REDIS, KILLED, -50, 5))
    verdict = verdict_of(came(BOB, PATIENCE + 26), faults=faults)
    assert [late.seconds for late in verdict.late] == [PATIENCE + 1]
    assert verdict_of(came(BOB, PATIENCE + 25), faults=faults).late == []


def test_what_broke_after_a_mail_had_come_excuses_no_delay() -> None:
    verdict = verdict_of(came(BOB, PATIENCE + 1), faults=(broken(DATABASE, KILLED, PATIENCE + 2, PATIENCE + 90),))
    assert len(verdict.late) == 1


def test_a_mail_that_was_put_off_twice_may_be_no_later_than_any_other() -> None:
    put_off = (broken(MAIL_SERVER, LATER_AT_RCPT, 1, 3), broken(MAIL_SERVER, LATER_AT_RCPT, 70, 73))
    assert verdict_of(came(BOB, PATIENCE + 5), faults=put_off).late == []
    assert len(verdict_of(came(BOB, PATIENCE + 6), faults=put_off).late) == 1


def test_a_fault_meets_the_mails_that_were_due_and_had_not_come() -> None:
    faults = (broken(REDIS, KILLED, -9, -8), broken(REDIS, KILLED, 2, 3), broken(REDIS, KILLED, 12, 13))
    verdict = verdict_of(came(BOB, 10), came(ALICE, 11), faults=faults, due=(BOB, ALICE))
    assert [verdict.met[fault] for fault in faults] == [0, 2, 0]
