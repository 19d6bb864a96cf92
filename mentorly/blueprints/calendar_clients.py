"""What four calendar programs send, as genuine iMIP mails in the shape of each: answers, and invitations of their own.

For the playground alone. RFC 6047; where a program does otherwise, so does its mail here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.utils import make_msgid
from html import escape
from zoneinfo import ZoneInfo

from mentorly.blueprints.handing_back import Writer
from mentorly.calendars.content_lines import instant, line, local, mailto, parameter, stream, text
from mentorly.calendars.windows_zones import windows_name
from mentorly.calendars.zone_rules import ZoneRule, zone_rule

CLIENTS = {"gmail": "Gmail", "outlook": "Outlook", "apple": "Apple", "thunderbird": "Thunderbird"}
PRODUCTS = {
    "gmail": "-//Google Inc//Google Calendar 70.9054//EN",
    "outlook": "Microsoft Exchange Server 2010",
    "apple": "-//Apple Inc.//macOS 14.5//EN",
    "thunderbird": "-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN",
}
STATES = {"accept": "ACCEPTED", "maybe": "TENTATIVE", "decline": "DECLINED", "counter": "TENTATIVE"}
SAID = {
    "en": {"accept": "Accepted", "maybe": "Tentative", "decline": "Declined", "counter": "New time proposed"},
    "fr": {"accept": "Accepté", "maybe": "Provisoire", "decline": "Refusé", "counter": "Nouvelle heure proposée"},
}
ASKED = {
    "en": {"REQUEST": "Invitation", "CANCEL": "Canceled"},
    "fr": {"REQUEST": "Invitation", "CANCEL": "Annulé"},
}
COLON = {"en": ": ", "fr": "\u00a0: "}
UTC_OF_OUTLOOK = "tzone://Microsoft/Utc"
PART_HEADER = re.compile(rb"^(Content-[A-Za-z-]+):", re.MULTILINE)
CARRIED = policy.SMTP


@dataclass(frozen=True, repr=False)
class Event:
    """An event of somebody's calendar. zone: of whose clocks its times are said; organizer: an address."""

    uid: str
    sequence: int
    start: datetime
    length: timedelta
    zone: str
    summary: str
    organizer: str
    organizer_name: str = ""


def answered(
    client: str, event: Event, by: Writer, said: str, now: datetime, at: datetime | None = None
) -> EmailMessage:
    """The answer of a calendar to an invitation: accept, maybe, decline; or counter, with another time."""
    method = "COUNTER" if at else "REPLY"
    shown = replace(event, start=at or event.start)
    people = [] if client == "outlook" else [_person("ORGANIZER", event.organizer_name, event.organizer)]
    people.append(_person("ATTENDEE", by.name, by.email, CUTYPE="INDIVIDUAL", PARTSTAT=STATES[said]))
    more = _microsoft(event if at else None) if client == "outlook" else ()
    subject = SAID[by.language][said] + COLON[by.language] + event.summary
    calendar = _calendar(client, method, shown, [*people, *more], now)
    return _mail(client, by, event.organizer, subject, calendar, method, now)


