"""Bounces, complaints and receipts: what they say of an address, and what they do not."""

from base64 import encodebytes

import pytest

from mentorly.emails.bounces import bounce, complaint, receipt
from mentorly.emails.incoming import Incoming
from mentorly.emails.reasons import codes_in
from mentorly.mentoring.unreached import Verdict
from tests.emails.received import OWN

ORIGINAL = "<0123456789abcdef0123456789abcdef@mentorly.example.org>"
REPORT = (OWN / "dsn_permanent.eml").read_text()


def report(action: str, status: str, diagnostic: str) -> Incoming:
    text = REPORT.replace("Action: failed", f"Action: {action}").replace("Status: 5.1.1", f"Status: {status}")
    return Incoming.read(text.replace("smtp; 550 5.1.1 nobody of that name", diagnostic).encode())


def notice(words: str, head: str = "") -> Incoming:
    return Incoming.read(
        f"Return-Path: <>\nFrom: postmaster@example.net\nSubject: Undeliverable\n{head}\n{words}".encode()
    )


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "verdict"),
    [
        ("failed", "5.1.1", "smtp; 550 5.1.1 unknown", Verdict.PERMANENT),
        ("FAILED", "5.1.10 (nobody)", "", Verdict.PERMANENT),
        ("failed", "5.0.0", "smtp; 550 5.1.1 unknown", Verdict.PERMANENT),
        ("failed", "5.2.2", "", Verdict.FULL),
        ("failed", "4.2.2", "smtp; 452 4.2.2 no room", Verdict.FULL),
        ("failed", "5.0.0", "smtp; 552 mailbox is full", Verdict.FULL),
        ("failed", "5.7.1", "", Verdict.POLICY),
        ("failed", "5.7.606", "smtp; 550 5.7.606 go away", Verdict.POLICY),
        ("failed", "5.1.8", "smtp; sender refused", Verdict.POLICY),
        ("failed", "5.3.4", "smtp; 552 much too much", Verdict.POLICY),
        ("failed", "5.1.0", "smtp; 550 not allowed to send by its SPF record", Verdict.POLICY),
        ("failed", "5.4.4", "", Verdict.TRANSIENT),
        ("failed", "4.4.7", "smtp; 421 timed out", Verdict.TRANSIENT),
        ("failed", "5.5.0", "smtp; 554 given up, since the domain is not reachable", Verdict.TRANSIENT),
        ("delayed", "4.4.1", "", Verdict.DELAYED),
        ("delayed", "5.1.1", "", Verdict.DELAYED),
    ],
)
def test_a_status_says_what_is_wrong(action: str, status: str, diagnostic: str, verdict: Verdict) -> None:
    found = bounce(report(action, status, diagnostic))
    assert found is not None
    assert (found.verdict, found.action) == (verdict, action.lower())
    assert status.startswith(found.status)
    assert (found.recipients, found.original) == (("someone@example.net",), ORIGINAL)


def test_a_mail_that_arrived_is_no_bounce() -> None:
    received = report("delivered", "2.0.0", "")
    assert bounce(received) is None
    assert receipt(received) is not None


def test_of_several_recipients_the_gravest_fault_counts() -> None:
    first = "Final-Recipient: rfc822; Someone@example.net"
    two = REPORT.replace(
        first, f"Final-Recipient: rfc822; other@example.net\nAction: delayed\nStatus: 4.0.0\n\n{first}"
    )
    found = bounce(Incoming.read(two.encode()))
    assert found is not None
    assert found.verdict is Verdict.PERMANENT
    assert found.recipients == ("other@example.net", "someone@example.net")


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("<a@example.net>: 550 5.1.1 nobody", Verdict.PERMANENT),
        ("Your mail could not be delivered to a@example.net.", Verdict.PERMANENT),
        ("a@example.net: mailbox full", Verdict.FULL),
        ("<a@example.net>: 554 5.7.1 refused", Verdict.POLICY),
        ("DNS Error: Domain name not found", Verdict.TRANSIENT),
        ("Delivery failed 12 attempts", Verdict.TRANSIENT),
        ("450 4.2.1 busy. This is a warning message only. The mail will be retried.", Verdict.DELAYED),
        ("550 5.1.1 nobody\n\n--- Original message ---\n\nRead lesson 5.2.2: mailbox full", Verdict.PERMANENT),
    ],
)
def test_a_notice_without_a_status_is_read_by_its_own_words(words: str, verdict: Verdict) -> None:
    found = bounce(notice(words))
    assert found is not None
    assert found.verdict is verdict


