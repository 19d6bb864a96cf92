"""Asking to be erased: one's own profile sends a mail, whose button does it."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.reading import said
from mentorly.extensions import limiter, now, ring, session
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.erasure_requests import ErasureRequest

blueprint = Blueprint("erasing", __name__)


@blueprint.post("/profile/erase")
@limiter.limit("5/minute")
@signed_in
def ask() -> ResponseReturnValue:
    """Send the mail whose button erases what is held about who asks."""
    try:
        asked = ErasureRequest.ask(me(), now())
    except Refused as refusal:
        session().rollback()
        flash(said(refusal), "bad")
        return redirect(url_for("account.profile"), 303)
    AuditEntry.write(session(), Deed.ERASURE_ASKED_FOR, asked, me(), now(), person=me())
    session().commit()
    ring()
    flash(_("A mail is on its way to you. Its button erases what we hold about you; it works for 24 hours."))
    return redirect(url_for("account.profile"), 303)
