"""The playground: everybody's mailbox (rules A12, B5). For development only."""

from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import login_user
from werkzeug.wrappers import Response

from mentorly.blueprints.calendar_cards import card_of, memberships, own_events
from mentorly.blueprints.calendar_clients import CLIENTS
from mentorly.blueprints.guard import SignedIn, leads_any
from mentorly.blueprints.handing_back import Writer, hand_over, reply_to
from mentorly.blueprints.outbox import Kept, Outbox, files_of, outbox_of, shown
from mentorly.blueprints.reading import language, said
from mentorly.emails import spoken
from mentorly.extensions import now, session, settings
from mentorly.mentoring import playground_sights, sights
from mentorly.mentoring.base import Refused
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.people import Person

HOSTS = {"localhost", "127.0.0.1"}
BOXES_SHOWN = 120
LONGEST_NUMBER = 9
CAME_SHOWN = 6
BOXES_REMEMBERED = 80
VIEWS = ("html", "text", "source")
SOURCE_SHOWN = 40_000
LETTER_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; "
        "sandbox allow-top-navigation-by-user-activation"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
blueprint = Blueprint("playground", __name__, url_prefix="/playground")


@dataclass(frozen=True)
class Box:
    """Somebody's mailbox. count: mails in it; new: those that came since it was last opened in this browser."""

    person: Person
    count: int
    new: int

    @property
    def roles(self) -> set[str]:
        """What the person is in any program."""
        return {part.role for part in self.person.participations if part.left_at is None}


@blueprint.before_request
def _only_here() -> None:
    if not settings().playground or request.host.partition(":")[0] not in HOSTS:
        abort(404)


@blueprint.get("")
def playground() -> str:
    """Show the clock, what it brought, and everybody's mailbox."""
    moment, mails, sought = now(), outbox(), request.args.get("q", "").strip()[:80]
    leaf = Leaf.read(session(), playground_sights.everybody(sought), number_asked("page") or 1, BOXES_SHOWN)
    since = number_asked("since")
    came = Leaf.cut(mails.since(since) if since is not None else [], 1, CAME_SHOWN)
    return render_template(
        "playground/playground.html",
        clock=moment,
        leaf=leaf,
        groups=_by_organization(leaf, mails),
        came=came,
        readers=playground_sights.of_addresses(session(), [mail.recipient for mail in came.rows]),
        waiting=playground_sights.first_asked(session(), moment, lapsed=False),
        lapsed=playground_sights.first_asked(session(), moment, lapsed=True),
        administrators=sights.administrators(session()),
        sought=sought,
    )


@blueprint.get("/people/<int:number>")
def mailbox(number: int) -> str:
    """Show one mailbox, newest first, and remember that it was opened."""
    return mailbox_page(number)


def mailbox_page(number: int, refusal: str = "") -> str:
    """One mailbox, and the calendar of its owner. refusal: of the event that could not be sent."""
    person = known_person(number)
    mails = outbox().to(person.email)
    seen = {**cookie.get("seen", {}), str(number): mails[0].number if mails else 0}
    cookie["seen"] = dict(list(seen.items())[-BOXES_REMEMBERED:])
    leaf = Leaf.cut(mails, number_asked("page") or 1)
    return render_template(
        "playground/mailbox.html",
        one=person,
        leaf=leaf,
        clock=now(),
        memberships=memberships(person),
        events=[(one, spoken.at_time(one.starts_at, language(), person.timezone)) for one in own_events(person)],
        clients=CLIENTS,
        zone=_zone_of(person),
        refusal=refusal,
        typed=request.form,
    )


def _zone_of(person: Person | None) -> str:
    zone = person.timezone if person else "UTC"
    return spoken.zone_name(now().astimezone(ZoneInfo(zone)), language())


@blueprint.get("/mails/<int:number>")
def mail(number: int) -> str:
    """Show one mail as its reader would see it."""
    return mail_page(number)


