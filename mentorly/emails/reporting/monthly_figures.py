from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email
from mentorly.emails.matching.asking_mentor import sample_program
from mentorly.emails.reporting.figure_parts import month_before, parts_of, sample_figures
from mentorly.emails.spoken import month_name
from mentorly.mentoring.figures import audience, figures, scopes
from mentorly.mentoring.monthly import MonthlyFigures, is_told
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import Family


class FiguresOfTheMonth(Email):
    """You get this because you run a program or lead an organization in it: its figures come once a month."""

    due = Due(
        MonthlyFigures,
        reader=MonthlyFigures.person_id,
        moment=MonthlyFigures.month,
        joins=((Person, MonthlyFigures.person_id == Person.id),),
        while_=is_told(),
    )
    lane = MORNING
    fresh_for = timedelta(days=14)
    stoppable = True
    family = Family.FIGURES
    loads = (selectinload(MonthlyFigures.program),)

    def values(self, thing: MonthlyFigures, reader: Person, now: datetime) -> Mapping[str, Any]:
        last = month_before(thing.month)
        told = audience(reader)
        parts = [
            part
            for organization in scopes(reader, thing.program)
            for part in parts_of(figures(thing.program, organization, told, now), organization, last, reader.language)
        ]
        return {"parts": parts, **self.line_values(thing, reader, now)}

    def line_values(self, thing: MonthlyFigures, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"program": thing.program.name, "month": month_name(month_before(thing.month), reader.language)}

    def sample(self, reader: Person, now: datetime) -> MonthlyFigures:
        program = sample_program()
        return MonthlyFigures(id=1, month=date(2027, 7, 1), program=program, program_id=1, person=reader)

    def sample_values(self, thing: MonthlyFigures, reader: Person, now: datetime) -> Mapping[str, Any]:
        last = month_before(thing.month)
        parts = list(parts_of(sample_figures(last), reader.organization, last, reader.language))
        return {"parts": parts, **self.line_values(thing, reader, now)}
