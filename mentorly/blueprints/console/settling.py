"""Settling: somebody has looked after what waits in a list, be it a call for help or a person who does not answer."""

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.console.room import kept, undone
from mentorly.blueprints.guard import me
from mentorly.extensions import now
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.people import Person
from mentorly.mentoring.unheard import Unheard


def settled(one: CallForHelp | Unheard, person: Person, deed: Deed, page: str) -> Response:
    """Keep that the viewer has looked after it, and show the list again. person: whom it is about."""
    try:
        one.settle(me(), now())
    except Refused as refusal:
        flash(undone(refusal), "bad")
    else:
        kept(deed, one, person=person)
        flash(_("Thank you for looking after it."))
    return redirect(url_for(page), 303)
