"""Six mail programs, each answering a mail of ours in its own way, in English and in French."""

import html as entities
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

from mentorly.emails.own_words import MARKER, is_marker

SERVICE = "Mentorly"
ADDRESS = "r.sample@in.mentorly.example.org"
READER = "Alice Gagnon <alice.gagnon@example.org>"
WHEN = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Answered:
    """A mail of ours that is answered."""

    subject: str
    text: str
    html: str
    language: str


def answered(golden: bytes, language: str, *, marked: bool) -> Answered:
    """A golden mail, with the line above which people reply if it is marked, else without."""
    mail = message_from_bytes(golden, policy=default)
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    carries = any(map(is_marker, text.split("\n")))
    if carries and not marked:
        text = "\n".join(line for line in text.split("\n") if not is_marker(line))
        html = re.sub(r">([^<>]+)<", lambda found: "><" if is_marker(entities.unescape(found[1])) else found[0], html)
    if marked and not carries:
        head, body, rest = html.partition("<body")
        tag, _, inside = rest.partition(">")
        text = f"{MARKER[language]}\n\n{text}"
        html = f'{head}{body}{tag}><div style="color:#888888">{MARKER[language]}</div>{inside}'
    return Answered(str(mail["subject"]), text, html, language)


def quoted(text: str, width: int = 0) -> str:
    """A text with a sign of quotation before each line, wrapped anew where a program does that."""
    lines = [piece for line in text.split("\n") for piece in (textwrap.wrap(line, width) if width and line else [line])]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def divisions(words: str, tag: str = "div", style: str = "") -> str:
    """Words as the paragraphs of a mail program."""
    opening = f"<{tag} {style}>" if style else f"<{tag}>"
    return "".join(
        f"{opening}{entities.escape(line).replace('  ', ' &nbsp;') if line.strip() else '<br>'}</{tag}>"
        for line in words.split("\n")
    )


def inner(html: str) -> str:
    """What stands in the body of a page, its style sheets included, as programs quote it."""
    return html.partition("<body")[2].partition(">")[2].partition("</body>")[0]


def gmail_on_the_web(words: str, mail: Answered) -> tuple[str, str]:
    line = {
        "en": f"On Mon, Mar 1, 2027 at 10:00\u202fAM {SERVICE} <{ADDRESS}>\nwrote:",
        "fr": f"Le lun. 1 mars 2027 à 10:00, {SERVICE} <{ADDRESS}> a\nécrit :",
    }[mail.language]
    plain = f"{words}\n\n{line}\n\n{quoted(mail.text, 72)}\n"
    attribution = entities.escape(line.replace("\n", " "))
    return plain, (
        f'<div dir="ltr">{divisions(words)}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{attribution}<br></div><blockquote class="gmail_quote" '
        f'style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{inner(mail.html)}'
        "</blockquote></div>\r\n"
    )


def gmail_on_a_telephone(words: str, mail: Answered) -> tuple[str, str]:
    line = {
        "en": f"On Mon, 1 Mar 2027, 10:00 {SERVICE}, <{ADDRESS}> wrote:",
        "fr": f"Le lun. 1 mars 2027, 10 h 00, {SERVICE} <{ADDRESS}> a écrit :",
    }[mail.language]
    plain = f"{words}\n\n{line}\n\n{quoted(mail.text)}\n"
    return plain, (
        f'<div dir="auto">{divisions(words, style="dir=auto")}</div><br><div class="gmail_quote">'
        f'<div dir="ltr" class="gmail_attr">{entities.escape(line)}<br></div><blockquote class="gmail_quote" '
        f'style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">{inner(mail.html)}</blockquote></div>'
    )


def apple_mail(words: str, mail: Answered) -> tuple[str, str]:
    line, signature = {
        "en": (f"On Mar 1, 2027, at 10:00\u202fAM, {SERVICE} <{ADDRESS}> wrote:", "Sent from my iPhone"),
        "fr": (f"Le 1 mars 2027 à 10:00, {SERVICE} <{ADDRESS}> a écrit\u00a0:", "Envoyé de mon iPhone"),
    }[mail.language]
    plain = f"{words}\n\n{signature}\n\n> {line}\n> \n{quoted(mail.text)}\n"
    return plain, (
        f'<html><head></head><body dir="auto">{divisions(words)}<br id="lineBreakAtBeginningOfSignature">'
        f'<div dir="ltr">{signature}</div><div dir="ltr"><br><blockquote type="cite">{entities.escape(line)}<br><br>'
        f'</blockquote></div><blockquote type="cite"><div dir="ltr">\ufeff{inner(mail.html)}</div></blockquote>'
        "</body></html>"
    )


