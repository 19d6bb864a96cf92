"""The door of the calendar programs: each person's feed, at an address that nobody else knows (product 4)."""

from flask import Blueprint, Response, abort, g, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from mentorly.emails.feeding import feed_of, owner_of
from mentorly.extensions import now, post_office, session

blueprint = Blueprint("feeds", __name__)
NO_FEED = _("There is no calendar at this address. Its owner finds the present one on their profile page.")


@blueprint.get("/calendar/<token>.ics")
def calendar(token: str) -> ResponseReturnValue:
    """Give a person's meetings, unless the calendar that asks has them already (RFC 9110 13)."""
    owner = owner_of(session(), post_office().desk.tokens, token)
    if owner is None:
        abort(404, str(NO_FEED))
    g.reader = owner
    found = feed_of(owner, now())
    answer = Response(found.data, content_type="text/calendar; charset=utf-8")
    answer.set_etag(found.tag)
    answer.last_modified = found.changed_at
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Disposition"] = 'inline; filename="mentoring.ics"'
    return answer.make_conditional(request)
