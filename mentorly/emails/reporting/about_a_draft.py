"""What the mails have in common that show a draft of a report: it is sent, changed or thrown away."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from mentorly.emails.email import GRACE, Email, Given
from mentorly.emails.reporting.asking_reports import REPORT, TONE, URGENT
from mentorly.emails.reporting.report_values import decide, draft_values, sample_values
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Question
from mentorly.mentoring.reports import ProgressReport


class AboutADraft(Email):
    """A mail about a draft; "yes" sends it, other words take its place."""

    buttons: ClassVar[Mapping[str, Sequence[Question]]] = {
        "send": (TONE, URGENT), "change": (REPORT, TONE, URGENT), "discard": (),
    }  # fmt: skip
    replies = {Meaning.YES: "send", Meaning.NO: "discard"}
    of_consequence = frozenset({"send"})
    drafts = True
    grace = GRACE
    keeps_said = False
    personal = True

    def report(self, thing: Any) -> ProgressReport:
        """The draft that it is about."""
        report: ProgressReport = thing
        return report

    def held(self, thing: Any) -> Any:
        return self.report(thing)

    def values(self, thing: Any, reader: Person, now: datetime) -> Mapping[str, Any]:
        return draft_values(self.report(thing), reader)

    def sample_values(self, thing: Any, reader: Person, now: datetime) -> Mapping[str, Any]:
        return sample_values(self.report(thing), reader)

    def settled(self, thing: Any, now: datetime) -> Refused | None:
        report = self.report(thing)
        try:
            report.check_draft(report.author, now)
        except Refused as refusal:
            return refusal
        return None

    def drafted(self, thing: Any, by: Person, words: str, now: datetime) -> ProgressReport:
        self.report(thing).change(words, by, now)
        return self.report(thing)

    def answered(self, thing: Any, by: Person, given: Given, now: datetime) -> None:
        decide(self.report(thing), given, by, now)

    def can_undo(self, thing: Any, button: str) -> bool:
        return button != "discard" and self.report(thing).may_be_taken_back

    def undone(self, thing: Any, by: Person, given: Given, now: datetime) -> None:
        self.report(thing).take_back(by, now)
