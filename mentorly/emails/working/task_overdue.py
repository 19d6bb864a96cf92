from datetime import datetime, timedelta

from sqlalchemy import true

from mentorly.clock import DAY
from mentorly.emails.due import Due
from mentorly.emails.email import MORNING
from mentorly.emails.working.about_a_task import AboutATask
from mentorly.emails.working.working_values import IS_DUE, OWNED, sample_task
from mentorly.mentoring.people import Person
from mentorly.mentoring.tasks import Task


class TaskOverdue(AboutATask):
    """You get this because the day of a task of your mentoring has passed, and it is not done."""

    due = Due(
        Task,
        reader=Task.owner_id,
        moment=Task.target_on,
        after=1 * DAY,
        occasion=Task.target_on,
        joins=OWNED,
        while_=IS_DUE,
        awaited=true(),
    )
    lane = MORNING
    fresh_for = timedelta(days=3)
    stoppable = True

    def sample(self, reader: Person, now: datetime) -> Task:
        task = sample_task(reader, now, is_own=True)
        task.target_on = now.date() - timedelta(days=1)
        return task