def _outlook_header(mail: Answered) -> list[tuple[str, str]]:
    return {
        "en": [
            ("From:", f"{SERVICE} <{ADDRESS}>"),
            ("Sent:", "Monday, March 1, 2027 10:00 AM"),
            ("To:", READER),
            ("Subject:", mail.subject),
        ],
        "fr": [
            ("De :", f"{SERVICE} <{ADDRESS}>"),
            ("Envoyé :", "1 mars 2027 10:00"),
            ("À :", READER),
            ("Objet :", mail.subject),
        ],
    }[mail.language]


def outlook_on_a_desk(words: str, mail: Answered) -> tuple[str, str]:
    head = "\n".join(f"{label} {value} " for label, value in _outlook_header(mail))
    shown = "<br>".join(f"<b>{label}</b> {entities.escape(value)}" for label, value in _outlook_header(mail))
    empty = '<p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
    written = "".join(
        f'<p class="MsoNormal">{entities.escape(line) or "&nbsp;"}<o:p></o:p></p>' for line in words.split("\n")
    )
    return f"{words}\n\n{head}\n\n{mail.text}", (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal {margin:0cm;}</style></head>'
        f'<body lang="EN-CA"><div class="WordSection1">{written}{empty}<div><div style="border:none;border-top:solid '
        f'#E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">{shown}<o:p></o:p></p></div></div>{empty}'
        f"{inner(mail.html)}</div></body></html>"
    )


def outlook_elsewhere(words: str, mail: Answered) -> tuple[str, str]:
    head = "\n".join(f"{label} {value}" for label, value in _outlook_header(mail))
    signature = {"en": "Get Outlook for iOS", "fr": "Télécharger Outlook pour iOS"}[mail.language]
    shown = "<br>".join(f"<b>{label}</b> {entities.escape(value)}" for label, value in _outlook_header(mail))
    above = f'<div id="ms-outlook-mobile-signature"><div><br></div>{signature}</div><div id="appendonsend"></div>'
    return f"{words}\n\n{signature}<https://aka.ms/o0ukef>\n{'_' * 32}\n{head}\n\n{mail.text}", (
        f'<html><head></head><body dir="ltr">{divisions(words, style="class=elementToProof")}{above}'
        f'<hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg"><font face="Calibri">{shown}</font>'
        f"<div>&nbsp;</div>"
        f"</div>{inner(mail.html)}</body></html>"
    )


def thunderbird(words: str, mail: Answered) -> tuple[str, str]:
    line = {
        "en": f"On 2027-03-01 10:00, {SERVICE} wrote:",
        "fr": f"Le 2027-03-01 à 10:00, {SERVICE} a écrit\u00a0:",
    }[mail.language]
    return f"{words}\n\n{line}\n{quoted(mail.text)}\n", (
        f"<html><head></head><body><p>{'<br>'.join(map(entities.escape, words.split(chr(10))))}</p>"
        f'<div class="moz-cite-prefix">{line}<br></div><blockquote type="cite" cite="mid:0000@mentorly.example.org">'
        f"{inner(mail.html)}</blockquote></body></html>"
    )


CLIENTS: Mapping[str, Callable[[str, Answered], tuple[str, str]]] = {
    "Gmail on the web": gmail_on_the_web,
    "Gmail on a telephone": gmail_on_a_telephone,
    "Apple Mail": apple_mail,
    "Outlook on a desk": outlook_on_a_desk,
    "Outlook elsewhere": outlook_elsewhere,
    "Thunderbird": thunderbird,
}
PARTS = ("plain", "html", "both")


def reply(client: str, words: str, mail: Answered, parts: str = "both") -> bytes:
    """A whole reply as the program sends it."""
    plain, page = CLIENTS[client](words, mail)
    message = EmailMessage(policy=SMTP)
    message["From"] = READER
    message["To"] = ADDRESS
    message["Subject"] = f"Re: {mail.subject}"
    message["Date"] = WHEN
    message["Message-ID"] = "<reply@example.org>"
    if parts == "html":
        message.set_content(page, subtype="html")
        return message.as_bytes()
    message.set_content(plain)
    if parts == "both":
        message.add_alternative(page, subtype="html")
    return message.as_bytes()
