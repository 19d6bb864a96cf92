"""What happens when parts of the service die, are doubled, or come back late; with real processes and a real Redis."""

import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue

from mentorly.config import QUEUE
from tests.servers import SmtpSink, Valkey
from tests.stories.kit import DATA, Service, wait_for

needs_leash = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process die with its parent")


def test_two_rounds_at_the_same_time_send_nothing_twice(
    tmp_path: Path, blank_database_url: str, valkey: Valkey, smtp_sink: SmtpSink
) -> None:
    service = Service(
        tmp_path / "instance",
        {
            "MENTORLY_DATABASE_URL": blank_database_url,
            "MENTORLY_REDIS_URL": valkey.url,
            "MENTORLY_SMTP_URL": f"smtp://127.0.0.1:{smtp_sink.port}",
        },
    )
    service.run("db", "upgrade")
    service.run("program", "add", "Pilot", "--kind", "one-on-one", "--start", "2027-03-01")
    service.run("roster", "import", str(DATA / "pilot.csv"), "--program", "Pilot")
    queue = Queue(QUEUE, connection=Redis.from_url(valkey.url))
    for _ in range(6):
        queue.enqueue("mentorly.jobs.post.round_job")
    workers = [service.start("work") for _ in range(3)]
    try:
        wait_for(lambda: len(smtp_sink.letters) >= 43 and not queue.count, 40, "43 welcomes")
        time.sleep(1)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(20)
    assert set(Counter(letter.recipients[0] for letter in smtp_sink.letters).values()) == {1}
    assert len(smtp_sink.letters) == 43


@needs_leash
def test_killing_each_child_and_the_parent_loses_no_mail_and_leaves_no_process(tmp_path: Path) -> None:
    service = Service(tmp_path / "instance")
    service.run("program", "add", "Pilot", "--kind", "one-on-one", "--start", "2027-03-01")
    with service.up() as parent:
        wait_for(lambda: service.answers("/readyz"), 20, "being ready")
        service.run("roster", "import", str(DATA / "pilot.csv"), "--program", "Pilot")
        for part in ("valkey-server", "mentorly.jobs.catcher", " work", " schedule", "gunicorn"):
            victim = next(
                number
                for number, command in sorted(service.processes().items())
                if part in command and number != parent.pid
            )
            os.kill(victim, signal.SIGKILL)
            wait_for(
                lambda part=part, victim=victim: any(
                    part in command and number != victim for number, command in service.processes().items()
                ),
                15,
                f"{part} started again",
            )  # type: ignore[misc]
        wait_for(lambda: service.answers("/readyz"), 30, "being ready again")
        assert "started again" in (tmp_path / "up.log").read_text("utf-8")
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait(10)
        wait_for(lambda: not service.processes(), 10, "the end of every process")
    # Mails whose connection was lost when the catcher died, and mails that the workers held, wait for another try.
    service.let_time_go_by()
    service.run("round")
    service.let_time_go_by()
    service.run("round")
    arrived = Counter(address for address, _ in service.mails())
    assert len(arrived) == 43
    assert sum(arrived.values()) <= 43 + 20


def test_a_second_start_on_the_same_folder_is_refused_and_control_c_stops_every_process(tmp_path: Path) -> None:
    service = Service(tmp_path / "instance")
    with service.up() as parent:
        other = Service(service.instance)
        sentence = other.run("up", "--port", str(other.port), code=2)
        assert len(sentence.splitlines()) == 1
        assert len(service.processes()) >= 5
        parent.send_signal(signal.SIGINT)
        assert parent.wait(20) == 0
    wait_for(lambda: not service.processes(), 10, "the end of every process")
