"""What is typed below a mail in the playground travels as a real reply: MIME, a telephone's line, LMTP (RFC 2033)."""

import smtplib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid
from html import escape

from mentorly.blueprints.outbox import shown
from mentorly.config import Listen
from mentorly.mentoring.base import Refused

# What a telephone adds of itself, and how it says whom it quotes.
ADDS = {"en": "Sent from my telephone", "fr": "Envoyé de mon téléphone"}
WROTE = {"en": "On {at}, {sender} wrote:", "fr": "Le {at}, {sender} a écrit :"}
LONGEST = 20_000
PATIENCE = 10


@dataclass(frozen=True)
class Writer:
    """Who replies, from which address, in which language."""

    name: str
    email: str
    language: str


def reply_to(source: bytes, writer: Writer, words: str, now: datetime) -> EmailMessage:
    """A reply as a telephone sends it, with all that it answers below. Raises Refused."""
    answered = message_from_bytes(source, policy=policy.default)
    to = " ".join(str(answered["Reply-To"] or "").split())
    if not words.strip():
        raise Refused("Write something first.")
    if not to:
        raise Refused("This mail takes no replies.")
    wrote = WROTE[writer.language].format(at=f"{now:%Y-%m-%d %H:%M}", sender=f"{answered['From']} <{to}>")
    text, page = shown(source)
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = Address(writer.name, addr_spec=writer.email)
    mail["To"] = to
    mail["Subject"] = f"Re: {' '.join(str(answered['Subject'] or '').split())}"
    mail["Date"] = now
    mail["Message-ID"] = make_msgid(domain="playground.invalid")
    with suppress(KeyError, ValueError):
        mail["In-Reply-To"] = " ".join(str(answered["Message-ID"]).split())
    mail.set_content(_plain(words[:LONGEST], ADDS[writer.language], wrote, text))
    mail.add_alternative(_marked_up(words[:LONGEST], ADDS[writer.language], wrote, page), subtype="html")
    return mail


def _plain(words: str, adds: str, wrote: str, text: str) -> str:
    quoted = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
    return f"{words.strip()}\n\n{adds}\n\n> {wrote}\n> \n{quoted}\n"


def _marked_up(words: str, adds: str, wrote: str, page: str) -> str:
    lines = "".join(f"<div>{escape(line) or '<br>'}</div>" for line in words.strip().splitlines())
    inside = page.partition("<body")[2].partition(">")[2].partition("</body>")[0] or escape(page)
    return (
        f'<html><head></head><body dir="auto">{lines}<br><div dir="ltr">{adds}</div>'
        f'<blockquote type="cite">{escape(wrote)}<br><br></blockquote>'
        f'<blockquote type="cite"><div dir="ltr">{inside}</div></blockquote></body></html>'
    )


def hand_over(listen: Listen, mail: EmailMessage) -> None:
    """Hand a reply to the postbox, as a mail server would. Raises Refused with what the postbox said."""
    try:
        with smtplib.LMTP(listen.host, listen.port, timeout=PATIENCE) as postbox:
            postbox.send_message(mail)
    except smtplib.SMTPRecipientsRefused as refusal:
        (said,) = (said.decode("utf-8", "replace") for _, said in refusal.recipients.values())
        raise Refused("The postbox does not take it: {said}", said=said) from None
    except (smtplib.SMTPException, OSError):
        raise Refused("The postbox cannot be reached just now. Please try again in a moment.") from None
