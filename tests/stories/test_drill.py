"""The fault drill in twenty seconds; `make drill` does the long one (docs/drill.md)."""

import json
import sys
from pathlib import Path

import pytest

from tests.drill.report import result, table
from tests.drill.running import run
from tests.drill.script import PARTS, Script

SEED = 4


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process die with its parent")
def test_every_part_breaks_and_every_mail_arrives(tmp_path: Path) -> None:
    outcome = run(Script.write(SEED, seconds=20), tmp_path)
    told = f"{table(outcome)}\n{json.dumps(result(outcome), indent=1)}"
    assert outcome.verdict.failures == [], told
    assert outcome.verdict.arrived == len(outcome.script.mails) == 500
    assert {fault.part for fault in outcome.faults} == set(PARTS)
