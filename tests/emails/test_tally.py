"""The tally and folding away: every mail is counted once, old envelopes leave, and nothing is sent again for it."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from mentorly.emails.envelope import Answer, Envelope, State
from mentorly.emails.folding_away import FoldingAway
from mentorly.emails.post_state import PostState
from mentorly.emails.tally import HOUR, LATE, Tally, TallyMark
from mentorly.mentoring.base import Refused
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposing import propose_match
from tests.cast import REGISTER, Cast, Clock, Keeper, cast_of, office_of
from tests.conftest import Queries

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
YEAR = timedelta(days=366)

Counting = Callable[[Engine], AbstractContextManager[Queries]]


class Closing:
    """Makes envelopes that are closed."""

    def __init__(self, session: Session, reader: Person) -> None:
        self.session = session
        self.reader = reader
        self.made = 0

    def __call__(
        self,
        at: datetime,
        state: State = State.SENT,
        why_not: str = "",
        kind: str = "password_changed",
        reader: Person | None = None,
        **more: object,
    ) -> Envelope:
        self.made += 1
        values = {"thing_id": self.made, "occasion": f"{at}/{self.made}"} | more
        envelope = Envelope(
            kind=kind, reader_id=(reader or self.reader).id, moment=at, lane=0, mark=str(self.made), state=state,
            why_not=why_not, closed_at=at, collected_at=at, send_at=at, **values,
        )  # fmt: skip
        self.session.add(envelope)
        self.session.flush()
        return envelope


@pytest.fixture
def close(cast: Cast) -> Closing:
    return Closing(cast.session, cast.alice)


def keep_up(session: Session, now: datetime, since: datetime | None = None) -> None:
    Tally.keep_up(session, now, since)
    session.commit()


def tallied(session: Session) -> dict[tuple[str, str], int]:
    rows = session.execute(select(Tally.state, Tally.reason, func.sum(Tally.count)).group_by(Tally.state, Tally.reason))
    return {(state, reason): int(number) for state, reason, number in rows}


def by_hour(session: Session) -> dict[datetime, int]:
    rows = session.execute(select(Tally.hour, func.sum(Tally.count)).group_by(Tally.hour).order_by(Tally.hour))
    return {hour: int(number) for hour, number in rows}


def fold_away(session: Session, now: datetime, size: int = 3) -> int:
    """As the daily job does it."""
    folded = 0
    for gone in FoldingAway(session, REGISTER, now).batches(size=size):
        session.commit()
        folded += gone
    session.commit()
    return folded


def test_every_round_counts_what_was_closed_and_nothing_twice(session: Session, now: datetime, close: Closing) -> None:
    close(now)
    keep_up(session, now)
    assert tallied(session) == {("sent", ""): 1}
    for minutes in range(1, 130, 10):
        close(now + minutes * MINUTE)
        keep_up(session, now + minutes * MINUTE)
        keep_up(session, now + minutes * MINUTE)
    assert tallied(session) == {("sent", ""): close.made}
    assert list(by_hour(session)) == [now.replace(minute=0) + number * HOUR for number in range(3)]


def test_reasons_are_codes_and_short_words_and_never_somebodys_words(
    session: Session, now: datetime, close: Closing
) -> None:
    for state, why_not in (
        (State.REFUSED, "5.1.1"),
        (State.REFUSED, "550"),
        (State.REFUSED, "alice@boreal.example.org is unknown"),
        (State.REFUSED, ""),
        (State.FAILED, "LookupError"),
        (State.FAILED, "no such thing: alice@boreal.example.org"),
        (State.WITHDRAWN, "no longer true"),
        (State.SENT, ""),
    ):
        close(now, state, why_not)
    keep_up(session, now)
    assert tallied(session) == {
        ("refused", "5.1.1"): 1,
        ("refused", "550"): 1,
        ("refused", "other"): 2,
        ("failed", "LookupError"): 1,
        ("failed", "other"): 1,
        ("withdrawn", "no longer true"): 1,
        ("sent", ""): 1,
    }


def test_what_waits_is_not_counted(session: Session, now: datetime, close: Closing) -> None:
    close(now, State.WAITING).closed_at = None
    keep_up(session, now)
    assert tallied(session) == {}


def test_a_revived_mail_was_missed_all_the_same(session: Session, now: datetime, close: Closing) -> None:
    """What Prometheus counts must never fall."""
    mail = close(now, State.MISSED, "too late")
    keep_up(session, now)
    mail.state, mail.closed_at = State.SENT, now + 5 * MINUTE
    keep_up(session, now + 5 * MINUTE)
    assert tallied(session) == {("missed", "too late"): 1, ("sent", ""): 1}


def test_a_week_without_rounds_is_caught_up(session: Session, now: datetime, close: Closing) -> None:
    close(now)
    keep_up(session, now)
    for hours in range(0, 24 * 7, 5):
        close(now + hours * HOUR + MINUTE)
    keep_up(session, now + 7 * DAY)
    assert tallied(session) == {("sent", ""): close.made}


def test_what_was_marked_days_late_is_found_by_the_daily_look_back(
    session: Session, now: datetime, close: Closing
) -> None:
    keep_up(session, now)
    close(now - 2 * DAY)
    keep_up(session, now)
    assert tallied(session) == {}
    keep_up(session, now, since=now - LATE)
    assert tallied(session) == {("sent", ""): 1}


def test_a_round_costs_what_is_newly_closed_and_not_what_there_is(
    session: Session, engine: Engine, now: datetime, close: Closing, count_queries: Counting
) -> None:
    costs = []
    for old in (0, 200):
        for number in range(old):
            close(now - 30 * DAY + number * HOUR)
        keep_up(session, now)
        close(now)
        with count_queries(engine) as queries:
            keep_up(session, now)
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 6


def test_the_tally_reads_the_index_of_what_is_closed(
    engine: Engine, session: Session, now: datetime, close: Closing
) -> None:
    for number in range(2000):
        close(now - number * DAY)
    session.commit()
    session.execute(text("ANALYZE"))
    asked = [
        select(func.min(Envelope.closed_at)).where(Envelope.closed_at >= now),
        select(Envelope.kind, func.count())
        .where(Envelope.closed_at >= now, Envelope.closed_at < now + HOUR)
        .group_by(Envelope.kind),
    ]
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    for query in asked:
        words = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
        assert "ix_envelope_closed" in str(session.execute(text(explain + words)).all())


def test_two_rounds_at_once_count_nothing_twice(
    engine: Engine, session: Session, now: datetime, close: Closing
) -> None:
    for number in range(40):
        close(now - number * 10 * MINUTE, kind=("welcome", "match_proposed", "sample_mail")[number % 3])
    session.commit()
    faults: list[BaseException] = []

    def rounds() -> None:
        try:
            for _ in range(5):
                with Session(engine) as own:
                    keep_up(own, now, since=now - DAY)
        except BaseException as fault:  # noqa: BLE001 - told to the test's own thread
            faults.append(fault)

    workers = [Thread(target=rounds) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert faults == []
    assert tallied(session) == {("sent", ""): 40}


def test_a_count_that_was_read_earlier_overwrites_no_later_one(
    engine: Engine, session: Session, now: datetime, close: Closing
) -> None:
    close(now)
    session.commit()
    keep_up(session, now)
    session.execute(Tally.__table__.update().values(count=7))  # as another round has counted since
    keep_up(session, now)
    assert tallied(session) == {("sent", ""): 7}


def test_months_long_past_are_summed_and_no_mail_is_lost_or_counted_again(
    session: Session, now: datetime, close: Closing
) -> None:
    for number in range(40):
        close(now - number * 10 * DAY, State.REFUSED if number % 4 else State.SENT, "5.1.1" if number % 4 else "")
    keep_up(session, now)
    before, hours = tallied(session), len(by_hour(session))
    Tally.sum_up(session, now)
    session.commit()
    assert tallied(session) == before
    assert len(by_hour(session)) < hours
    assert all(hour.day == 1 for hour in by_hour(session) if hour < now - 150 * DAY)
    shrunk = by_hour(session)
    Tally.sum_up(session, now)
    keep_up(session, now, since=now - YEAR)
    assert by_hour(session) == shrunk
    Tally.sum_up(session, now + 40 * DAY)
    assert tallied(session) == before


def test_old_envelopes_are_folded_away_with_their_answers_and_stay_counted(
    session: Session, now: datetime, close: Closing, cast: Cast
) -> None:
    for state in (State.SENT, State.REFUSED, State.FAILED, State.UNCERTAIN, State.MISSED, State.WITHDRAWN):
        for years in (1, 3):
            mail = close(now - years * YEAR, state)
            answer = Answer(button="accept", by_id=cast.alice.id, door="web", answered_at=now, revision=1)
            answer.envelope_id = mail.id
            session.add(answer)
    close(now)
    keep_up(session, now)
    before = tallied(session)
    assert sum(before.values()) == close.made
    assert fold_away(session, now) == 6
    keep_up(session, now, since=now - 10 * YEAR)
    assert tallied(session) == before
    assert session.scalar(select(func.count(Envelope.id))) == close.made - 6
    assert session.scalar(select(func.count(Answer.id))) == 6
    assert min(session.scalars(select(Envelope.closed_at))) > now - 2 * YEAR
    assert fold_away(session, now) == 0


def test_what_is_not_counted_yet_is_not_folded_away(session: Session, now: datetime, close: Closing) -> None:
    close(now - 3 * YEAR)
    close(now)
    assert fold_away(session, now) == 0
    keep_up(session, now)
    assert fold_away(session, now) == 1


def test_each_reader_s_mails_are_kept_as_long_as_the_longest_of_their_programs_says(
    session: Session, now: datetime, close: Closing, cast: Cast
) -> None:
    short = Program.add(session, "Short", "one-on-one", date(2027, 3, 1), now, retention_months=6)
    long = Program.add(session, "Long", "one-on-one", date(2027, 3, 1), now, retention_months=120)
    only_short = Person.register(session, "grace@example.org", "Grace Chen", now, by=None)
    Participation.join(only_short, short, "mentor", now, by=None)
    Participation.join(cast.bob, short, "mentor", now, by=None)
    Participation.join(cast.bob, long, "mentor", now, by=None)
    for months in (5, 7, 23, 25, 119, 121):
        for reader in (only_short, cast.alice, cast.dave, cast.bob):
            close(now - months * timedelta(days=30.44), reader=reader)
    close(now)
    keep_up(session, now)
    fold_away(session, now)
    kept = Counter(session.scalars(select(Envelope.reader_id)))
    kept[cast.alice.id] -= 1
    assert [kept[one.id] for one in (only_short, cast.alice, cast.dave, cast.bob)] == [1, 3, 3, 5]


@pytest.mark.parametrize("months", [-1, 0, 5, 121])
def test_a_retention_of_less_than_half_a_year_or_more_than_ten_is_refused(cast: Cast, months: int) -> None:
    with pytest.raises(Refused, match="from 6 to 120 months"):
        cast.program.keep_record_for(months)
    with pytest.raises(Refused, match="from 6 to 120 months"):
        Program.add(
            cast.session, "Other", "one-on-one", date(2027, 3, 1), cast.program.added_at, retention_months=months
        )


def test_of_kinds_sent_however_late_those_stay_that_did_not_go(session: Session, now: datetime, close: Closing) -> None:
    for state in State:
        if state not in {State.WAITING, State.SENDING}:
            close(now - 3 * YEAR, state, kind="match_proposed")
    close(now - 3 * YEAR, kind="no_such_kind")
    close(now)
    keep_up(session, now)
    assert fold_away(session, now) == 2
    kept = set(session.scalars(select(Envelope.state).where(Envelope.kind == "match_proposed")))
    assert kept == {State.REFUSED, State.FAILED, State.UNCERTAIN, State.MISSED, State.WITHDRAWN, State.SUPPRESSED}


def test_the_newest_envelope_stays_so_that_no_number_is_given_twice(
    session: Session, now: datetime, close: Closing
) -> None:
    """The number is in every link of the mail."""
    first, second = close(now - 3 * YEAR), close(now - 3 * YEAR)
    numbers = {first.id, second.id}
    keep_up(session, now)
    assert fold_away(session, now) == 1
    assert close(now).id not in numbers


def test_a_digest_goes_after_its_lines_and_a_second_sending_after_the_first(
    session: Session, now: datetime, close: Closing
) -> None:
    digest = close(now - 3 * YEAR)
    close(now - 3 * YEAR, State.FOLDED, fold_id=digest.id)
    refused = close(now - 3 * YEAR, State.REFUSED, "5.1.1", kind="welcome", thing_id=99, occasion="x")
    close(now - 3 * YEAR, kind="welcome", thing_id=99, occasion="x", again=1)
    close(now)
    keep_up(session, now)
    assert [fold_away(session, now) for _ in range(3)] == [1, 1, 0]
    assert session.scalar(select(func.count()).where(Envelope.thing_id == 99)) == 2
    assert session.get(Envelope, refused.id)


def test_after_folding_away_a_round_finds_nothing_new(session: Session, now: datetime) -> None:
    """A proposal is asked, chased and lapses, another is accepted; years later nothing of it falls due again."""
    early = now - 4 * YEAR
    cast, office, keeper = cast_of(session, early), office_of(session), Keeper()
    office.round(Clock(early), keeper)
    Participation.join(cast.alice, cast.program, "mentee", early, by=None)
    Participation.join(cast.eve, cast.program, "mentor", early, by=None)
    proposal = cast.propose(early)
    propose_match(session, cast.program, cast.eve, cast.alice, early, by=cast.dave)
    session.commit()
    office.round(Clock(early), keeper)
    proposal.accept(cast.alice, early + HOUR)
    set_password(cast.alice, "a horse in the rain", early)
    session.commit()
    for days in range(0, 30, 3):
        office.round(Clock(early + days * DAY + HOUR), keeper)
    office.round(Clock(now), keeper)
    keep_up(session, now)
    sent, of_today = len(keeper.carried), Envelope.closed_at == now
    old, young = (session.scalar(select(func.count(Envelope.id)).where(one)) for one in (~of_today, of_today))
    assert sent >= 7
    assert sum(iter(lambda: fold_away(session, now), 0)) == old, "digests go after what they carried"
    for hours in (0, 1, 48):
        office.round(Clock(now + hours * HOUR), keeper)
    assert len(keeper.carried) == sent
    assert session.scalar(select(func.count(Envelope.id))) == young


def test_a_mail_whose_thing_never_learned_that_it_was_sent_stays(
    session: Session, now: datetime, cast: Cast, close: Closing
) -> None:
    """The open state is what would let it fall due again."""
    cast.bob.welcomed_at = None
    close(now - 3 * YEAR, kind="welcome", thing_id=cast.bob.id, reader=cast.bob, occasion=cast.bob.email)
    close(now - 3 * YEAR, kind="welcome", thing_id=cast.eve.id, reader=cast.eve, occasion=cast.eve.email)
    close(now)
    office_of(session).collect(now - 4 * YEAR)
    keep_up(session, now)
    assert fold_away(session, now) == 1
    assert session.scalar(select(Envelope.reader_id).where(Envelope.kind == "welcome")) == cast.bob.id


def test_a_mail_that_is_not_true_just_now_stays_while_its_open_state_would_let_it_fall_due_again(
    session: Session, now: datetime, cast: Cast, close: Closing
) -> None:
    early = now - 3 * YEAR
    office_of(session).collect(early - DAY)
    proposal = cast.propose(early)
    close(early, kind="match_proposed", thing_id=proposal.id, occasion="")
    proposal.reserve("other", "", cast.alice, early)
    close(now)
    keep_up(session, now)
    assert fold_away(session, now) == 0
    proposal.unreserve(cast.alice, now)
    session.commit()
    assert office_of(session).collect(now)["collected"] == 0


def test_two_who_fold_away_at_once_take_each_their_own(
    engine: Engine, session: Session, now: datetime, close: Closing
) -> None:
    for _ in range(60):
        close(now - 3 * YEAR)
    close(now)
    keep_up(session, now)
    took: list[int] = []

    def fold() -> None:
        with Session(engine) as own:
            took.append(fold_away(own, now, 5))

    workers = [Thread(target=fold) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(took) == 60
    assert session.scalar(select(func.count(Envelope.id))) == 1


def test_a_run_folds_away_no_more_than_it_was_told(session: Session, now: datetime, close: Closing) -> None:
    for _ in range(10):
        close(now - 3 * YEAR)
    close(now)
    keep_up(session, now)
    assert list(FoldingAway(session, REGISTER, now).batches(most=2, size=3)) == [3, 3]


def test_the_state_of_the_post_tells_why_mails_wait(session: Session, now: datetime, close: Closing) -> None:
    for ready_at, more in (
        (now - HOUR, {}),
        (now, {"tries": 2}),
        (now + HOUR, {"tries": 3}),
        (now + 2 * HOUR, {"tries": 5}),
        (now + 3 * HOUR, {"doubts": 1, "tries": 1}),
        (now + 4 * HOUR, {}),
        (None, {}),
    ):
        close(now, State.WAITING, ready_at=ready_at, **more).closed_at = None
    close(now, State.SENDING).closed_at = None
    session.commit()
    queue = PostState.read(session, now).queue
    assert (queue.ready, queue.oldest(now), queue.later, queue.sending) == (2, HOUR, 5, 1)
    assert (queue.put_off.number, queue.put_off.next_at, queue.put_off.tries) == (2, now + HOUR, 5)
    assert (queue.lost.number, queue.lost.next_at) == (1, now + 3 * HOUR)
    assert (queue.held.number, queue.held.next_at) == (2, now + 4 * HOUR)


def test_the_state_of_the_post_tells_the_last_day_by_hour_and_the_last_week_by_code(
    session: Session, now: datetime, close: Closing
) -> None:
    for hours, state, why_not in (
        (0, State.SENT, ""),
        (0, State.SENT, ""),
        (23, State.REFUSED, "5.1.1"),
        (23, State.FAILED, "gave up"),
        (24, State.SENT, ""),
        (24 * 6, State.REFUSED, "5.2.2"),
        (24 * 8, State.REFUSED, "5.2.2"),
    ):
        close(now - hours * HOUR, state, why_not)
    keep_up(session, now, since=now - 9 * DAY)
    state = PostState.read(session, now)
    assert len(state.hours) == 24
    assert (state.hours[-1].sent, state.hours[0].refused, state.hours[0].other) == (2, 1, 1)
    assert sum(hour.sent for hour in state.hours) == 2
    assert state.refused_lately == {"5.1.1": 1, "5.2.2": 1}
    assert state.refused == {"5.1.1": 1, "5.2.2": 2}
    assert state.totals["sent", "password_changed"] == 3


def test_the_state_of_the_post_is_asked_in_five_queries_however_much_there_is(
    session: Session, engine: Engine, now: datetime, close: Closing, count_queries: Counting
) -> None:
    for number in range(0, 200, 3):
        close(now - number * HOUR, State.REFUSED, f"5.1.{number}")
        close(now, State.WAITING, ready_at=now).closed_at = None
        if number in {0, 198}:
            keep_up(session, now, since=now - 9 * DAY)
            with count_queries(engine) as queries:
                PostState.read(session, now)
            assert sum(one.startswith("SELECT") for one in queries.statements) == 5


def test_the_mark_never_goes_back(session: Session, now: datetime, cast: Cast) -> None:
    keep_up(session, now)
    keep_up(session, now - 5 * DAY)
    assert TallyMark.counted(session) == now.replace(minute=0) - HOUR
