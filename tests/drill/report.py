"""The result of a drill: a table for people, a file for programs."""

import os
import platform
import time
from collections import Counter
from typing import Any

from tests.drill.running import Outcome
from tests.drill.script import PARTS


def table(outcome: Outcome) -> str:
    """Write the table that the terminal shows, and the sentences of what failed."""
    verdict, imports = outcome.verdict, outcome.imports
    rows: list[tuple[object, ...]] = [
        ("part", "broken", "met mails", "seconds", "how"),
        *(_of_part(outcome, part) for part in PARTS),
        (),
        ("mails", "", "", "", ""),
        ("expected", verdict.expected, "", "", f"{imports.tries} imports, {imports.failed_tries} of them in vain"),
        ("arrived", verdict.arrived, "", "", f"at {outcome.mail_server}"),
        ("lost", len(verdict.lost)),
        ("unexpected", len(verdict.unexpected)),
        ("copies", len(verdict.copies), "", "", _of_copies(outcome)),
        ("late", len(verdict.late), "", "", f"slowest {verdict.slowest:.0f} s beyond what was broken"),
        (),
    ]
    lines = [_line(row) for row in rows]
    return "\n".join([*lines, *(verdict.failures or ["Nothing was lost or came late, and no copy was needless."])])


def _line(row: tuple[object, ...]) -> str:
    name, times, met, seconds, words = (str(cell) for cell in (*row, *[""] * (5 - len(row))))
    return f"{name:<12} {times:>7} {met:>10} {seconds:>8}  {words}".rstrip()


def _of_part(outcome: Outcome, part: str) -> tuple[object, ...]:
    faults = [fault for fault in outcome.faults if fault.part == part]
    ways = Counter(fault.way for fault in faults).most_common()
    down = sum(fault.ended - fault.began for fault in faults)
    met = sum(outcome.verdict.met[fault] > 0 for fault in faults)
    return part, len(faults), met, f"{down:.0f}", ", ".join(f"{way} {times}" for way, times in ways)


def _of_copies(outcome: Outcome) -> str:
    causes = Counter(f"{copy.fault.part} {copy.fault.way}" for copy in outcome.verdict.copies if copy.fault)
    return ", ".join(f"{cause} {times}" for cause, times in causes.most_common())


def result(outcome: Outcome) -> dict[str, Any]:
    """Put together what a program would read. Moments are in seconds after the first fault."""
    verdict = outcome.verdict
    first = min((fault.began for fault in outcome.faults), default=0.0)
    return {
        "machine": _machine(),
        "ended_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seed": outcome.script.seed,
        "seconds": {"asked": outcome.script.seconds, **outcome.seconds},
        "mail_server": outcome.mail_server,
        "mails": {
            "expected": verdict.expected,
            "arrived": verdict.arrived,
            "lost": len(verdict.lost),
            "unexpected": len(verdict.unexpected),
            "copies": len(verdict.copies),
            "copies_with_another_message_id": len(verdict.copies_with_other_id),
            "copies_without_excuse": len(verdict.copies_without_excuse),
            "late": len(verdict.late),
            "slowest_seconds_over_what_was_broken": round(verdict.slowest, 1),
            "usual_seconds": round(verdict.usual, 2),
        },
        "breaks": {part: dict(Counter(one.way for one in outcome.faults if one.part == part)) for part in PARTS},
        "faults": [
            {
                "part": one.part,
                "way": one.way,
                "began": round(one.began - first, 2),
                "ended": round(one.ended - first, 2),
                "mails_met": verdict.met[one],
            }
            for one in outcome.faults
        ],
        "copies": [
            {
                "kind": copy.mail.kind,
                "part": copy.fault.part if copy.fault else None,
                "way": copy.fault.way if copy.fault else None,
                "first_came": round(copy.before.at - first, 2),
                "first_came_seconds_from_it": round(copy.seconds, 2),
                "came_again_seconds_after_the_first": round(copy.again.at - copy.before.at, 2),
                "same_message_id": not copy.has_other_id,
            }
            for copy in verdict.copies
        ],
        "imports": {"tried": outcome.imports.tries, "tried_again": outcome.imports.failed_tries},
        "ended_by_themselves": outcome.ends,
        "tracebacks": outcome.tracebacks,
        "failures": verdict.failures,
        "what_the_database_says_of_them": outcome.inquest,
    }


def _machine() -> dict[str, Any]:
    return {
        "system": platform.system(),
        "release": platform.release(),
        "architecture": platform.machine(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
    }
