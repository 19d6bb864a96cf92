"""Mails that did not arrive as they should: what went wrong, and for whom."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mentorly.blueprints.console.room import blueprint, here, page_number
from mentorly.blueprints.guard import administrator
from mentorly.emails import records
from mentorly.emails.envelope import Envelope, State
from mentorly.extensions import house, session
from mentorly.mentoring.leaves import Leaf


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


@blueprint.get("/deliveries/<int:number>")
@administrator
def delivery(number: int) -> Response:
    """Lead to one mail among all that were written to its reader."""
    envelope = here(session().get(Envelope, number))
    page = records.page_of(session(), envelope)
    return redirect(url_for(".person", number=envelope.reader_id, page=page, _anchor=f"mail-{number}"), 303)
