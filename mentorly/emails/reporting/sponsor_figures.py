from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, inspect
from sqlalchemy.orm import selectinload

from mentorly.emails.attachment import Attachment
from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email
from mentorly.emails.matching.asking_mentor import sample_program
from mentorly.emails.reporting.figure_parts import month_before, parts_of, sample_figures
from mentorly.emails.spoken import month_name
from mentorly.mentoring.figure_files import figures_as_csv
from mentorly.mentoring.figure_tables import Audience, Figure
from mentorly.mentoring.figures import figures
from mentorly.mentoring.monthly import MonthlyFigures
from mentorly.mentoring.people import Person
from mentorly.mentoring.sponsors import Sponsor, are_told
from mentorly.mentoring.suppressions import Family

OWN = and_(Sponsor.program_id == MonthlyFigures.program_id, Sponsor.person_id == MonthlyFigures.person_id)


class FiguresForSponsors(Email):
    """You get this because you support a mentoring program and said that you want its figures once a month."""

    due = Due(
        MonthlyFigures,
        reader=MonthlyFigures.person_id,
        moment=MonthlyFigures.month,
        joins=((Sponsor, OWN),),
        while_=are_told(MonthlyFigures.program_id),
    )
    lane = MORNING
    fresh_for = timedelta(days=14)
    stoppable = True
    family = Family.FIGURES
    loads = (selectinload(MonthlyFigures.program),)

    def values(self, thing: MonthlyFigures, reader: Person, now: datetime) -> Mapping[str, Any]:
        parts = list(parts_of(_told(thing, now), None, month_before(thing.month), reader.language))
        return {"parts": parts, **self.line_values(thing, reader, now)}

    def line_values(self, thing: MonthlyFigures, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"program": thing.program.name, "month": month_name(month_before(thing.month), reader.language)}

    def attachments(self, thing: MonthlyFigures, reader: Person, now: datetime) -> Sequence[Attachment]:
        text = figures_as_csv(_told(thing, now), reader.language)
        return [Attachment("figures.csv", "text/csv", text.encode("utf-8-sig"))]

    def sample(self, reader: Person, now: datetime) -> MonthlyFigures:
        return MonthlyFigures(id=1, month=date(2027, 7, 1), program=sample_program(), program_id=1, person=reader)


def _told(thing: MonthlyFigures, now: datetime) -> Sequence[Figure]:
    """The figures of the program as a whole; of a sample, invented ones."""
    if inspect(thing).transient:
        return sample_figures(month_before(thing.month))
    return figures(thing.program, None, Audience.SPONSORS, now)
