"""What a mail server's answers mean: by their codes, and for a refusal by whom it is about (inbox T13)."""

import re
from functools import lru_cache

from mentorly.emails.carrying import Came, Outcome
from mentorly.jobs.smtp_line import Lost, Reply

LONGEST_SENTENCE = 500
ENHANCED_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
WORD = re.compile(r"<?[^\s<>]+>?")

# The mail server wants to know who we are, or does not believe it, whatever it was asked (RFC 4954 6).
NOT_SIGNED_IN = frozenset({530, 535, 538})
# The sender's address is malformed, or there is no such (RFC 3463 3.2).
BAD_SENDER = (".1.7", ".1.8")
# A refusal that names the recipient is about the recipient, even where it quotes another server's about us.
ABOUT_RECIPIENT = re.compile(r"recipient address rejected", re.IGNORECASE)
ABOUT_US = re.compile(
    r"sender address rejected|helo command rejected|client host .{0,80}?(rejected|blocked)"
    r"|relay access denied|relay(ing)? (is |was )?(denied|prohibited|not (permitted|allowed))|to relay\b"
    r"|permissions? to send as|authentication (is )?required|(requires|need) authentication|not authenticated"
    r"|sending (limit|quota|rate)|sending (is |has been )?(paused|disabled|suspended)"
    r"|account (is |has been )?(suspended|disabled)|(address|identity|domain)\b.{0,40} not verified",
    re.IGNORECASE,
)


def of_opening(reply: Reply) -> Outcome:
    """What it means that the server does not let us in: for good it is our fault, else it is as good as away."""
    return _outcome(Came.OURS if reply.code >= 500 else Came.UNREACHABLE, reply)


def of_sender(reply: Reply) -> Outcome:
    """What it means that MAIL FROM was refused."""
    return _outcome(Came.OURS if reply.code >= 500 else Came.LATER, reply)


def of_mail(reply: Reply) -> Outcome:
    """What the answer to RCPT, to DATA or to the content means."""
    if reply.is_good:
        return _outcome(Came.ACCEPTED, reply)
    if reply.code < 500:
        return _outcome(Came.LATER, reply)
    return _outcome(Came.OURS if _is_about_us(reply) else Came.REFUSED, reply)


def of_lost(lost: Lost, came: Came) -> Outcome:
    """What came of a mail whose line was lost, in the words that the server took its leave with, if it did."""
    return _outcome(came, lost.reply) if lost.reply else Outcome(came, str(lost))


def _is_about_us(reply: Reply) -> bool:
    if reply.code in NOT_SIGNED_IN:
        return True
    sentence = _sentence(reply)
    if ABOUT_RECIPIENT.search(sentence):
        return False
    return _code(reply, sentence).endswith(BAD_SENDER) or bool(ABOUT_US.search(sentence))


def _outcome(came: Came, reply: Reply) -> Outcome:
    return _read(came, reply.code, tuple(reply.lines))


@lru_cache(32)
def _read(came: Came, code: int, lines: tuple[bytes, ...]) -> Outcome:
    """Servers say the same of most mails."""
    reply = Reply(code, list(lines))
    sentence = _sentence(reply)
    return Outcome(came, f"{reply.code} {sentence}"[:LONGEST_SENTENCE].rstrip(), _code(reply, sentence))


def _code(reply: Reply, sentence: str) -> str:
    """The enhanced status (RFC 3463) if the sentence begins with one of the same class, else the three digits."""
    status = ENHANCED_STATUS.match(sentence)
    return status[0] if status and status[0][0] == str(reply.code)[0] else str(reply.code)


def _sentence(reply: Reply) -> str:
    """The texts of an answer as one line, without any address; a status that each line repeats is told once."""
    first, *others = [line.decode("utf-8", "replace") for line in reply.lines]
    text = " ".join([first, *(ENHANCED_STATUS.sub("", line, count=1) for line in others)])
    if "@" in text:
        text = WORD.sub(lambda word: "<address>" if "@" in word[0] else word[0], text)
    return text if text.isprintable() else " ".join("".join(c if c.isprintable() else " " for c in text).split())
