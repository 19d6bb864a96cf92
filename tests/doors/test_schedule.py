"""The schedule and the worker, over a real Redis that is killed, emptied and started again."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest
from rq import Queue
from rq.job import Job

from mentorly.config import QUEUE, Settings
from mentorly.jobs.embedded import redis_connection
from tests.doors.family import named, python, redis_running, running, settings_in, until

JOBS = """
import os, time
from pathlib import Path
from flask import current_app

def note(word):
    with Path("notes").open("a") as notes:
        notes.write(f"{word} {os.getpid()} {current_app.name}\\n")

def beat():
    note("beat")

def long():
    note("begins")
    time.sleep(1.2)
    note("ends")

def crash():
    raise RuntimeError("this job always fails")
"""

SCHEDULE = """
import os, sys
os.chdir(os.environ["MENTORLY_INSTANCE"])
sys.path.insert(0, "")
from mentorly.config import Settings
from mentorly.jobs.schedule import keep_time
keep_time(Settings.load(), {"beats": %d})
"""

WORKER = """
import os, sys
os.chdir(os.environ["MENTORLY_INSTANCE"])
sys.path.insert(0, "")
from flask import Flask
from mentorly.config import Settings
from mentorly.jobs.worker import work
work(Flask("mentorly"), Settings.load())
"""

WORKERS = """
import os, sys
from flask import Flask
from mentorly.config import Settings
from mentorly.jobs.worker import work
work(Flask("mentorly"), Settings.load(), 2, [sys.executable, "-c", os.environ["WORKER"]])
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "heart.py").write_text(JOBS)
    return settings_in(tmp_path)


@contextmanager
def scheduling(settings: Settings, every: int = 1) -> Iterator[Popen[str]]:
    """Have the schedule run, with a beat every so many seconds."""
    code = SCHEDULE.replace('"beats"', '"heart.beat"') % every
    with python(code, MENTORLY_INSTANCE=str(settings.instance)) as process:
        yield process


@contextmanager
def working(settings: Settings, code: str = WORKER) -> Iterator[Popen[str]]:
    """Have a worker run."""
    with python(code, MENTORLY_INSTANCE=str(settings.instance), WORKER=WORKER) as process:
        yield process


def notes(settings: Settings, word: str = "") -> list[list[str]]:
    """Return what the jobs noted: word, process id, name of the app."""
    path = settings.instance / "notes"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [line.split() for line in lines if line.startswith(word)]


def enqueue(settings: Settings, job: str) -> None:
    with redis_connection(settings) as redis:
        Queue(QUEUE, connection=redis).enqueue(job)


def waiting(settings: Settings) -> list[Job]:
    """Return the jobs that nobody took yet."""
    with redis_connection(settings) as redis:
        return Queue(QUEUE, connection=redis).get_jobs()


def test_worker_and_schedule_outlive_a_redis_that_is_killed_and_comes_back_empty(settings: Settings) -> None:
    with scheduling(settings) as schedule, working(settings) as worker:
        with redis_running(settings) as redis:
            assert until(lambda: len(notes(settings)) >= 2)
            redis.kill()
            redis.wait()
            before = len(notes(settings))
        with redis_running(settings):
            assert until(lambda: len(notes(settings)) >= before + 2, 12)
        assert (schedule.poll(), worker.poll()) == (None, None)


def test_worker_and_schedule_outlive_an_emptied_redis(settings: Settings) -> None:
    with redis_running(settings), scheduling(settings), working(settings):
        assert until(lambda: notes(settings))
        with redis_connection(settings) as redis:
            redis.flushall()
        before = len(notes(settings))
        assert until(lambda: len(notes(settings)) >= before + 2)


def test_a_job_that_no_worker_took_vanishes_before_the_next_one_is_due(settings: Settings) -> None:
    with redis_running(settings), scheduling(settings, every=60):
        assert until(lambda: waiting(settings))
        (job,) = waiting(settings)
        with redis_connection(settings) as redis:
            assert 50 < redis.ttl(job.key) <= 55
            redis.delete(job.key)  # as its time to live does
        enqueue(settings, "heart.beat")
        with working(settings):
            assert until(lambda: notes(settings))
    assert len(notes(settings)) == 1


