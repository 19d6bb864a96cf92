"""Incoming: whatever is received is read once, within limits, without a crash."""

import os
import random
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, seed, settings

from mentorly.calendars.reading import read as read_calendar
from mentorly.calendars.received_lines import Unreadable
from mentorly.emails.authentication import dmarc, trusted_results
from mentorly.emails.incoming import Incoming, NotAMail, fingerprint
from mentorly.emails.judging import judge
from mentorly.emails.own_words import own_words
from mentorly.emails.understanding import understood
from tests.conftest import outside
from tests.emails.received import OURS, OWN, decided, expected, messages, tell

SEED = int(os.environ.get("FUZZ_SEED") or random.SystemRandom().randrange(2**32))
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES") or 300)
SILENT = frozenset({"silent", "bounce", "complaint"})


def read(name: str, **envelope: str) -> Incoming:
    return Incoming.read((OWN / name).read_bytes(), **envelope)


def mail(head: str, body: str = "Yes") -> Incoming:
    return Incoming.read(f"{head}\n\n{body}".encode())


def test_a_reply_is_read_with_all_that_the_door_asks_of_it() -> None:
    reply = read("reply_fr_telephone.eml")
    assert (reply.sender, reply.sender_name) == ("alice.gagnon@example.org", "Alice Gagnon")
    assert reply.subject == "Re : Mentorat"
    assert reply.message_id == "<reply-1@example.org>"
    assert reply.answers_to == [
        "<0123456789abcdef0123456789abcdef@mentorly.example.org>",
        "<first@mentorly.example.org>",
    ]
    assert reply.date == datetime(2027, 3, 1, 16, 0, tzinfo=UTC)
    assert reply.envelope_sender == "alice.gagnon@example.org"
    assert reply.text.startswith("Oui, avec plaisir\n")
    assert (reply.calendar, reply.cut) == (None, False)


def test_the_envelope_goes_before_the_headers() -> None:
    reply = Incoming.read((OWN / "reply_fr_telephone.eml").read_bytes(), ["m.x@in.mentorly.example.org"], "<>")
    assert (reply.recipients, reply.envelope_sender) == (("m.x@in.mentorly.example.org",), "")
    assert mail("From: a@example.org").envelope_sender is None


def test_a_report_brings_its_fields_and_the_headers_it_returns() -> None:
    report = read("dsn_permanent.eml")
    assert "status: 5.1.1" in report.delivery_status[0].lower()
    assert dict(report.returned)["message-id"] == "<0123456789abcdef0123456789abcdef@mentorly.example.org>"
    assert "feedback-type: abuse" in read("complaint.eml").feedback.lower()
    assert "displayed" in read("receipt.eml").receipt


def test_the_calendar_outside_is_read_once_and_one_inside_a_returned_mail_is_not() -> None:
    calendar = read("calendar_accept.eml").calendar
    assert calendar is not None
    assert b"PARTSTAT=ACCEPTED" in calendar
    inside = (OWN / "calendar_accept.eml").read_bytes()
    returned = b"From: a@example.org\nContent-Type: multipart/mixed; boundary=outer\n\n--outer\n"
    returned += b"Content-Type: message/rfc822\n\n"
    assert Incoming.read(returned + inside + b"\n--outer--\n").calendar is None


