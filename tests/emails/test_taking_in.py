"""Taking in: every message there is goes through the door, in the name of who was written to, and none is lost."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, seed, settings
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from mentorly.emails.received import Received, Stage
from mentorly.emails.reply import Reply
from mentorly.mentoring.base import Base, prepare
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.planning import propose
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Member, Relationship
from tests.cast import cast_of
from tests.emails.correspondence import Correspondence
from tests.emails.received import expected, tell
from tests.emails.test_incoming import BUILT, EXAMPLES, FILES, SEED, SIGNS, WOUNDS, damaged

FROM = re.compile(rb"^from:[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE)
# What becomes of a person's words, by what they mean, where the mail asks for a yes or a no.
OUTCOMES = {
    "yes": "taken",
    "no": "taken",
    "remark": "unclear",
    "empty": "unclear",
    "done": "unclear",
    "stop": "stop",
    "help": "help",
    "who sees": "who sees",
}


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Correspondence]:
    """Alice was asked for Bob; whatever a test does after that is undone by itself."""
    engine = prepare(create_engine(f"sqlite:///{tmp_path_factory.mktemp('door') / 'mentorly.sqlite'}"))
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        post = Correspondence(cast_of(session))
        post.asked()
        together = Relationship.begin(post.cast.program, post.cast.alice, post.cast.eve, post.moment)
        propose(together, post.cast.eve, [post.moment + timedelta(days=8)], post.moment)
        session.commit()
        yield post
    engine.dispose()


def of_alice(raw: bytes) -> bytes:
    """A message as if Alice had sent it."""
    head, edge, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    named = FROM.sub(b"From: Alice Gagnon <alice@boreal.example.org>\n", head + b"\n", count=1)
    return named.rstrip(b"\n") + edge + body


def own_address(post: Correspondence) -> str:
    """Alice's own address in her relationship with Eve."""
    member = post.cast.session.scalars(select(Member).where(Member.person_id == post.cast.alice.id)).one()
    return post.office.desk.calendar_address(member, member.person.generation)


def taken_in(post: Correspondence, raw: bytes, address: str = "", *, is_automatic: bool = False) -> str | None:
    """What is decided of a message to Alice's mail, or another address; None for what is no mail. Nothing stays."""
    reception, session = post.office.reception, post.cast.session
    address = address or str(post.last_to(post.cast.alice).mail["Reply-To"])
    try:
        (number,) = reception.keep(raw, [address], None, "lmtp", post.moment)
    except ValueError:
        session.rollback()
        return None
    received = session.get_one(Received, number)
    reception.take_in(received, post.moment)
    session.flush()
    assert received.stage == Stage.TAKEN
    decision, replies = received.decision, session.scalars(select(Reply)).all()
    assert not is_automatic or all(reply.told_at is None for reply in replies)
    changed = session.scalars(select(Proposal)).one().is_open is False
    assert changed <= (decision == "taken")
    assert all(reply.told_at is None for reply in replies) or decision not in {"silent", "bounce", "complaint"}
    session.rollback()
    session.expire_all()
    return decision


def test_what_a_person_judged_to_be_words_is_taken_as_what_they_mean_and_all_else_changes_nothing(
    post: Correspondence, mail_corpus: Path | None, capsys: pytest.CaptureFixture[str]
) -> None:
    decided, wrong = Counter[str](), []
    for row in expected(mail_corpus):
        decision = taken_in(post, of_alice(row.raw))
        decided[str(decision)] += 1
        if row.decision == "words" and decision != OUTCOMES[row.kind]:
            wrong.append(f"{row.file}: {OUTCOMES[row.kind]} expected, {decision} decided")
        elif row.decision in {"silent", "bounce", "complaint"} and decision in {*OUTCOMES.values(), "remark"}:
            wrong.append(f"{row.file}: {row.decision} expected, {decision} decided")
    tell(capsys, f"through the door: {dict(decided)}", *wrong)
    assert len(wrong) <= 0.05 * decided.total()


@seed(SEED)
@settings(max_examples=max(20, EXAMPLES // 20), suppress_health_check=list(HealthCheck))
@given(
    st.one_of(BUILT, st.tuples(st.sampled_from(FILES).map(Path.read_bytes), WOUNDS).map(lambda pair: damaged(*pair))),
    SIGNS,
)
def test_no_message_crashes_the_door_and_no_automatic_one_gets_an_answer(
    post: Correspondence, raw: bytes, sign: bytes
) -> None:
    for address in ("", own_address(post)):
        taken_in(post, of_alice(raw), address)
        decision = taken_in(post, sign + of_alice(raw), address, is_automatic=True)
        assert decision not in {*OUTCOMES.values(), "remark", "refused"}


def calendar(lines: list[str]) -> bytes:
    """A mail that is a calendar of these lines, to whom it may concern."""
    text = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VEVENT", "END:VCALENDAR"])
    head = b"From: x\r\nMessage-ID: <1@x>\r\nContent-Type: text/calendar; charset=utf-8; method=REQUEST\r\n\r\n"
    return head + text.encode("utf-8", "surrogatepass")


PEOPLE = st.sampled_from(["alice@boreal.example.org", "eve@prairie.example.org", "x@y.example", "{own}", "x"])
TIMES = st.sampled_from(
    [
        *("20270310T150000Z", "20270310", "20280310T150000", "99991231T235959Z", "00010101T000000Z"),
        *("20270228T120000Z", "x", ""),
    ]
)
EVENT_LINE = st.one_of(
    st.tuples(st.sampled_from(["DTSTART", "DTEND", "DTSTAMP", "RECURRENCE-ID", "EXDATE", "RDATE"]), TIMES).map(
        ":".join
    ),
    st.tuples(
        st.sampled_from(["ORGANIZER", "ATTENDEE", "ATTENDEE;PARTSTAT=ACCEPTED", "ATTENDEE;PARTSTAT=DELEGATED"]), PEOPLE
    ).map(":mailto:".join),
    st.sampled_from(
        [
            *("METHOD:REPLY", "METHOD:COUNTER", "METHOD:CANCEL", "METHOD:REFRESH", "SEQUENCE:9999999999999"),
            *("BEGIN:VEVENT", "END:VEVENT", "STATUS:CANCELLED", "RRULE:FREQ=DAILY", "RRULE:FREQ=YEARLY;BYDAY=5MO"),
            *("RRULE:FREQ=WEEKLY;INTERVAL=0", "DURATION:PT1H", "DURATION:P9999W", "UID:{uid}", "UID:" + "x" * 5000),
            *("LOCATION:https://meet.example.org/a b", "URL:https://meet.example.org/a", "SEQUENCE:-1"),
        ]
    ),
    st.text(max_size=20).map(lambda words: f"LOCATION:{words}"),
)


@seed(SEED)
@settings(max_examples=max(40, EXAMPLES // 8), suppress_health_check=list(HealthCheck))
@given(st.sampled_from(["METHOD:REQUEST", "METHOD:REPLY"]), st.lists(EVENT_LINE, max_size=14))
def test_no_calendar_crashes_the_door(post: Correspondence, method: str, lines: list[str]) -> None:
    meeting, own = post.cast.session.scalars(select(Meeting)).one(), own_address(post)
    known = [line.replace("{uid}", meeting.uid).replace("{own}", own) for line in lines]
    raw = calendar([method, "BEGIN:VEVENT", f"UID:{meeting.uid}", *known])
    assert taken_in(post, of_alice(raw), own)
    assert taken_in(post, b"Auto-Submitted: auto-replied\n" + of_alice(raw), own, is_automatic=True)
