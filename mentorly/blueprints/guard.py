"""The guard: who may come in, whose form this is, and what every answer carries."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hmac import compare_digest
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import UserMixin, current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from mentorly.blueprints.reading import by_token, reader
from mentorly.extensions import csrf, login, session, settings
from mentorly.mentoring.people import Person

View = TypeVar("View", bound=Callable[..., Any])

LOOPBACK = {"localhost", "127.0.0.1"}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
WITHOUT_DATABASE = {"static", "public.healthz"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True)
class SignedIn(UserMixin):  # type: ignore[misc]
    """A person who came in. The session ends when the person's `sessions` changes."""

    person: Person

    def get_id(self) -> str:
        """The person's number and the count that a new password raises."""
        return f"{self.person.id}:{self.person.sessions}"


def known(session_id: str) -> SignedIn | None:
    """Who a session belongs to; None when a new password ended it, where no session counts, and when all is broken."""
    if by_token() or g.get("broken"):
        return None
    number, _colon, sessions = session_id.partition(":")
    person = session().get(Person, int(number)) if number.isdecimal() else None
    return SignedIn(person) if person and str(person.sessions) == sessions else None


def me() -> Person:
    """The person who is signed in, on a page that only lets such people in."""
    return cast("Person", current_user.person)


def leads_any(person: Person) -> bool:
    """Whether a person may open the console: administrators and project leads."""
    return person.is_administrator or bool(person.led_organizations())


def signed_in(view: View) -> View:
    """Let in who is signed in; others are led to the sign-in page and back."""
    return _guarded(view, lambda _person: True, "")


def administrator(view: View) -> View:
    """Let in administrators."""
    sentence = lazy_gettext("Only an administrator may open this page.")
    return _guarded(view, lambda person: person.is_administrator, sentence)


def lead_or_administrator(view: View) -> View:
    """Let in project leads and administrators."""
    return _guarded(view, leads_any, lazy_gettext("Only a project lead or an administrator may open this page."))


def _guarded(view: View, may: Callable[[Person], bool], sentence: object) -> View:
    @wraps(view)
    def guarded(*args: object, **values: object) -> object:
        if not current_user.is_authenticated and _holds_words():
            abort(401)
        if not current_user.is_authenticated:
            return redirect(url_for("account.sign_in", next=_here()), 303)
        if not may(me()):
            abort(403, str(sentence))
        return view(*args, **values)

    return cast("View", guarded)


def _holds_words() -> bool:
    """Whether a form holds words, which a page of its own gives back instead of leading away from them."""
    return any(" " in words.strip() for name, words in request.form.items() if name != "csrf_token")


def _here() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" else None


def may_write(view: View) -> View:
    """Let a page write although it is only looked at; others read without holding up anybody's writing."""
    view.may_write = True  # type: ignore[attr-defined]
    return view


def shows(secret: str) -> bool:
    """Whether who asks shows a secret as a bearer token (RFC 6750 2.1), told in constant time."""
    shown = request.authorization
    token = shown.token or "" if shown and shown.type == "bearer" else ""
    return bool(secret) and compare_digest(token.encode(), secret.encode())


def local_path(text: str) -> str:
    """A path of this service, to go on to; '' if the text leads anywhere else."""
    plain = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if plain and not urlsplit(text).netloc else ""


def post(app: Flask) -> None:
    """Post the guard at every page of an application."""
    login.user_loader(known)
    login.session_protection = None
    app.before_request(_check_host)
    app.before_request(_check_form)
    app.before_request(_begin)
    app.after_request(_seal)
    app.context_processor(_who)


def _who() -> dict[str, object]:
    person = None if by_token() else reader()
    opens_console = person is not None and leads_any(person)
    told = {"person": person, "opens_console": opens_console, "playground": settings().playground}
    return {**told, "csrf": csrf_field, "script": script}


def script(name: str) -> Markup:
    """The element of a script of ours; no other page may run any."""
    g.has_script = True
    return Markup('<script src="{}" defer></script>').format(url_for("static", filename=name))


def csrf_field() -> Markup:
    """The hidden field that every form but those behind a token carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _check_host() -> None:
    if settings().playground and urlsplit(request.host_url).hostname not in LOOPBACK:
        abort(403, _("The playground answers at localhost only."))


def _check_form() -> None:
    if request.method in UNSAFE:
        if not _is_from_us(request.headers.get("Origin")):
            abort(403, _("This form did not come from our own page. Please open the page again and try once more."))
        if not by_token():
            csrf.protect()


def _is_from_us(origin: str | None) -> bool:
    """Whether a form came from our page.

    Pages that send no referrer make browsers write null (Fetch, 3.2): then Sec-Fetch-Site tells, or the CSRF token.
    """
    if origin is None:
        return True
    if origin == "null":
        return not by_token() or request.headers.get("Sec-Fetch-Site") == "same-origin"
    here = urlsplit(request.host_url)
    ours = {_origin(settings().public_url)}
    if settings().is_loopback and here.hostname in LOOPBACK:
        ours.add(_origin(request.host_url))
    return _origin(origin) in ours


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}.get(parts.scheme)


def _begin() -> None:
    """A page that is only looked at reads: SQLite's one write lock is for those who write."""
    if request.method not in {"GET", "HEAD"} or request.endpoint in WITHOUT_DATABASE:
        return
    view = current_app.view_functions.get(request.endpoint or "")
    if not getattr(view, "may_write", False):
        session().connection(execution_options={"reads": True})


def _seal(response: Response) -> Response:
    if g.get("has_script"):
        policy = f"{HEADERS['Content-Security-Policy']}; script-src 'self'; connect-src 'self'"
        response.headers.setdefault("Content-Security-Policy", policy)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    if settings().public_url.startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response
