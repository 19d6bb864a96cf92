"""Progress reports: who sends them to whom, who reads them, and that nobody without the key does."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mentorly.mentoring.base import Refused
from mentorly.mentoring.counts import Meetings, reports_in
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import part
from mentorly.mentoring.privacy import What, lead_row, report_days
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.report_readers import recipients_of
from mentorly.mentoring.reports import DRAFTS_FOR, ProgressReport, ReportRecipient, Tone, report_of, reports_for
from mentorly.mentoring.sealing import Seal
from tests.cast import Cast, cast_of

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
WORDS = "He has found his feet."


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


@pytest.fixture
def together(cast: Cast, now: datetime) -> Relationship:
    return cast.propose(now).accept(cast.alice, now)


def written(cast: Cast, together: Relationship, now: datetime) -> ProgressReport:
    return ProgressReport.write(together, WORDS, cast.alice, now, tone=Tone.PRAISE, is_urgent=False)


def person(cast: Cast, name: str, now: datetime, *, role: str = "", to: str = "boreal") -> Person:
    """One more person, of one of the organizations."""
    address = f"{name.lower()}@{to}.example.org"
    one = Person.register(cast.session, address, name, now, by=None, organization=getattr(cast, to))
    if role:
        Participation.join(one, cast.program, role, now, by=None)
    return one


def test_a_report_goes_to_the_leads_of_the_mentees_organization_who_are_not_in_the_relationship(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    second, elsewhere = person(cast, "Lea", now, role="lead"), person(cast, "Pia", now, role="lead", to="prairie")
    Participation.join(cast.alice, cast.program, "lead", now, by=None)
    report = written(cast, together, now)
    assert [one.person for one in report.recipients] == [cast.carol, second]
    assert elsewhere not in recipients_of(together, cast.alice)
    for reader in (cast.alice, cast.carol, second):
        assert report.words_for(reader) == WORDS
        assert report_of(reader, report.id) is report
    for other in (cast.bob, cast.dave, cast.eve, elsewhere):
        assert report_of(other, report.id) is None
        with pytest.raises(Refused, match="Only its author and who it was sent to"):
            report.words_for(other)


def test_without_such_a_lead_it_is_refused_with_whom_to_ask(cast: Cast, together: Relationship, now: datetime) -> None:
    leading = Participation.of(cast.carol, cast.program, "lead")
    assert leading is not None
    leading.left_at = now
    with pytest.raises(Refused, match=r"no project lead who could get this report\. Please ask Dave Okoye"):
        written(cast, together, now)
    with pytest.raises(Refused, match="Please ask Dave Okoye"):
        ProgressReport.draft(together, WORDS, cast.alice, now)
    cast.dave.is_administrator = False
    with pytest.raises(Refused, match="Please ask the people of the program"):
        written(cast, together, now)


def test_what_a_double_press_sends_twice_is_sent_once(cast: Cast, together: Relationship, now: datetime) -> None:
    report = written(cast, together, now)
    assert written(cast, together, now + SECOND) is report
    assert written(cast, together, now + DAY) is not report


def test_only_a_mentor_writes_one_and_not_after_the_end(cast: Cast, together: Relationship, now: datetime) -> None:
    for by in (cast.bob, cast.carol, cast.dave, cast.eve):
        with pytest.raises(Refused, match="Only a mentor"):
            ProgressReport.write(together, WORDS, by, now, tone=Tone.NEWS, is_urgent=False)
    for words, sentence in ((" \n", "a few words"), ("x" * 5001, "at most 5000 characters; yours has 5001")):
        with pytest.raises(Refused, match=sentence):
            ProgressReport.draft(together, words, cast.alice, now)
    draft = ProgressReport.draft(together, WORDS, cast.alice, now)
    part(together, cast.dave, now)
    with pytest.raises(Refused, match="nothing new can be begun"):
        written(cast, together, now)
    draft.send(cast.alice, now + DAY)
    assert draft.sent_at == now + DAY, "what was begun before is finished within 30 days"


def test_a_draft_is_changed_sent_taken_back_while_it_has_not_left_and_thrown_away(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    draft = ProgressReport.draft(together, "He has found", cast.alice, now)
    draft.change(WORDS, cast.alice, now)
    grace = now + timedelta(minutes=5)
    draft.send(cast.alice, grace, tone=Tone.CONCERN, is_urgent=True)
    assert (draft.tone, draft.is_urgent, draft.is_draft) == ("concern", True, False)
    assert reports_in(cast.session, [together.id], now)[together.id] == [], "it has not left"
    draft.take_back(cast.alice, now)
    assert (draft.is_draft, draft.recipients) == (True, [])
    lea = person(cast, "Lea", now, role="lead")
    draft.send(cast.alice, now)
    assert [one.person for one in draft.recipients] == [cast.carol, lea], "as it is when it is sent"
    draft.recipients[1].told_at = now
    with pytest.raises(Refused, match="The report has left"):
        draft.take_back(cast.alice, now)
    with pytest.raises(Refused, match="sent already"):
        draft.send(cast.alice, now)
    at_once = written(cast, together, now)
    for by, sentence in ((cast.alice, "sent already"), (cast.carol, "Only Alice Gagnon decides")):
        with pytest.raises(Refused, match=sentence):
            at_once.send(by, now, words="Other words")
    other = ProgressReport.draft(together, WORDS, cast.alice, now)
    with pytest.raises(Refused, match="Only Alice Gagnon decides"):
        other.discard(cast.carol, now)
    other.discard(cast.alice, now)
    assert (other.sealed, report_of(cast.alice, other.id)) == (b"", None)
    with pytest.raises(Refused, match="thrown away"):
        other.change(WORDS, cast.alice, now)


def test_a_draft_is_deleted_after_14_days_and_what_was_sent_is_not(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    draft = ProgressReport.draft(together, WORDS, cast.alice, now)
    sent = written(cast, together, now)
    ProgressReport.forget(cast.session, now + DRAFTS_FOR - SECOND)
    cast.session.expire_all()
    assert draft.words_for(cast.alice) == WORDS
    with pytest.raises(Refused, match="deleted after 14 days"):
        draft.send(cast.alice, now + DRAFTS_FOR)
    ProgressReport.forget(cast.session, now + DRAFTS_FOR)
    cast.session.expire_all()
    with pytest.raises(Refused, match="have been deleted"):
        draft.words_for(cast.alice)
    assert cast.session.scalars(reports_for(cast.alice)).all() == [sent]


def test_the_database_holds_no_word_of_it_and_another_key_opens_nothing(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    report = written(cast, together, now)
    cast.session.commit()
    (kept,) = cast.session.execute(text("SELECT sealed FROM progress_report")).one()
    assert WORDS.encode() not in bytes(kept)
    Seal(["another key"]).give_to(cast.session)
    with pytest.raises(Refused, match="another key now"):
        report.words_for(cast.carol)
    Seal(["another key", "a key for tests"]).give_to(cast.session)
    assert report.words_for(cast.carol) == WORDS, "an earlier secret still opens it"
    other = ProgressReport.draft(together, "Other words", cast.alice, now)
    assert len(other.sealed) != len(report.sealed)
    other.sealed, other.author_id = report.sealed, cast.carol.id
    with pytest.raises(Refused, match="another key now"):
        other.words_for(cast.carol)


def test_a_lead_sees_the_days_an_author_their_own_and_a_mentee_never_any(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    anna = person(cast, "Anna", now, role="mentor")
    together.join(anna, "mentor", now)
    written(cast, together, now)
    ProgressReport.write(together, WORDS, anna, now + DAY, tone=Tone.NEWS, is_urgent=False)
    ProgressReport.draft(together, WORDS, anna, now)
    sent = reports_in(cast.session, [together.id], now + 2 * DAY)[together.id]
    days = {person.name: report_days(person, together, sent) for person in (cast.carol, cast.dave, cast.alice, anna)}
    both = [now, now + DAY]
    assert days == {"Carol Roy": both, "Dave Okoye": both, "Alice Gagnon": [now], "Anna": [now + DAY]}
    for nobody in (cast.bob, cast.eve):
        assert report_days(nobody, together, sent) == []
    row = lead_row(cast.alice, together, Meetings(), Progress(), sent)
    assert row[What.REPORT_DATES] == [now]
    assert lead_row(cast.bob, together, Meetings(), Progress(), sent)[What.REPORT_DATES] == []


def test_a_lead_who_is_or_was_the_mentee_knows_of_no_report_about_themself(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    Participation.join(cast.bob, cast.program, "lead", now, by=None)
    cast.bob.make_administrator(now)
    report = written(cast, together, now)
    assert [one.person for one in report.recipients] == [cast.carol]
    sent = reports_in(cast.session, [together.id], now)[together.id]
    assert report_days(cast.bob, together, sent) == []
    together.members[1].left_at = now
    assert report_days(cast.bob, together, sent) == [], "not after leaving either"


def test_a_refused_one_is_looked_after_by_the_contact_of_the_program(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    report = written(cast, together, now)
    (recipient,) = report.recipients
    cast.program.contact_id = cast.dave.id
    recipient.not_delivered(now)
    recipient.not_delivered(now + DAY)
    assert (recipient.refused_at, recipient.contact_id) == (now, cast.dave.id)
    assert cast.session.scalars(select(ReportRecipient)).all() == [recipient]
