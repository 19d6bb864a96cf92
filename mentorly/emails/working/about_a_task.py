"""What the mails have in common that are about a task: it is done by its owner, and anybody in on it says something."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy.orm.interfaces import ORMOption

from mentorly.emails import spoken
from mentorly.emails.email import Email, Given
from mentorly.emails.understanding import Meaning
from mentorly.emails.working.working_values import TASK, task_values
from mentorly.mentoring.base import Refused
from mentorly.mentoring.objectives import WORDS_LENGTH, sharers
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Question, Text
from mentorly.mentoring.tasks import Task

SEEN = {"en": "You and {names} see this.", "fr": "Vous et {names} voyez ceci."}
WORDS = Text("words", {"en": "Your remark", "fr": "Votre remarque"}, required=True, most=WORDS_LENGTH)


class AboutATask(Email):
    """A mail about a task; a word completes it, any others are a remark on it."""

    thread = "task"
    loads: ClassVar[Sequence[ORMOption]] = TASK
    buttons: ClassVar[Mapping[str, Sequence[Question]]] = {"done": (), "remark": (WORDS,)}
    replies = {Meaning.DONE: "done"}
    read_as = ("remark",)
    repeats = frozenset({"remark"})

    def task(self, thing: Any) -> Task:
        """The task that it is about."""
        task: Task = thing
        return task

    def held(self, thing: Any) -> Task:
        return self.task(thing)

    def values(self, thing: Any, reader: Person, now: datetime) -> Mapping[str, Any]:
        return task_values(self.task(thing), reader)

    def questions(self, button: str, thing: Any, reader: Person, now: datetime) -> Sequence[Question]:
        objective = self.task(thing).objective
        names = [one.name for one in sharers(objective.relationship, objective.mentee) if one.id != reader.id]
        seen = SEEN[reader.language].format(names=spoken.listed(names, reader.language))
        return [replace(question, hint={reader.language: seen}) for question in self.buttons[button]]

    def offered(self, thing: Any, reader: Person) -> Sequence[str]:
        task = self.task(thing)
        is_asked = task.owner_id == reader.id and task.done_at is None
        return [name for name in self.buttons if name != "done" or is_asked]

    def settled(self, thing: Any, now: datetime) -> Refused | None:
        return Refused("This task has been removed.") if self.task(thing).removed_at else None

    def before(self, thing: Any, now: datetime) -> dict[str, Any]:
        task = self.task(thing)
        return {"was_done": task.done_at is not None, "remarks": len(task.remarks)}

    def answered(self, thing: Any, by: Person, given: Given, now: datetime) -> None:
        if given.button == "done":
            self.task(thing).finish(by, now)
        else:
            self.task(thing).remark(by, given.said["words"], now)

    def undone(self, thing: Any, by: Person, given: Given, now: datetime) -> None:
        if given.button == "remark":
            self.task(thing).unsay(by, given.before["remarks"], now)
        elif given.before["was_done"]:
            raise Refused("This task was done before that.")
        else:
            self.task(thing).unfinish(by, now)
