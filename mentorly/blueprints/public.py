"""What everybody may open: the first page, whether the service is alive, and what a page says of a fault."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from flask import Blueprint, Flask, Response, g, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import HTTPException

from mentorly.blueprints.filling import VERSION, words_typed
from mentorly.blueprints.reading import said
from mentorly.emails.answering import Expired, NotOurs
from mentorly.emails.arrivals import Arrivals
from mentorly.emails.carrying import Came
from mentorly.emails.post_state import Queue
from mentorly.emails.standing import Standing
from mentorly.extensions import fault_without_words, house, now, post_office, session, settings

Found = TypeVar("Found")

# Where abort() is given a sentence for the person; a library's own words are for developers.
OURS = {403, 404, 409}

blueprint = Blueprint("public", __name__)
journal = structlog.get_logger()

FAULTS = {
    400: (
        _("This form did not come through"),
        _("It was open for too long, or your browser keeps no cookies. Please open the page again and try once more."),
    ),
    401: (
        _("You are signed out"),
        _("You were away for a long time, or have signed out elsewhere. Please sign in, and open the page again."),
    ),
    403: (_("This page is not for you"), _("If you think it should be, write to who runs your mentoring program.")),
    404: (_("There is nothing here"), _("The address may be torn, or what was here is gone.")),
    405: (_("This cannot be done here"), _("Please go back, and open the page again.")),
    409: (_("This is not possible"), _("Something has happened since. Please open the page again.")),
    410: (_("This link has had its time"), _("Please write to us if you still need it.")),
    413: (_("This is too much at once"), _("Please send something smaller.")),
    429: (
        _("That was a little quick"),
        _("To keep accounts safe we count tries. Please wait a few minutes, and try again."),
    ),
}
BROKEN = (
    _("Something broke on our side"),
    _("It was not your doing, and we have a note of it. Nothing that you just did was kept; please try again later."),
)
OTHER = (_("This did not work"), _("Please go back, and open the page again."))


@blueprint.get("/")
def front() -> ResponseReturnValue:
    """Say what this is; a playground opens on its mailboxes."""
    return redirect("/playground") if settings().playground else render_template("public/front.html")


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Say that the web server is alive."""
    return Response("ok", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Say whether the database and the queue answer, whether mails are sent, and how long the oldest one waits."""
    moment = now()
    waited = _asked("database", lambda: Queue.read(session(), moment).oldest(moment).total_seconds())
    queue = _asked("redis", lambda: bool(house().queue.connection.ping()))
    post = _asked("post", lambda: Standing.of(session())) if waited is not None else None
    arrivals = _asked("received", lambda: Arrivals.read(session())) if waited is not None else None
    ready = waited is not None and queue is not None and post is not None and not post.is_alarming(moment)
    parts = {"database": waited is not None, "redis": queue is not None, "post": _told(post) if post else None}
    came_in = {"waiting": arrivals.waiting, "failed": arrivals.failed} if arrivals else None
    told = {"ready": ready, **parts, "oldest_waiting_seconds": waited, "received": came_in}
    return jsonify(told), 200 if ready else 503


def _told(post: Standing) -> dict[str, object]:
    if post.stopped_since is None:
        return {"stopped": False}
    by = "refused us" if post.stopped_by == Came.OURS else "cannot be reached"
    return {"stopped": True, "since": post.stopped_since.isoformat(), "by": by}


def _asked(part: str, question: Callable[[], Found]) -> Found | None:
    try:
        return question()
    except Exception as fault:  # noqa: BLE001 - whatever keeps a part from answering, the service is not ready
        journal.warning("not ready", part=part, fault=type(fault).__name__)
        return None


def receive_faults(app: Flask) -> None:
    """End every fault with a page that says a sentence; the journal gets the route and the kind of fault alone."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _broken)


def _refused(error: HTTPException) -> ResponseReturnValue | HTTPException:
    code = error.code or 500
    if code < 400:
        return error
    ours = code in OURS and error.description != type(error).description
    page = make_response(fault_page(code, error.description or "" if ours else "", _to_copy(code)))
    page.headers.extend([(name, value) for name, value in error.get_headers() if name in {"Allow", "Retry-After"}])
    return page


def _broken(error: Exception) -> ResponseReturnValue:
    g.broken = True
    journal.error("page failed", route=str(request.url_rule), **fault_without_words(error))
    return fault_page(500, typed=_to_copy(500))


def fault_page(code: int, sentence: str = "", typed: Sequence[str] = ()) -> tuple[str, int]:
    """A page that says what is wrong, and what to do.

    sentence: what is known of it beyond the code. typed: words that nobody took, to be copied.
    """
    heading, usual = _words(code)
    told = {"code": code, "heading": heading, "sentence": sentence or usual, "typed": typed}
    return render_template("public/fault.html", **told), code


def tells_faults(blueprint: Blueprint) -> None:
    """Have a blueprint, whose pages a token opens, say what is wrong with a token: 404 if it is not ours, else 410."""

    @blueprint.errorhandler(NotOurs)
    def not_ours(refusal: NotOurs) -> ResponseReturnValue:
        gone = post_office().why_gone(str((request.view_args or {}).get("token", "")))
        if gone:
            g.reader, why = gone
            return fault_page(410, said(why))
        return fault_page(404, said(refusal), _to_copy(404))

    @blueprint.errorhandler(Expired)
    def expired(refusal: Expired) -> ResponseReturnValue:
        return fault_page(410, said(refusal), _to_copy(410))


def _to_copy(code: int) -> list[str]:
    """What was typed into a form that was not taken: its words are not lost.

    Nothing of a form that has a password in it, nor of one that came from elsewhere (403) or is too large to be read.
    """
    if request.method != "POST" or code in {403, 413}:
        return []
    typed = words_typed()
    if any("password" in name for name in typed):
        return []
    is_long = VERSION in request.form
    return [words for words in typed.values() if words.strip() and (is_long or " " in words.strip())]


def _words(code: int) -> tuple[str, str]:
    if code in FAULTS:
        return FAULTS[code]
    return BROKEN if code >= 500 else OTHER
