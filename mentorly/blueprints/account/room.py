"""The room of one's account: its blueprint, and where one goes on to."""

from flask import Blueprint, request, url_for

from mentorly.blueprints.guard import leads_any, local_path
from mentorly.mentoring.people import Person

CHOOSING = "choosing"
blueprint = Blueprint("account", __name__)


def onward(person: Person) -> str:
    """Where who came in goes on to: where they wanted to go, the console of who looks after anybody, or home."""
    return local_path(request.args.get("next", "")) or ("/console" if leads_any(person) else url_for("home.home"))
