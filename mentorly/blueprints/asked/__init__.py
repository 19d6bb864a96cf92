"""What is asked of who is signed in: surveys, sheets, codes and agreements (product 2.4, 5)."""

from mentorly.blueprints.asked import agreement, answering, overview, reading_on
from mentorly.blueprints.asked.room import blueprint

__all__ = ["agreement", "answering", "blueprint", "overview", "reading_on"]
