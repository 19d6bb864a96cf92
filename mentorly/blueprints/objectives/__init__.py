"""The objectives of one's own relationships with their tasks and notes (product 2.7)."""

from mentorly.blueprints.objectives import notes, objective, overview, task
from mentorly.blueprints.objectives.room import blueprint

__all__ = ["blueprint", "notes", "objective", "overview", "task"]
