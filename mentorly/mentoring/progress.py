"""How far the tasks are: counted, never read."""

from collections.abc import Iterable
from typing import NamedTuple

from mentorly.mentoring.tasks import Task


class Progress(NamedTuple):
    """done: tasks that are complete. left: those still open."""

    done: int = 0
    left: int = 0

    @property
    def total(self) -> int:
        """How many there are."""
        return self.done + self.left

    @property
    def share(self) -> int:
        """How many in a hundred are done; 0 where there is none."""
        return self.done * 100 // self.total if self.total else 0

    @classmethod
    def of(cls, tasks: Iterable[Task]) -> "Progress":
        """That of some tasks, less those that were removed."""
        known = [task for task in tasks if task.removed_at is None]
        done = sum(task.done_at is not None for task in known)
        return cls(done, len(known) - done)