def test_a_job_runs_in_the_context_of_the_app_and_a_failing_one_ends_nothing(settings: Settings) -> None:
    with redis_running(settings), working(settings) as worker:
        enqueue(settings, "heart.crash")
        enqueue(settings, "heart.beat")
        assert until(lambda: notes(settings))
        assert notes(settings) == [["beat", str(worker.pid), "mentorly"]]
        failed = Queue(QUEUE, connection=redis_connection(settings)).failed_job_registry.get_job_ids()
        (result,) = (Job.fetch(number, redis_connection(settings)).latest_result() for number in failed)
        worker.terminate()
        assert worker.stdout is not None
        written = worker.stdout.read()
    assert "A job failed: RuntimeError" in written
    assert result is not None
    assert str(result.exc_string).startswith("RuntimeError")
    assert "always fails" not in written + str(result.exc_string), "what a fault says may be what somebody typed"


@pytest.mark.parametrize("with_redis", [True, False], ids=["Redis there", "Redis away"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_the_schedule_ends_at_once_when_told(settings: Settings, number: signal.Signals, *, with_redis: bool) -> None:
    with redis_running(settings) as redis, scheduling(settings, every=30 if with_redis else 1) as schedule:
        assert until(lambda: waiting(settings))
        if not with_redis:
            redis.kill()
            assert schedule.stdout is not None
            assert "The schedule lost Redis" in schedule.stdout.readline()
        schedule.send_signal(number)
        assert schedule.wait(2) == 0
        assert schedule.stdout is not None
        assert "Traceback" not in schedule.stdout.read()


def test_the_worker_finishes_its_job_when_told_to_end(settings: Settings) -> None:
    with redis_running(settings), working(settings) as worker:
        enqueue(settings, "heart.long")
        assert until(lambda: notes(settings, "begins"))
        worker.terminate()
        assert worker.wait(5) == 0
    assert notes(settings, "ends")


def test_the_worker_finishes_its_job_when_told_to_end_while_redis_is_away(settings: Settings) -> None:
    with redis_running(settings) as redis, working(settings) as worker:
        enqueue(settings, "heart.long")
        assert until(lambda: notes(settings, "begins"))
        redis.kill()
        redis.wait()
        worker.terminate()
        assert until(lambda: notes(settings, "ends"))
        assert worker.wait(20) == 0


@pytest.mark.parametrize("with_redis", [True, False], ids=["Redis there", "Redis away"])
def test_an_idle_worker_ends_at_once_when_told(settings: Settings, *, with_redis: bool) -> None:
    with redis_running(settings) as redis, working(settings) as worker:
        enqueue(settings, "heart.beat")
        assert until(lambda: notes(settings))
        if not with_redis:
            redis.kill()
            assert worker.stdout is not None
            assert "Redis" in worker.stdout.readline()
        worker.terminate()
        assert worker.wait(2) in {0, -signal.SIGTERM}


def test_a_worker_starts_before_its_redis(settings: Settings) -> None:
    with working(settings) as worker:
        assert worker.stdout is not None
        assert "The worker lost Redis" in worker.stdout.readline()
        with redis_running(settings):
            enqueue(settings, "heart.beat")
            assert until(lambda: notes(settings), 10)


@pytest.mark.skipif(sys.platform != "linux", reason="it looks at /proc, and the leash is Linux's")
def test_of_several_workers_a_killed_one_is_started_again_and_all_die_with_their_parent(settings: Settings) -> None:
    with redis_running(settings), working(settings, WORKERS) as parent:
        assert until(lambda: len(named(parent.pid, "work(")) == 2)
        killed, other = named(parent.pid, "work(")
        os.kill(killed, signal.SIGKILL)
        assert until(lambda: len(set(named(parent.pid, "work(")) - {killed}) == 2)
        assert other in named(parent.pid, "work(")
        enqueue(settings, "heart.beat")
        assert until(lambda: notes(settings))
        family = named(parent.pid, "work(")
        assert notes(settings)[0][1] in {str(pid) for pid in family}
        parent.kill()
        assert until(lambda: not any(running(pid) for pid in family), 3)
