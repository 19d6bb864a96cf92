"""The main job, with real processes: from a roster to people matched, by mail."""

import json
from collections import Counter
from pathlib import Path

from tests.stories.kit import DATA, Service, button_of, press, wait_for, words_of


def test_a_roster_becomes_matches_from_mails_alone(tmp_path: Path) -> None:
    service = Service(tmp_path / "instance")
    service.run("program", "add", "Pilot 2027", "--kind", "one-on-one", "--start", "2027-03-01")
    faults = service.run("roster", "import", str(DATA / "broken.csv"), "--program", "Pilot 2027", code=1)
    assert len(faults.splitlines()) == 10
    assert json.loads(service.run("upcoming", "--json")) == []
    for file in ("pilot.csv", "pilot-from-a-spreadsheet.csv", "pilot.csv"):
        service.run("roster", "import", str(DATA / file), "--program", "Pilot 2027")
        service.run("round")
    assert Counter(address for address, _ in service.mails()).most_common(1)[0][1] == 1
    assert len(service.mails()) == 43

    service.run("match", "import", str(DATA / "pairs.csv"))
    service.run("round")
    proposals = service.mails()[43:]
    assert len(proposals) == 14
    with service.up():
        for _, mail in proposals:
            status, page = press(button_of(mail, "accept"))
            assert status == 200, page
        wait_for(lambda: len(service.mails()) == 43 + 14 + 42, 30, "the match mails")
        matched = Counter(address for address, _ in service.mails()[57:])
        assert sum(matched.values()) == 42
        status, page = press(button_of(proposals[0][1], "accept"))
        assert status == 200
    service.run("round")
    assert len(service.mails()) == 99


def test_a_yes_is_mailed_within_two_seconds_and_says_how_to_reach_each_other(tmp_path: Path) -> None:
    """The bell after the commit: nobody waits for the round of the minute."""
    service = Service(tmp_path / "instance")
    bjorn, noemie = "bjorn.rahman@northlight.example.com", "noemie.okafor@northlight.example.com"
    service.run("program", "add", "Pilot", "--kind", "one-on-one", "--start", "2027-03-01")
    service.run("roster", "import", str(DATA / "pilot.csv"), "--program", "Pilot")
    service.run("match", "propose", bjorn, noemie, "--program", "Pilot")
    service.run("round")
    address, asked = service.mails()[-1]
    assert address == bjorn
    assert noemie not in words_of(asked)
    with service.up():
        before = len(service.mails())
        wait_for(lambda: service.answers("/readyz"), 20, "being ready")
        assert press(button_of(asked, "accept"))[0] == 200
        wait_for(lambda: len(service.mails()) >= before + 3, 2, "the mail to both and to the lead")
    told = dict(service.mails()[before:])
    assert bjorn in words_of(told[noemie])
    assert noemie in words_of(told[bjorn])
