"""The command that a mail server pipes mail into."""

import sys

import click

from mentorly.app import create_app
from mentorly.cli.room import stop
from mentorly.emails.incoming import NotAMail
from mentorly.emails.letterbox import LARGEST_MESSAGE, NoSuchAddress
from mentorly.jobs import inbox

# What mail servers expect of a program that mails are piped into (sysexits.h).
NO_MAIL, NO_SUCH_ADDRESS, TRY_LATER = 65, 67, 75


@click.command("receive")
@click.option("--to", "recipients", multiple=True, metavar="ADDRESS", help="Whom it is for.")
@click.option("--from", "sender", metavar="ADDRESS", help="Who sent it, as the mail server says.")
def receive_command(recipients: tuple[str, ...], sender: str | None) -> None:
    """Take in one mail from standard input; by default for whom its first Delivered-To or X-Original-To names.

    Example: mentorly receive --to reply+mfrggzdf@example.org < message.eml
    """
    try:
        _receive(recipients, sender)
    except NotAMail as fault:
        stop(str(fault), NO_MAIL)
    except NoSuchAddress as refusal:
        stop(str(refusal), NO_SUCH_ADDRESS)
    except Exception as fault:  # noqa: BLE001 - whatever kept it from being kept, the mail server is to try again
        stop(f"The mail was not kept, so that it can be tried again ({type(fault).__name__}).", TRY_LATER)


def _receive(recipients: tuple[str, ...], sender: str | None) -> None:
    raw = sys.stdin.buffer.read(LARGEST_MESSAGE + 1)
    if len(raw) > LARGEST_MESSAGE:
        raise NotAMail(f"This is larger than the {LARGEST_MESSAGE} bytes that a mail may have.")
    with create_app().app_context():
        inbox.receive(raw, recipients, sender, "pipe")
