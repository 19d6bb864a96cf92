"""The embedded Redis, the claim on an instance folder, and the leash."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis

from mentorly.config import LONGEST_SOCKET_PATH, redis_address, redis_socket
from mentorly.jobs.embedded import CannotStart, claimed, redis_answers, redis_connection
from mentorly.jobs.leash import leash
from tests.doors.family import python, redis_running, running, settings_in, until

needs_leash = pytest.mark.skipif(sys.platform != "linux", reason="the leash is Linux's")

HOLDER = """
import time
from pathlib import Path
from mentorly.jobs.embedded import claimed
with claimed(Path({instance!r})):
    print("claimed", flush=True)
    time.sleep(60)
"""


def test_the_embedded_redis_answers_on_its_socket_alone(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "an instance é")
    assert not redis_answers(settings)
    with redis_running(settings):
        with redis_connection(settings) as redis:
            assert redis.set("bell", "rings")
            assert redis.info("server")["tcp_port"] == 0
        assert redis_socket(settings.instance).stat().st_mode & 0o077 == 0


def test_the_embedded_redis_keeps_nothing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with redis_running(settings) as server:
        with redis_connection(settings) as redis:
            redis.set("bell", "rings")
        server.terminate()
        server.wait()
    assert {path.name for path in tmp_path.iterdir()} <= {"redis.log", "redis.sock", "secret_key"}
    with redis_running(settings), redis_connection(settings) as redis:
        assert redis.dbsize() == 0


def test_the_socket_file_of_a_killed_redis_does_not_hinder_the_next(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with redis_running(settings) as server:
        server.kill()
        server.wait()
        assert redis_socket(tmp_path).exists()
        assert not redis_answers(settings)
        with redis_running(settings):
            assert redis_answers(settings)


def test_an_instance_folder_with_a_long_path_gets_a_short_socket_of_its_own(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 30)
    settings = settings_in(deep)
    socket = redis_socket(deep)
    assert len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH
    assert socket != redis_socket(tmp_path / ("down" * 30))
    try:
        with redis_running(settings), Redis.from_url(redis_address(settings)) as redis:
            assert redis.ping()
            assert socket.parent.stat().st_mode & 0o777 == 0o700
    finally:
        socket.unlink(missing_ok=True)
        socket.parent.rmdir()


def test_a_configured_redis_is_the_one_that_is_used(tmp_path: Path) -> None:
    assert (
        redis_address(settings_in(tmp_path, redis_url="redis://queue.example.org/2")) == "redis://queue.example.org/2"
    )


def test_a_second_claim_on_an_instance_folder_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    with python(HOLDER.format(instance=str(tmp_path))) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "claimed\n"
        with pytest.raises(CannotStart, match=r"^Mentorly is already up on .*\.$"), claimed(tmp_path):
            pass
        holder.kill()
        holder.wait()
        with claimed(tmp_path):
            assert (tmp_path / "up.lock").exists()


def test_the_embedded_redis_dies_with_a_killed_parent(tmp_path: Path) -> None:
    code = f"""
import time
from pathlib import Path
from tests.doors.family import redis_running, settings_in
with redis_running(settings_in(Path({str(tmp_path)!r}))) as server:
    print(server.pid, flush=True)
    time.sleep(60)
"""
    with python(code) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        assert running(server)
        parent.kill()
        assert until(lambda: not running(server), 3)


@needs_leash
def test_a_leash_put_on_after_the_parent_died_kills_at_once() -> None:
    stranger = "from mentorly.jobs.leash import leashed_to; leashed_to(2**30); print('alive')"
    with python(stranger) as orphan:
        assert orphan.wait(10) == -signal.SIGKILL
        assert orphan.stdout is not None
        assert orphan.stdout.read() == ""


def test_a_leashed_child_of_a_living_parent_lives() -> None:
    done = subprocess.run([sys.executable, "-c", "print('alive')"], preexec_fn=leash(), capture_output=True, check=True)
    assert done.stdout == b"alive\n"
