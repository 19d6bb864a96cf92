"""The `mentorly` command in a fork of a process that has loaded it: a process of its own, without a second of loading.

That a new Python starts the command as well is tried by `Service.start`, by the drill, and where mail is piped in.
"""

import atexit
import gc
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NoReturn

from mentorly.jobs.leash import leash, leashed_to

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    """What became of a command."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class Preloaded:
    """The process that forks. It ends when its standard input does, or this process."""

    process: "subprocess.Popen[str]" = field(
        default_factory=lambda: subprocess.Popen(
            [sys.executable, "-m", "tests.stories.preloaded"],
            cwd=ROOT,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # a fork takes no thread along
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=leash(),
        )
    )

    def run(self, words: tuple[str, ...], environment: Mapping[str, str]) -> Done:
        """Run a command in an environment, and wait for its end."""
        with tempfile.TemporaryDirectory() as folder:
            said = [f"{folder}/{name}" for name in ("stdout", "stderr")]
            order = {"words": words, "environment": dict(environment), "cwd": str(Path.cwd()), "said": said}
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            code = int(self.process.stdout.readline())
            return Done(code, *(Path(path).read_text("utf-8") for path in said))


@cache
def preloaded() -> Preloaded:
    """The one of this process, started when it is first asked for."""
    one = Preloaded()
    atexit.register(one.process.communicate)
    return one


def main() -> None:
    """Load the service, then fork for each order that comes."""
    from mentorly.cli import main as command
    from mentorly.emails.scanning import find_mails

    find_mails()
    gc.freeze()
    parent = os.getpid()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            leashed_to(parent)
            _perform(command, **json.loads(line))
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


def _perform(
    command: Callable[[], object], words: list[str], environment: dict[str, str], cwd: str, said: list[str]
) -> NoReturn:
    """Be the command: with its words, environment, folder and output, and with its end."""
    for number, path in enumerate(said, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["mentorly", *words]
    code = 0
    try:
        command()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - as Python ends
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
