"""Mails that did not arrive as they should: what went wrong, and for whom."""

from flask import render_template, request

from mentorly.blueprints.console.room import blueprint, page_number
from mentorly.blueprints.guard import administrator
from mentorly.emails import records
from mentorly.emails.envelope import State
from mentorly.extensions import house, session
from mentorly.mentoring.sights import Leaf


@blueprint.get("/deliveries")
@administrator
def deliveries() -> str:
    """List what failed, was refused, is uncertain or was missed."""
    asked = request.args.get("state", "")
    state = State(asked) if asked in records.TROUBLED else None
    return render_template(
        "console/deliveries.html",
        leaf=Leaf.read(session(), records.troubled(state), page_number()),
        troubles=records.troubles(session()),
        state=state,
        register=house().register,
    )