@pytest.mark.parametrize(
    "raw", [b"", b"hello", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", b"\x00" * 900, b"\n\nFrom: a"]
)
def test_what_is_no_mail_is_refused_with_a_sentence(raw: bytes) -> None:
    with pytest.raises(NotAMail, match=r"This is not a mail.*\."):
        Incoming.read(raw)


def test_the_same_mail_is_known_by_its_fingerprint_however_it_came() -> None:
    raw = (OWN / "reply_below.eml").read_bytes()
    ways = [raw, raw.replace(b"\n", b"\r\n"), b"From dana Mon Mar  1 15:00:10 2027\n" + raw, b"\xef\xbb\xbf" + raw]
    assert len({fingerprint(way) for way in ways}) == 1
    assert {Incoming.read(way).sender for way in ways} == {"dana.wu@example.org"}
    assert fingerprint(raw) != fingerprint(raw + b"!")


@pytest.mark.parametrize(
    "charset", ["klingon", "punycode", "idna", "undefined", "rot13", "a\0b", "unicode-1-1-utf-7", '"', "x" * 3000]
)
def test_a_charset_that_nobody_knows_loses_nothing_that_can_be_read(charset: str) -> None:
    raw = f"From: a@example.org\nContent-Type: text/plain; charset={charset}\n\nOui déjà".encode()
    assert Incoming.read(raw).text.startswith("Oui d")


def test_flowed_lines_are_put_together_again() -> None:
    assert mail(
        "From: a@example.org\nContent-Type: text/plain; format=flowed", "Yes, \nwith joy\n> on \n> top"
    ).text == ("Yes, with joy\n> on top")


def test_of_two_senders_none_is_believed() -> None:
    assert mail("From: a@example.org\nFrom: b@example.org").sender == ""
    assert mail("From: a@example.org, b@example.org").sender == ""


@pytest.mark.parametrize(
    ("raw", "cut"),
    [
        (b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\n" * 400_000, True),
        (b"".join(b"Content-Type: multipart/mixed; boundary=x%d\n\n--x%d\n" % (n, n) for n in range(5_000)), True),
        (b"Content-Type: message/rfc822\n\n" * 50_000, True),
        (b"X: y\n" * 300_000, True),
        (b"X: y\n" + b" y\n" * 300_000, True),
        (b"To: " + b"a@b," * 100_000 + b"\n\n", False),
        (b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\n", False),
        (b"Content-Type: text/plain" + b"; a*0*=x" * 20_000 + b"\n\n", False),
        (b"Content-Type: text/html\n\n" + b"<div>" * 100_000, False),
        (b"Content-Type: text/html\n\n<" + b"a" * 400_000, False),
        (b"\n" + b"\n" * 400_000, True),
        (b"\n" + b"On On On 1 wrote:\n" * 20_000, False),
        (b"\n" + b"--\nx\n" * 70_000, True),
    ],
    ids=range(13),
)
def test_a_bomb_is_read_no_further_than_it_pays(raw: bytes, *, cut: bool) -> None:
    received = Incoming.read(b"From: a@example.org\n" + raw)
    assert received.cut is cut
    assert len(received.headers) <= 1_000
    assert max(len(value) for _, value in received.headers) <= 8_000
    assert len(own_words(received.text, received.html)) <= len(received.text) <= 200_000


def test_every_message_there_is_is_read_without_a_crash(
    mail_corpus: Path | None, capsys: pytest.CaptureFixture[str]
) -> None:
    read_ones = refused = 0
    for path in messages(mail_corpus):
        try:
            received = Incoming.read(path.read_bytes())
        except NotAMail:
            refused += 1
            continue
        judge(received, OURS)
        read_ones += 1
        assert received.sender == received.sender.lower()
    assert read_ones >= 18
    tell(
        capsys,
        f"{read_ones} messages read, {refused} files are no mails" + ("" if mail_corpus else "; MAIL_CORPUS is unset"),
    )


def test_every_message_is_judged_as_a_person_judged_it(
    mail_corpus: Path | None, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = expected(mail_corpus)
    wrong, bounces, answered = [], [], []
    for row in rows:
        decision, kind, judgement = decided(row.raw)
        right = (decision, kind) == (row.decision, row.kind)
        if not right:
            wrong.append(f"{row.file}: {row.decision} {row.kind} expected, {decision} {kind} decided")
        if row.decision == "bounce":
            bounces.append(right)
        if row.decision in SILENT and judgement.is_answerable:
            answered.append(row.file)
    tell(
        capsys,
        f"{len(rows) - len(wrong)} of {len(rows)} messages judged as expected, {sum(bounces)} of {len(bounces)} bounces"
        + ("" if mail_corpus else " (MAIL_CORPUS is unset: the project's own alone)"),
        *wrong,
    )
    assert answered == []
    assert sum(bounces) >= 0.95 * len(bounces)
    assert len(wrong) <= 0.05 * len(rows)


# What our own server says of a sender, and what others say in its name.

AR = "Authentication-Results"
TRUSTED = f"{AR}: mx.example.org; spf=pass; dmarc=pass (p=none; dis=none) header.from=example.net"
RECEIVED = "Received: from out.example.net (out.example.net [192.0.2.1]) by mx.example.org with ESMTPS id 1"
FROM = "From: Bob <bob@example.net>"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (f"{TRUSTED}\n{RECEIVED}\n{FROM}", "pass"),
        (f"{RECEIVED}\n{TRUSTED}\n{FROM}", "unknown"),
        (f"{TRUSTED}\n{FROM}", "unknown"),
        (f"{RECEIVED}\n{TRUSTED}\n{RECEIVED}\n{FROM}", "unknown"),
        (f"{TRUSTED.replace('mx.example.org', 'mx.elsewhere.org')}\n{RECEIVED}\n{FROM}", "unknown"),
        (f"{TRUSTED.replace('dmarc=pass', 'dmarc=fail')}\n{RECEIVED}\n{FROM}", "fail"),
        (f"{TRUSTED}\n{TRUSTED.replace('dmarc=pass', 'dmarc=fail')}\n{RECEIVED}\n{FROM}", "fail"),
        (f"{TRUSTED.replace('=example.net', '=elsewhere.net')}\n{RECEIVED}\n{FROM}", "unknown"),
        (f"{TRUSTED}\n{RECEIVED}\n{FROM}\nFrom: Eve <eve@example.net>", "unknown"),
        (f"{AR}: mx.example.org; none (dmarc=pass; dmarc=pass header.from=example.net)\n{RECEIVED}\n{FROM}", "unknown"),
        (f"{TRUSTED}\nReceived: from x (by mx.example.org) by inner.example.com\n{RECEIVED}\n{FROM}", "pass"),
    ],
)
def test_our_server_is_believed_where_it_alone_can_have_written(head: str, said: str) -> None:
    assert dmarc(mail(head), "mx.example.org") == said
    assert dmarc(mail(head), "") == "unknown"


def test_a_server_that_received_nothing_said_nothing() -> None:
    assert trusted_results(mail(f"{TRUSTED}\n{FROM}"), "mx.example.org") == []


# A fuzzer over structure, and over real messages that were damaged.

NAMES = st.sampled_from(
    [
        *(
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Received",
            "Content-Type",
            "Content-Transfer-Encoding",
            "X-Loop",
        ),
        *("Content-Disposition", "In-Reply-To", "References", "Return-Path", "Precedence", "Auto-Submitted", AR),
    ]
)
VALUES = st.one_of(
    st.sampled_from(
        [
            "a@example.org",
            '"x" <a@example.org>',
            "undisclosed-recipients:;",
            "=?utf-8?q?=C3?= <a@b>",
            "=?x?b?a?=",
            "multipart/mixed; boundary=x",
            "multipart/alternative; boundary*0*=utf-8''x; boundary*1=y",
            "multipart/report; report-type=delivery-status; boundary=x",
            "message/rfc822",
            "message/delivery-status",
            "text/html; charset=klingon",
            "text/calendar; method=REPLY",
            "base64",
            "quoted-printable",
            "x-uuencode",
            "attachment; filename*=utf-8''%ff.ics",
            "Mon, 99 Foo 2027 25:61:61 +9999",
            "<>",
            "(" * 40,
            '"' * 7,
        ]
    ),
    st.text(max_size=40),
)
HEADER = st.tuples(NAMES, VALUES).map(lambda pair: f"{pair[0]}: {pair[1]}\n".encode("utf-8", "surrogatepass"))
LINE = st.one_of(
    st.sampled_from(
        [
            b"--x\n",
            b"--x--\n",
            b"\n",
            b"Content-Type: text/plain\n\n",
            b"> quoted\n",
            b"Action: failed\nStatus: 5.9.9\n\n",
            b"On Mon, 1 Mar 2027 a@b wrote:\n",
            b"-- Reply above this line --\n",
            b"Yes\n",
            b"<div><blockquote type=cite>x</div>\n",
        ]
    ),
    HEADER,
    st.binary(max_size=60),
)
BUILT = st.tuples(st.lists(HEADER, max_size=9), st.lists(LINE, max_size=25)).map(
    lambda pair: b"From: bob@example.net\n" + b"".join(pair[0]) + b"\n" + b"".join(pair[1])
)


def damaged(raw: bytes, wounds: list[tuple[int, int, bytes]]) -> bytes:
    for place, length, instead in wounds:
        at = place % (len(raw) + 1)
        raw = raw[:at] + instead + raw[at + length :]
    return raw


WOUNDS = st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 400), st.one_of(LINE, st.just(b""))), max_size=6)
CORPUS = outside("MAIL_CORPUS")
FILES = [path for path in messages(CORPUS) if path.suffix in {".eml", ".txt", ".html"}]
SIGNS = st.sampled_from(
    [b"Auto-Submitted: auto-replied\n", b"Return-Path: <>\n", b"List-Id: <x>\n", b"Precedence: bulk\n"]
)