def invited(
    client: str, event: Event, by: Writer, to: str, others: Sequence[str], now: datetime, *, is_off: bool = False
) -> EmailMessage:
    """What a calendar sends to an address that its owner invited: the event, its change, or its end."""
    method = "CANCEL" if is_off else "REQUEST"
    asked = {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
    attendees = [_person("ATTENDEE", "", one, **asked) for one in (to, *others)]
    people = [_person("ORGANIZER", by.name, by.email), *attendees]
    subject = ASKED[by.language][method] + COLON[by.language] + event.summary
    calendar = _calendar(client, method, event, people, now)
    return _mail(client, by, to, subject, calendar, method, now)


def _person(name: str, called: str, address: str, **more: str) -> str:
    known = {"CN": parameter(called)} if parameter(called).strip('"') else {}
    return line(name, mailto(address), {**more, **known})


def _microsoft(original: Event | None) -> Iterator[str]:
    yield line("COMMENT", "\\n", {"LANGUAGE": "en-US"})
    if original:
        yield line("X-MS-OLK-ORIGINALSTART", instant(original.start))
        yield line("X-MS-OLK-ORIGINALEND", instant(original.start + original.length))


def _calendar(client: str, method: str, event: Event, people: Iterable[str], now: datetime) -> bytes:
    rule = None if client == "gmail" else zone_rule(event.zone)
    rule = rule if rule and rule.holds(event.start, event.start + event.length) else None
    named = windows_name(event.zone) if client == "outlook" else event.zone
    is_off = method == "CANCEL"
    return stream(
        [
            "BEGIN:VCALENDAR",
            *(line(*one) for one in (("PRODID", PRODUCTS[client]), ("VERSION", "2.0"), ("METHOD", method))),
            *(_zone(rule, named) if rule and named else ()),
            "BEGIN:VEVENT",
            *people,
            line("UID", text(event.uid)),
            line("DTSTAMP", instant(now)),
            *_times(client, event, rule, named),
            line("SUMMARY", text(event.summary)),
            line("SEQUENCE", str(event.sequence)),
            line("STATUS", "CANCELLED" if is_off else "CONFIRMED"),
            "END:VEVENT",
            "END:VCALENDAR",
        ]
    )


def _zone(rule: ZoneRule, named: str) -> Iterator[str]:
    for one in rule.lines:
        yield line("TZID", named) if one.startswith("TZID") else one


def _times(client: str, event: Event, rule: ZoneRule | None, named: str) -> Iterator[str]:
    for name, moment in (("DTSTART", event.start), ("DTEND", event.start + event.length)):
        if rule and named:
            yield line(name, local(moment.astimezone(ZoneInfo(event.zone))), {"TZID": parameter(named)})
        elif client == "outlook":
            yield line(name, instant(moment).removesuffix("Z"), {"TZID": f'"{UTC_OF_OUTLOOK}"'})
        else:
            yield line(name, instant(moment))


def _mail(client: str, by: Writer, to: str, subject: str, calendar: bytes, method: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=CARRIED)
    mail["From"] = Address(by.name, addr_spec=by.email)
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = now
    mail["Message-ID"] = make_msgid(domain="playground.invalid")
    return SHAPES[client](mail, f"{by.name}: {subject}", calendar, method)


def _of_gmail(mail: EmailMessage, words: str, calendar: bytes, method: str) -> EmailMessage:
    shown = calendar.decode()
    mail.set_content(words, cte="base64")
    mail.add_alternative(f"<html><body><p>{escape(words)}</p></body></html>", subtype="html", cte="quoted-printable")
    plain = "7bit" if shown.isascii() else "base64"
    mail.add_alternative(shown, subtype="calendar", params={"method": method}, cte=plain)
    mail.add_attachment(calendar, maintype="application", subtype="ics", filename="invite.ics")
    return mail


def _of_outlook(mail: EmailMessage, words: str, calendar: bytes, method: str) -> EmailMessage:
    del words
    mail.set_content("\n", cte="quoted-printable")
    mail.add_alternative("<html><head></head><body></body></html>", subtype="html", cte="quoted-printable")
    mail.add_alternative(calendar.decode(), subtype="calendar", params={"method": method}, cte="base64")
    return mail


def _of_apple(mail: EmailMessage, words: str, calendar: bytes, method: str) -> EmailMessage:
    """The calendar is a file, and nothing beside it says its method."""
    del method
    page, file, inside = (MIMEPart(policy=CARRIED) for _ in range(3))
    page.set_content(f"<html><body>{escape(words)}</body></html>", subtype="html")
    file.set_content(
        calendar, maintype="text", subtype="calendar", cte="quoted-printable", disposition="attachment",
        filename="iCal.ics",
    )  # fmt: skip
    inside.make_mixed()
    inside.attach(page)
    inside.attach(file)
    mail.set_content(words)
    mail.make_alternative()
    mail.attach(inside)  # type: ignore[arg-type]
    return mail


def _of_thunderbird(mail: EmailMessage, words: str, calendar: bytes, method: str) -> EmailMessage:
    """The headers of its parts are in lower case."""
    mail.set_content(words)
    mail.add_alternative(calendar.decode(), subtype="calendar", params={"method": method}, cte="8bit")
    mail.add_attachment(calendar, maintype="application", subtype="ics", filename="invite.ics")
    lowered = PART_HEADER.sub(lambda found: found[0].lower(), mail.as_bytes())
    return message_from_bytes(lowered, policy=CARRIED)


SHAPES = {"gmail": _of_gmail, "outlook": _of_outlook, "apple": _of_apple, "thunderbird": _of_thunderbird}
