"""What a program shares, opened by a token alone: GET shows, POST counts and gives it (rules B1 and B2, product 7)."""

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from mentorly.blueprints.reading import said
from mentorly.emails.enclosing import DOCUMENT
from mentorly.extensions import limiter, post_office, session
from mentorly.mentoring.base import Refused
from mentorly.mentoring.documents import Document, Edition

NO_DOCUMENT = _("There is no document at this address. It may be torn: try the link in the mail once more.")
# A link is followed after a form was sent, and browsers hold the whole way to what the form may lead to.
LEADS_ELSEWHERE = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' https:; frame-ancestors 'none'; "
    "base-uri 'none'"
)

blueprint = Blueprint("documents", __name__, url_prefix="/documents/<token>")


@blueprint.get("")
def show(token: str) -> ResponseReturnValue:
    """Say what it is, and in which languages there is one. A scanner that looks at the link is not counted."""
    return _page(token, _opened(token))


@blueprint.post("")
@limiter.limit("60/minute")
def open_it(token: str) -> ResponseReturnValue:
    """Count the opening, and give the file or lead to the page elsewhere."""
    document = _opened(token)
    try:
        edition = document.open(request.form.get("language", ""))
    except Refused as refusal:
        return _page(token, document, said(refusal), 410)
    session().commit()
    return redirect(edition.link, 303) if edition.link else as_file(edition)


def as_file(edition: Edition) -> Response:
    """A file to be saved, never shown by the browser as a page of ours (rules B8)."""
    answer = make_response(edition.content or b"")
    answer.content_type = edition.media_type + ("; charset=utf-8" if edition.media_type.startswith("text/") else "")
    answer.headers["Content-Disposition"] = f'attachment; filename="{edition.file_name}"'
    return answer


def _opened(token: str) -> Document:
    tokens = post_office().desk.tokens
    number = tokens.number(token) if tokens.proves(token, DOCUMENT) else None
    document = session().get(Document, number) if number is not None else None
    if document is None:
        abort(404, str(NO_DOCUMENT))
    return document


def _page(token: str, document: Document, refusal: str = "", status: int = 200) -> Response:
    shared = render_template("documents/document.html", token=token, one=document, refusal=refusal)
    page = make_response(shared, status)
    if document.is_link:
        page.headers["Content-Security-Policy"] = LEADS_ELSEWHERE
    return page
