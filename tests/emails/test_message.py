"""A letter becomes bytes that every mail server carries and nobody can add to."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import default
from html import unescape
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mentorly.calendars.invitation import Invitation, Meeting
from mentorly.emails.attachment import FILE_NAME, LARGEST, Attachment
from mentorly.emails.headers import Unsendable
from mentorly.emails.message import Letter, compose
from tests.emails.oracle import compose_by_library

LETTER = Letter(
    sender="Mentorly <mentorly@mentorly.example.org>",
    recipient_name="Bob Tremblay",
    recipient="bob@example.org",
    reply_to="r." + "a" * 50 + "@in.mentorly.example.org",
    subject="Mentoring: please answer by Monday, March 8",
    text="Hello Bob,\n\nplease answer.\n",
    html="<!DOCTYPE html><html><body><p>Hello Bob,</p><p>please answer.</p></body></html>",
    message_id="<0123456789abcdef0123456789abcdef@mentorly.example.org>",
    date=datetime(2027, 3, 1, 15, 0, tzinfo=UTC),
)

INVITATION = Invitation(
    Meeting(
        uid="m-7@mentorly.example.org",
        sequence=0,
        stamp=datetime(2027, 3, 1, 15, 0, tzinfo=UTC),
        summary="Mentoring meeting",
        start=datetime(2027, 3, 16, 20, 0, tzinfo=UTC),
        length=timedelta(hours=1),
        zone="America/Toronto",
        link="https://meet.example.org/abc",
    ),
    organizer="m.7xq@in.mentorly.example.org",
    organizer_name="Mentorly",
    attendee="bob@example.org",
    attendee_name="Bob Nguyễn",
)

AGREEMENT = Attachment("mentorship-agreement.pdf", "application/pdf", b"%PDF-1.7\n\xe2\xe3\n--=_\r\n.\r\n")
GUIDE = Attachment("guide.txt", "text/plain", "Élan\n.\n".encode())


def sent(**changed: Any) -> EmailMessage:
    message = message_from_bytes(compose(replace(LETTER, **changed)), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def head(**changed: Any) -> list[str]:
    return compose(replace(LETTER, **changed)).partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")


def name_of(message: bytes) -> str:
    """The recipient's name, read by the older parser: the newer one adds spaces between encoded words."""
    value = re.sub(r"\r?\n", "", str(message_from_bytes(message)["To"])).rpartition(" ")[0]
    name = str(make_header(decode_header(value)))
    return re.sub(r"\\(.)", r"\1", name[1:-1]) if value.startswith('"') else name


HEADER_FIELDS = [
    field for field in vars(LETTER) if field not in {"text", "html", "date", "auto", "invitation", "attachments"}
]
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80)
# Noncharacters are not for HTML at all.
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\r"))


def body(part: EmailMessage) -> str:
    return str(part.get_content()).replace("\r\n", "\n").rstrip("\n")


def test_a_mail_has_the_headers_that_a_mail_of_ours_has_and_no_other() -> None:
    assert [line.partition(":")[0] for line in head(in_reply_to="<first@mentorly.example.org>")] == [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "Reply-To",
        "In-Reply-To", "References", "MIME-Version", "Content-Type",
    ]  # fmt: skip


def test_headers_say_what_the_letter_says() -> None:
    message = sent(in_reply_to="<first@mentorly.example.org>")
    assert message["From"] == "Mentorly <mentorly@mentorly.example.org>"
    assert message["To"] == "Bob Tremblay <bob@example.org>"
    assert message["Subject"] == LETTER.subject
    assert message["Reply-To"] == LETTER.reply_to
    assert message["Date"].datetime == LETTER.date
    assert message["Message-ID"] == LETTER.message_id
    assert message["In-Reply-To"] == message["References"] == "<first@mentorly.example.org>"
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply"


def test_every_mail_says_that_it_is_automatic() -> None:
    assert sent()["Auto-Submitted"] == "auto-generated"
    assert sent(auto="auto-replied")["Auto-Submitted"] == "auto-replied"


def test_the_text_part_comes_first_and_both_parts_are_what_was_written() -> None:
    message = sent(text="Élan\n", html="<p>Élan</p>")
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert body(plain) == "Élan"
    assert unescape(body(html)) == "<p>Élan</p>"
    assert plain.get_content_charset() == html.get_content_charset() == "utf-8"


