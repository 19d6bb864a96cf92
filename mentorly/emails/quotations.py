"""Where a quotation begins in the text of a reply: attributions, blocks of headers, quoted lines, signatures."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile

from mailparser_reply import EmailReplyParser
from mailparser_reply.constants import MAIL_LANGUAGES

from mentorly.emails.html_reading import CERTAIN

LONGEST_ATTRIBUTION = 500
MOST_LINES = 4
MOST_LABELS = 10
FEWEST_LABELS = 3
COLONS = (":", "\N{FULLWIDTH COLON}")

QUOTED = re.compile(rf"^(?:{CERTAIN}|\s{{0,3}}(?:>|\|(?=\s|$))|[A-Z][a-z]{{0,15}}>)")
QUOTE_SIGNS = re.compile(rf"^[{CERTAIN}>|\s]+")
DELIMITER = re.compile(r"^\s*[-_*#=~+·•—–\u1427]{2,}\s*$|^\s*[\u1427]\s*$")
SIGNATURE_MARK = re.compile(r"^(?:-- ?|—|__+)$")

_WROTE = (
    r"wrote|writes|said|a\s+écrit|écrit|schrieb|schreibt|escribió|escreveu|ha\s+scritto|scrisse|napisał\(?a?\)?|"
    r"написал\(?\u0430?\)?|пишет|geschreven|schreef|skrev|kirjoitti|a\s+scris|yazd\u0131|書きました|写道|:\s*wrote"
)
_OPENER = (
    r"On|Le|Am|El|Il|Op|Em|Den|Dnia|W\s+dniu|På|Pe|În|Vào|(?:mon|tues|wednes|thurs|fri|satur|sun)day,?|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
)
WROTE = re.compile(rf"(?:{_WROTE})[^\n:]{{0,40}}\s*:?\s*-*$", re.IGNORECASE)
OPENER = re.compile(rf"^[-\s]*(?:{_OPENER})\b", re.IGNORECASE)
DATED_SENDER = re.compile(
    r"^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b.{0,200}<[^<>\s]+@[^<>\s]+>:?$|"
    r"^(?=.{0,80}\d{1,2}[:.h]\s?\d{2}\b).{0,250}<[^<>\s]+@[^<>\s]+>\s?:$"
)
LABEL = re.compile(
    r"^\s*\*{0,2}\s*(?:From|Sent|Date|To|Cc|Bcc|Subject|Reply-To|De|Envoyé(?:\s+le)?|Expéditeur|À|A|Objet|Répondre\s+à|"
    r"Von|Gesendet|An|Betreff|Datum|Enviado(?:\s+el)?|Para|Asunto|Da|Inviato|Oggetto|Van|Verzonden|Aan|Onderwerp|Fra|"
    r"Sendt|Til|Emne|Från|Skickat|Till|Ämne|Lähettäjä|Päivämäärä|Aihe)\s?\*{0,2}\s?:\*{0,2}\s?(?=\S|$)",
    re.IGNORECASE,
)
CERTAIN_LABEL = re.compile(
    r"^\s*\*{0,2}\s*(?:Sent|Subject|Envoyé(?:\s+le)?|Objet|Gesendet|Betreff|Enviado(?:\s+el)?|Asunto|Inviato|Oggetto|"
    r"Verzonden|Onderwerp|Sendt|Emne|Skickat|Ämne|Aihe)\s?\*{0,2}\s?:",
    re.IGNORECASE,
)
SENDER_LABEL = re.compile(
    r"^\s*\*{0,2}\s*(?:From|De|Expéditeur|Von|Da|Van|Fra|Från|Lähettäjä)\s?\*{0,2}\s?:", re.IGNORECASE
)
SEPARATOR = re.compile(
    r"^[\s>]*(?:-{2,}\s*(?:Original Message|Original Appointment|Forwarded message|"
    r"Message d['’]origine|Message original|Message transféré|"
    r"Ursprüngliche Nachricht|Mensaje original|Messaggio originale|Oprindelig meddelelse|"
    r"Oorspronkelijk bericht)\s*-{2,}|Begin forwarded message:|Début du message transféré\s*:)\s*$",
    re.IGNORECASE,
)
_DEVICE = r"(?:(?!(?:is|was|are|it|and|to|but|because|so|qui|est|et|car|mais)\b)[\w'’.-]+(?:\s+|(?=[.,<\])>]|$))){1,6}?"
_EXCUSE = r"(?:[.,;]?\s*(?:please\s+|merci\s+d['’]?)?(?:excuse[rz]?|pardon|forgive|sorry|désolé|apologies)\b.{0,60})?"
_LINK = r"\s*(?:[<(\[]?https?://\S+)?"
_SENT = (
    r"(?:sent\s+(?:from|via|with|using)|sent\s+by(?=\s+galaxy)|get(?=\s+\[?outlook)|from(?=\s+my\b)|"
    r"envoyé\s+(?:de|depuis|avec|via|à\s+partir\s+d[eu])|télécharge[rz]\s+(?=outlook)|obten(?:ir|ez)\s+(?=outlook)|"
    r"provenance\s*:|verzonden\s+(?:met|vanaf)|enviado\s+(?:desde|do)|inviato\s+da|gesendet\s+(?:von|mit)|"
    r"skickat\s+från|sendt\s+fra)"
)
SENT_FROM = re.compile(rf"^[<(\[\s]*{_SENT}\s*\[?{_DEVICE}[\])>]*{_LINK}{_EXCUSE}[\])>.\s]*$", re.IGNORECASE)
SENT_FROM_ELSEWHERE = re.compile(
    r"^(?:Get \[?Outlook for \w+\]?\(?<?https?://.*|Sent from \[mail\].{0,90}|"
    r"Diese Nachricht wurde von .{3,60} gesendet\.?|從我的 .{2,20} 傳送|iPhoneから送信|\S{2,20} from mobile|"
    r"Von meinem .{2,40} gesendet\.?)$",
    re.IGNORECASE,
)
LONGEST_SENT_FROM = 140


def is_quoted(line: str) -> bool:
    """Whether a line carries a sign of quotation."""
    return bool(QUOTED.match(line))


def bare(line: str) -> str:
    """A line without its signs of quotation."""
    return QUOTE_SIGNS.sub("", line).strip() if is_quoted(line) else line.strip()


def is_sent_from(line: str) -> bool:
    """Whether a line is what a telephone or a program adds of itself, like `Sent from my telephone`."""
    words = line.strip()
    return len(words) <= LONGEST_SENT_FROM and bool(SENT_FROM.match(words) or SENT_FROM_ELSEWHERE.match(words))


def attribution_at(lines: Sequence[str], start: int, *, thoroughly: bool = True) -> int:
    """How many lines the attribution that begins here has (On …, … wrote:); 0 if none begins here.

    thoroughly: in all thirteen languages that the library knows, which takes its time.
    """
    joined = ""
    for count in range(1, min(MOST_LINES, len(lines) - start) + 1):
        line = bare(lines[start + count - 1])
        if not line:
            return 0
        if count > 1 and OPENER.match(line):
            return 0
        joined = f"{joined} {line}".strip()[: LONGEST_ATTRIBUTION + 1]
        if len(joined) <= LONGEST_ATTRIBUTION and _is_attribution(joined, thoroughly=thoroughly):
            return count
    return 0


@lru_cache(2_048)
def _is_attribution(words: str, *, thoroughly: bool) -> bool:
    if DATED_SENDER.match(words):
        return True
    if not words.endswith((*COLONS, "-")):
        return False
    tells_when_or_who = bool(re.search(r"\d", words)) or "@" in words
    if WROTE.search(words):
        return tells_when_or_who and (bool(OPENER.match(words)) or "@" in words or bool(re.search(r"\d{4}", words)))
    return thoroughly and tells_when_or_who and not words.endswith("-") and _is_header_elsewhere(words)


_READER = EmailReplyParser(languages=list(MAIL_LANGUAGES))


def _is_header_elsewhere(words: str) -> bool:
    """What the library for thirteen languages says of one paragraph; its time grows with the square of a text."""
    replies = _READER.read(words).replies
    return any(reply.headers and reply.headers.strip() == words.strip() for reply in replies)


def headers_at(lines: Sequence[str], start: int) -> int:
    """How many lines the block of headers that begins here has (From: … Sent: … To: …); 0 if none begins here."""
    first = start
    while first < len(lines) and first - start < 3 and _is_between(lines[first]):
        first += 1
    block = [bare(line) for line in takewhile(bare, lines[first : first + MOST_LABELS])]
    if not block or not LABEL.match(block[0]) or sum(bool(LABEL.match(line)) for line in block) < FEWEST_LABELS:
        return 0
    tells_who = any(SENDER_LABEL.match(line) for line in block)
    is_of_a_mail = any(CERTAIN_LABEL.match(line) or "@" in line for line in block)
    return first - start + len(block) if tells_who and is_of_a_mail else 0


def _is_between(line: str) -> bool:
    return not bare(line) or bool(SEPARATOR.match(line)) or bool(DELIMITER.match(line))


def opening_at(lines: Sequence[str], start: int, *, thoroughly: bool = True) -> int:
    """How many lines open a quotation here, in whatever shape; 0 if none is opened here."""
    if not lines[start].strip():
        return 0
    if SEPARATOR.match(lines[start]):
        return headers_at(lines, start) or 1
    return headers_at(lines, start) or attribution_at(lines, start, thoroughly=thoroughly)
