"""Who cannot be reached: the people at whose addresses mails do not arrive, why, and what to do about it."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.console.post import meaning
from mentorly.blueprints.console.room import blueprint, here, kept, page_number, undone
from mentorly.blueprints.guard import lead_or_administrator, me
from mentorly.extensions import now, post_office, session
from mentorly.mentoring import sights
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.people import Person


@blueprint.get("/unreached")
@lead_or_administrator
def unreached() -> str:
    """List the people whom the viewer looks after and mails do not reach."""
    leaf = Leaf.read(session(), sights.unreached(me()), page_number())
    return render_template("console/unreached.html", leaf=leaf, meaning=meaning)


@blueprint.post("/people/<int:number>/try-again")
@lead_or_administrator
def try_again(number: int) -> Response:
    """Take an address for one that works again, and send what did not arrive."""
    person = here(sights.found(session(), sights.people(me()).where(Person.id == number)))
    try:
        post_office().try_again(person, me(), now())
    except Refused as refusal:
        flash(undone(refusal), "bad")
    else:
        kept(Deed.ADDRESS_TRIED_AGAIN, person)
        flash(_("The address is tried again. What did not arrive and is still true is on its way."))
    return redirect(url_for(".person", number=number), 303)