def test_only_mails_that_can_be_stopped_say_how() -> None:
    assert sent()["List-Unsubscribe"] is None
    address = "https://mentorly.example.org/unsubscribe/" + "a" * 90
    message = sent(list_unsubscribe=address)
    assert message["List-Unsubscribe"] == f"<{address}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "<reminders.mentorly.example.org>"


def test_an_invitation_travels_as_an_alternative_and_as_a_file_of_the_same_bytes() -> None:
    alternative, attached = sent(invitation=INVITATION).iter_parts()
    parts = list(alternative.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html", "text/calendar"]
    assert (parts[2].get_param("method"), parts[2].get_content_disposition()) == ("REQUEST", None)
    assert parts[2].get_payload(decode=True) == attached.get_payload(decode=True) == INVITATION.as_bytes()
    assert (attached.get_content_type(), attached.get_filename()) == ("application/ics", "invite.ics")
    with pytest.raises(Unsendable, match="one address"):
        sent(invitation=replace(INVITATION, organizer="a b"))


def test_files_travel_beside_the_text_and_come_out_as_they_went_in() -> None:
    alternative, agreement, guide = sent(attachments=[AGREEMENT, GUIDE]).iter_parts()
    assert [part.get_content_type() for part in alternative.iter_parts()] == ["text/plain", "text/html"]
    assert agreement.get_payload(decode=True) == AGREEMENT.content
    assert (agreement.get_filename(), agreement.get_content_type()) == (AGREEMENT.name, AGREEMENT.media_type)
    assert agreement.get_content_disposition() == guide.get_content_disposition() == "attachment"
    assert guide.get_content().replace("\r\n", "\n") == "Élan\n.\n"


def test_an_invitation_comes_before_the_files_that_go_along() -> None:
    parts = list(sent(invitation=INVITATION, attachments=[AGREEMENT]).iter_parts())
    assert [part.get_content_type() for part in parts] == [
        "multipart/alternative", "application/ics", "application/pdf",
    ]  # fmt: skip
    assert [part.get_content_subtype() for part in parts[0].iter_parts()] == ["plain", "html", "calendar"]


def test_a_mail_of_more_than_two_megabytes_of_files_is_refused_with_a_sentence() -> None:
    half = Attachment("half.pdf", "application/pdf", b"a" * (LARGEST // 2))
    assert len(list(sent(attachments=[half, half]).iter_parts())) == 3
    with pytest.raises(Unsendable, match="at most 2 MB together"):
        sent(attachments=[half, half, GUIDE])


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.pdf\r\nBcc: eve@example.org", "application/pdf"), ('a".pdf', "application/pdf"),
        ("é.pdf", "application/pdf"),
        ("../a.pdf", "application/pdf"), (".pdf", "application/pdf"), ("a", "application/pdf"),
        ("a.exe.pdf", "text/csv"), ("a.html", "text/html"), ("a.svg", "image/svg+xml"), ("a.eml", "message/rfc822"),
        ("a.pdf", 'image/png; x="y"'),
        ("a.pdf\n", "application/pdf"), ("a.pdf", "application/pdf\n"),
    ],
)  # fmt: skip
def test_a_file_that_no_mail_should_carry_is_refused_with_a_sentence(name: str, media_type: str) -> None:
    with pytest.raises(ValueError, match="attachment"):
        Attachment(name, media_type, b"a")


def test_long_structured_headers_stay_in_one_piece() -> None:
    address = "https://mentorly.example.org/unsubscribe/" + "a" * 90
    lines = head(list_unsubscribe=address, in_reply_to="<" + "b" * 90 + "@mentorly.example.org>")
    assert f"List-Unsubscribe: <{address}>" in lines
    assert f"Reply-To: {LETTER.reply_to}" in lines
    assert f"In-Reply-To: <{'b' * 90}@mentorly.example.org>" in lines


@given(NAMES, NAMES)
@example("Doe, Jane", "a" * 90)
@example('Jané "the \\ one", Doe', "Mentorat : l’heure de l’Est, " + "é" * 60)
@example("=?utf-8?q?Bob?=", "=?utf-8?q?Bob?=")
@example("Nguyễn Thị Minh Khai " * 3, "漢" * 90)
@example("a@b <eve@example.org>", "\U0001f600" * 40)
def test_names_and_subjects_come_out_as_they_went_in(name: str, subject: str) -> None:
    name, subject = " ".join(name.split()) or "x", " ".join(subject.split())
    message = compose(replace(LETTER, recipient_name=name, subject=subject))
    parsed = message_from_bytes(message, policy=default)
    assert str(make_header(decode_header(re.sub(r"\r?\n", "", str(message_from_bytes(message)["Subject"]))))) == subject
    assert name_of(message) == name
    assert [address.addr_spec for address in parsed["To"].addresses] == ["bob@example.org"]


@given(NAMES, NAMES, st.text(), st.text())
@example("Bob", "x", "\r", "\0")
@example("Bob", "x", "." * 2000, "\n.\n")
def test_a_message_is_seven_bit_clean_with_short_lines_and_short_encoded_words(
    name: str, subject: str, text: str, html: str
) -> None:
    raw = compose(replace(LETTER, recipient_name=name, subject=subject, text=text, html=html))
    assert raw.isascii()
    assert not set(b"\r\n") & set(raw.replace(b"\r\n", b""))
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 100
    words = re.findall(rb"=\?utf-8\?[bq]\?[^ ]*\?=", raw.partition(b"\r\n\r\n")[0])
    assert all(len(word) <= 75 for word in words)


@given(
    st.text(),
    st.sampled_from(
        [field for field in vars(LETTER) if field not in {"text", "html", "date", "auto", "invitation", "attachments"}]
    ),
)
@example("a\nBcc: eve@example.org", "subject")
@example("a\r\n\r\nbody", "recipient_name")
@example("Mentorly\r\nBcc: eve@example.org <mentorly@example.org>", "sender")
@example("bob@example.org\r\nBcc: eve@example.org", "recipient")
@example("<a@example.org>\r\nBcc: eve@example.org", "message_id")
@example("https://example.org/>\r\nBcc: <eve@example.org", "list_unsubscribe")
def test_no_text_adds_a_header_or_a_recipient(words: str, field: str) -> None:
    try:
        raw = compose(replace(LETTER, **{field: words}))
    except Unsendable:
        return
    message = message_from_bytes(raw, policy=default)
    assert set(message.keys()) <= {line.partition(":")[0] for line in head()} | {
        "In-Reply-To", "References", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id",
    }  # fmt: skip
    assert len(message.keys()) == len(set(message.keys()))
    assert len(message["To"].addresses) == len(message["From"].addresses) == 1
    assert len(list(message.iter_parts())) == 2


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("field", ["subject", "recipient_name", "recipient", "reply_to", "message_id", "in_reply_to"])
def test_a_line_break_in_a_header_is_refused(field: str, ending: str) -> None:
    value = str(getattr(LETTER, field)) or "<a@example.org>"
    with pytest.raises(Unsendable):
        compose(replace(LETTER, **{field: f"{value}{ending}Bcc: eve@example.org"}))


def test_a_sender_with_a_comma_in_the_name_is_one_sender() -> None:
    """Flask-Mail sends From: Doe."""
    (sender,) = sent(sender='"Doe, Jane" <svc@mentorly.example.org>')["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Doe, Jane", "svc@mentorly.example.org")


@pytest.mark.parametrize(
    "recipient",
    [
        "alice@example.org, bob@example.org", "alice@example.org bob@example.org", "Bob <bob@example.org>", "bob", "",
        "@example.org", "bob@", "bob@exa mple.org", "a..b@example.org", "x" * 65 + "@example.org",
        "bob@" + "a" * 64 + ".org", "bob@[127.0.0.1]",
    ],
)  # fmt: skip
def test_what_is_not_one_address_is_refused(recipient: str) -> None:
    with pytest.raises(Unsendable):
        compose(replace(LETTER, recipient=recipient))


def test_a_domain_of_any_script_travels_in_ascii() -> None:
    assert sent(recipient="bob@exämple.org")["To"].addresses[0].addr_spec == "bob@xn--exmple-cua.org"
    assert sent(recipient="bob@例え.jp")["To"].addresses[0].domain == "xn--r8jz45g.jp"


def test_a_domain_that_could_be_two_domains_is_refused() -> None:
    """IDNA 2003 and 2008 read ß differently: the mail would go to somebody else."""
    with pytest.raises(Unsendable, match="two ways"):
        compose(replace(LETTER, recipient="bob@fußball.example"))


def test_a_local_part_of_another_script_is_refused_with_a_sentence() -> None:
    with pytest.raises(Unsendable, match="do not carry"):
        compose(replace(LETTER, recipient="用户@example.org"))


@pytest.mark.parametrize(
    "message_id", ["", "abc", "<abc>", "<a b@example.org>", "<a@b>c", "<@example.org>", "<a@exa_mple.org>"]
)
def test_a_malformed_message_id_is_refused(message_id: str) -> None:
    with pytest.raises(Unsendable):
        compose(replace(LETTER, message_id=message_id))


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(Unsendable):
        compose(replace(LETTER, date=datetime(2027, 3, 1, 15, 0)))  # noqa: DTZ001 - that is the fault


@pytest.mark.parametrize("field", ["subject", "text", "html", "recipient_name"])
def test_half_a_character_is_refused(field: str) -> None:
    with pytest.raises(Unsendable):
        compose(replace(LETTER, **{field: "\ud83d"}))


def test_a_letter_without_a_reply_address_has_none() -> None:
    assert sent(reply_to="")["Reply-To"] is None


def test_a_recipient_without_a_name_is_an_address() -> None:
    assert str(sent(recipient_name="")["To"]) == "bob@example.org"


def test_the_same_letter_is_the_same_bytes() -> None:
    assert compose(LETTER) == compose(replace(LETTER))


@given(WORDS, WORDS)
@example("From here\n.\n-- \nend ", "=_" * 40)
def test_both_parts_come_out_as_they_went_in(text: str, html: str) -> None:
    plain, marked_up = sent(text=text, html=html).iter_parts()
    assert body(plain) == text.rstrip("\n")
    assert unescape(body(marked_up)) == unescape(html.rstrip("\n"))


def read_back(raw: bytes) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The headers and the parts of a message, as the standard library reads them."""
    message = message_from_bytes(raw, policy=default)
    headers = [(name, str(value)) for name, value in message.items() if name not in {"Content-Type", "MIME-Version"}]
    parts = [part for part in message.walk() if not part.is_multipart()]
    return sorted(headers), [(str(part["Content-Type"]), said(part)) for part in parts]


def said(part: Message) -> str:
    assert isinstance(part, EmailMessage)
    content = part.get_content()
    if part.get_content_disposition() == "attachment":
        return repr((part.get_filename(), part["Content-Transfer-Encoding"], content))
    return unescape(body(part))


@given(
    st.text("abcé ,.<>\"'()漢", min_size=1, max_size=12),  # in one encoded word: the library reads two with a space
    st.text("abcé ,.:<>漢’", max_size=80),
    WORDS,
    WORDS,
    st.sampled_from(["", "<first@mentorly.example.org>"]),
    st.sampled_from([None, INVITATION, replace(INVITATION, meeting=replace(INVITATION.meeting, is_cancelled=True))]),
    st.lists(
        st.builds(
            Attachment,
            st.from_regex(FILE_NAME, fullmatch=True),
            st.sampled_from(["application/pdf", "image/png", "application/vnd.oasis.opendocument.text"]),
            st.binary(max_size=300),
        ),
        max_size=2,
    ),
)
@example(
    "Doe, Jané", "Mentorat : l’heure", "Élan\n.\nFrom\n", "<p>" + "é" * 300 + "</p>", "<a@b.example>", None, [GUIDE]
)
def test_the_library_reads_our_message_as_it_reads_its_own(
    name: str, subject: str, text: str, html: str, answers_to: str, invitation: Invitation | None,
    files: list[Attachment],
) -> None:  # fmt: skip
    letter = replace(
        LETTER,
        recipient_name=" ".join(name.split()) or "x",
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        in_reply_to=answers_to,
        invitation=invitation,
        attachments=files,
        list_unsubscribe="https://mentorly.example.org/unsubscribe/" + "a" * 90 if answers_to else "",
    )
    assert read_back(compose(letter)) == read_back(compose_by_library(letter))
