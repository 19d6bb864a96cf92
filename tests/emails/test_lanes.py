"""Lanes: who chose one mail a week gets what is not urgent on the morning that begins the week (rules A3, A4, A9)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from mentorly.emails.email import LANES, WEEKLY, Register
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.post_office import PostOffice
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.proposing import propose_match
from tests.cast import REGISTER, Cast, Clock, Keeper, cast_of, office_of
from tests.emails.added_mails import register_with

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Register:
    return register_with(tmp_path_factory.mktemp("mails") / "added")


def waiting(session: Session) -> dict[tuple[str, str], tuple[int, datetime]]:
    """Of the mails that the tests added: which wait for whom, in what lane and until when."""
    query = select(Envelope).where(Envelope.kind.not_in(list(REGISTER)))
    found = session.scalars(query.execution_options(populate_existing=True))
    return {(one.kind, one.reader.first_name): (one.lane, one.send_at) for one in found if one.lane and one.send_at}


def test_who_chose_weekly_mails_gets_what_is_not_urgent_on_monday(
    cast: Cast, office: PostOffice, now: datetime
) -> None:
    cast.bob.weekly = True
    cast.propose(now).accept(cast.alice, now)
    cast.session.commit()
    office.collect(now)
    office.collect(now + 3 * DAY)
    thursday, monday = datetime(2027, 3, 5, 14, 0, tzinfo=UTC), datetime(2027, 3, 8, 14, 0, tzinfo=UTC)
    morning, weekly = 1, LANES.index(WEEKLY)
    assert waiting(cast.session) == {
        ("third_day", "Alice"): (morning, thursday),
        ("third_day", "Bob"): (weekly, monday),
        ("third_day_urgent", "Alice"): (morning, thursday),
        ("third_day_urgent", "Bob"): (morning, thursday),
    }


def test_what_comes_before_something_goes_to_weekly_readers_on_the_monday_before_it(
    cast: Cast, office: PostOffice, now: datetime
) -> None:
    cast.bob.weekly = True
    together = cast.propose(now).accept(cast.alice, now)
    together.ends_on = date(2027, 3, 12)
    cast.session.commit()
    office.collect(now)
    assert waiting(cast.session) == {
        ("nearly_over", "Alice"): (1, datetime(2027, 3, 10, 14, 0, tzinfo=UTC)),
        ("nearly_over", "Bob"): (2, datetime(2027, 3, 8, 14, 0, tzinfo=UTC)),
    }


def test_what_is_known_after_the_monday_before_it_goes_to_weekly_readers_on_its_own_morning(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.bob.weekly = True
    together = cast.propose(now).accept(cast.alice, now)
    cast.session.commit()
    together.ends_on = date(2027, 3, 5)
    cast.session.commit()
    wednesday = datetime(2027, 3, 3, 14, 0, tzinfo=UTC)
    office.collect(now)
    assert waiting(cast.session)["nearly_over", "Bob"] == (1, wednesday)
    office.round(Clock(wednesday - HOUR), keeper)
    assert "nearly_over" in {kind for kind, _ in waiting(cast.session)}
    office.round(Clock(wednesday), keeper)
    subjects = [
        data for _, recipient, data in keeper.carried if recipient == cast.bob.email and b"it ends soon" in data
    ]
    assert len(subjects) == 1


def test_a_choice_of_weekly_mails_holds_for_what_was_collected_before_it(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    """rules A9: at the claim send_at is computed again."""
    cast.propose(now).accept(cast.alice, now)
    cast.session.commit()
    office.round(Clock(now), keeper)
    office.collect(now + 3 * DAY)
    cast.bob.weekly = True
    cast.session.commit()
    office.round(Clock(now + 4 * DAY), keeper)
    assert waiting(cast.session)["third_day", "Bob"] == (2, datetime(2027, 3, 8, 14, 0, tzinfo=UTC))


def test_who_ends_the_weekly_mails_gets_what_was_gathered_for_the_week_on_the_next_working_morning(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.bob.weekly = True
    cast.propose(now).accept(cast.alice, now)
    cast.session.commit()
    office.round(Clock(now), keeper)
    office.collect(now + 3 * DAY)
    own = {"language": "en", "timezone": cast.bob.timezone, "phone": "", "quiet": None, "quotes": None}
    office.prefer(cast.bob, now + 3 * DAY, weekly=False, **own)
    cast.session.commit()
    friday = datetime(2027, 3, 5, 14, 0, tzinfo=UTC)
    office.round(Clock(friday - HOUR), keeper)
    assert ("third_day", "Bob") in waiting(cast.session)
    keeper.carried.clear()
    office.round(Clock(friday), keeper)
    assert cast.bob.email in {recipient for _, recipient, _ in keeper.carried}
    gone = cast.session.scalars(select(Envelope).where(Envelope.kind == "third_day", Envelope.reader_id == cast.bob.id))
    assert gone.one().state in {State.SENT, State.FOLDED}


@pytest.mark.parametrize("start", [datetime(2027, 3, 8, 15, tzinfo=UTC), datetime(2027, 3, 22, 15, tzinfo=UTC)])
def test_the_forecast_tells_weekly_readers_their_mondays_across_clock_changes_and_on_both_sides_of_utc(
    session: Session, register: Register, keeper: Keeper, start: datetime
) -> None:
    """Clocks change in Toronto on March 14 and in Paris on March 28."""
    cast = cast_of(session, start - DAY)
    cast.alice.timezone = "America/Toronto"
    for person, zone in ((cast.bob, "Europe/Paris"), (cast.carol, "Pacific/Kiritimati"), (cast.dave, "Pacific/Niue")):
        person.timezone, person.weekly = zone, True
    cast.boreal.days_off = f"{start.date() + 7 * DAY}"
    together = cast.propose(start).accept(cast.alice, start)
    together.ends_on = start.date() + 11 * DAY
    for first_name, by in (("Lou", cast.carol), ("Max", cast.dave)):
        lone = Person.register(
            session, f"{first_name}@boreal.example.org", f"{first_name} Roy", start, by=None, organization=cast.boreal
        )
        Participation.join(lone, cast.program, "mentee", start, by=None)
        propose_match(session, cast.program, cast.alice, lone, start, by=by)
    session.commit()
    office = office_of(session, register)
    upcoming = office.upcoming(start, start + 12 * DAY)
    foreseen = sorted((one.kind.name, one.reader.id, one.send_at, one.fold) for one in upcoming)
    session.rollback()
    live(office, keeper, start, 12, {send_at for _, _, send_at, _ in foreseen})
    digest = aliased(Envelope)
    gone = session.execute(
        select(Envelope, digest.occasion)
        .outerjoin(digest, digest.id == Envelope.fold_id)
        .where(Envelope.state.in_([State.SENT, State.FOLDED]))
    )
    lived = [(one.kind, one.reader_id, one.sent_at, day or "") for one, day in gone]
    assert sorted(lived) == foreseen
    assert {kind for kind, *_ in foreseen} > {"third_day", "third_day_urgent", "nearly_over", "match_lapsed", "digest"}


def live(office: PostOffice, keeper: Keeper, start: datetime, days: int, moments: set[datetime]) -> None:
    """Let time go by, with a round every seventeen hours, at these moments and at the end."""
    now_and_then = {start + number * 17 * HOUR for number in range(days * 24 // 17 + 1)}
    for moment in sorted(now_and_then | moments | {start + days * DAY}):
        office.round(Clock(moment), keeper)
