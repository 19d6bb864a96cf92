"""What the mails about progress reports have in common."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.email import Given
from mentorly.emails.matching.match_values import sample_match
from mentorly.emails.reporting.asking_reports import TONES
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.report_readers import recipients_of
from mentorly.mentoring.reports import ProgressReport, ReportRecipient, Tone

TOGETHER = selectinload(ProgressReport.relationship).options(
    selectinload(Relationship.program), selectinload(Relationship.members).selectinload(Member.person)
)
REPORT = (TOGETHER, selectinload(ProgressReport.author), selectinload(ProgressReport.recipients))
SENT = (
    selectinload(ReportRecipient.report).options(*REPORT),
    selectinload(ReportRecipient.person).selectinload(Person.organization),
)
WORDS = {
    "en": "Bob has found his feet: he led his first meeting in March.\nHe would like to take a course.",
    "fr": "Bob a trouvé sa place : il a animé sa première réunion en mars.\nIl aimerait suivre un cours.",
}


def about(report: ProgressReport, reader: Person) -> dict[str, Any]:
    """Which relationship a report is about, and who wrote it."""
    together = report.relationship
    return {
        "report_id": report.id,
        "author": report.author.name,
        "author_email": report.author.email,
        "mentees": [mentee.name for mentee in together.mentees if mentee.id != report.author_id],
        "program": together.program.name,
        "tone": TONES[Tone(report.tone)][reader.language],
        "is_urgent": report.is_urgent,
    }


def draft_values(report: ProgressReport, reader: Person) -> dict[str, Any]:
    """A draft as its author looks at it: the words, and who would get them now."""
    people = recipients_of(report.relationship, report.author) if report.is_draft else ()
    words = report.words_for(reader) if report.sealed else ""
    return {**about(report, reader), "recipients": [one.name for one in people], "words": words}


def sample_report(reader: Person, now: datetime, *, is_own: bool = True) -> ProgressReport:
    """An invented report in no session, by the reader or by somebody else."""
    match = sample_match(now, mentor=reader) if is_own else sample_match(now)
    mentor, mentee = (member.person for member in match.relationship.members)
    mentor.id, mentee.id = 1, 2
    return ProgressReport(
        id=1, relationship=match.relationship, author=mentor, author_id=mentor.id, tone=Tone.PRAISE, is_urgent=False,
        sealed=b"", written_at=now, drafted_at=now, revision=0, recipients=[],
    )  # fmt: skip


def sample_values(report: ProgressReport, reader: Person) -> Mapping[str, Any]:
    """What a sample says."""
    return {**about(report, reader), "recipients": ["Carol Roy"], "words": WORDS[reader.language]}


def decide(report: ProgressReport, given: Given, by: Person, now: datetime) -> None:
    """Send a draft, as it is or with other words, or throw it away."""
    if given.button == "discard":
        report.discard(by, now)
        return
    words, urgent = given.said.get("words", ""), given.said.get("urgent") == "yes"
    report.send(by, now, tone=Tone(given.said["tone"]), is_urgent=urgent, words=words)
