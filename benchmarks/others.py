"""The same mails sent by others: django-post_office, and one RQ job for each mail."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.databases import OnPostgreSQL
from benchmarks.peers import tutorial
from benchmarks.sink import Sink
from mentorly.emails.message import Letter
from mentorly.jobs.leash import leash
from tests.servers import Valkey

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "build" / "bench-peers"
PACKAGES = ("django>=5.2,<6", "django-post_office>=3.9", "psycopg[binary]>=3.3")
DATABASE = "post_office"
PATIENCE = 180
WORKERS = 2


class LeftOut(Exception):
    """A peer cannot be measured here; the text says why."""


def python_with_django() -> Path:
    """The Python of an environment with django-post_office, which is made once. Raises LeftOut."""
    python = CACHE / "bin" / "python"
    ready = CACHE / "ready"
    if not ready.exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(CACHE)], check=True, capture_output=True)
            install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
            subprocess.run(install, check=True, capture_output=True, timeout=300)
        except (OSError, subprocess.SubprocessError) as fault:
            raise LeftOut(f"django-post_office could not be installed ({type(fault).__name__})") from fault
        ready.touch()
    return python


@dataclass(frozen=True)
class Others:
    """Who else sends. letter: a mail whose text parts hold {{ name }} and {{ token }}."""

    place: OnPostgreSQL
    sink: Sink
    letter: Letter

    @property
    def _words(self) -> str:
        return json.dumps({"subject": self.letter.subject, "text": self.letter.text, "html": self.letter.html})

    def post_office(self, number: int, *, templated: bool) -> float:
        """Send so many mails by django-post_office; returns the mails a second. Raises LeftOut."""
        script = Path(__file__).parent / "peers" / "django_post_office.py"
        how = "templated" if templated else "ready"
        folder = str(self.place.server.folder)
        self.place.server.create_database(DATABASE)
        command = [str(python_with_django()), str(script), folder, DATABASE, str(self.sink.port), str(number), how]
        before = self.sink.taken
        try:
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
                if process.stdin is None or process.stdout is None:
                    raise LeftOut("django-post_office has no standard streams")
                process.stdin.write(self._words)
                process.stdin.close()
                line = process.stdout.readline()
                if not line:
                    raise LeftOut("django-post_office did not start")
                return number / (self.sink.wait_for(before + number, PATIENCE) - float(line))
        finally:
            self.place.drop(DATABASE)

    def tutorial(self, number: int) -> float:
        """Send so many mails, each by an RQ job; returns the mails a second after the first tenth, workers warm."""
        with Valkey() as redis, TemporaryDirectory(prefix="bench") as folder:
            letter = Path(folder) / "letter.json"
            letter.write_text(self._words, "utf-8")
            before, tenth = self.sink.taken, number // 10
            tutorial.enqueue(redis.url, self.sink.port, str(letter), number)
            with _workers(redis.url):
                began = self.sink.wait_for(before + tenth, PATIENCE)
                at_least = self.sink.taken - before
                return (number - at_least) / (self.sink.wait_for(before + number, PATIENCE) - began)


@contextmanager
def _workers(url: str) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.peers.tutorial", url]
    workers = [
        subprocess.Popen(command, cwd=ROOT, preexec_fn=leash())  # noqa: PLW1509 - it is started from the main thread
        for _ in range(WORKERS)
    ]
    try:
        yield
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            with suppress(subprocess.TimeoutExpired):
                worker.wait(10)
            worker.kill()
