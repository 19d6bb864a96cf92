from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW
from mentorly.emails.working.about_a_task import AboutATask
from mentorly.emails.working.working_values import IS_ASKED, OWNED, sample_task
from mentorly.mentoring.people import Person
from mentorly.mentoring.tasks import Task


class TaskAdded(AboutATask):
    """You get this because somebody gave you a task of your mentoring, or changed its day."""

    due = Due(Task, reader=Task.owner_id, moment=Task.given_at, occasion=Task.given_at, joins=OWNED, while_=IS_ASKED)
    lane = NOW
    fresh_for = timedelta(days=14)

    def values(self, thing: Task, reader: Person, now: datetime) -> Mapping[str, Any]:
        by = thing.given_by.name if thing.given_by else ""
        return {**super().values(thing, reader, now), "by": by, "is_change": thing.is_changed}

    def sample(self, reader: Person, now: datetime) -> Task:
        return sample_task(reader, now, is_own=True)
