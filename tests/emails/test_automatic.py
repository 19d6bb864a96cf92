"""Automatic mail is known by its signs, and a person's mail has none."""

import pytest

from mentorly.emails.automatic import automatic
from mentorly.emails.incoming import Incoming
from mentorly.emails.judging import judge
from tests.emails.received import OURS, OWN

PERSON = "From: Dana Wu <dana.wu@example.org>\nMessage-ID: <1@example.org>\nSubject: Re: your task"


def mail(head: str, sender: str | None = None) -> Incoming:
    return Incoming.read(f"{head}\n\nYes".encode(), envelope_sender=sender)


def test_a_person_s_mail_has_no_sign() -> None:
    received = mail(
        f"{PERSON}\nAuto-Submitted: no (a person)\nPrecedence: first-class\nX-Mailer: iPhone", "dana.wu@example.org"
    )
    assert automatic(received, OURS) is None
    assert judge(received, OURS).is_answerable
    assert automatic(mail(f"Return-Path: <dana.wu@example.org> (from <>)\n{PERSON}"), OURS) is None


@pytest.mark.parametrize(
    ("head", "sign"),
    [
        (f"Return-Path: <>\n{PERSON}", "null return path"),
        (f"Return-Path: <MAILER-DAEMON>\n{PERSON}", "null return path"),
        (f"Return-Path: <>\n\tfrom mx.example.org by <dana.wu@example.org>\n{PERSON}", "null return path"),
        (f"Return-Path: (nobody) <> (nobody)\n{PERSON}", "null return path"),
        (f"Return-Path: Mailer-Daemon (of mx.example.org)\n{PERSON}", "null return path"),
        (f"{PERSON}\nAuto-Submitted: auto-replied (vacation)", "Auto-Submitted"),
        (f"{PERSON}\nAuto-Submitted: AUTO-GENERATED", "Auto-Submitted"),
        (f"{PERSON}\nAuto-Submitted: (away) auto-replied", "Auto-Submitted"),
        (f"{PERSON}\nAuto-Submitted: no\nAuto-Submitted: auto-replied", "Auto-Submitted"),
        (f"{PERSON}\nContent-Type: multipart/report; boundary=x", "multipart/report"),
        (f"{PERSON}\nX-Autoreply: yes", "x-autoreply header"),
        (f"{PERSON}\nX-Autorespond: 1", "x-autorespond header"),
        (f"{PERSON}\nX-Auto-Response-Suppress: All", "x-auto-response-suppress header"),
        (f"{PERSON}\nList-Id: <x.example.org>", "list-id header"),
        (f"{PERSON}\nPrecedence: Bulk", "Precedence"),
        (f"{PERSON}\nPrecedence: auto_reply", "Precedence"),
        (f"{PERSON}\nPrecedence: first-class\nPrecedence: bulk", "Precedence"),
        ("From: postmaster@example.org", "sender is a program"),
        ("From: Mail <MAILER-DAEMON@example.org>", "sender is a program"),
        ("From: no-reply+1@example.org", "sender is a program"),
        ("From: ne-pas-repondre@example.org", "sender is a program"),
        ("Subject: hello", "no sender"),
        ("From: undisclosed:;", "no sender"),
        (PERSON.replace("Re: your task", "Automatic reply: your task"), "subject"),
        (PERSON.replace("Re: your task", "Réponse automatique : votre tâche"), "subject"),
        (f"{PERSON}\nX-Loop: Mentorly.example.org", "our own loop header"),
        (PERSON.replace("<1@example.org>", f"<{'0f' * 16}@mentorly.example.org>"), "our own Message-ID"),
        (PERSON.replace("dana.wu@example.org", "Mentorly@MENTORLY.example.org"), "our own address"),
        (PERSON.replace("dana.wu@example.org", "r.abc234@in.mentorly.example.org"), "our own address"),
    ],
)
def test_each_sign_is_named(head: str, sign: str) -> None:
    received = mail(head)
    found = automatic(received, OURS)
    assert found is not None
    assert found.sign == sign
    assert not judge(received, OURS).is_answerable


def test_a_person_of_our_own_domain_is_a_person() -> None:
    head = PERSON.replace("@example.org", "@mentorly.example.org") + "\nX-Loop: somebody@mentorly.example.org"
    assert automatic(mail(head), OURS) is None


def test_the_envelope_tells_more_than_the_header() -> None:
    assert automatic(mail(f"Return-Path: <dana.wu@example.org>\n{PERSON}", ""), OURS) is not None


def test_an_answer_to_an_automatic_reply_is_a_person_s() -> None:
    assert automatic(mail(PERSON.replace("Re: your task", "Re: Automatic reply: your task")), OURS) is None


def test_a_person_whose_name_is_like_a_program_s_is_a_person() -> None:
    assert automatic(mail("From: Noreen Ply <noreply.noreen@example.org>"), OURS) is None


def test_a_calendar_s_answer_is_data_but_is_not_answered() -> None:
    judgement = judge(Incoming.read((OWN / "calendar_accept.eml").read_bytes()), OURS)
    assert type(judgement.what).__name__ == "Calendar"
    assert not judgement.is_answerable
