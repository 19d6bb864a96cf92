"""One mail a day: what one morning brings to one reader is folded into a digest, and lost or doubled by nothing."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from mentorly.emails import awaited, mornings, one_a_day
from mentorly.emails.carrying import Came, Outcome
from mentorly.emails.claims import Claimed, Claims, Worker
from mentorly.emails.digests import Digest, DigestLine
from mentorly.emails.email import Register
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.folding_away import FoldingAway
from mentorly.emails.following import End, follow
from mentorly.emails.gathering import NOTHING_TO_SAY
from mentorly.emails.post_office import PostOffice
from mentorly.emails.readying import Readying
from mentorly.emails.waits import Wait, why_it_waits
from mentorly.mentoring.base import Refused
from mentorly.mentoring.first_meetings import plan_first
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Member, Relationship
from tests.cast import Cast, Clock, Keeper, cast_of, office_of
from tests.conftest import Queries
from tests.emails.added_mails import OF_MEMBERS, add_mail, register_with_many

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Everybody was matched on Monday; three days later it is Friday's morning, nine o'clock in Toronto.
FRIDAY = datetime(2027, 3, 5, 14, 0, tzinfo=UTC)
MONDAY = datetime(2027, 3, 8, 14, 0, tzinfo=UTC)
AWAY = Outcome(Came.UNREACHABLE, "The mail server cannot be reached.")
LOST = Outcome(Came.UNCERTAIN, "The connection was lost after the mail.")
BUSY = Outcome(Came.LATER, "450 4.2.1 busy", "4.2.1")
NO_MAILBOX = Outcome(Came.REFUSED, "550 5.1.1 no such mailbox", "5.1.1")

KINDS = ("third_day", "third_day_urgent", "no_date_yet")
Counting = Callable[[Engine], AbstractContextManager[Queries]]


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Register:
    return register_with_many(tmp_path_factory.mktemp("mails") / "added")


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


@pytest.fixture
def office(cast: Cast, register: Register, now: datetime) -> PostOffice:
    """Alice and Bob are matched and told; three mails to Alice wait for Friday, and Bob gets no mails at all."""
    office = office_of(cast.session, register)
    cast.propose(now).accept(cast.alice, now)
    cast.session.commit()
    office.round(Clock(now), Keeper())
    office.collect(FRIDAY)
    change(cast.session, Envelope.reader_id == cast.bob.id, state=State.MISSED, closed_at=FRIDAY)
    return office


def change(session: Session, *which: object, **values: object) -> None:
    session.execute(update(Envelope).where(*which).values(**values))  # type: ignore[arg-type]
    session.commit()


def of(session: Session, kind: str) -> Envelope:
    """The last envelope of a kind to Alice."""
    query = select(Envelope).join(Person).where(Envelope.kind == kind, Person.name == "Alice Gagnon")
    found = session.scalars(query.order_by(Envelope.id.desc()).execution_options(populate_existing=True)).first()
    assert found is not None
    return found


def states(session: Session) -> dict[str, str]:
    kinds = [*KINDS, "digest"]
    query = select(Envelope.kind, Envelope.state).join(Person).where(Person.name == "Alice Gagnon")
    rows = session.execute(query.where(Envelope.kind.in_(kinds)).order_by(Envelope.id))
    return {kind: state for kind, state in rows}  # noqa: C416 - a row of a result is no pair to mypy


def folded(session: Session) -> list[str]:
    return sorted(kind for kind, state in states(session).items() if state == State.FOLDED)


def read(data: bytes) -> str:
    """The text part of a mail."""
    body = message_from_bytes(data, policy=default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def lines(session: Session) -> list[tuple[int, int]]:
    query = select(DigestLine.number, DigestLine.envelope_id).order_by(DigestLine.digest_id, DigestLine.number)
    return [(number, envelope) for number, envelope in session.execute(query)]


def meet(cast: Cast, at: datetime) -> None:
    """Plan the first meeting: one of the three mails is no longer true."""
    together = cast.session.scalars(select(Relationship)).one()
    plan_first(together, at + 9 * DAY, cast.carol, at)
    cast.session.commit()


def test_what_one_morning_brings_to_one_reader_goes_as_one_mail_with_numbered_lines(
    cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    counts = office.round(Clock(FRIDAY), keeper)
    assert (counts["sent"], counts["folded"]) == (1, 3)
    (letter,) = [read(data) for _, _, data in keeper.carried]
    asking = (("third_day", "1. How are the first days", "well"), ("third_day_urgent", "2. Sign", "signed"))
    for kind, says, button in asking:
        assert says in letter
        assert f"/a/{office.desk.token(of(cast.session, kind).id, cast.alice)}/{button}" in letter
    assert "3. Plan the first meeting" in letter
    digest = of(cast.session, "digest")
    assert (digest.state, digest.occasion, digest.send_at) == (State.SENT, "2027-03-05", FRIDAY)
    for kind in KINDS:
        carried = of(cast.session, kind)
        assert (carried.state, carried.fold_id, carried.sent_at) == (State.FOLDED, digest.id, FRIDAY)


def test_one_mail_alone_goes_as_itself(cast: Cast, office: PostOffice, keeper: Keeper) -> None:
    change(cast.session, Envelope.kind.in_(KINDS[1:]), state=State.MISSED)
    office.deliver(Clock(FRIDAY), keeper)
    assert ["how are the first days." in read(data) for _, _, data in keeper.carried] == [True]
    assert states(cast.session)["third_day"] == State.SENT
    assert "digest" not in states(cast.session)


def test_what_people_do_is_neither_folded_nor_counted(cast: Cast, office: PostOffice, keeper: Keeper) -> None:
    meet(cast, FRIDAY)
    office.round(Clock(FRIDAY), keeper)
    told = [recipient for _, recipient, _ in keeper.carried]
    assert told.count(cast.alice.email) == 2
    assert of(cast.session, "invitation").state == State.SENT


def test_what_is_no_longer_true_takes_no_line_and_what_is_left_alone_goes_as_itself(
    cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    change(cast.session, Envelope.kind == "third_day_urgent", state=State.MISSED)
    meet(cast, FRIDAY)
    office.deliver(Clock(FRIDAY), keeper)
    assert len(keeper.carried) == 1
    assert states(cast.session) == {
        "third_day": State.SENT,
        "third_day_urgent": State.MISSED,
        "no_date_yet": State.WITHDRAWN,
    }


def test_what_becomes_ready_later_on_the_day_waits_for_the_next_working_morning(
    cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    change(cast.session, Envelope.kind == "third_day", ready_at=FRIDAY + HOUR)
    office.deliver(Clock(FRIDAY), keeper)
    office.deliver(Clock(FRIDAY + 2 * HOUR), keeper)
    late = of(cast.session, "third_day")
    assert (late.state, late.ready_at) == (State.WAITING, MONDAY)
    assert len(keeper.carried) == 1
    office.deliver(Clock(MONDAY), keeper)
    assert of(cast.session, "third_day").state == State.SENT


def test_quiet_hours_hold_a_late_mail_of_the_clock(cast: Cast, office: PostOffice, keeper: Keeper) -> None:
    cast.alice.quiet_from, cast.alice.quiet_until = time(20), time(7)
    cast.session.commit()
    office.deliver(Clock(FRIDAY + 12 * HOUR), keeper)
    assert keeper.carried == []
    assert of(cast.session, "third_day").ready_at == FRIDAY + 22 * HOUR
    office.deliver(Clock(FRIDAY + 22 * HOUR), keeper)
    assert folded(cast.session) == sorted(KINDS)


@pytest.mark.parametrize("fault", [LOST, BUSY])
def test_a_digest_that_is_tried_again_is_the_same_mail_with_the_same_lines(
    cast: Cast, office: PostOffice, keeper: Keeper, fault: Outcome
) -> None:
    keeper.answers = [fault]
    office.deliver(Clock(FRIDAY), keeper)
    before = lines(cast.session)
    assert states(cast.session) == dict.fromkeys(KINDS, State.FOLDED) | {"digest": State.WAITING}
    office.deliver(Clock(FRIDAY + HOUR), keeper)
    assert states(cast.session)["digest"] == State.SENT
    assert lines(cast.session) == before
    assert len({message_from_bytes(data)["Message-ID"] for _, _, data in keeper.carried}) == 1


def test_a_digest_of_which_a_copy_may_have_left_keeps_its_numbers_and_takes_nothing_more_in(
    cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    change(cast.session, Envelope.kind == "third_day_urgent", ready_at=FRIDAY + MINUTE)
    keeper.answers = [LOST]
    office.deliver(Clock(FRIDAY), keeper)
    office.deliver(Clock(FRIDAY + HOUR), keeper)
    first, second = (read(data) for _, _, data in keeper.carried)
    assert "2. Plan the first meeting" in first
    assert "2. Plan the first meeting" in second
    assert "Sign your agreement" not in second
    assert of(cast.session, "third_day_urgent").ready_at == MONDAY


def test_a_line_that_is_no_longer_true_leaves_its_number_empty_when_the_digest_is_tried_again(
    cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    change(cast.session, Envelope.kind == "no_date_yet", kind="third_day", occasion="renamed")
    change(cast.session, Envelope.occasion == "renamed", kind="no_date_yet", occasion="")
    keeper.answers = [BUSY]
    office.deliver(Clock(FRIDAY), keeper)
    meet(cast, FRIDAY)
    office.deliver(Clock(FRIDAY + HOUR), keeper)
    (letter,) = [read(data) for _, _, data in keeper.carried]
    assert "1. How" in letter
    assert "3." not in letter
    assert states(cast.session)["no_date_yet"] == State.WITHDRAWN
    assert [number for number, _ in lines(cast.session)] == [1, 2, 3]


def test_a_digest_with_nothing_left_to_say_is_not_sent(cast: Cast, office: PostOffice, keeper: Keeper) -> None:
    keeper.answers = [BUSY]
    office.deliver(Clock(FRIDAY), keeper)
    cast.session.scalars(select(Relationship)).one().ended_at = FRIDAY
    cast.session.commit()
    office.round(Clock(FRIDAY + HOUR), keeper)
    assert keeper.carried == []
    assert states(cast.session) == dict.fromkeys([*KINDS, "digest"], State.WITHDRAWN)
    assert of(cast.session, "digest").why_not == NOTHING_TO_SAY
    office.round(Clock(FRIDAY + 2 * HOUR), keeper)
    assert states(cast.session)["digest"] == State.WITHDRAWN


def test_a_digest_that_never_left_takes_in_what_has_come_since(cast: Cast, office: PostOffice, keeper: Keeper) -> None:
    change(cast.session, Envelope.kind == "third_day_urgent", ready_at=FRIDAY + MINUTE)
    keeper.answers = [AWAY]
    office.deliver(Clock(FRIDAY), keeper)
    assert states(cast.session)["digest"] == State.WAITING
    office.deliver(Clock(FRIDAY + HOUR), keeper, at_once=True)
    assert len(keeper.carried) == 1
    assert states(cast.session) == dict.fromkeys(KINDS, State.FOLDED) | {"digest": State.SENT}
    assert [number for number, _ in lines(cast.session)] == [1, 2, 3]


def test_a_digest_that_never_left_and_has_one_line_left_lets_that_mail_go_as_itself(
    cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    change(cast.session, Envelope.kind == "third_day_urgent", state=State.MISSED)
    keeper.answers = [AWAY]
    office.deliver(Clock(FRIDAY), keeper)
    meet(cast, FRIDAY)
    office.deliver(Clock(FRIDAY + HOUR), keeper, at_once=True)
    assert "how are the first days." in read(keeper.carried[0][2])
    assert states(cast.session)["digest"] == State.WITHDRAWN
    assert states(cast.session)["third_day"] == State.SENT


def test_what_a_refused_digest_carried_is_refused_with_it(cast: Cast, office: PostOffice, keeper: Keeper) -> None:
    keeper.answers = [NO_MAILBOX]
    counts = office.round(Clock(FRIDAY), keeper)
    assert counts["refused"] == 4
    assert {of(cast.session, kind).why_not for kind in KINDS} == {"5.1.1"}


def test_what_a_digest_carried_that_failed_waits_again_until_the_next_working_morning(
    cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    cast.session.execute(update(Person).where(Person.id == cast.alice.id).values(email="älice@example.org"))
    cast.session.commit()
    office.deliver(Clock(FRIDAY), keeper)
    assert states(cast.session) == dict.fromkeys(KINDS, State.WAITING) | {"digest": State.FAILED}
    office.deliver(Clock(FRIDAY + HOUR), keeper)
    held = of(cast.session, "third_day")
    assert (held.state, held.ready_at, held.send_at, held.fold_id) == (State.WAITING, MONDAY, FRIDAY, None)
    cast.session.execute(update(Person).where(Person.id == cast.alice.id).values(email="alice@example.org"))
    change(cast.session, Envelope.kind == "third_day", send_at=MONDAY)
    office.deliver(Clock(MONDAY), keeper)
    assert len(keeper.carried) == 1
    assert states(cast.session)["third_day"] == State.SENT
    assert states(cast.session)["no_date_yet"] == State.MISSED


def test_a_mail_that_cannot_be_said_is_left_out_and_holds_no_other_up(
    cast: Cast, keeper: Keeper, now: datetime, tmp_path: Path
) -> None:
    folder = tmp_path / "added"
    add_mail(folder, "poison", "{{ nothing_like_it }}", OF_MEMBERS)
    office = office_of(cast.session, register_with_many(folder))
    cast.propose(now).accept(cast.alice, now)
    cast.session.commit()
    office.round(Clock(now), keeper)
    counts = office.round(Clock(FRIDAY), keeper)
    assert (counts["failed"], counts["folded"]) == (2, 6)
    assert of(cast.session, "poison").why_not == "UndefinedError"


def test_a_worker_that_dies_with_a_digest_in_hand_loses_and_doubles_nothing(
    cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    for moment in (FRIDAY, FRIDAY + HOUR):
        claims = Claims(cast.session, Worker("dead"), Clock(moment))
        claimed = claims.take(50)
        Readying(cast.session, office.register, office.desk, claims).ready(claimed, moment)
        assert states(cast.session) == dict.fromkeys(KINDS, State.FOLDED) | {"digest": State.SENDING}
        Claims(cast.session, Worker("living", is_gone="dead".__eq__), Clock(moment)).free()
    before, mark = lines(cast.session), of(cast.session, "digest").mark
    office.deliver(Clock(FRIDAY + 2 * HOUR), keeper)
    (letter,) = [data for _, _, data in keeper.carried]
    assert mark in message_from_bytes(letter)["Message-ID"]
    assert lines(cast.session) == before
    assert states(cast.session)["digest"] == State.SENT


def test_a_worker_that_dies_before_it_has_folded_anything_leaves_all_of_it_waiting(
    cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    Claims(cast.session, Worker("dead"), Clock(FRIDAY)).take(50)
    Claims(cast.session, Worker("living", is_gone="dead".__eq__), Clock(FRIDAY)).free()
    office.deliver(Clock(FRIDAY), keeper)
    assert len(keeper.carried) == 1
    assert folded(cast.session) == sorted(KINDS)


def test_a_digest_that_takes_worker_after_worker_down_is_left_to_a_person_with_all_that_it_carries(
    cast: Cast, office: PostOffice
) -> None:
    change(cast.session, Envelope.kind.in_(KINDS), ready_at=FRIDAY)
    for hours in range(5):
        claims = Claims(cast.session, Worker("dead"), Clock(FRIDAY + hours * HOUR))
        claimed = claims.take(50)
        if claimed:
            Readying(cast.session, office.register, office.desk, claims).ready(claimed, FRIDAY + hours * HOUR)
        office.deliver(Clock(FRIDAY + hours * HOUR), Keeper(), Worker("living", is_gone="dead".__eq__), most_batches=0)
    assert states(cast.session)["digest"] == State.UNCERTAIN
    assert all(of(cast.session, kind).closed_at for kind in KINDS)


def claim(session: Session, name: str, most: int = 50) -> list[Claimed]:
    return Claims(session, Worker(name), Clock(FRIDAY)).take(most)


def test_a_reader_whose_morning_is_in_one_workers_hands_is_left_to_it(
    cast: Cast, office: PostOffice, engine: Engine
) -> None:
    change(cast.session, Envelope.kind == "third_day", ready_at=FRIDAY + MINUTE)
    assert {one.kind for one in claim(cast.session, "first")} == {"third_day_urgent", "no_date_yet"}
    change(cast.session, Envelope.kind == "third_day", ready_at=FRIDAY)
    with Session(engine) as other:
        assert claim(other, "second") == []
    assert states(cast.session)["third_day"] == State.WAITING


def test_two_workers_on_the_same_mornings_make_one_digest_for_each_reader(
    cast: Cast, office: PostOffice, register: Register, engine: Engine, now: datetime
) -> None:
    crowd(cast, 12, now)
    office.collect(FRIDAY)
    keepers = [Keeper(), Keeper()]

    def work(keeper: Keeper) -> None:
        with Session(engine) as own:
            office_of(own, register).deliver(Clock(FRIDAY), keeper, Worker(str(id(keeper))))

    workers = [Thread(target=work, args=(keeper,)) for keeper in keepers]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    office.deliver(Clock(FRIDAY + MINUTE), keepers[0])
    told = [recipient for keeper in keepers for _, recipient, _ in keeper.carried]
    assert len(told) == len(set(told)) == 25
    assert cast.session.scalar(select(func.count()).select_from(Digest)) == 25


def crowd(cast: Cast, pairs: int, now: datetime, mark: str = "") -> None:
    """So many more mentors and mentees are matched."""
    for number in range(pairs):
        mentor, mentee = (
            Person.register(cast.session, f"{role}{mark}{number}@example.org", f"Nora Roy{number}", now, by=None)
            for role in ("mentor", "mentee")
        )
        for person, role in ((mentor, "mentor"), (mentee, "mentee")):
            person.welcomed_at = now
            Participation.join(person, cast.program, role, now, by=None)
        propose_match(cast.session, cast.program, mentor, mentee, now, by=cast.dave).accept(mentor, now)
    cast.session.flush()
    cast.session.execute(update(Member).values(told_at=now, mentors_told_at=now, leads_told_at=now))
    cast.session.commit()


def test_gathering_asks_the_database_as_often_for_many_readers_as_for_few(
    cast: Cast, office: PostOffice, engine: Engine, now: datetime, count_queries: Counting
) -> None:
    counted = []
    office.collect(FRIDAY)
    for many in (2, 12):
        office.deliver(Clock(FRIDAY), Keeper())
        crowd(cast, many, now, f"of{many}")
        office.collect(FRIDAY)
        with count_queries(engine) as queries:
            office.deliver(Clock(FRIDAY), Keeper())
        counted.append(len(queries))
    assert counted[0] == counted[1] < 60


def test_the_forecast_knows_what_has_gone_today_and_what_a_waiting_digest_carries(
    cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    change(cast.session, Envelope.kind == "third_day", ready_at=FRIDAY + HOUR)
    keeper.answers = [BUSY]
    office.deliver(Clock(FRIDAY), keeper)
    foreseen = office.upcoming(FRIDAY + MINUTE / 12, FRIDAY + 5 * DAY, cast.alice)
    again_at = of(cast.session, "digest").ready_at
    assert [(one.kind.name, one.send_at, one.fold) for one in foreseen] == [
        ("digest", again_at, ""),
        ("no_date_yet", again_at, "2027-03-05"),
        ("third_day_urgent", again_at, "2027-03-05"),
        ("third_day", MONDAY, ""),
    ]
    cast.session.rollback()
    office.deliver(Clock(FRIDAY + HOUR), keeper)
    foreseen = office.upcoming(FRIDAY + 2 * HOUR, FRIDAY + 5 * DAY, cast.alice)
    assert [(one.kind.name, one.send_at, one.fold) for one in foreseen] == [("third_day", MONDAY, "")]


def test_the_console_knows_why_each_mail_waits(cast: Cast, office: PostOffice, register: Register) -> None:
    def why(kind: str = "third_day", now: datetime = FRIDAY - HOUR) -> Wait | None:
        return why_it_waits(register[kind], of(cast.session, kind), now)

    assert why() is Wait.MORNING
    assert why(now=FRIDAY) is None
    change(cast.session, Envelope.kind == "third_day", ready_at=MONDAY, send_at=MONDAY)
    assert why() is Wait.ONE_A_DAY
    change(cast.session, Envelope.kind == "third_day", lane=2)
    cast.alice.weekly = True
    assert why() is Wait.WEEKLY
    change(cast.session, Envelope.kind == "third_day", tries=1)
    assert why() is Wait.SERVER
    cast.alice.weekly = False
    cast.boreal.days_off = "2027-03-05"
    change(cast.session, Envelope.kind == "third_day_urgent", ready_at=MONDAY, send_at=MONDAY)
    assert why("third_day_urgent") is Wait.DAY_OFF
    cast.boreal.days_off = ""
    cast.alice.quiet_from, cast.alice.quiet_until = time(22), time(9, 30)
    change(cast.session, Envelope.kind == "no_date_yet", ready_at=FRIDAY + HOUR / 2, send_at=FRIDAY + HOUR / 2)
    assert why("no_date_yet") is Wait.QUIET
    change(cast.session, Envelope.kind == "matched_mentor", state=State.WAITING, ready_at=FRIDAY)
    assert why("matched_mentor") is Wait.QUIET


def test_each_line_of_a_digest_leads_to_where_mails_of_its_kind_are_stopped(
    cast: Cast, office: PostOffice, keeper: Keeper, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(register["no_date_yet"]), "stoppable", True)
    office.deliver(Clock(FRIDAY), keeper)
    (letter,) = [read(data) for _, _, data in keeper.carried]
    stop = office.desk.tokens.make("unsubscribe", of(cast.session, "no_date_yet").id, cast.alice.generation)
    assert letter.count("/unsubscribe/") == 1
    assert f"/unsubscribe/{stop}" in letter
    assert office.unsubscription(stop).reader.id == cast.alice.id


def test_a_number_in_a_reply_answers_that_line_of_that_digest_once(
    cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    office.deliver(Clock(FRIDAY), keeper)
    digest = of(cast.session, "digest")
    opened = office.open_line(digest, 2, FRIDAY + HOUR, lock=True)
    assert opened.envelope.id == of(cast.session, "third_day_urgent").id
    answer = office.answer(opened, "signed", {}, "mail", FRIDAY + HOUR)
    assert (answer.envelope_id, answer.line, answer.button) == (opened.envelope.id, 2, "signed")
    pressed = office.open(office.desk.token(opened.envelope.id, cast.alice), FRIDAY + 2 * HOUR)
    assert office.answer(pressed, "signed", {}, "web", FRIDAY + 2 * HOUR) is answer
    for number in (0, 4):
        with pytest.raises(Refused, match=f"no line {number}"):
            office.open_line(digest, number, FRIDAY + HOUR)
    with pytest.raises(Refused, match="no line 1"):
        office.open_line(of(cast.session, "matched_mentor"), 1, FRIDAY + HOUR)


def test_a_digest_tells_once_more_of_what_waits_for_an_answer_and_of_the_first_meeting(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    asked = Person.register(cast.session, "max@example.org", "Max Roy", now, by=None)
    Participation.join(asked, cast.program, "mentee", now, by=None)
    cast.session.scalars(select(Participation).where(Participation.person_id == cast.alice.id)).one().capacity = 3
    proposal = propose_match(cast.session, cast.program, cast.alice, asked, FRIDAY - HOUR, by=cast.dave)
    cast.session.commit()
    office.round(Clock(FRIDAY - HOUR), keeper)
    meet(cast, FRIDAY - HOUR)
    office.round(Clock(FRIDAY), keeper)
    letter = next(read(data) for _, _, data in keeper.carried if b"Coming up" in data)
    head, _, tail = letter.partition("Still waiting for your answer")
    assert "3. Would you be the mentor of Max Roy?" in tail
    assert "Or reply: yes 3, no 3" in tail
    assert "Meeting with Bob Tremblay" in tail.partition("Coming up")[2]
    assert "Max" not in head
    opened = office.open_line(of(cast.session, "digest"), 3, FRIDAY + HOUR, lock=True)
    office.answer(opened, "accept", {}, "web", FRIDAY + HOUR)
    assert proposal.accepted_at == FRIDAY + HOUR
    left = awaited.awaited(cast.session, office.register, [cast.alice.id], FRIDAY + HOUR)
    assert [one.kind for one in left[cast.alice.id]] == ["invitation"]


def test_a_mail_that_a_digest_carried_can_be_sent_again_by_itself(
    cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    office.deliver(Clock(FRIDAY), keeper)
    for kind in ("third_day", "digest"):
        office.send_again(of(cast.session, kind), cast.dave, FRIDAY + HOUR)
    cast.session.commit()
    office.deliver(Clock(FRIDAY + HOUR), keeper)
    letters = [read(data) for _, _, data in keeper.carried]
    assert len(letters) == 3
    assert any("how are the first days." in letter for letter in letters)
    assert letters.count(letters[0]) == 2


def test_old_digests_are_folded_away_with_their_lines(cast: Cast, office: PostOffice, keeper: Keeper) -> None:
    office.round(Clock(FRIDAY), keeper)
    late = FRIDAY + 2000 * DAY
    office.round(Clock(late), keeper)
    change(cast.session, Envelope.closed_at.is_(None), state=State.MISSED, closed_at=late)
    office.send_again(of(cast.session, "matched_mentor"), cast.dave, late)
    cast.session.commit()
    for _ in range(3):
        list(FoldingAway(cast.session, office.register, late + DAY).batches())
    assert lines(cast.session) == []
    assert cast.session.scalar(select(func.count()).select_from(Digest)) == 0


def test_every_query_of_a_morning_is_served_by_an_index(
    cast: Cast, office: PostOffice, engine: Engine, count_queries: Counting
) -> None:
    """No table that grows with the mails is read from end to end."""
    dialect = engine.dialect.name
    session, ids = cast.session, [1, 2]
    if dialect == "postgresql":
        session.execute(text("SET enable_seqscan = off"))
    asked: list[str] = []
    with count_queries(engine) as queries:
        mornings.ready_mornings(session, FRIDAY, 50)
        list(one_a_day.lately(session, office.register, ids, FRIDAY))
        one_a_day.under_way(session, office.register, ids, ids)
        awaited.awaited(session, office.register, ids, FRIDAY)
        list(follow(session, {1: End(State.SENT, FRIDAY, ""), 2: End(State.FAILED, FRIDAY, "")}))
        asked += queries.statements
    session.rollback()
    assert len(asked) >= 5
    for statement in asked:
        plan = plan_of(session, statement)
        for table in ("envelope", "digest", "digest_line", "answer"):
            assert f"Seq Scan on {table}" not in plan, plan
            assert not any(line.strip().endswith(f"SCAN {table}") for line in plan.splitlines()), plan


def test_what_is_in_a_workers_hands_is_read_once_for_all_readers_and_nothing_else_with_it(cast: Cast) -> None:
    """However many wait: read for each reader, it was most of what a survey of many cost."""
    dialect = cast.session.get_bind().dialect
    if dialect.name == "postgresql":
        cast.session.execute(text("SET enable_seqscan = off"))
    query = mornings._readers(1, FRIDAY, 50).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN " if dialect.name == "sqlite" else "EXPLAIN "
    rows = cast.session.connection().exec_driver_sql(explain + str(query))
    plan = "\n".join(str(row[3] if len(row) > 3 else row[0]) for row in rows)
    assert "ix_envelope_claimed" in plan, plan
    assert "ix_envelope_waiting" in plan, plan
    assert "ix_envelope_pending" not in plan, plan
    assert "CORRELATED" not in plan, plan
    assert dialect.name == "sqlite" or "hashed SubPlan" in plan, plan


def plan_of(session: Session, statement: str) -> str:
    """The plan of a statement whatever its values are."""
    connection = session.connection()
    if session.get_bind().dialect.name == "sqlite":
        rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, (None,) * statement.count("?"))
        return "\n".join(str(row[3]) for row in rows)
    bare = re.sub(r"%\((\w+)\)s(::[\w\[\] ]+)?", lambda found: f"NULL{found[2] or ''}", statement)
    return "\n".join(str(row[0]) for row in connection.exec_driver_sql("EXPLAIN (GENERIC_PLAN) " + bare))
