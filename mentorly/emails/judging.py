"""What a received message is: a report, a calendar's answer, a program's mail, or words of a person."""

from dataclasses import dataclass

from mentorly.emails.automatic import Automatic, Ours, automatic
from mentorly.emails.bounces import Bounce, Complaint, Receipt, bounce, complaint, receipt
from mentorly.emails.incoming import Incoming
from mentorly.emails.own_words import own_words


@dataclass(frozen=True, repr=False)
class Calendar:
    """A calendar came with the mail: it is data, even if a program sent it (inbox T14). method: as the mail says."""

    data: bytes
    method: str = ""


@dataclass(frozen=True, repr=False)
class Words:
    """A person's own words; '' if none could be found."""

    words: str


What = Bounce | Complaint | Receipt | Calendar | Automatic | Words


@dataclass(frozen=True)
class Judgement:
    """What a message is, and the sign that a program wrote it, if there is one."""

    what: What
    automatic: Automatic | None

    @property
    def is_answerable(self) -> bool:
        """Whether an answer may be sent at all: never to what a program wrote."""
        return self.automatic is None and isinstance(self.what, Words | Calendar)


def judge(mail: Incoming, ours: Ours) -> Judgement:
    """Judge a message by itself. ours: by which our own mail is known when it comes back."""
    sign = automatic(mail, ours)
    report = complaint(mail) or receipt(mail) or bounce(mail)
    if report is not None:
        return Judgement(report, sign or Automatic("report"))
    if mail.calendar is not None:
        return Judgement(Calendar(mail.calendar, mail.calendar_method), sign)
    if sign is not None:
        return Judgement(sign, sign)
    return Judgement(Words(own_words(mail.text, mail.html)), None)
