"""Coming in and going out."""

from flask import redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from mentorly.blueprints.account.room import CHOOSING, blueprint, onward
from mentorly.blueprints.forms import SignIn
from mentorly.blueprints.guard import SignedIn, me
from mentorly.blueprints.reading import said
from mentorly.extensions import limiter, now, post_office, session
from mentorly.mentoring import passwords
from mentorly.mentoring.base import Refused

OF_SIGN_INS = "whose sign-in is tried"


def _typed_address() -> str:
    """Whose sign-in is tried, as a mark: limits are counted, and told in logs, by their keys."""
    return post_office().desk.tokens.mark(OF_SIGN_INS, request.form.get("email", "").strip().lower())


@blueprint.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Ask who it is."""
    if current_user.is_authenticated:
        return redirect(onward(me()), 303)
    return render_template("account/sign_in.html", form=SignIn(), refusal="")


@blueprint.post("/sign-in")
@limiter.limit("10/minute")
@limiter.limit("20/hour", key_func=_typed_address)
def come_in() -> ResponseReturnValue:
    """Let in who knows the password; the temporary one only leads to choosing an own one."""
    form = SignIn()
    if not form.validate():
        return render_template("account/sign_in.html", form=form, refusal=""), 422
    try:
        person, temporary = passwords.sign_in(session(), form.email.data, form.password.data, now())
    except Refused as refusal:
        return render_template("account/sign_in.html", form=form, refusal=said(refusal)), 422
    session().commit()
    cookie.clear()
    if temporary:
        cookie[CHOOSING] = SignedIn(person).get_id()
        return redirect(url_for(".own_password"), 303)
    login_user(SignedIn(person))
    return redirect(onward(person), 303)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Let the person go."""
    logout_user()
    cookie.clear()
    return redirect(url_for("public.front"), 303)
