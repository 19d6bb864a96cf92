"""`make judge`: judges every golden mail and calendar, every zone and made-up changes, and keeps the results.

`python -m tests.judge --changed` judges the golden mails alone that changed since they were judged.
"""

import hashlib
import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.calendars import made_up, test_invitation
from tests.calendars.test_invitation import CALENDARS
from tests.emails import test_golden
from tests.emails.test_golden import names


def main() -> None:
    """Judge everything; ends with 1 if anything has an error."""
    folder = os.environ.get("MAIL_JUDGES")
    if not folder:
        sys.exit("Set MAIL_JUDGES to the folder of check_mail and check_ics.")
    judges = Path(folder).resolve()
    if sys.argv[1:] == ["--changed"]:
        sys.exit(any(one["errors"] for one in judge_changed(judges).values()))
    verdicts = {name: verdict(_mark_of_mail(name), test_golden.judge(_mail(name), judges)) for name in names()}
    keep(test_golden.JUDGED, verdicts)
    calendars = {name: verdict(test_invitation.mark(name), test_invitation.judge(name, judges)) for name in CALENDARS}
    keep(test_invitation.JUDGED, calendars)
    with TemporaryDirectory() as place:
        made = made_up.judged_in(Path(place), judges)
    verdicts |= calendars | {name: verdict("", errors) for name, errors in made.items()}
    for name, one in verdicts.items():
        print(f"{name}: {len(one['errors'])} errors", *one["errors"], sep="\n  ")
    sys.exit(any(one["errors"] for one in verdicts.values()))


def judge_changed(judges: Path) -> dict[str, dict[str, Any]]:
    """Judge the golden mails that are not kept as judged as they are now; returns what was judged."""
    known = json.loads(test_golden.JUDGED.read_text("utf-8"))
    marks = {name: _mark_of_mail(name) for name in names()}
    changed = [name for name, mark in marks.items() if known.get(name, {}).get("sha256") != mark]
    made = {name: verdict(marks[name], test_golden.judge(_mail(name), judges)) for name in changed}
    for name, one in made.items():
        print(f"{name}: {len(one['errors'])} errors", *one["errors"], sep="\n  ")
    keep(test_golden.JUDGED, {name: made.get(name) or known[name] for name in marks})
    return made


def _mail(name: str) -> Path:
    return test_golden.GOLDEN / f"{name}.eml"


def _mark_of_mail(name: str) -> str:
    return hashlib.sha256(_mail(name).read_bytes()).hexdigest()


def verdict(mark: str, errors: list[str]) -> dict[str, Any]:
    """What is kept of a judgement."""
    return {"sha256": mark, "errors": errors}


def keep(path: Path, verdicts: dict[str, dict[str, Any]]) -> None:
    """Write the judgements beside what was judged."""
    path.write_text(json.dumps(verdicts, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
