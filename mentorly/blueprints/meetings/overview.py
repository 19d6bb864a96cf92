"""The page of a relationship's meetings: what waits, what is to come, what took place."""

from flask import render_template, request
from werkzeug.wrappers import Response

from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.meetings.room import blueprint, own_relationship
from mentorly.extensions import now, post_office, session
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.own_meetings import OwnMeetings, log_of_sessions, sessions_held
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sessions import minutes_of

LINES = 20


@blueprint.get("/meetings/<int:number>")
@signed_in
def overview(number: int) -> Response | str:
    """Show one's meetings in a relationship."""
    return _page(own_relationship(number))


def _own_address(together: Relationship) -> str:
    """Whom one invites from one's own calendar."""
    own = together.member(me())
    return post_office().desk.calendar_address(own, me().generation) if own else ""


def _page(together: Relationship) -> str:
    asked_for = request.args.get("page", "")
    page = int(asked_for) if asked_for.isdecimal() and len(asked_for) < 7 else 1
    moment = now()
    return render_template(
        "meetings/overview.html",
        together=together,
        others=[member.person for member in together.present if member.person_id != me().id],
        own=OwnMeetings.of(me(), moment, together),
        clock=moment,
        leaf=Leaf.read(session(), log_of_sessions(me(), together), page, LINES),
        held=sessions_held(me(), together),
        minutes=minutes_of(me(), together),
        address=_own_address(together),
    )
