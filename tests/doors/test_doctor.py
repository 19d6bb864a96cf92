"""The doctor looks at every part, and at a received copy; the DNS that it asks is a table here."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask_migrate import upgrade

from mentorly.app import create_app
from mentorly.cli import cli
from mentorly.config import Settings
from mentorly.emails.message import compose
from mentorly.extensions import db
from mentorly.jobs.doctor import visits
from mentorly.jobs.doctor.dns_asking import Ask, NotAsked
from mentorly.jobs.doctor.finding import Finding, State
from mentorly.jobs.doctor.received_copy import copy_findings
from mentorly.jobs.doctor.records import records
from mentorly.mentoring.base import Refused
from tests.cast import MENTORLY_ORG
from tests.doors.smtp_servers import PIPELINING, Server
from tests.doors.test_mail_signature import KEY, SIGNATURE
from tests.doors.test_postbox import open_postbox
from tests.emails.test_message import LETTER
from tests.servers import Valkey, free_port

SIGNING = {"MENTORLY_DKIM_KEY": KEY, "MENTORLY_DKIM_SELECTOR": "m1"}
KEY_RECORD = f"v=DKIM1; k=rsa; p={SIGNATURE.public_key}"
ALL_THERE = {
    "in.mentorly.example.org TXT": ["some other text", "v=spf1 a:relay.example.org -all"],
    "m1._domainkey.mentorly.example.org TXT": [KEY_RECORD[:100] + " " + KEY_RECORD[100:]],
    "_dmarc.example.org TXT": ["v=DMARC1; p=quarantine; rua=mailto:a@example.org"],
    "in.mentorly.example.org MX": ["10 mail.example.org"],
}


def dns(table: Mapping[str, list[str]]) -> Ask:
    return lambda name, kind: table.get(f"{name} {kind}", [])


def offline(name: str, kind: str) -> list[str]:
    raise NotAsked("The DNS could not be asked.")


def looked(ask: Ask, **more: str) -> list[Finding]:
    environ = MENTORLY_ORG | SIGNING | {"MENTORLY_INSTANCE": "/nonexistent"} | more
    return list(records(Settings.load(environ), ask))


def wrong(findings: list[Finding]) -> list[str]:
    assert all(one.remedy for one in findings if not one.is_well)
    assert all(one.found.endswith(".") for one in findings)
    return [f"{one.part}: {one.found}" for one in findings if not one.is_well]


# The records of the DNS


def test_records_that_are_there_are_well() -> None:
    findings = looked(dns(ALL_THERE))
    assert [(one.part, one.state) for one in findings] == [
        (part, State.WELL) for part in ("SPF", "DKIM", "DMARC", "MX")
    ]


def test_where_calendars_answer_to_is_looked_at_if_it_is_elsewhere() -> None:
    findings = looked(dns(ALL_THERE), MENTORLY_CALENDAR_ADDRESS="m.{token}@localhost")
    assert wrong(findings) == ["MX: MENTORLY_CALENDAR_ADDRESS is at localhost, so no answer of a calendar arrives."]
    google = {"cal.mentorly.example.org MX": ["1 aspmx.l.google.com"]}
    findings = looked(dns(ALL_THERE | google), MENTORLY_CALENDAR_ADDRESS="m.{token}@cal.mentorly.example.org")
    assert [one.split(",")[0] for one in wrong(findings)] == [
        "MX: The mail of cal.mentorly.example.org is hosted at Google"
    ]


def test_records_that_are_missing_are_shown_as_they_have_to_be() -> None:
    findings = looked(dns({}), MENTORLY_SMTP_URL="smtp://relay.example.org:587")
    assert {one.state for one in findings} == {State.WRONG}
    assert [one.needed for one in findings] == [
        'in.mentorly.example.org TXT "v=spf1 a:relay.example.org ~all"',
        f'm1._domainkey.mentorly.example.org TXT "{KEY_RECORD}"',
        '_dmarc.mentorly.example.org TXT "v=DMARC1; p=none; rua=mailto:help@mentorly.example.org"',
        "in.mentorly.example.org MX 10 mentorly.example.org",
    ]


def test_without_a_dns_it_is_said_what_is_needed_and_that_nobody_could_be_asked() -> None:
    findings = looked(offline)
    assert {one.state for one in findings} == {State.UNKNOWN}
    assert all("could not be asked" in one.found and one.needed for one in findings)


@pytest.mark.parametrize(
    ("record", "says", "sentence"),
    [
        ("in.mentorly.example.org TXT", ["v=spf1 a -all", "v=spf1 mx -all"], "2 SPF records, so none counts"),
        ("in.mentorly.example.org TXT", ["v=spf1 +all"], "lets everybody send"),
        ("in.mentorly.example.org TXT", ["v=spf10 a -all"], "does not say which servers"),
        ("m1._domainkey.mentorly.example.org TXT", ["v=DKIM1; k=rsa; p="], "another key"),
        ("_dmarc.mentorly.example.org TXT", ["v=DMARC1; p=none", "v=DMARC1; p=reject"], "2 records, so none counts"),
        ("in.mentorly.example.org MX", ["0 "], "no reply arrives"),
        ("in.mentorly.example.org MX", ["1 aspmx.l.google.com", "5 alt1.aspmx.l.google.com"], "hosted at Google"),
    ],
)
def test_a_record_that_says_something_else_is_wrong(record: str, says: list[str], sentence: str) -> None:
    (told,) = wrong(looked(dns(ALL_THERE | {record: says})))
    assert sentence in told


def test_replies_to_another_domain_leave_the_signature_alone_to_vouch() -> None:
    elsewhere = {f"in.elsewhere.example {kind}": ALL_THERE[f"in.mentorly.example.org {kind}"] for kind in ("TXT", "MX")}
    ask = dns(ALL_THERE | elsewhere)
    replies = {"MENTORLY_REPLY_ADDRESS": "r.{token}@in.elsewhere.example"}
    assert looked(ask, **replies)[-1].state == State.NOTED
    assert "SPF does not count" in wrong(looked(ask, **replies, MENTORLY_DKIM_KEY="", MENTORLY_DKIM_SELECTOR=""))[-1]


# A received copy


def copied(change: Callable[[bytes], bytes] = bytes, sender: str = "r.x@in.mentorly.example.org") -> bytes:
    results = b"Authentication-Results: mx.example.net; dkim=pass header.d=mentorly.example.org\r\n"
    received = b"Received: from a.example.org by mx.example.net with ESMTPS id 1\r\n"
    head = f"Return-Path: <{sender}>\r\n".encode() + results + received
    return head + change(SIGNATURE.sign(compose(LETTER)))


def test_a_copy_as_it_was_sent_is_known_for_ours() -> None:
    findings = copy_findings(copied(), dns(ALL_THERE), "mx.example.net")
    assert wrong(findings) == []
    assert [one.part for one in findings] == ["DKIM", "SPF", "Authentication-Results", "DMARC"]
    assert "mx.example.net says: dkim=pass" in findings[2].found


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda raw: raw.replace(b"please answer", b"pay at once"), "does not fit the mail"),
        (lambda raw: raw.partition(b"\r\nFrom:")[2].join([b"From:", b""]), "has no signature"),
        (lambda raw: raw.replace(b"s=m1;", b"s=m2;"), "cannot be checked"),
        (lambda raw: raw.replace(b"bh=", b"xx="), "cannot be checked"),
        (lambda raw: raw.replace(b"From: Mentorly <mentorly@mentorly", b"From: Mentorly <mentorly@elsewhere"), "fit"),
    ],
)
def test_a_copy_that_was_changed_is_told_so(change: Callable[[bytes], bytes], sentence: str) -> None:
    told = wrong(copy_findings(copied(change), dns(ALL_THERE)))
    assert sentence in told[0]
    assert told[-1].startswith("DMARC:")


def test_a_signature_of_another_domain_does_not_vouch_for_the_sender() -> None:
    letter = compose(replace(LETTER, sender="Mentorly <mentorly@mentorly.example.net>"))
    findings = copy_findings(SIGNATURE.sign(letter), dns(ALL_THERE))
    assert findings[0].state == State.NOTED
    assert findings[-1].state == State.WRONG


def test_a_copy_that_cannot_be_checked_is_not_called_wrong() -> None:
    assert {one.state for one in copy_findings(copied(), offline)} == {State.UNKNOWN, State.WELL}


def test_a_file_that_is_no_mail_is_refused() -> None:
    with pytest.raises(Refused, match="This is not a mail"):
        visits.of_copy(b"hello", offline)


# A service


@pytest.fixture
def visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Finding]]:
    """Visits the service of these settings, whose DNS is in order."""

    def visit(**settings: str) -> list[Finding]:
        ports = {f"MENTORLY_{name}_LISTEN": f"127.0.0.1:{free_port()}" for name in ("WEB", "CATCHER", "LMTP")}
        for name, value in ({"MENTORLY_INSTANCE": str(tmp_path)} | ports | settings).items():
            monkeypatch.setenv(name, value)
        return visits.of_all_parts(create_app, dns(ALL_THERE))

    return visit


def migrated(settings: Settings) -> Flask:
    app = create_app(settings)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return app


def test_a_service_with_all_its_parts_is_well(
    visit: Callable[..., list[Finding]], blank_database_url: str, valkey: Valkey, tmp_path: Path
) -> None:
    settings = {
        "MENTORLY_DATABASE_URL": blank_database_url,
        "MENTORLY_REDIS_URL": valkey.url,
        "MENTORLY_PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
        "MENTORLY_LMTP_LISTEN": f"127.0.0.1:{free_port()}",
    }
    loaded = Settings.load(settings, instance=str(tmp_path))
    polite = Server(offers=["AUTH PLAIN", PIPELINING], script={"AUTH": ["235 2.7.0 Welcome"]})
    with open_postbox(migrated(loaded), loaded), polite as server:
        url = f"smtp://mentorly:secret@127.0.0.1:{server.port}"
        findings = visit(**MENTORLY_ORG | SIGNING | settings | {"MENTORLY_SMTP_URL": url})
    assert wrong(findings) == []
    assert {one.part for one in findings if one.state == State.WELL} >= {
        *("settings", "database", "Redis", "mail server", "postbox", "clock", "SPF", "DKIM", "DMARC", "MX")
    }
    assert server.taken == []


def test_each_part_that_is_away_is_told_with_what_to_do(visit: Callable[..., list[Finding]]) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    findings = visit(
        MENTORLY_DATABASE_URL=f"postgresql+psycopg://mentorly:secret@{nobody}/mentorly",
        MENTORLY_REDIS_URL=f"redis://:secret@{nobody}/0",
        MENTORLY_SMTP_URL=f"smtp://mentorly:secret@{nobody}",
    )
    told = "\n".join(wrong(findings))
    for part in ("database", "Redis", "mail server", "settings: Mails go out, and replies to them go to localhost"):
        assert part in told
    assert "secret" not in "\n".join(line for one in findings for line in one.lines)


def test_a_postbox_that_does_not_listen_is_wrong_where_replies_are_to_arrive(
    visit: Callable[..., list[Finding]],
) -> None:
    (told,) = [one for one in visit(**MENTORLY_ORG) if one.part == "postbox"]
    assert (told.state, "mentorly postbox" in told.remedy) == (State.WRONG, True)


def test_a_mail_server_that_knows_no_such_user_is_told_so(visit: Callable[..., list[Finding]]) -> None:
    with Server({"AUTH": ["535 5.7.8 Bad credentials"]}, ["AUTH PLAIN"]) as server:
        findings = visit(MENTORLY_SMTP_URL=f"smtp://mentorly:secret@127.0.0.1:{server.port}")
    (told,) = [one for one in findings if one.part == "mail server"]
    assert told.state == State.WRONG
    assert "user, password" in told.remedy


def test_a_setting_that_cannot_be_read_is_the_only_finding(visit: Callable[..., list[Finding]]) -> None:
    assert wrong(visit(MENTORLY_SMTP_URL="mail.example.org")) == [
        "settings: MENTORLY_SMTP_URL is malformed: write it as smtp://user:password@host:587 or smtps://…."
    ]


def test_the_command_ends_with_0_while_nothing_has_to_be_done(tmp_path: Path) -> None:
    new = {
        "MENTORLY_INSTANCE": str(tmp_path),
        "MENTORLY_CATCHER_LISTEN": f"127.0.0.1:{free_port()}",
        "MENTORLY_LMTP_LISTEN": f"127.0.0.1:{free_port()}",
        "MENTORLY_PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
    }
    asked = CliRunner().invoke(cli, ["doctor", "--json"], env=new)
    parts = [one["part"] for one in json.loads(asked.stdout)]
    assert parts == ["settings", "database", "Redis", "mail server", "postbox", "clock", "public address", "DNS"]
    assert asked.exit_code == 0
    asked = CliRunner().invoke(cli, ["doctor"], env=new | {"MENTORLY_DKIM_SELECTOR": "m1"})
    assert asked.output.startswith("wrong   settings: MENTORLY_DKIM_KEY_FILE is missing")
    assert asked.exit_code == 1
