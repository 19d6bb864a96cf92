"""The meetings of one's own relationships: planning and answering them, and the session log (product 2.5, 2.6)."""

from mentorly.blueprints.meetings import log, meeting, opening, overview, planning
from mentorly.blueprints.meetings.room import blueprint

__all__ = ["blueprint", "log", "meeting", "opening", "overview", "planning"]
