"""The profile: what a person says of themself, and asking for what is kept about them."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh
from wtforms.fields.choices import SelectChoice

from mentorly.blueprints.account.room import blueprint
from mentorly.blueprints.forms import Profile, asked
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.reading import language, said
from mentorly.emails import spoken
from mentorly.emails.feeding import feed_token
from mentorly.emails.matching.quoting import QUOTING
from mentorly.extensions import house, now, post_office, ring, session, settings
from mentorly.mentoring.aliases import Alias
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.data_requests import DataRequest
from mentorly.mentoring.suppressions import CALLED, EVERY, Family, Suppression
from mentorly.mentoring.unreached import Unreached

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


@blueprint.post("/profile/data")
@signed_in
def ask_for_data() -> ResponseReturnValue:
    """Ask for an archive of what is kept about oneself, which goes to one's own address."""
    try:
        asked_for = DataRequest.ask(me(), me(), now())
    except Refused as refusal:
        session().rollback()
        flash(said(refusal), "bad")
        return redirect(url_for(".profile"), 303)
    AuditEntry.write(session(), Deed.DATA_ASKED_FOR, asked_for, me(), now(), person=me())
    session().commit()
    ring()
    flash(_("A mail with a link that opens your archive once is on its way to %(address)s.", address=me().email))
    return redirect(url_for(".profile"), 303)


def _feed_address() -> str:
    token = feed_token(post_office().desk.tokens, me())
    return settings().public_url + url_for("feeds.calendar", token=token)


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
