"""The opening questions, for whoever looks for one to bring to a meeting."""

from flask import render_template

from mentorly.blueprints.guard import signed_in
from mentorly.blueprints.meetings.room import blueprint
from mentorly.emails.manuscript import typeset
from mentorly.mentoring.opening_questions import themes


@blueprint.get("/opening-questions")
@signed_in
def opening_questions() -> str:
    """List them by theme."""
    return render_template("meetings/opening_questions.html", themes=themes(), typeset=typeset)
