"""One's account: coming in and going out, passwords, the profile."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import current_user, login_user, logout_user
from wtforms.fields.choices import SelectChoice

from mentorly.blueprints.forms import AskPassword, OwnPassword, Profile, SignIn, asked
from mentorly.blueprints.guard import SignedIn, known, leads_any, local_path, me, signed_in
from mentorly.blueprints.reading import language, said
from mentorly.emails import spoken
from mentorly.emails.feeding import feed_token
from mentorly.emails.matching.quoting import QUOTING
from mentorly.extensions import house, limiter, now, post_office, ring, session, settings
from mentorly.mentoring import passwords
from mentorly.mentoring.aliases import Alias
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.data_requests import DataRequest
from mentorly.mentoring.passwords import PasswordRequest, set_password
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import CALLED, EVERY, Family, Suppression
from mentorly.mentoring.unreached import Unreached

CHOOSING = "choosing"
QUOTES = {True: "yes", False: "no", None: ""}
MINE = replace(QUOTING, required=True)
CANADIAN_ZONES = (
    "America/St_Johns",
    "America/Halifax",
    "America/Toronto",
    "America/Winnipeg",
    "America/Regina",
    "America/Edmonton",
    "America/Vancouver",
    "America/Whitehorse",
)

OF_SIGN_INS = "whose sign-in is tried"

blueprint = Blueprint("account", __name__)


def _typed_address() -> str:
    """Whose sign-in is tried, as a mark: limits are counted, and told in logs, by their keys."""
    return post_office().desk.tokens.mark(OF_SIGN_INS, request.form.get("email", "").strip().lower())


@blueprint.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Ask who it is."""
    if current_user.is_authenticated:
        return redirect(_onward(me()), 303)
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
    return redirect(_onward(person), 303)


def _onward(person: Person) -> str:
    return local_path(request.args.get("next", "")) or ("/console" if leads_any(person) else url_for("home.home"))


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Let the person go."""
    logout_user()
    cookie.clear()
    return redirect(url_for("public.front"), 303)


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
    return redirect(_onward(person), 303)


def _check_present(person: Person, password: str) -> None:
    try:
        passwords.sign_in(session(), person.email, password, now())
    except Refused:
        raise Refused("Your present password is another one.") from None


@blueprint.get("/profile")
@signed_in
def profile() -> ResponseReturnValue:
    """Show what the person may change of themself."""
    return _profile(_form(), QUOTES[me().quotes])


@blueprint.post("/profile")
@signed_in
def keep_profile() -> ResponseReturnValue:
    """Keep what the person says of themself."""
    form, quotes = _form(), request.form.get(MINE.name, "")
    if not form.validate():
        return _profile(form, quotes), 422
    try:
        quoting = {"yes": True, "no": False}.get(quotes)
        post_office().prefer(me(), now(), **_preferred(form), quotes=quoting)
        Suppression.choose(me(), _wanted(), house().register.optional(), me(), now())
    except Refused as refusal:
        session().rollback()
        return _profile(form, quotes, said(refusal)), 422
    session().commit()
    refresh()
    flash(_("Your profile is kept."))
    return redirect(url_for(".profile"), 303)


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


@blueprint.post("/profile/data")
@signed_in
def ask_for_data() -> ResponseReturnValue:
    """Ask for an archive of what is kept about oneself, which goes to one's own address."""
    try:
        asked = DataRequest.ask(me(), me(), now())
    except Refused as refusal:
        session().rollback()
        flash(said(refusal), "bad")
        return redirect(url_for(".profile"), 303)
    AuditEntry.write(session(), Deed.DATA_ASKED_FOR, asked, me(), now(), person=me())
    session().commit()
    ring()
    flash(_("A mail with a link that opens your archive once is on its way to %(address)s.", address=me().email))
    return redirect(url_for(".profile"), 303)


def _feed_address() -> str:
    token = feed_token(post_office().desk.tokens, me())
    return settings().public_url + url_for("feeds.calendar", token=token)


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


def _wanted() -> list[Family]:
    """The families of optional mails that were ticked."""
    return [Family(name) for name in request.form.getlist("optional") if name in EVERY]


def _preferred(form: Profile) -> dict[str, Any]:
    begin, end = form.quiet_from.data, form.quiet_until.data
    if (begin is None) != (end is None):
        raise Refused("Quiet hours need a beginning and an end.")
    return {
        "language": form.language.data,
        "timezone": form.timezone.data,
        "phone": form.phone.data or "",
        "quiet": (begin, end) if begin is not None else None,
        "weekly": form.weekly.data,
    }


def _form() -> Profile:
    form = Profile(obj=me())
    form.timezone.choices = [
        *(SelectChoice(zone, _called(zone), optgroup=_("Canada")) for zone in CANADIAN_ZONES),
        *(SelectChoice(zone, zone.replace("_", " "), optgroup=_("All time zones")) for zone in _zones(me().timezone)),
    ]
    return form


def _called(zone: str) -> str:
    city = zone.partition("/")[2].replace("_", " ").replace("St Johns", "St. John’s")
    return f"{city} ({spoken.zone_name(now().astimezone(ZoneInfo(zone)), language())})"


def _zones(own: str) -> list[str]:
    """The zones named after places, and one's own whatever it is called."""
    places = {zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")}
    return sorted((places | {own}) - set(CANADIAN_ZONES))


def _profile(form: Profile, quotes: str, refusal: str = "") -> str:
    quoting = replace(asked([MINE], {MINE.name: quotes})[0], insists=False)
    stopped = EVERY - set(_wanted()) if request.method == "POST" else Suppression.stopped(me())
    return render_template(
        "account/profile.html",
        form=form,
        quoting=quoting,
        refusal=refusal,
        optional=[
            (family, CALLED[family][language()], family not in stopped) for family in house().register.optional()
        ],
        complained_at=Suppression.complained_at(me()),
        unreached=Unreached.of(me()),
        feed=_feed_address(),
        aliases=Alias.of(me()),
        kept_by={part.program_id: part.program for part in me().participations if part.left_at is None}.values(),
    )
