"""Golden mails: each kind in both languages as a file, reviewed in the diff, and judged by check_mail when it changes.

``GOLDEN=write pytest tests/emails/test_golden.py`` writes them; ``make judge`` judges all of them again.
"""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from mentorly.config import Settings
from mentorly.emails.matching.asking_mentor import sample_person, sample_program
from mentorly.emails.message import compose
from mentorly.emails.writing import Desk
from tests.calendars import test_invitation
from tests.cast import MENTORLY_ORG, MONDAY, REGISTER
from tests.conftest import skip

GOLDEN = Path(__file__).parent / "golden"
JUDGED = GOLDEN / "judged.json"
SETTINGS = Settings.load(MENTORLY_ORG | {"MENTORLY_INSTANCE": "/nonexistent"})
READERS = {"mentor": "Alice Gagnon", "mentee": "Bob Tremblay", "lead": "Carol Roy"}
ROLES = {
    "digest": "lead",
    "address_failing": "lead",
    "match_lapsed": "lead",
    "match_reserved": "lead",
    "matched_lead": "lead",
    "matched_mentee": "mentee",
    **dict.fromkeys(
        (
            "agenda_wanted",
            "did_it_take_place",
            "did_it_take_place_again",
            "invitation",
            "meeting_declined",
            "meeting_off",
            "meeting_reminder",
            "meeting_times",
            "planned_elsewhere",
            "session_logged",
            "task_added",
            "task_due_soon",
            "task_overdue",
            "time_countered",
            "time_kept",
        ),
        "mentee",
    ),
    "monthly_figures": "lead",
    "concern_kept": "mentee",
    "concern_raised": "lead",
    "not_reached": "lead",
    "progress_report": "lead",
    "quiet_nudge": "mentee",
    "quiet_nudge_again": "mentee",
    "quiet_told": "lead",
    "relationship_ended": "mentee",
    "relationship_ended_lead": "lead",
    "report_not_delivered": "lead",
    "unheard_told": "lead",
    "welcome": "mentee",
}
QUOTING = {
    "concern_raised",
    "report_draft_again",
    "digest",
    "match_reserved",
    "meeting_off",
    "meeting_reminder",
    "remark_kept",
    "remark_passed_on",
    "reply_changed_nothing",
    "reply_taken",
    "session_logged",
    "task_added",
    "task_done",
    "task_due_soon",
    "task_overdue",
    "task_remarked",
}


def names() -> Iterator[str]:
    """The names of all golden mails: kind, language and, where it differs, whether the reader has quoting on."""
    for kind in sorted(REGISTER):
        for language in ("en", "fr"):
            yield f"{kind}.{language}"
            if kind in QUOTING:
                yield f"{kind}.{language}.quoting"


def written(name: str, now: datetime = MONDAY) -> bytes:
    """The mail of a golden file's name, as it is written today."""
    kind, language, *quoting = name.split(".")
    role = ROLES.get(kind, "mentor")
    reader = sample_person(READERS[role], sample_program(), role)
    reader.language, reader.quotes = language, bool(quoting)
    return compose(Desk(SETTINGS).sample(REGISTER[kind], reader, now))


@pytest.mark.parametrize("name", list(names()))
def test_a_mail_reads_as_its_golden_file(name: str) -> None:
    path = GOLDEN / f"{name}.eml"
    is_new = not path.exists()
    if is_new or os.environ.get("GOLDEN") == "write":
        path.write_bytes(written(name))
    if is_new:
        skip(f"{path.name} was not there and is written now", "look at it, judge it with make judge, and commit it")
    assert written(name) == path.read_bytes(), (
        f"{path.name} reads otherwise now: look at it, then write it with GOLDEN=write"
    )


def test_there_is_no_golden_file_too_many() -> None:
    assert {path.name for path in GOLDEN.glob("*.eml")} <= {f"{name}.eml" for name in names()}


@pytest.mark.parametrize("name", list(names()))
def test_a_golden_mail_passes_the_independent_judge(name: str, mail_judges: Path | None) -> None:
    path = GOLDEN / f"{name}.eml"
    mark = hashlib.sha256(path.read_bytes()).hexdigest()
    known = json.loads(JUDGED.read_text("utf-8")) if JUDGED.exists() else {}
    if known.get(name, {}).get("sha256") == mark:
        assert known[name]["errors"] == []
        return
    if mail_judges is None:
        skip(f"{name} changed since it was judged", "set MAIL_JUDGES to the folder of check_mail to judge it")
    assert judge(path, mail_judges) == []


def judge(path: Path, judges: Path) -> list[str]:
    """What check_mail calls an error in a golden mail, and check_ics in one that calendars are told of."""
    kind, language, *_ = path.name.split(".")
    errors = judged(path, judges, "reminder" if REGISTER[kind].stoppable else "transactional")
    if b"text/calendar" in path.read_bytes():
        follows = GOLDEN / f"invitation.{language}.eml" if kind == "meeting_off" else None
        errors += test_invitation.judged(judges, path, follows)
    return errors


def judged(path: Path, judges: Path, kind: str) -> list[str]:
    """What check_mail calls an error in a mail. kind: reminder or transactional."""
    command = [str(judges / "check_mail"), "--kind", kind, "--json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout, done.stderr
    verdict = json.loads(done.stdout)[str(path)]
    missing = [f"{judge}: {words}" for level, judge, words in verdict if level == "SKIP"]
    assert not missing, f"a judge is missing: {missing}"
    return [f"{judge}: {words}" for level, judge, words in verdict if level == "ERROR"]