def test_a_notice_names_the_recipients_that_its_server_named() -> None:
    found = bounce(notice("failed", "X-Failed-Recipients: A@example.net, b@example.net\n"))
    assert found is not None
    assert found.recipients == ("a@example.net", "b@example.net")


def test_a_report_that_a_relay_mangled_is_still_read() -> None:
    head, _, rest = REPORT.partition("Final-Recipient:")
    fields, _, tail = rest.partition("\n\n--edge\nContent-Type: text/rfc822-headers")
    mangled = encodebytes(f"Final-Recipient:{fields}\n".encode()).decode()
    edge = "\n--edge\nContent-Type: text/rfc822-headers"
    whole = f"{head.rstrip()}\nContent-Transfer-Encoding: base64\n\n{mangled}{edge}{tail}"
    found = bounce(Incoming.read(whole.encode()))
    assert found is not None
    assert (found.verdict, found.recipients) == (Verdict.PERMANENT, ("someone@example.net",))


@pytest.mark.parametrize(
    "head",
    [
        "From: dana.wu@example.org\nSubject: Undeliverable: was that you?",
        "From: dana.wu@example.org\nSubject: failure notice",
    ],
)
def test_a_person_who_speaks_of_bounces_is_no_bounce(head: str) -> None:
    assert bounce(Incoming.read(f"{head}\n\n<x@example.net>: 550 5.1.1 User unknown".encode())) is None


def test_an_absence_from_the_null_path_is_no_bounce() -> None:
    assert bounce(Incoming.read((OWN / "away_fr.eml").read_bytes())) is None


def test_a_notice_without_a_sender_does_not_break_the_library() -> None:
    found = bounce(Incoming.read((OWN / "bounce_without_from.eml").read_bytes()))
    assert found is not None
    assert found.verdict is Verdict.FULL


@pytest.mark.parametrize("head", ["From: Boîte <mailer-daemon@example.net>", "Content-Description: reçu", "From:"])
def test_a_header_that_the_library_stumbled_over_is_read(head: str) -> None:
    raw = (OWN / "bounce_without_from.eml").read_bytes()
    found = bounce(Incoming.read(f"{head}\n".encode("latin-1") + raw))
    assert found is not None
    assert found.verdict is Verdict.FULL


def test_the_library_writes_nothing_of_a_mail_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        assert bounce(Incoming.read((OWN / "bounce_in_words.eml").read_bytes())) is not None
    assert caplog.records == []


def test_a_complaint_names_the_mail_and_whom_it_went_to() -> None:
    found = complaint(Incoming.read((OWN / "complaint.eml").read_bytes()))
    assert found is not None
    assert (found.kind, found.recipients, found.original) == ("abuse", ("dana.wu@provider.example",), ORIGINAL)


def test_a_receipt_names_the_mail() -> None:
    found = receipt(Incoming.read((OWN / "receipt.eml").read_bytes()))
    assert found is not None
    assert found.original == ORIGINAL


def test_numbers_that_only_look_like_a_status_are_none() -> None:
    assert codes_in("host 5.7.1.12 runs 8.14.2, lesson 5.2.2 of 4.4.4") == []
    assert codes_in("550 5.1.1 x; 554-5.7.1 y; (#5.5.0)\n5.2.2 z") == ["5.1.1", "5.7.1", "5.5.0", "5.2.2"]


def test_what_is_known_of_people_shows_in_no_log() -> None:
    found = bounce(Incoming.read(REPORT.encode()))
    assert "example.net" not in repr(found) + str(found) + repr(Incoming.read(REPORT.encode()))
