"""The mails of who is erased: none goes any more, what was kept of them goes, and the rounds go on (rules C12)."""

import time
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from threading import Thread

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from mentorly.emails.envelope import Answer, Envelope, State
from mentorly.emails.erasing import shred
from mentorly.emails.post_office import PostOffice
from mentorly.emails.received import Received, Stage
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.tally import Tally, TallyMark
from mentorly.mentoring.concerns import Concern, Kind
from mentorly.mentoring.data_requests import DataRequest
from mentorly.mentoring.erasure_requests import ErasureRequest
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import propose
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.reports import ProgressReport, Tone
from mentorly.mentoring.sessions import SessionLog
from tests.cast import MONDAY, Cast, Clock, Keeper, cast_of, office_of, register_of
from tests.emails.correspondence import Correspondence

DAY = timedelta(days=1)


def accepted(proposal: Proposal) -> None:
    proposal.accept(proposal.mentor, MONDAY)


def planned(proposal: Proposal) -> None:
    accepted(proposal)
    assert proposal.relationship
    propose(proposal.relationship, proposal.mentee, [MONDAY + 9 * DAY], MONDAY)


def countered(proposal: Proposal) -> None:
    planned(proposal)
    meeting = proposal.session.scalars(select(Meeting).where(Meeting.relationship_id == proposal.relationship_id)).one()
    meeting.counter_at, meeting.counter_by, meeting.countered_at = MONDAY + 10 * DAY, proposal.mentee, MONDAY


def held(proposal: Proposal) -> None:
    planned(proposal)
    meeting = proposal.session.scalars(select(Meeting).where(Meeting.relationship_id == proposal.relationship_id)).one()
    meeting.starts_at, meeting.ends_at = MONDAY - DAY, MONDAY - DAY + timedelta(hours=1)
    SessionLog.of_meeting(meeting, proposal.mentee, 50, "Mimsy", MONDAY)


def told(proposal: Proposal) -> None:
    accepted(proposal)
    assert proposal.relationship
    ProgressReport.draft(proposal.relationship, "Words", proposal.mentor, MONDAY)
    ProgressReport.write(proposal.relationship, "Words", proposal.mentor, MONDAY, tone=Tone.NEWS, is_urgent=True)
    Concern.raise_one(proposal.relationship, Kind.OTHER, "Words", proposal.mentee, MONDAY)


def reserved(proposal: Proposal) -> None:
    proposal.reserve("other", "Words", proposal.mentor, MONDAY)


def nothing(proposal: Proposal) -> None:
    del proposal


STAGES: tuple[Callable[[Proposal], None], ...] = (nothing, reserved, accepted, planned, countered, held, told)


def pair_of(cast: Cast, name: str) -> Proposal:
    """A mentor and a mentee of this name, proposed to each other."""
    people = []
    for role in ("mentor", "mentee"):
        address = f"{name}.{role}@boreal.example.org"
        one = Person.register(cast.session, address, f"{name} {role}", MONDAY, by=None, organization=cast.boreal)
        Participation.join(one, cast.program, role, MONDAY, by=None)
        people.append(one)
    return propose_match(cast.session, cast.program, *people, MONDAY, by=cast.carol)


def test_whoever_is_erased_at_whatever_stage_gets_no_mail_and_the_rounds_go_on(session: Session) -> None:
    cast, keeper = cast_of(session), Keeper()
    office = office_of(session)
    pairs = {}
    for stage in STAGES:
        for role in ("mentor", "mentee"):
            proposal = pairs[stage.__name__, role] = pair_of(cast, f"{stage.__name__}-{role}")
            stage(proposal)
    session.commit()
    office.round(Clock(MONDAY), keeper)
    gone = [getattr(proposal, role) for (_, role), proposal in pairs.items()]
    addresses, carried = {person.email for person in gone}, len(keeper.carried)
    for person in gone:
        office.erase(person, cast.dave, MONDAY + timedelta(minutes=1))
    session.commit()
    for days in (0, 1, 2, 4, 8, 10, 12, 36, 50, 90):
        faults = office.round(Clock(MONDAY + days * DAY + timedelta(minutes=2)), keeper)["faults"]
        assert faults == [], days
    assert not {to for _, to, _ in keeper.carried[carried:] if to in addresses or "erased" in to}
    told = select(Person.name).join(Envelope, Envelope.reader_id == Person.id).where(Envelope.kind == "meeting_off")
    others = {"planned-mentee mentor", "planned-mentor mentee", "countered-mentee mentor", "countered-mentor mentee"}
    assert others == set(session.scalars(told.where(Envelope.state == State.SENT))), (
        "their calendars forget the meeting"
    )
    left = select(Envelope.state, func.count()).join(Person).where(Person.erased_at.is_not(None))
    states = dict(session.execute(left.group_by(Envelope.state)).all())
    assert not {State.WAITING, State.SENDING} & states.keys()


