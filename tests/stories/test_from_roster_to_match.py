"""The main job, with real processes: from a roster to people matched, by mail."""

import csv
import json
import time
from collections import Counter
from email.message import EmailMessage
from pathlib import Path

from tests.stories.kit import DATA, Service, button_of, press, wait_for, words_of

MENTEES = dict(csv.reader((DATA / "pairs.csv").read_text("utf-8").splitlines()))


def test_a_roster_becomes_matches_from_mails_alone_and_a_yes_is_mailed_within_two_seconds(tmp_path: Path) -> None:
    """The bell after the commit: nobody waits for the round of the minute."""
    service = Service(tmp_path / "instance")
    service.run("program", "add", "Pilot 2027", "--kind", "one-on-one", "--start", "2027-03-01")
    faults = service.run("roster", "import", str(DATA / "broken.csv"), "--program", "Pilot 2027", code=1)
    assert len(faults.splitlines()) == 10
    assert json.loads(service.run("upcoming", "--json")) == []
    for file in ("pilot.csv", "pilot-from-a-spreadsheet.csv", "pilot.csv"):
        service.run("roster", "import", str(DATA / file), "--program", "Pilot 2027")
        service.run("round")
    assert Counter(address for address, _ in service.mails()).most_common(1)[0][1] == 1
    assert service.arrived() == 43

    service.run("match", "import", str(DATA / "pairs.csv"))
    done = Counter(service.deeds())
    assert done == {"program_added": 1, "roster_imported": 1, "match_proposed": 14}, "what changed nothing is no act"
    service.run("round")
    proposals = service.mails()[43:]
    assert len(proposals) == 14
    assert not [mentor for mentor, mail in proposals if MENTEES[mentor] in words_of(mail)]
    with service.up():
        wait_for(lambda: service.answers("/readyz"), 60, "being ready")
        # On a busy machine one yes may take longer; the round of the minute would keep every one waiting.
        assert min(seconds_until_told(service, *proposal) for proposal in proposals[:4]) < 2
        for _, mail in proposals[4:]:
            status, page = press(button_of(mail, "accept"))
            assert status == 200, page
        wait_for(lambda: service.arrived() == 43 + 14 + 42, 60, "the match mails")
        matched = Counter(address for address, _ in service.mails()[57:])
        assert sum(matched.values()) == 42
        status, page = press(button_of(proposals[0][1], "accept"))
        assert status == 200
    service.run("round")
    assert service.arrived() == 99


def seconds_until_told(service: Service, mentor: str, asked: EmailMessage) -> float:
    """Say yes for a mentor; the seconds until both and the lead are told, and both how to reach each other."""
    before, pressed = service.arrived(), time.monotonic()
    assert press(button_of(asked, "accept"))[0] == 200
    wait_for(lambda: service.arrived() >= before + 3, 50, "the mail to both and to the lead")
    seconds = time.monotonic() - pressed
    told = dict(service.mails()[before:])
    assert mentor in words_of(told[MENTEES[mentor]])
    assert MENTEES[mentor] in words_of(told[mentor])
    return seconds


def test_the_terminal_lets_a_person_have_their_data_and_sees_counts_alone(tmp_path: Path) -> None:
    service = Service(tmp_path / "instance")
    service.run("program", "add", "Pilot 2027", "--kind", "one-on-one", "--start", "2027-03-01")
    service.run("roster", "import", str(DATA / "pilot.csv"), "--program", "Pilot 2027")
    service.run("round")
    address, _ = service.mails()[0]
    counts = dict(line.split("\t") for line in service.run("export", address).splitlines())
    assert (counts["profile"], counts["roles"], counts["notes"]) == ("1", "1", "0")
    assert "was asked for on" in service.run("export", address, code=1)
    assert "Nobody is registered" in service.run("export", "nobody@example.org", code=1)
    service.run("round")
    told, mail = service.mails()[-1]
    assert (told, mail["Subject"] in {"What we hold about you", "Ce que nous détenons à votre sujet"}) == (
        address,
        True,
    )
    assert service.deeds()[-1] == "data_asked_for"
    file = tmp_path / "support.json"
    service.run("support-dump", str(file))
    assert "exists already" in service.run("support-dump", str(file), code=1)
    service.run("support-dump", str(file), "--force")
    dump = file.read_text("utf-8")
    assert json.loads(dump)["tables"]["person"]["rows"] == len(service.mails()) - 1
    assert "@" not in dump
    assert "cannot be written" in service.run("support-dump", str(tmp_path / "nowhere" / "support.json"), code=1)
