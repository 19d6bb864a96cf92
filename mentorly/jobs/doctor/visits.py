"""The doctor's two visits: to a service, and to a received copy of a mail."""

from collections.abc import Callable

from flask import Flask

from mentorly.config import Misconfigured, Settings
from mentorly.emails.incoming import NotAMail
from mentorly.jobs.doctor.checkup import checkup
from mentorly.jobs.doctor.dns_asking import Ask, Dns
from mentorly.jobs.doctor.finding import Finding, State
from mentorly.jobs.doctor.received_copy import copy_findings
from mentorly.mentoring.base import Refused


def of_all_parts(create_app: Callable[[Settings], Flask], ask: Ask | None = None) -> list[Finding]:
    """Look at the service of this environment. create_app: builds it; raises Misconfigured."""
    try:
        settings = Settings.load()
        app = create_app(settings)
    except Misconfigured as fault:
        return [Finding("settings", State.WRONG, str(fault), "Correct it, and ask again.")]
    with app.app_context():
        return list(checkup(settings, ask or Dns()))


def of_copy(raw: bytes, ask: Ask | None = None) -> list[Finding]:
    """Look at a mail as it was received, with this environment's settings. Raises Refused if it is none."""
    try:
        return copy_findings(raw, ask or Dns(), Settings.load().trusted_authserv)
    except NotAMail as fault:
        raise Refused(str(fault)) from None
