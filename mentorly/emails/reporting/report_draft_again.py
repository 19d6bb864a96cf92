from datetime import datetime, timedelta

from mentorly.clock import WORKING_DAY
from mentorly.emails.due import Due
from mentorly.emails.email import MORNING
from mentorly.emails.reporting.about_a_draft import AboutADraft
from mentorly.emails.reporting.report_values import REPORT, sample_report
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.reports import ProgressReport


class ReportDraftAgain(AboutADraft):
    """You get this because a progress report that you wrote two working days ago has not been sent."""

    due = Due(
        ProgressReport,
        reader=ProgressReport.author_id,
        moment=ProgressReport.drafted_at,
        after=2 * WORKING_DAY,
        joins=((Relationship, ProgressReport.relationship_id == Relationship.id),),
        while_=ProgressReport.is_draft & ~Relationship.is_paused,
    )
    lane = MORNING
    fresh_for = timedelta(days=5)
    loads = REPORT

    def sample(self, reader: Person, now: datetime) -> ProgressReport:
        return sample_report(reader, now)
