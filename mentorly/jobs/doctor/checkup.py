"""Every part that the service needs, in the order in which a person would look at them."""

from collections.abc import Iterator

from mentorly.config import Settings
from mentorly.jobs.doctor.dns_asking import Ask
from mentorly.jobs.doctor.finding import Finding, State
from mentorly.jobs.doctor.reaching import (
    mail_server_finding,
    mailbox_findings,
    postbox_finding,
    public_address_finding,
)
from mentorly.jobs.doctor.records import records
from mentorly.jobs.doctor.servers import clock_findings, database_finding, redis_finding


def checkup(settings: Settings, ask: Ask) -> Iterator[Finding]:
    """Look at every part of a service; within an application's context."""
    yield from _settings(settings)
    yield database_finding()
    yield redis_finding(settings)
    yield mail_server_finding(settings)
    yield postbox_finding(settings)
    yield from mailbox_findings(settings)
    yield from clock_findings(settings)
    yield public_address_finding(settings)
    yield from records(settings, ask)


def _settings(settings: Settings) -> Iterator[Finding]:
    yield Finding("settings", State.WELL, "All settings can be read, and they fit together.")
    if settings.embeds_catcher and not settings.is_loopback:
        yield Finding(
            "settings",
            State.WRONG,
            f"Mails are kept in {settings.outbox} and delivered to nobody.",
            "Set MENTORLY_SMTP_URL to a mail server.",
        )
    if not settings.embeds_catcher and not settings.takes_replies:
        yield Finding(
            "settings",
            State.WRONG,
            "Mails go out, and replies to them go to localhost.",
            "Set MENTORLY_REPLY_ADDRESS to a pattern of addresses that arrive here.",
        )
    if not settings.embeds_catcher and settings.mail_domain == "localhost":
        yield Finding("settings", State.WRONG, "The sender of every mail is at localhost.", "Set MENTORLY_MAIL_FROM.")
