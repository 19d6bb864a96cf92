"""The messages that the tests of inbound mail read: the project's own, and real ones where MAIL_CORPUS has them."""

import csv
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mentorly.calendars.answers import CalendarAnswer
from mentorly.calendars.reading import read
from mentorly.calendars.received_lines import NoEvent, Unreadable
from mentorly.emails.automatic import Ours
from mentorly.emails.bounces import Bounce, Complaint, Receipt
from mentorly.emails.heading import Heading
from mentorly.emails.incoming import Incoming, NotAMail, fingerprint
from mentorly.emails.judging import Calendar, Judgement, Words, judge
from mentorly.emails.understanding import Understood, understood

HERE = Path(__file__).parent
OWN = HERE / "inbound"
OURS = Ours(
    "mentorly.example.org",
    frozenset({"mentorly@mentorly.example.org"}),
    ("r.{token}@in.mentorly.example.org", "m.{token}@in.mentorly.example.org"),
)
IN_A_MAIL = b"From: organizer@example.org\r\nContent-Type: text/calendar; charset=utf-8\r\n\r\n"


@dataclass(frozen=True)
class Expected:
    """What must be decided of one file, as a person judged it."""

    path: Path
    file: str
    decision: str
    kind: str

    @property
    def raw(self) -> bytes:
        """The message; a calendar that came without one is put into one."""
        data = self.path.read_bytes()
        return IN_A_MAIL + data if self.path.suffix == ".ics" else data


def expected(corpus: Path | None) -> list[Expected]:
    """What must be decided of the project's own messages and, where they are, of the real ones."""
    return [*_table(OWN / "expected.csv", OWN), *(_table(HERE.parent / "expected.csv", corpus) if corpus else [])]


def _table(path: Path, folder: Path) -> Iterable[Expected]:
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield Expected(folder / row["file"], row["file"], row["decision"], row["class"])


def messages(corpus: Path | None) -> list[Path]:
    """Every file of both, whatever it holds."""
    return sorted(path for folder in (OWN, corpus) if folder for path in folder.rglob("*") if path.is_file())


def name_of(raw: bytes) -> str:
    """What a message is kept once by: its Message-ID, else its bytes; '' if it is no mail."""
    try:
        return Heading.read(raw).message_id or fingerprint(raw)
    except NotAMail:
        return ""


def decided(raw: bytes) -> tuple[str, str, Judgement]:
    """What is decided of a message, in the words of the table."""
    judgement = judge(Incoming.read(raw), OURS)
    match judgement.what:
        case Bounce(verdict=verdict):
            return "bounce", verdict.value, judgement
        case Complaint(kind=kind):
            return "complaint", kind, judgement
        case Receipt():
            return "silent", "receipt", judgement
        case Calendar(data=data, method=method):
            return "calendar", _asked(data, method), judgement
        case Words(words=words):
            return "words", _meant(words), judgement
    return "silent", "away", judgement


def _asked(calendar: bytes, method: str) -> str:
    """What a calendar answers or asks, whoever is believed to have sent it."""
    try:
        found = read(calendar, hint=method)
    except NoEvent:
        return "ignore"
    except Unreadable:
        return "ask"
    return found.said if isinstance(found, CalendarAnswer) else found.asked


def _meant(words: str) -> str:
    answer = understood(words)
    if not words:
        return "empty"
    return answer.meaning.value if isinstance(answer, Understood) else "remark"


def tell(capsys: pytest.CaptureFixture[str], *lines: str) -> None:
    """Tell the person at the terminal what was measured, whichever worker runs the test."""
    with capsys.disabled():
        sys.stderr.write("".join(f"\n  {line}" for line in lines) + "\n")
