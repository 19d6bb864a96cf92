from datetime import datetime, timedelta

from mentorly.emails.due import Due
from mentorly.emails.email import NOW
from mentorly.emails.working.about_a_task import WORDS, AboutATask
from mentorly.emails.working.working_values import OTHERS, sample_task
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member
from mentorly.mentoring.tasks import Task


class TaskDone(AboutATask):
    """You get this because somebody has done a task of the mentoring that you are in together."""

    due = Due(
        Task,
        reader=Member.person_id,
        moment=Task.done_at,
        occasion=Task.done_at,
        joins=OTHERS,
        while_=Task.is_complete,
    )
    lane = NOW
    fresh_for = timedelta(days=14)
    buttons = {"remark": (WORDS,)}
    replies = {}

    def sample(self, reader: Person, now: datetime) -> Task:
        task = sample_task(reader, now, is_own=False)
        task.done_at = now
        return task
