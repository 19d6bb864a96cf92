"""Mail that a program posts: the raw message, and whom it is for. Authority is the shared secret (rules B2)."""

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import RequestEntityTooLarge

from mentorly.blueprints.guard import shows
from mentorly.emails.incoming import NotAMail
from mentorly.emails.letterbox import LARGEST_MESSAGE, NoSuchAddress
from mentorly.extensions import DatabaseFault, ask_inbox, keep_mail, limiter, settings

TO, FROM = "X-Envelope-To", "X-Envelope-From"
SOON = {"Retry-After": "60"}

blueprint = Blueprint("inbound", __name__)


def _guesses_nothing() -> bool:
    secret = settings().inbound_secret
    return not secret or shows(secret)


@blueprint.post("/inbound")
@limiter.limit("10/minute;50/day", exempt_when=_guesses_nothing)
def inbound() -> Response:
    """Keep a posted message. Recipients: `?to=`, the header X-Envelope-To, or as the message's own headers say."""
    if not settings().inbound_secret:
        abort(404)
    if not shows(settings().inbound_secret):
        return _said(401, "The secret is missing or wrong.", {"WWW-Authenticate": "Bearer"})
    try:
        kept = keep_mail(request.get_data(cache=False), _recipients(), _sender(), "web")
    except RequestEntityTooLarge:
        return _said(413, f"The message is larger than {LARGEST_MESSAGE} bytes.")
    except NotAMail as fault:
        return _said(422, str(fault))
    except NoSuchAddress as refusal:
        return _said(404, str(refusal))
    except DatabaseFault:
        return _said(503, "The message cannot be kept just now; please post it again later.", SOON)
    ask_inbox()
    return _said(200, "The message is kept." if kept else "The message was kept before.")


def _recipients() -> list[str]:
    told = request.args.getlist("to") or request.headers.get(TO, "").split(",")
    return [address.strip() for address in told if address.strip()]


def _sender() -> str | None:
    """The envelope's sender; '' for the null path, None if nobody told it."""
    return request.args.get("from", request.headers.get(FROM))


def _said(code: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    return Response(sentence + "\n", code, headers, mimetype="text/plain")
