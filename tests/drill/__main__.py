"""`make drill`: the fault drill at the terminal."""

import argparse
import json
import secrets
import shutil
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.drill.mail_server import MailServer
from tests.drill.report import result, table
from tests.drill.running import run
from tests.drill.script import Script, dice
from tests.drill.theft import Theft

RESULT = Path("build/drill.json")


def main() -> None:
    """Do a drill, print its table, keep its result, and end with 1 if anything failed."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    script = Script.write(options.seed, options.minutes * 60, options.mails)
    folder = Path(tempfile.mkdtemp(prefix="drill"))
    say = partial(print, flush=True)
    say(f"Seed {script.seed}: {len(script.mails)} mails, {len(script.breaks)} faults, {script.seconds:.0f} seconds.")
    say(f"Logs are written in {folder}.")
    theft = Theft(dice("theft", script.seed).uniform(0.2, 0.6) * script.seconds) if options.delete_one else None
    outcome = run(script, folder, theft, MailServer(program=None) if options.catcher else MailServer(), say)
    print(table(outcome), *outcome.inquest, sep="\n")
    options.result.parent.mkdir(parents=True, exist_ok=True)
    options.result.write_text(json.dumps(result(outcome), indent=1) + "\n", "utf-8")
    if theft is not None:
        print(f"Taken away on purpose: the mail to {theft.taken_from or 'nobody, as none was waiting'}.")
    if not (options.logs or outcome.verdict.failures):
        shutil.rmtree(folder)
    sys.exit(bool(outcome.verdict.failures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.drill", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long parts break (10)")
    parser.add_argument("--mails", type=int, help="how many fall due (10 a second)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="the same script again")
    parser.add_argument("--result", type=Path, default=RESULT, help=f"where the result is kept ({RESULT})")
    parser.add_argument("--catcher", action="store_true", help="our own catcher also where smtp-sink is installed")
    parser.add_argument("--delete-one", action="store_true", help="take one mail away, to see the drill fail")
    parser.add_argument("--logs", action="store_true", help="keep the logs also when all went well")
    return parser.parse_args()


if __name__ == "__main__":
    main()
