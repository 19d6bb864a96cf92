from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.due import Due
from mentorly.emails.email import NOW
from mentorly.emails.working.about_a_task import AboutATask
from mentorly.emails.working.working_values import INSIDE, REMARKS, SEES, TASK, sample_task
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member
from mentorly.mentoring.tasks import Task, TaskRemark


class TaskRemarked(AboutATask):
    """You get this because somebody said something about a task of the mentoring that you are in together."""

    due = Due(
        TaskRemark,
        reader=Member.person_id,
        moment=TaskRemark.said_at,
        joins=(
            (Task, TaskRemark.task_id == Task.id),
            *INSIDE,
            (Member, SEES & (Member.person_id != TaskRemark.author_id)),
        ),
        while_=TaskRemark.stands & Task.removed_at.is_(None),
    )
    lane = NOW
    fresh_for = timedelta(days=14)
    thread = ""
    loads = (selectinload(TaskRemark.task).options(*TASK), selectinload(TaskRemark.author))

    def task(self, thing: TaskRemark) -> Task:
        return thing.task

    def values(self, thing: TaskRemark, reader: Person, now: datetime) -> Mapping[str, Any]:
        asks = thing.task.is_open and thing.task.owner_id == reader.id
        values = super().values(thing, reader, now)
        return {**values, "by": thing.author.name, "remark": thing.words, "asks": asks}

    def sample(self, reader: Person, now: datetime) -> TaskRemark:
        task = sample_task(reader, now, is_own=False)
        return TaskRemark(id=1, task=task, author=task.owner, words=REMARKS[reader.language], said_at=now)
