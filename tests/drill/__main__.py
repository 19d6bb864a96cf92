"""`make drill`: the fault drill at the terminal."""

import argparse
import json
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from random import Random

from tests.drill.report import result, table
from tests.drill.running import run
from tests.drill.script import Script
from tests.drill.theft import Theft

RESULT = Path("build/drill.json")


def main() -> None:
    """Do a drill, print its table, keep its result, and end with 1 if anything failed."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    script = Script.write(options.seed, options.minutes * 60, options.mails)
    print(f"Seed {script.seed}: {len(script.mails)} mails, {len(script.breaks)} faults, {script.seconds:.0f} seconds.")
    theft = Theft(Random(f"theft {script.seed}").uniform(0.2, 0.6) * script.seconds) if options.delete_one else None
    folder = Path(tempfile.mkdtemp(prefix="drill"))
    outcome = run(script, folder, theft)
    print(table(outcome))
    options.result.parent.mkdir(parents=True, exist_ok=True)
    options.result.write_text(json.dumps(result(outcome), indent=1) + "\n", "utf-8")
    if theft is not None:
        print(f"The mail to {theft.taken_from} was taken away on purpose." if theft.taken_from else "Nothing was taken.")
    if options.logs or outcome.verdict.failures:
        print(f"The logs are in {folder}.")
    else:
        shutil.rmtree(folder)
    sys.exit(bool(outcome.verdict.failures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.drill", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long parts break (10)")
    parser.add_argument("--mails", type=int, help="how many fall due (10 a second)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="the same script again")
    parser.add_argument("--result", type=Path, default=RESULT, help=f"where the result is kept ({RESULT})")
    parser.add_argument("--delete-one", action="store_true", help="take one mail away, to see the drill fail")
    parser.add_argument("--logs", action="store_true", help="keep the logs also when all went well")
    return parser.parse_args()


if __name__ == "__main__":
    main()