@blueprint.post("/mails/<int:number>/reply")
def reply(number: int) -> Response | tuple[str, int]:
    """Answer a mail as its reader: what was typed travels as a mail, by the postbox."""
    kept, words = kept_mail(number), request.form.get("words", "")
    reader = playground_sights.of_addresses(session(), [kept.recipient]).get(kept.recipient) or abort(404)
    writer = Writer(reader.name, reader.email, reader.language)
    session().rollback()  # SQLite has one write lock, which the postbox needs
    try:
        hand_over(settings().lmtp_listen, reply_to(outbox().source(number), writer, words, now()))
    except Refused as refusal:
        return mail_page(number, words, said(refusal)), 409
    flash(_("The reply is on its way. An answer comes to this mailbox; what it causes for others waits five minutes."))
    return redirect(url_for(".mailbox", number=reader.id), 303)


def mail_page(number: int, typed: str = "", refusal: str = "") -> str:
    """One mail with a form for a reply. typed, refusal: of the reply that could not be handed over."""
    kept = kept_mail(number)
    view = request.args.get("view", "")
    source = outbox().source(number)
    one = playground_sights.of_addresses(session(), [kept.recipient]).get(kept.recipient)
    return render_template(
        "playground/mail.html",
        mail=kept,
        one=one,
        card=card_of(source, one),
        clients=CLIENTS,
        zone=_zone_of(one),
        chosen=request.form,
        text=shown(source)[0] if view == "text" else "",
        source=source[:SOURCE_SHOWN].decode("utf-8", "replace").replace("\r\n", "\n") if view == "source" else "",
        view=view if view in VIEWS else VIEWS[0],
        files=[name for name, _media_type, _content in files_of(source)],
        clock=now(),
        typed=typed,
        refusal=refusal,
    )


@blueprint.get("/mails/<int:number>/files/<int:place>")
def attached(number: int, place: int) -> Response:
    """Hand out a file that came with a mail."""
    files = files_of(outbox().source(kept_mail(number).number))
    if place >= len(files):
        abort(404)
    name, media_type, content = files[place]
    answer = make_response(content)
    answer.headers["Content-Type"] = media_type
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@blueprint.get("/mails/<int:number>/letter")
def letter(number: int) -> Response:
    """The HTML part alone, for the frame it is shown in."""
    answer = make_response(shown(outbox().source(kept_mail(number).number))[1])
    answer.headers.update(LETTER_HEADERS)
    return answer


@blueprint.post("/people/<int:number>/sign-in")
def sign_in_as(number: int) -> Response:
    """Sign in as somebody."""
    person = known_person(number)
    login_user(SignedIn(person))
    refresh()
    flash(_("You are %(name)s now.", name=person.name))
    return redirect(url_for("console.overview" if leads_any(person) else "home.home"), 303)


def _by_organization(leaf: Leaf[Person], outbox: Outbox) -> list[tuple[str, list[Box]]]:
    numbers, seen = outbox.numbers(), cookie.get("seen", {})

    def box(person: Person) -> Box:
        own = numbers.get(person.email, ())
        return Box(person, len(own), sum(number > seen.get(str(person.id), 0) for number in own))

    groups = groupby(leaf.rows, lambda person: person.organization.name if person.organization else "")
    return [(name, [box(person) for person in people]) for name, people in groups]


def outbox() -> Outbox:
    """The mails that were caught."""
    return outbox_of(settings().outbox)


def number_asked(name: str) -> int | None:
    """The number of this name in the address; None if there is none."""
    text = request.args.get(name, "")
    return int(text) if len(text) <= LONGEST_NUMBER and text.isdecimal() else None


def known_person(number: int) -> Person:
    """Somebody by their number; a page that says "not here" if there is nobody."""
    known = session().get(Person, number) if len(str(number)) <= LONGEST_NUMBER else None
    return known or abort(404)


def kept_mail(number: int) -> Kept:
    """A mail by its number; a page that says "not here" if there is none."""
    return outbox().find(number) or abort(404)
