"""Who speaks: whether a received message is from the person whose mail it answers (rules B7, inbox I13)."""

from dataclasses import dataclass
from enum import Enum, auto

from mentorly.emails.authentication import dmarc
from mentorly.emails.incoming import Incoming
from mentorly.mentoring.aliases import Alias
from mentorly.mentoring.people import Person


class Voice(Enum):
    """Who speaks: the person, somebody at another address, somebody who only seems to be the person, or nobody."""

    OWN = auto()
    OTHER_ADDRESS = auto()
    DOUBTFUL = auto()
    DENIED = auto()


@dataclass(frozen=True)
class Speaker:
    """Who speaks. is_proven: the trusted server says that the sender's domain vouches for the message."""

    voice: Voice
    is_proven: bool = False


def who_speaks(mail: Incoming, person: Person, server: str) -> Speaker:
    """Compare a message's sender with the person that the token in its recipient's address was made for.

    server: the authserv-id that is trusted; '' if none is. A token alone is no proof, since mails are passed on; a
    sender alone is none either, since anybody can write one.
    """
    said = dmarc(mail, server)
    is_known = bool(mail.sender) and Alias.speaks_for(mail.sender, person)
    if not mail.sender or (said == "fail" and not is_known):
        return Speaker(Voice.DENIED)
    if not is_known:
        return Speaker(Voice.OTHER_ADDRESS)
    if said == "fail":
        return Speaker(Voice.DOUBTFUL)
    return Speaker(Voice.OWN, is_proven=said == "pass")
