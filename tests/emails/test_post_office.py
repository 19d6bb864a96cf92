"""The post office: what falls due is collected once, asked again, sent once, and foreseen (rules A1 to A9)."""

import json
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from textwrap import dedent

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from mentorly.emails.carrying import Came, Outcome
from mentorly.emails.envelope import Envelope, Round, State
from mentorly.emails.post_office import PostOffice
from mentorly.emails.scanning import find_mails
from mentorly.mentoring.first_meetings import plan_first
from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.passwords import sign_in
from mentorly.mentoring.people import Person
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.suppressions import Suppression
from tests.cast import Cast, Clock, Keeper, cast_of, office_of

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def kinds_sent(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(
        select(Envelope.kind, Person.name)
        .join(Person, Person.id == Envelope.reader_id)
        .where(Envelope.state == State.SENT)
    )
    return sorted((kind, name.split()[0]) for kind, name in rows)


def only(session: Session, kind: str) -> Envelope:
    return session.scalars(
        select(Envelope).where(Envelope.kind == kind).execution_options(populate_existing=True)
    ).one()


def test_a_person_is_welcomed_once_however_many_rounds(session: Session, now: datetime, keeper: Keeper) -> None:
    Person.register(session, "bob@example.org", "Bob Roy", now, by=None)
    session.commit()
    office = office_of(session)
    for _ in range(3):
        office.round(Clock(now), keeper)
    assert kinds_sent(session) == [("welcome", "Bob")]
    assert len(keeper.carried) == 1


def test_a_corrected_address_is_welcomed_too(session: Session, now: datetime, keeper: Keeper) -> None:
    cast = cast_of(session, now)
    bob = Person.register(session, "bbo@example.org", "Bob Roy", now, by=None)
    session.commit()
    office = office_of(session)
    office.round(Clock(now), keeper)
    bob.correct_address("bob@example.org", cast.dave, now + HOUR)
    session.commit()
    office.round(Clock(now + HOUR), keeper)
    assert [recipient for _, recipient, _ in keeper.carried] == ["bbo@example.org", "bob@example.org"]


def test_the_temporary_password_in_the_welcome_opens_the_way_and_its_copy_shows_the_same(
    session: Session, now: datetime, keeper: Keeper
) -> None:
    bob = Person.register(session, "bob@example.org", "Bob Roy", now, by=None)
    session.commit()
    office = office_of(session)
    keeper.answers = [Outcome(Came.UNCERTAIN, "lost")]
    office.round(Clock(now), keeper)
    office.round(Clock(now + 2 * HOUR), keeper)
    first, second = (
        str(message_from_bytes(data, policy=default).get_body(("plain",))) for _, _, data in keeper.carried
    )
    password = office.desk.tokens.password(only(session, "welcome").id, bob.generation)
    assert password in first
    assert password in second
    assert sign_in(session, "bob@example.org", password, now + 3 * HOUR) == (bob, True)
    assert password not in bob.temporary_hash


def test_a_second_copy_bears_the_same_message_id(session: Session, now: datetime, keeper: Keeper) -> None:
    Person.register(session, "bob@example.org", "Bob Roy", now, by=None)
    session.commit()
    office = office_of(session)
    keeper.answers = [Outcome(Came.UNCERTAIN, "lost")]
    office.round(Clock(now), keeper)
    office.round(Clock(now + 2 * HOUR), keeper)
    identities = {message_from_bytes(data)["Message-ID"] for _, _, data in keeper.carried}
    assert len(keeper.carried) == 2
    assert len(identities) == 1


def test_a_proposal_asks_the_mentor_and_sets_the_time_for_an_answer_when_it_leaves(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    proposal = cast.propose(now)
    office.round(Clock(now + 3 * DAY), keeper)
    assert kinds_sent(cast.session) == [("match_proposed", "Alice")]
    cast.session.refresh(proposal)
    assert proposal.answer_by == now + 10 * DAY


def test_silence_is_chased_once_and_lapses_to_who_proposed(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    early = now - 5 * HOUR
    cast.propose(early)
    for hours in range(0, 24 * 12, 12):
        office.round(Clock(early + hours * HOUR), keeper)
    assert kinds_sent(cast.session) == [
        ("match_chased", "Alice"),
        ("match_lapsed", "Carol"),
        ("match_proposed", "Alice"),
    ]


def test_a_chase_follows_in_the_thread_of_the_proposal(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now - 5 * HOUR)
    office.round(Clock(now - 5 * HOUR), keeper)
    office.round(Clock(now + 4 * DAY), keeper)
    proposed, chased = (message_from_bytes(data) for _, _, data in keeper.carried)
    assert chased["In-Reply-To"] == proposed["Message-ID"]
    assert chased["References"] == proposed["Message-ID"]


def test_an_accepted_match_is_told_to_each_and_to_the_lead(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    proposal = cast.propose(now)
    office.round(Clock(now), keeper)
    proposal.accept(cast.alice, now + HOUR)
    cast.session.commit()
    office.round(Clock(now + HOUR), keeper)
    assert kinds_sent(cast.session) == [
        ("match_proposed", "Alice"),
        ("matched_lead", "Carol"),
        ("matched_mentee", "Bob"),
        ("matched_mentor", "Alice"),
    ]


def test_a_lead_who_is_in_the_relationship_is_told_as_a_member_alone(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    """rules C4: who is in a relationship wears that hat and no other."""
    from mentorly.mentoring.people import Participation

    Participation.join(cast.carol, cast.program, "mentee", now, by=None)
    propose_match(cast.session, cast.program, cast.alice, cast.carol, now, by=cast.dave).accept(cast.alice, now)
    cast.session.commit()
    office.round(Clock(now), keeper)
    assert ("matched_mentee", "Carol") in kinds_sent(cast.session)
    assert ("matched_lead", "Carol") not in kinds_sent(cast.session)


def test_a_reservation_goes_to_who_proposed_alone(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    proposal = cast.propose(now, by=cast.dave)
    office.round(Clock(now), keeper)
    proposal.reserve("other", "zanzibar", cast.alice, now + HOUR)
    cast.session.commit()
    office.round(Clock(now + HOUR), keeper)
    assert kinds_sent(cast.session) == [("match_proposed", "Alice"), ("match_reserved", "Dave")]
    assert not any(b"zanzibar" in data for _, _, data in keeper.carried)


def test_what_is_no_longer_true_is_withdrawn_and_waits_again_when_it_is_true_again(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    proposal = cast.propose(now)
    office.collect(now)
    proposal.reserve("other", "", cast.alice, now)
    cast.session.commit()
    office.deliver(Clock(now), keeper)
    assert only(cast.session, "match_proposed").state == State.WITHDRAWN
    proposal.unreserve(cast.alice, now)
    cast.session.commit()
    office.round(Clock(now + HOUR), keeper)
    assert only(cast.session, "match_proposed").state == State.SENT


def test_a_worker_that_comes_back_after_a_week_sends_nothing_stale(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now)
    office.round(Clock(now), keeper)
    office.collect(now + 5 * DAY)
    office.round(Clock(now + 6 * DAY + 14 * DAY), keeper)
    assert only(cast.session, "match_chased").state == State.WITHDRAWN
    assert kinds_sent(cast.session) == [("match_lapsed", "Carol"), ("match_proposed", "Alice")]


def test_what_fell_due_long_ago_is_missed_and_not_sent(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now)
    office.round(Clock(now), keeper)
    counts = office.round(Clock(now + 60 * DAY), keeper)
    assert counts["missed"] == 1
    assert only(cast.session, "match_lapsed").state == State.MISSED


def test_a_missed_mail_can_be_sent_by_a_person(cast: Cast, office: PostOffice, keeper: Keeper, now: datetime) -> None:
    cast.propose(now)
    office.round(Clock(now), keeper)
    office.round(Clock(now + 60 * DAY), keeper)
    office.send_again(only(cast.session, "match_lapsed"), cast.dave, now + 61 * DAY)
    cast.session.commit()
    office.round(Clock(now + 61 * DAY), keeper)
    assert ("match_lapsed", "Carol") in kinds_sent(cast.session)


def test_morning_mails_leave_at_nine_where_the_reader_lives(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.alice.timezone = "Asia/Kolkata"
    cast.propose(now)
    office.round(Clock(now), keeper)
    office.collect(now + 4 * DAY)
    assert only(cast.session, "match_chased").send_at == datetime(2027, 3, 8, 3, 30, tzinfo=UTC)


def test_a_day_off_of_the_organization_moves_the_morning(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.boreal.days_off = "2027-03-08 2027-03-09"
    cast.propose(now)
    office.round(Clock(now), keeper)
    office.collect(now + 4 * DAY)
    assert only(cast.session, "match_chased").send_at == datetime(2027, 3, 10, 14, 0, tzinfo=UTC)


def test_a_change_of_zone_between_collecting_and_sending_lets_the_mail_wait_on(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    """rules A9: at the claim send_at is computed again."""
    cast.propose(now)
    office.round(Clock(now + HOUR / 2), keeper)
    office.collect(now + 5 * DAY)
    cast.alice.timezone = "America/Chicago"
    cast.session.commit()
    toronto = datetime(2027, 3, 8, 14, 0, tzinfo=UTC)
    office.round(Clock(toronto), keeper)
    assert only(cast.session, "match_chased").state == State.WAITING
    office.round(Clock(toronto + HOUR), keeper)
    assert only(cast.session, "match_chased").state == State.SENT


def test_who_asked_for_nothing_any_more_gets_nothing(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.session.add(Suppression(person_id=cast.alice.id, optional_only=False, reason="left", since=now))
    cast.propose(now)
    office.round(Clock(now), keeper)
    assert only(cast.session, "match_proposed").state == State.SUPPRESSED
    cast.session.execute(text("DELETE FROM suppression"))
    cast.session.commit()
    office.round(Clock(now + HOUR), keeper)
    assert only(cast.session, "match_proposed").state == State.SENT


def test_a_refused_recipient_ends_as_refused_with_the_servers_sentence(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    keeper.answers = [Outcome(Came.REFUSED, "550 5.1.1 no such mailbox")]
    cast.propose(now)
    assert office.round(Clock(now), keeper)["refused"] == 1
    envelope = only(cast.session, "match_proposed")
    assert (envelope.state, envelope.server_said) == (State.REFUSED, "550 5.1.1 no such mailbox")


def test_a_server_that_is_busy_is_tried_again_later(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    keeper.answers = [Outcome(Came.LATER, "450 busy")]
    cast.propose(now)
    office.round(Clock(now), keeper)
    assert only(cast.session, "match_proposed").state == State.WAITING
    office.round(Clock(now + timedelta(seconds=10)), keeper)
    assert keeper.carried == []
    office.round(Clock(now + timedelta(minutes=2)), keeper)
    assert only(cast.session, "match_proposed").state == State.SENT


def test_a_server_that_refuses_us_stops_the_queue_and_blames_no_recipient(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    Person.register(cast.session, "zoe@example.org", "Zoe Roy", now, by=None)
    cast.propose(now)
    keeper.answers = [Outcome(Came.OURS, "535 wrong password")]
    counts = office.round(Clock(now), keeper)
    assert counts["stopped"] == "535 wrong password"
    assert counts["waiting"] == 2
    assert keeper.carried == []
    assert office.round(Clock(now + HOUR), keeper)["sent"] == 2


def test_a_zone_that_no_machine_knows_any_more_stops_its_own_mail_alone(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now)
    office.collect(now)
    cast.session.execute(update(Person).where(Person.id == cast.alice.id).values(timezone="Mars/Olympus"))
    Person.register(cast.session, "zoe@example.org", "Zoe Roy", now, by=None)
    cast.session.commit()
    office.round(Clock(now), keeper)
    assert kinds_sent(cast.session) == [("welcome", "Zoe")]
    assert only(cast.session, "match_proposed").state == State.FAILED


def test_a_zone_that_cannot_be_read_keeps_nobody_elses_mail_from_being_collected_and_is_told(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    lost, found = (
        Person.register(cast.session, f"{name}@example.org", f"{name} Roy", now, by=None) for name in ("Max", "Zoe")
    )
    odd = {"timezone": "Mars/Olympus", "quiet_from": time(22), "quiet_until": time(7)}
    cast.session.execute(update(Person).where(Person.id == lost.id).values(odd))
    cast.session.commit()
    counts = office.round(Clock(now), keeper)
    assert [recipient for _, recipient, _ in keeper.carried] == [found.email]
    assert (counts["failed"], counts["faults"]) == (1, ["welcome: ZoneInfoNotFoundError"])


def test_a_mentor_whose_mailbox_refuses_is_told_of_to_who_proposed(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    keeper.answers = [Outcome(Came.REFUSED, "550 no such mailbox")]
    proposal = cast.propose(now)
    office.round(Clock(now), keeper)
    cast.session.refresh(proposal)
    assert proposal.has_lapsed(now)
    office.round(Clock(now + DAY), keeper)
    assert kinds_sent(cast.session) == [
        ("address_failing", "Dave"),
        ("match_lapsed", "Carol"),
        ("not_reached", "Carol"),
    ]


def test_a_first_meeting_that_goes_back_to_an_earlier_date_is_told_again(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    together = cast.propose(now).accept(cast.alice, now)
    for hours, day in enumerate((5, 6, 5), start=1):
        plan_first(together, now + day * DAY, cast.carol, now + hours * HOUR)
        cast.session.commit()
        office.round(Clock(now + hours * HOUR), keeper)
    assert [kind for kind, _ in kinds_sent(cast.session)].count("invitation") == 6


def test_an_optional_suppression_does_not_hold_back_what_is_needed(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.session.add(Suppression(person_id=cast.alice.id, optional_only=True, reason="stop", since=now))
    cast.propose(now)
    assert office.round(Clock(now), keeper)["sent"] == 1


def test_a_kind_seen_for_the_first_time_starts_with_now(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    office.round(Clock(now), keeper)
    cast.session.execute(text("DELETE FROM round WHERE kind = 'match_proposed'"))
    cast.propose(now)
    office.round(Clock(now + HOUR), keeper)
    assert kinds_sent(cast.session) == []


def test_a_kind_that_was_renamed_goes_on_where_it_was(cast: Cast, keeper: Keeper, now: datetime) -> None:
    cast.propose(now)
    office_of(cast.session).round(Clock(now), keeper)
    cast.session.execute(update(Envelope).values(kind="match_offered"))
    cast.session.execute(update(Round).where(Round.kind == "match_proposed").values(kind="match_offered"))
    cast.session.commit()
    register = find_mails()
    register["match_proposed"].formerly = ("match_offered",)  # type: ignore[misc]
    office_of(cast.session, register).round(Clock(now + HOUR), keeper)
    assert len(keeper.carried) == 1
    assert only(cast.session, "match_proposed").state == State.SENT


def test_a_poison_envelope_stops_no_other_and_is_shown(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now)
    Person.register(cast.session, "zoé@example.org", "Zoe Roy", now, by=None)
    cast.session.commit()
    office.round(Clock(now), keeper)
    assert kinds_sent(cast.session) == [("match_proposed", "Alice")]
    poison = only(cast.session, "welcome")
    assert (poison.state, poison.why_not) == (State.FAILED, "Unsendable")


def test_the_forecast_of_a_week_without_answers_is_what_a_week_without_answers_sends(
    session: Session, keeper: Keeper, now: datetime
) -> None:
    """rules A9, mornings included; the proposals have not been asked when the forecast is made."""
    cast = cast_of(session, now)
    cast.alice.timezone, cast.carol.timezone = "Pacific/Kiritimati", "America/St_Johns"
    cast.boreal.days_off = "2027-03-09"
    Person.register(session, "zoe@example.org", "Zoe Roy", now - HOUR, by=None)
    cast.propose(now - HOUR)
    office = office_of(session)
    week = [(one.kind.name, one.reader.id, one.send_at) for one in office.upcoming(now, now + 14 * DAY)]
    session.rollback()
    assert session.scalars(select(Envelope)).all() == []
    clock = Clock(now)
    while clock.moment <= now + 14 * DAY:
        office.round(clock, keeper)
        clock.moment += timedelta(hours=12)
    sent = session.scalars(select(Envelope).where(Envelope.state == State.SENT)).all()
    assert sorted(week) == sorted((one.kind, one.reader_id, max(one.send_at or now, now)) for one in sent)
    assert {kind for kind, _, _ in week} == {"welcome", "match_proposed", "match_chased", "match_lapsed"}


def test_the_forecast_does_not_name_what_was_sent(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    cast.propose(now)
    office.round(Clock(now), keeper)
    assert [one.kind.name for one in office.upcoming(now, now + 30 * DAY)] == ["match_chased", "match_lapsed"]


def test_the_forecast_can_be_asked_for_one_reader(cast: Cast, office: PostOffice, now: datetime) -> None:
    cast.propose(now)
    assert [one.kind.name for one in office.upcoming(now, now + 30 * DAY, cast.carol)] == ["match_lapsed"]


def test_adding_a_mail_is_three_files_in_one_folder(cast: Cast, keeper: Keeper, now: datetime, tmp_path: Path) -> None:
    folder = tmp_path / "added"
    folder.mkdir()
    (folder / "birthday.py").write_text(
        dedent('''
        from datetime import timedelta

        from mentorly.clock import WORKING_DAY
        from mentorly.emails.due import Due
        from mentorly.emails.email import MORNING, Email
        from mentorly.mentoring.relationships import Member, Relationship


        class Birthday(Email):
            """You get this because your relationship ends in two working days."""

            due = Due(
                Relationship,
                reader=Member.person_id,
                moment=Relationship.ends_on,
                before=2 * WORKING_DAY,
                occasion=Relationship.ends_on,
                while_=Relationship.is_active,
                joins=((Member, (Member.relationship_id == Relationship.id) & Member.is_present),),
            )
            lane = MORNING
            fresh_for = timedelta(days=2)

            def values(self, thing, reader, now):
                return {"ends_on": thing.ends_on}
        '''),
        "utf-8",
    )
    (folder / "birthday.en.md").write_text(
        "It ends soon\nHello {{ reader.first_name }},\n\nit ends on {{ ends_on|day }}.\n", "utf-8"
    )
    (folder / "birthday.fr.md").write_text(
        "C’est bientôt la fin\nBonjour {{ reader.first_name }},\n\nla fin est le {{ ends_on|day }}.\n\n"
        "---\nPour vous prévenir.\n",
        "utf-8",
    )
    register = find_mails(folder)
    assert register["birthday"].why.startswith("You get this because your relationship ends")
    office = office_of(cast.session, register)
    cast.propose(now).accept(cast.alice, now)
    cast.session.commit()
    foreseen = [one for one in office.upcoming(now, now + 200 * DAY) if one.kind.name == "birthday"]
    cast.session.rollback()
    assert {(one.reader.name, one.send_at) for one in foreseen} == {
        ("Alice Gagnon", datetime(2027, 8, 30, 13, 0, tzinfo=UTC)),
        ("Bob Tremblay", datetime(2027, 8, 30, 13, 0, tzinfo=UTC)),
    }
    for day in (0, 180, 181, 182, 183, 184):
        office.round(Clock(now + day * DAY), keeper)
    subjects = [message_from_bytes(data, policy=default)["Subject"] for _, _, data in keeper.carried]
    assert subjects.count("It ends soon") == 1
    assert subjects.count("C’est bientôt la fin") == 1


PLANS = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}


def test_every_kind_is_found_by_an_index(cast: Cast, office: PostOffice, now: datetime) -> None:
    """The plan of each due query names an index of its thing and reads no table of things from end to end."""
    from mentorly.emails.collecting import introduced, window

    session = cast.session
    dialect = session.get_bind().dialect
    if dialect.name == "postgresql":
        session.execute(text("SET enable_seqscan = off"))
    rounds = introduced(session, office.register, now)
    for kind in office.register.values():
        rounds[kind.name].collected_to = now
        due = kind.due.within(*window(kind, rounds[kind.name], now)).params(now=now)
        compiled = due.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        plan = "\n".join(
            str(tuple(row)) for row in session.execute(text(PLANS[dialect.name] + str(compiled).replace(":", r"\:")))
        )
        table = kind.due.thing.__tablename__
        assert f"SCAN {table}\n" not in plan + "\n", f"{kind.name}: {plan}"
        assert f"Seq Scan on {table}" not in plan, f"{kind.name}: {plan}"
        assert "INDEX" in plan.upper(), f"{kind.name}: {plan}"


def test_the_names_of_kinds_are_kept(office: PostOffice) -> None:
    """A name that was once used lives on, as a kind or as what a kind was formerly called (rules A2)."""
    kept = json.loads((Path(__file__).parent / "kinds.json").read_text("utf-8"))
    known = set(office.register) | {name for kind in office.register.values() for name in kind.formerly}
    assert set(kept) <= known
    assert len(kept) >= 12


def test_a_working_week_of_its_own_moves_the_morning(
    cast: Cast, office: PostOffice, keeper: Keeper, now: datetime
) -> None:
    organization = cast.session.get_one(Organization, cast.boreal.id)
    organization.weekdays = "23"
    cast.propose(now)
    office.round(Clock(now), keeper)
    office.collect(now + 4 * DAY)
    assert only(cast.session, "match_chased").send_at == datetime(2027, 3, 10, 14, 0, tzinfo=UTC)
