"""The addresses of who is signed in: their own, their calendar's, and others that speak for them."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mentorly.blueprints.account.room import blueprint
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.reading import said
from mentorly.extensions import now, post_office, ring, session
from mentorly.mentoring.aliases import Alias
from mentorly.mentoring.base import Refused


@blueprint.post("/profile/try-again")
@signed_in
def try_own_address() -> ResponseReturnValue:
    """Take one's own address for one that works again."""
    post_office().try_again(me(), me(), now())
    session().commit()
    ring()
    flash(_("Your address is tried again. What did not arrive and is still true is on its way."))
    return redirect(url_for(".profile"), 303)


@blueprint.post("/profile/calendar")
@signed_in
def change_feed_address() -> ResponseReturnValue:
    """Have one's calendar feed at another address."""
    me().change_feed_address(now())
    session().commit()
    flash(_("Your calendar has a new address. Calendars that knew the old one see nothing there any more."))
    return redirect(url_for(".profile", _anchor="calendar"), 303)


@blueprint.post("/profile/addresses/<int:number>/remove")
@signed_in
def remove_address(number: int) -> ResponseReturnValue:
    """Let another address speak for oneself no more."""
    try:
        Alias.one_of(me(), number).remove(me(), now())
    except Refused as refusal:
        flash(said(refusal), "bad")
        return redirect(url_for(".profile"), 303)
    session().commit()
    flash(_("The address is removed. We ask you again before a reply from it counts."))
    return redirect(url_for(".profile"), 303)