def test_a_mail_that_waits_is_withdrawn_and_one_that_is_claimed_does_not_leave(
    session: Session, cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    cast.propose()
    office.collect(MONDAY)
    waiting = session.scalars(select(Envelope).where(Envelope.kind == "match_proposed")).one()
    claimed = Envelope(
        kind="match_proposed", thing_id=waiting.thing_id, reader_id=cast.alice.id, occasion="", again=1, moment=MONDAY,
        lane=0, mark="m" * 32, state=State.SENDING, send_at=MONDAY, ready_at=MONDAY, collected_at=MONDAY,
    )  # fmt: skip
    session.add(claimed)
    session.commit()
    office.erase(cast.alice, None, MONDAY)
    session.commit()
    assert (waiting.state, waiting.why_not, claimed.state) == (State.WITHDRAWN, "erased", State.SENDING)
    claimed.state = State.WAITING
    session.commit()
    office.round(Clock(MONDAY), keeper)
    session.refresh(claimed)
    assert (claimed.state, [to for _, to, _ in keeper.carried if "alice" in to]) == (State.WITHDRAWN, [])


def test_a_mail_that_left_meanwhile_says_no_more_to_which_address_though_it_is_the_newest(
    session: Session, cast: Cast, office: PostOffice
) -> None:
    leaving = Envelope(
        kind="welcome", thing_id=cast.bob.id, reader_id=cast.bob.id, occasion=cast.bob.email, again=0, moment=MONDAY,
        lane=0, mark="m" * 32, state=State.SENDING, send_at=MONDAY, ready_at=MONDAY, collected_at=MONDAY,
    )  # fmt: skip
    session.add(leaving)
    session.commit()
    office.erase(cast.bob, None, MONDAY)
    leaving.state, leaving.closed_at, leaving.server_said = State.SENT, MONDAY, "250 <bob@boreal.example.org> takes it"
    session.commit()
    list(shred(session))
    session.commit()
    session.refresh(leaving)
    assert (leaving.occasion, leaving.server_said) == (str(leaving.id), "")


def test_nothing_that_was_mailed_or_received_names_them_and_the_counts_stay(
    session: Session, cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    cast.propose()
    office.round(Clock(MONDAY), keeper)
    sent = session.scalars(select(Envelope).where(Envelope.reader_id == cast.alice.id)).all()
    for envelope in sent:
        envelope.server_said = f"250 <{cast.alice.email}> takes it"
    token = office.desk.token(sent[0].id, cast.alice)
    office.answer(office.open(token, MONDAY), "accept", {}, "web", MONDAY)
    common = {"recipient": "r", "size": 1, "door": "lmtp", "received_at": MONDAY, "stage": Stage.TAKEN}
    of_hers = Received(fingerprint="1", envelope_sender="Alice@Boreal.example.org", raw=b"Alice", **common)
    of_others = Received(fingerprint="2", envelope_sender=cast.bob.email, raw=b"x", **common)
    reply = Reply(thread=1, person=cast.alice, received=of_hers, outcome=Outcome.REMARK, taken_at=MONDAY, sender="a@b")
    session.add_all([of_hers, of_others, reply])
    session.commit()
    counted = dict(session.execute(select(Tally.kind, Tally.count)).all())
    office.erase(cast.alice, cast.dave, MONDAY)
    session.commit()
    assert session.scalars(select(Received.fingerprint)).all() == ["2"]
    assert session.scalars(select(Reply)).all() == session.scalars(select(Answer)).all() == []
    bare = session.scalars(select(Envelope).where(Envelope.reader_id == cast.alice.id)).all()
    assert {(one.server_said, one.occasion) for one in bare} == {("", str(one.id)) for one in bare}
    assert sum(shred(session)) == 0, "not before they are counted"
    newest = session.scalar(select(func.max(Envelope.id)))
    Tally.keep_up(session, MONDAY + DAY)
    session.commit()
    assert TallyMark.counted(session) > MONDAY
    list(shred(session, size=1))
    assert set(session.scalars(select(Envelope.id).where(Envelope.reader_id == cast.alice.id))) <= {newest}
    assert dict(session.execute(select(Tally.kind, Tally.count)).all()).items() >= counted.items()


def test_who_asks_is_sent_a_button_that_erases_them_and_no_mail_after_it(
    session: Session, cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    ErasureRequest.ask(cast.bob, MONDAY)
    session.commit()
    office.round(Clock(MONDAY), keeper)
    envelope = session.scalars(select(Envelope).where(Envelope.kind == "erasure_asked")).one()
    token, carried = office.desk.token(envelope.id, cast.bob), len(keeper.carried)
    opened = office.open(token, MONDAY + timedelta(hours=1), lock=True)
    office.answer(opened, "erase", {}, "web", MONDAY + timedelta(hours=1))
    session.commit()
    assert session.get_one(Person, cast.bob.id).erased_at == MONDAY + timedelta(hours=1)
    with pytest.raises(Exception, match="not one of ours"):
        office.open(token, MONDAY + timedelta(hours=2))
    office.round(Clock(MONDAY + timedelta(hours=2)), keeper)
    assert len(keeper.carried) == carried


@pytest.mark.parametrize(
    ("language", "called"), [("en", "a former participant"), ("fr", "une ancienne personne participante")]
)
def test_mails_call_them_as_their_readers_language_does(
    session: Session, cast: Cast, office: PostOffice, keeper: Keeper, language: str, called: str
) -> None:
    cast.alice.language = language
    together = cast.propose().accept(cast.alice, MONDAY)
    propose(together, cast.bob, [MONDAY + 9 * DAY], MONDAY)
    session.commit()
    office.round(Clock(MONDAY), keeper)
    office.erase(cast.bob, None, MONDAY)
    session.commit()
    office.round(Clock(MONDAY + timedelta(minutes=1)), keeper)
    recipient, mail = keeper.carried[-1][1], message_from_bytes(keeper.carried[-1][2], policy=default)
    text = mail.get_body(("plain",))
    assert text is not None
    assert recipient == cast.alice.email
    assert called in " ".join(text.get_content().split())


def test_the_button_works_for_a_day_and_for_the_last_request_alone(
    session: Session, cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    for hours in (0, 1):
        ErasureRequest.ask(cast.bob, MONDAY + timedelta(hours=hours))
        session.commit()
        office.round(Clock(MONDAY + timedelta(hours=hours)), keeper)
    first, second = session.scalars(select(Envelope).where(Envelope.kind == "erasure_asked").order_by(Envelope.id))
    with pytest.raises(Exception, match="asked once more"):
        office.open(office.desk.token(first.id, cast.bob), MONDAY + timedelta(hours=2)).check_unsettled()
    with pytest.raises(Exception, match="expired"):
        office.open(office.desk.token(second.id, cast.bob), MONDAY + timedelta(hours=26))
    assert cast.bob.erased_at is None


@pytest.mark.parametrize(
    ("ask", "words"),
    [(ErasureRequest.ask, "Effacer"), (lambda one, now: DataRequest.ask(one, one, now), "Télécharger l’archive")],
)
def test_no_reply_presses_a_button_that_erases_or_hands_over_what_is_held(
    session: Session, cast: Cast, ask: Callable[[Person, object], DataRequest | ErasureRequest], words: str
) -> None:
    post = Correspondence(cast)
    asked = ask(cast.bob, MONDAY)
    session.commit()
    (mail,) = post.pass_by()
    button = next(line for line in mail.text.split(" : https") if words in line)
    assert post.reply(mail, button[button.rindex(words) :], said="pass").decision == "unclear"
    assert asked.is_open
    assert cast.bob.erased_at is None
    (again,) = post.pass_by()
    assert words in again.text


@pytest.mark.parametrize(
    ("reply", "decision", "said"),
    [
        ("yes", "unclear", "is done by its button alone, and never by a reply."),
        ("Please call me first, I am not sure.", "remark", "What our mail offers is done by its button alone"),
    ],
)
def test_a_reply_to_the_mail_that_erases_is_told_to_press_the_button(
    session: Session, cast: Cast, reply: str, decision: str, said: str
) -> None:
    cast.bob.language = "en"
    session.commit()
    post = Correspondence(cast, register=register_of("erasure_asked", "reply_unclear", "remark_kept"))
    asked = ErasureRequest.ask(cast.bob, MONDAY)
    session.commit()
    (mail,) = post.pass_by()
    assert post.reply(mail, reply, said="pass").decision == decision
    assert (asked.is_open, cast.bob.erased_at) == (True, None)
    (told,) = post.pass_by()
    assert said in told.text
    assert "asked nothing" not in told.text
    assert ("/erase" in told.text) == (decision == "unclear")


def until_it_waits(session: Session, engine: Engine, person: Person) -> Thread:
    """Erase somebody in another session, which waits for what this one holds."""

    def erase() -> None:
        with Session(engine) as other:
            office_of(other).erase(other.get_one(Person, person.id), None, MONDAY)
            other.commit()

    erasing = Thread(target=erase)
    erasing.start()
    waits = time.monotonic() + 20
    while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
        assert time.monotonic() < waits
        time.sleep(0.01)
    return erasing


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_erasing_waits_for_a_button_that_is_pressed_before_it_holds_what_the_button_needs(
    session: Session, engine: Engine, cast: Cast, office: PostOffice, keeper: Keeper
) -> None:
    together = cast.propose().accept(cast.alice, MONDAY)
    session.commit()
    office.round(Clock(MONDAY), keeper)
    envelope = session.scalars(select(Envelope).where(Envelope.kind == "matched_mentee")).one()
    session.commit()

    pressed = office.open(office.desk.token(envelope.id, cast.bob), MONDAY, lock=True)
    erasing = until_it_waits(session, engine, cast.bob)
    held = select(Relationship.id).where(Relationship.id == together.id).with_for_update(nowait=True)
    assert session.scalar(held) == pressed.thing.relationship_id
    session.commit()
    erasing.join()
    session.expire_all()
    assert session.get_one(Person, cast.bob.id).erased_at == MONDAY


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_erasing_waits_for_a_message_that_is_taken_in_before_it_holds_the_mail_that_it_answers(
    session: Session, engine: Engine, cast: Cast
) -> None:
    post = Correspondence(cast)
    post.matched()
    post.reply(post.last_to(cast.bob), "Thank you")
    session.execute(select(Received.id).with_for_update()).all()
    erasing = until_it_waits(session, engine, cast.bob)
    held = select(Envelope.id).where(Envelope.reader_id == cast.bob.id).with_for_update(nowait=True)
    assert session.scalars(held).all()
    session.commit()
    erasing.join()
    assert session.scalars(select(Received)).all() == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_erasing_waits_for_a_match_that_is_accepted_before_it_holds_the_mentee(
    session: Session, engine: Engine, cast: Cast
) -> None:
    proposal = cast.propose()
    session.refresh(proposal, with_for_update=True)
    erasing = until_it_waits(session, engine, cast.bob)
    assert proposal.accept(cast.alice, MONDAY).is_active
    session.commit()
    erasing.join()
    session.expire_all()
    assert not session.scalars(select(Relationship)).one().is_active
