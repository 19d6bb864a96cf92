"""Answers by mail, with real processes: a match is proposed, and the mentor answers it from a telephone."""

import sqlite3
from contextlib import closing
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from mentorly.config import Listen
from tests.doors.handing import MailServer, mail_server
from tests.emails.replying_clients import answered, apple_mail
from tests.stories.kit import DATA, Service, wait_for, words_of

BJORN, NOEMIE = "bjorn.rahman@northlight.example.com", "noemie.okafor@northlight.example.com"
LUC, NADIA = "luc.nguyen@laval-aero.example.org", "nadia.cote@laval-aero.example.org"
LEAD = "anjali.haddad@northlight.example.com"
HOME = "luc@home.example.net"


def from_a_telephone(mail: EmailMessage, sender: str, words: str, language: str) -> bytes:
    """A reply with a signature, the telephone's own line, and all that it answers below."""
    plain, page = apple_mail(words, answered(mail.as_bytes(), language, marked=True))
    reply = EmailMessage(policy=SMTP)
    reply["From"], reply["To"] = sender, str(mail["Reply-To"])
    reply["Subject"], reply["Message-ID"] = f"Re: {mail['Subject']}", f"<{abs(hash(words))}@telephone.example.net>"
    reply["In-Reply-To"] = str(mail["Message-ID"])
    reply.set_content(plain)
    reply.add_alternative(page, subtype="html")
    return reply.as_bytes()


def hand_over(server: MailServer, mail: EmailMessage, raw: bytes, sender: str) -> str:
    """What the postbox says when it is handed a reply to a mail."""
    return server.hand(raw, str(mail["Reply-To"]), sender=sender)[0]


def new_mails(service: Service, before: int, number: int) -> dict[str, EmailMessage]:
    """The mails after the first so many, once there are as many as are expected."""
    wait_for(lambda: service.arrived() >= before + number, 60, f"{number} mails")
    return dict(service.mails()[before:])


def let_the_grace_be_over(service: Service) -> None:
    """Let the five minutes be over in which nobody hears of an answer by mail (SQLite)."""
    with closing(sqlite3.connect(service.instance / "mentorly.sqlite", timeout=20)) as database, database:
        database.execute("UPDATE member SET joined_at = datetime(joined_at, '-5 minutes') || '.000000'")
    service.run("round")


def test_a_mentor_answers_oui_avec_plaisir_from_a_telephone_and_both_are_told_in_their_language(tmp_path: Path) -> None:
    service = Service(
        tmp_path / "instance",
        {
            "MENTORLY_MAIL_FROM": "Mentorly <mentorly@mentorly.example.org>",
            "MENTORLY_REPLY_ADDRESS": "r.{token}@in.mentorly.example.org",
        },
    )
    service.run("program", "add", "Pilot", "--kind", "one-on-one", "--start", "2027-03-01")
    service.run("roster", "import", str(DATA / "pilot.csv"), "--program", "Pilot")
    for pair in ((BJORN, NOEMIE), (LUC, NADIA)):
        service.run("match", "propose", *pair, "--program", "Pilot")
    service.run("round")
    (asked, other), before = (dict(service.mails()[43:])[mentor] for mentor in (BJORN, LUC)), service.arrived()
    with service.up(), mail_server(Listen("127.0.0.1", service.lmtp_port)) as server:
        words = "Oui, avec plaisir\n\nBjörn Rahman\nIngénieur, Northlight Hydro"
        assert hand_over(server, asked, from_a_telephone(asked, BJORN, words, "fr"), BJORN).startswith("250 ")
        (confirmed,) = new_mails(service, before, 1).values()
        assert "nous l’avons comprise : « J’accepte »" in " ".join(words_of(confirmed).split())
        assert "autre chose" not in words_of(confirmed), "a signature is no remark"
        assert confirmed["Auto-Submitted"] == "auto-replied"
        let_the_grace_be_over(service)
        told = new_mails(service, before + 1, 3)
        assert "Bonne nouvelle" in words_of(told[BJORN])
        assert NOEMIE in words_of(told[BJORN])
        assert "Good news" in words_of(told[NOEMIE])
        assert BJORN in words_of(told[NOEMIE])
        assert set(told) == {BJORN, NOEMIE, LEAD}

        forged = str(asked["Reply-To"]).replace("@", "a@")
        assert server.address([forged])[0].startswith("550 5.1.1 ")
        server.say("RSET")
        away = b"From: %b\r\nSubject: Re: x\r\nAuto-Submitted: auto-replied\r\n\r\nYes" % LUC.encode()
        assert hand_over(server, other, away, LUC).startswith("250 ")
        assert hand_over(server, other, from_a_telephone(other, HOME, "Yes", "en"), HOME).startswith("250 ")
        (question,) = new_mails(service, before + 4, 1).items()
        assert question[0] == LUC
        assert "l…@home.example.net" in words_of(question[1])
    service.run("round")
    assert service.arrived() == before + 5
