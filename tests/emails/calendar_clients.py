"""People's calendars: how each program answers an invitation, and invites an address of ours to an event of its own."""

from base64 import encodebytes
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from quopri import encodestring

from mentorly.calendars.content_lines import stream
from mentorly.calendars.received_lines import Line, calendar_of

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Asked:
    """What an invitation of ours asks, as a calendar keeps it."""

    uid: str
    organizer: str
    attendee: str
    sequence: int
    start: str
    end: str

    @classmethod
    def by(cls, mail: EmailMessage) -> "Asked":
        """Read the calendar in a mail of ours."""
        (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
        (event,) = calendar_of(part.get_payload(decode=True)).within("VEVENT")  # type: ignore[arg-type]
        organizer, attendee = (event.text(name).removeprefix("mailto:") for name in ("ORGANIZER", "ATTENDEE"))
        times = [event.first(name) for name in ("DTSTART", "DTEND")]
        start, end = (f"{zone_of(line)}:{line.value}" for line in times if line)
        return cls(event.text("UID"), organizer, attendee, int(event.text("SEQUENCE")), start, end)


def zone_of(line: Line) -> str:
    """The parameter that names the zone of a time."""
    zone = line.parameters.get("TZID")
    return f";TZID={zone}" if zone else ""


@dataclass(frozen=True)
class Said:
    """What a person chooses in their calendar. partstat: ''  to name nobody. counter: when they would rather meet."""

    partstat: str
    stamp: datetime
    sender: str
    comment: str = ""
    counter: datetime | None = None
    method: str = "REPLY"
    sequence: int | None = None
    uid: str = ""
    head: str = ""


def utc(moment: datetime) -> str:
    """An instant as calendars write it."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def calendar(lines: list[str]) -> bytes:
    """Lines as a calendar, folded."""
    return stream(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"])


def event(asked: Asked, said: Said, attendee: str, *further: str) -> list[str]:
    """The lines of an answer that all programs have in common."""
    sequence = asked.sequence if said.sequence is None else said.sequence
    return [
        "BEGIN:VEVENT", f"UID:{said.uid or asked.uid}", f"DTSTAMP:{utc(said.stamp)}", f"SEQUENCE:{sequence}",
        *([attendee] if said.partstat else []), *further, "END:VEVENT",
    ]  # fmt: skip


def _times(asked: Asked, said: Said) -> list[str]:
    if said.counter:
        return [f"DTSTART:{utc(said.counter)}", f"DTEND:{utc(said.counter + HOUR)}"]
    return [f"DTSTART{asked.start}", f"DTEND{asked.end}"]


def _mail(said: Said, to: str, kind: str, boundary: str, body: str) -> bytes:
    stamp = f"{said.stamp:%Y%m%d%H%M%S}"
    head = (
        f"{said.head}From: <{said.sender}>\r\nTo: <{to}>\r\nSubject: An answer that says nothing\r\n"
        f"Message-ID: <{boundary}-{stamp}-{said.partstat.lower()}@calendar.example.net>\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
    )
    return (head + body).encode()


def _base64(data: bytes) -> str:
    return encodebytes(data).decode().replace("\n", "\r\n")


def google(asked: Asked, said: Said) -> bytes:
    """Times in UTC, the organizer named, a note beside the attendee, the same calendar twice."""
    note = f';X-RESPONSE-COMMENT="{said.comment}"' if said.comment else ""
    attendee = (
        f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={said.partstat};CN={asked.attendee}"
        f";X-NUM-GUESTS=0{note}:mailto:{asked.attendee}"
    )
    data = calendar(
        ["PRODID:-//Google Inc//Google Calendar 70.9054//EN", "VERSION:2.0", "CALSCALE:GREGORIAN",
         f"METHOD:{said.method}",
         *event(asked, said, attendee, *_times(asked, said), f"ORGANIZER;CN=Mentoring:mailto:{asked.organizer}",
                "STATUS:CONFIRMED", "SUMMARY:Mentoring meeting", "TRANSP:OPAQUE")]
    )  # fmt: skip
    return _mail(
        said, asked.organizer, "mixed", "outer",
        "--outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n--inner\r\nContent-Type: text/plain\r\n"
        "\r\nAn answer.\r\n--inner\r\nContent-Type: text/html\r\n\r\n<p>An answer.</p>\r\n--inner\r\n"
        f'Content-Type: text/calendar; charset="UTF-8"; method={said.method}\r\nContent-Transfer-Encoding: 7bit\r\n\r\n'
        f'{data.decode()}\r\n--inner--\r\n--outer\r\nContent-Type: application/ics; name="invite.ics"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{_base64(data)}\r\n--outer--\r\n",
    )  # fmt: skip


def outlook(asked: Asked, said: Said) -> bytes:
    """No organizer, a zone of its own naming, the subject in the writer's language, the calendar encoded."""
    if said.counter:
        times = [*_times(asked, said), f"X-MS-OLK-ORIGINALSTART{asked.start}", f"X-MS-OLK-ORIGINALEND{asked.end}"]
    else:
        times = [f"DTSTART;TZID=Eastern Standard Time:{asked.start.rpartition(':')[2].rstrip('Z')}"]
    attendee = f"ATTENDEE;PARTSTAT={said.partstat};CN=Somebody:MAILTO:{asked.attendee.upper()}"
    zone = [
        "BEGIN:VTIMEZONE", "TZID:Eastern Standard Time", "BEGIN:STANDARD", "DTSTART:16010101T020000",
        "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500", "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11", "END:STANDARD",
        "BEGIN:DAYLIGHT", "DTSTART:16010101T020000", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0400",
        "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SU;BYMONTH=3", "END:DAYLIGHT", "END:VTIMEZONE",
    ]  # fmt: skip
    data = calendar(
        [f"METHOD:{said.method}", "PRODID:Microsoft Exchange Server 2010", "VERSION:2.0", *zone,
         *event(asked, said, attendee, *times, f"COMMENT;LANGUAGE=fr-CA:{said.comment or chr(92) + 'n'}",
                "SUMMARY;LANGUAGE=fr-CA:Accepté : Mentoring meeting", "CLASS:PUBLIC",
                "X-MICROSOFT-CDO-APPT-SEQUENCE:0")]
    )  # fmt: skip
    return _mail(
        said, asked.organizer, "alternative", "_000_",
        "--_000_\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\r\n--_000_\r\nContent-Type: text/html\r\n\r\n"
        f'<html></html>\r\n--_000_\r\nContent-Type: text/calendar; charset="utf-8"; method={said.method}\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{_base64(data)}\r\n--_000_--\r\n",
    )  # fmt: skip


def apple(asked: Asked, said: Said) -> bytes:
    """The calendar as an attachment within the other version of the text, without saying its method."""
    attendee = f'ATTENDEE;CN="Somebody";PARTSTAT={said.partstat}:mailto:{asked.attendee}'
    data = calendar(
        ["VERSION:2.0", "PRODID:-//Apple Inc.//macOS 14.4//EN", f"METHOD:{said.method}", "CALSCALE:GREGORIAN",
         *event(asked, said, attendee, *_times(asked, said), f"ORGANIZER:mailto:{asked.organizer}",
                *([f"COMMENT:{said.comment}"] if said.comment else []))]
    )  # fmt: skip
    quoted = encodestring(data.replace(b"\r\n", b"\x00")).replace(b"=00", b"=0D=0A=\r\n").decode()
    return _mail(
        said, asked.organizer, "alternative", "Apple-Mail-1",
        "--Apple-Mail-1\r\nContent-Type: text/plain\r\n\r\nAn answer.\r\n--Apple-Mail-1\r\nContent-Type: "
        "multipart/mixed; boundary=Apple-Mail-2\r\n\r\n--Apple-Mail-2\r\nContent-Type: text/html\r\n\r\n<p>An answer."
        '</p>\r\n--Apple-Mail-2\r\nContent-Disposition: attachment; filename="iCal.ics"\r\nContent-Type: text/calendar;'
        f' name="iCal.ics"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{quoted}\r\n--Apple-Mail-2\r\n'
        "Content-Type: text/html\r\n\r\n<br>\r\n--Apple-Mail-2--\r\n--Apple-Mail-1--\r\n",
    )  # fmt: skip


def thunderbird(asked: Asked, said: Said) -> bytes:
    """Header names in lower case, eight bits, the whole event."""
    attendee = f"ATTENDEE;CN=Zoé;PARTSTAT={said.partstat};ROLE=REQ-PARTICIPANT:mailto:{asked.attendee}"
    data = calendar(
        ["PRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN", "VERSION:2.0", f"METHOD:{said.method}",
         *event(asked, said, attendee, *_times(asked, said), f"ORGANIZER;CN=Mentorat:mailto:{asked.organizer}",
                "SUMMARY:Rencontre", "LAST-MODIFIED:20270301T000000Z", "X-MOZ-GENERATION:2")]
    )  # fmt: skip
    raw = _mail(
        said, asked.organizer, "mixed", "moz",
        "--moz\r\ncontent-type: multipart/alternative; boundary=in\r\n\r\n--in\r\ncontent-type: text/plain\r\n\r\n"
        f"An answer.\r\n--in\r\ncontent-type: text/calendar; method={said.method}; charset=UTF-8\r\n"
        f"content-transfer-encoding: 8BIT\r\n\r\n{data.decode()}\r\n--in--\r\n--moz\r\ncontent-type: application/ics; "
        f'name="invite.ics"\r\ncontent-transfer-encoding: base64\r\n\r\n{_base64(data)}\r\n--moz--\r\n',
    )  # fmt: skip
    return raw.replace(b"From:", b"from:").replace(b"Subject:", b"subject:").replace(b"To: <", b"to: <")


def yahoo(asked: Asked, said: Said) -> bytes:
    """The method twice and in lower case, the state twice, a role written as no standard does, no product named."""
    attendee = f"ATTENDEE;PARTSTAT={said.partstat.lower()};ROLE=REQ_PARTICIPANT:mailto:{asked.attendee}"
    data = calendar(
        [f"METHOD:{said.method.lower()}", f"METHOD:{said.method}",
         *event(asked, said, attendee, *_times(asked, said), "STATUS:CONFIRMED", "STATUS:CONFIRMED",
                f"ORGANIZER:mailto:{asked.organizer}")]
    )  # fmt: skip
    return _mail(
        said, asked.organizer, "mixed", "yml",
        f"--yml\r\nContent-Type: text/calendar; charset=utf-8\r\n\r\n{data.decode()}\r\n--yml--\r\n",
    )  # fmt: skip


def zimbra(asked: Asked, said: Said) -> bytes:
    """The calendar alone, as the whole mail."""
    attendee = f"ATTENDEE;PARTSTAT={said.partstat}:mailto:{asked.attendee}"
    data = calendar(["VERSION:2.0", f"METHOD:{said.method}", *event(asked, said, attendee, *_times(asked, said))])
    raw = _mail(said, asked.organizer, "x", "x", data.decode())
    return raw.replace(b'multipart/x; boundary="x"', f"text/calendar; method={said.method}".encode())


CLIENTS: dict[str, Callable[[Asked, Said], bytes]] = {
    "Gmail": google,
    "Outlook": outlook,
    "Apple": apple,
    "Thunderbird": thunderbird,
    "Yahoo": yahoo,
    "Zimbra": zimbra,
}


@dataclass(frozen=True)
class Planned:
    """An event that a person plans in their own calendar, to which they invite people and addresses of ours.

    others: the lines of single ones of its series; is_alone: these come without the series.
    """

    organizer: str
    invited: tuple[str, ...]
    start: datetime
    length: timedelta = HOUR
    uid: str = "event-1@calendar.example.net"
    sequence: int = 0
    stamp: datetime = datetime(2027, 3, 1, 12, tzinfo=UTC)
    method: str = "REQUEST"
    lines: tuple[str, ...] = ()
    others: tuple[tuple[str, ...], ...] = ()
    is_alone: bool = False
    summary: str = "Coffee"
    sender: str = ""
    head: str = ""

    def as_bytes(self) -> bytes:
        """The mail that the calendar sends to one of those it invites."""
        stamped = [f"UID:{self.uid}", f"DTSTAMP:{utc(self.stamp)}", f"SEQUENCE:{self.sequence}"]
        people = [f"ORGANIZER;CN=Somebody:mailto:{self.organizer}"] if self.organizer else []
        people += [f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{address}" for address in self.invited]
        times = [f"DTSTART:{utc(self.start)}", f"DTEND:{utc(self.start + self.length)}"]
        own = [line.partition(":")[0].partition(";")[0] for line in self.lines]
        times = [line for line in times if line.partition(":")[0] not in own]
        said = [f"SUMMARY:{self.summary}", f"DESCRIPTION:About {self.summary}"]
        whole = ("BEGIN:VEVENT", *stamped, *people, *times, *said, *self.lines, "END:VEVENT")
        others = [("BEGIN:VEVENT", *stamped, *people, *said, *lines, "END:VEVENT") for lines in self.others]
        events = others if self.is_alone else [whole, *others]
        data = calendar(
            ["PRODID:-//Google Inc//Google Calendar 70.9054//EN", "VERSION:2.0", f"METHOD:{self.method}",
             *(line for event in events for line in event)]
        )  # fmt: skip
        sender = self.sender or self.organizer
        head = (
            f"{self.head}From: <{sender}>\r\nTo: <{self.invited[0]}>\r\nSubject: {self.summary}\r\n"
            f"Message-ID: <{self.uid.partition('@')[0]}-{self.sequence}-{utc(self.stamp)}-{self.method}-{sender}>\r\n"
            f"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/calendar; charset=utf-8; method={self.method}\r\n\r\n"
        )
        return head.encode() + data