def take(raw: bytes) -> bool:
    """Take a message as the door would; whether it may be answered."""
    try:
        received = Incoming.read(raw)
    except NotAMail:
        return False
    judgement = judge(received, OURS)
    words = own_words(received.text, received.html)
    understood(words)
    if received.calendar is not None:
        with suppress(Unreadable):
            read_calendar(received.calendar)
    for told in (received.sender, received.subject, received.message_id, received.text, words, str(received.date)):
        assert "\0" not in told
        told.encode("utf-8")
    return judgement.is_answerable


def signed(raw: bytes, sign: bytes) -> bytes:
    """A message below a header; a first line that begins with white space becomes a header of its own."""
    return sign + (b"X-Before:" + raw if raw[:1] in {b" ", b"\t"} else raw)


@seed(SEED)
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(BUILT, st.tuples(st.sampled_from(FILES).map(Path.read_bytes), WOUNDS).map(lambda pair: damaged(*pair))),
    SIGNS,
)
def test_no_message_makes_it_crash_and_no_automatic_one_is_answered(raw: bytes, sign: bytes) -> None:
    take(raw)
    assert not take(signed(raw, sign))


@seed(SEED)
@settings(max_examples=max(EXAMPLES // 3, 50), suppress_health_check=list(HealthCheck))
@given(st.sampled_from([row for row in expected(CORPUS) if row.decision in SILENT]).map(lambda row: row.raw), WOUNDS)
def test_a_damaged_body_makes_no_person_of_a_program(raw: bytes, wounds: list[tuple[int, int, bytes]]) -> None:
    head, edge, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    assert not take(head + edge + damaged(body, wounds))


def test_the_seed_of_the_fuzzer_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    tell(capsys, f"fuzzer: FUZZ_SEED={SEED} FUZZ_EXAMPLES={EXAMPLES}, {len(FILES)} messages to damage")
    assert len(FILES) >= 18
