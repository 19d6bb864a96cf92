from datetime import datetime, timedelta

from sqlalchemy import true

from mentorly.clock import WORKING_DAY
from mentorly.emails.due import Due
from mentorly.emails.email import MORNING
from mentorly.emails.working.about_a_task import AboutATask
from mentorly.emails.working.working_values import IS_DUE, OWNED, sample_task
from mentorly.mentoring.people import Person
from mentorly.mentoring.task_terms import REMINDED_BEFORE
from mentorly.mentoring.tasks import Task


class TaskDueSoon(AboutATask):
    """You get this because a task of your mentoring is due in two working days."""

    due = Due(
        Task,
        reader=Task.owner_id,
        moment=Task.reminds_on,
        before=REMINDED_BEFORE * WORKING_DAY,
        occasion=Task.reminds_on,
        joins=OWNED,
        while_=IS_DUE,
        awaited=true(),
    )
    lane = MORNING
    fresh_for = timedelta(days=1)
    stoppable = True

    def sample(self, reader: Person, now: datetime) -> Task:
        return sample_task(reader, now, is_own=True)
