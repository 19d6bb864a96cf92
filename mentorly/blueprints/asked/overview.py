"""All that is asked of who is signed in."""

from flask import render_template

from mentorly.blueprints.asked.room import blueprint
from mentorly.blueprints.guard import me, signed_in
from mentorly.extensions import now
from mentorly.mentoring.own_asked import OwnAsked


@blueprint.get("/asked")
@signed_in
def overview() -> str:
    """Show what waits, what opens later, and what is finished."""
    return render_template("asked/overview.html", own=OwnAsked.of(me(), now()))
