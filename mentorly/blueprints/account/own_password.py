"""Passwords: asking for a new one, and setting an own one."""

from flask import flash, redirect, render_template, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import current_user, login_user

from mentorly.blueprints.account.room import CHOOSING, blueprint, onward
from mentorly.blueprints.forms import AskPassword, OwnPassword
from mentorly.blueprints.guard import SignedIn, known, me
from mentorly.blueprints.reading import said
from mentorly.extensions import limiter, now, ring, session
from mentorly.mentoring import passwords
from mentorly.mentoring.base import Refused
from mentorly.mentoring.passwords import PasswordRequest, set_password
from mentorly.mentoring.people import Person


@blueprint.get("/password")
def password() -> ResponseReturnValue:
    """Ask for whom a new password is wanted."""
    return render_template("account/password.html", form=AskPassword(), asked=False)


@blueprint.post("/password")
@limiter.limit("5/minute")
def ask_password() -> ResponseReturnValue:
    """Say and do the same, whether the address is known or not (rules B8)."""
    form = AskPassword()
    if not form.validate():
        return render_template("account/password.html", form=form, asked=False), 422
    PasswordRequest.ask(session(), form.email.data, now())
    session().commit()
    ring()
    return render_template("account/password.html", form=form, asked=True)


def _chooser() -> Person | None:
    """Who may set a password: who is signed in, or who came with the temporary one, while it works."""
    if current_user.is_authenticated:
        return me()
    came = known(str(cookie.get(CHOOSING, "")))
    return came.person if came and came.person.has_temporary_password(now()) else None


@blueprint.get("/password/own")
def own_password() -> ResponseReturnValue:
    """Ask for an own password."""
    if _chooser() is None:
        return redirect(url_for(".sign_in"), 303)
    return render_template("account/own_password.html", form=OwnPassword(), refusal="")


@blueprint.post("/password/own")
@limiter.limit("5/minute")
def set_own_password() -> ResponseReturnValue:
    """Set the own password; every other session ends."""
    person, form = _chooser(), OwnPassword()
    if person is None:
        return redirect(url_for(".sign_in"), 303)
    if not form.validate():
        return render_template("account/own_password.html", form=form, refusal=""), 422
    try:
        if current_user.is_authenticated:
            _check_present(person, form.present.data or "")
        set_password(person, form.password.data, now())
    except Refused as refusal:
        session().rollback()
        return render_template("account/own_password.html", form=form, refusal=said(refusal)), 422
    session().commit()
    ring()
    cookie.clear()
    login_user(SignedIn(person))
    refresh()
    flash(_("Your password is set. It has signed you out everywhere else."))
    return redirect(onward(person), 303)


def _check_present(person: Person, password: str) -> None:
    try:
        passwords.sign_in(session(), person.email, password, now())
    except Refused:
        raise Refused("Your present password is another one.") from None
