"""The parent of several processes, with real children, killed for real."""

import os
import signal
import socket
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import Popen

import pytest

from mentorly.config import Misconfigured, Settings
from mentorly.jobs.embedded import CannotStart, claimed
from mentorly.jobs.up import children, decided, environment, up, what_to_open
from tests.doors.family import descendants, free_port, named, python, running, settings_in, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="they look at /proc, and the leash is Linux's")

FAMILY = """
import sys
from mentorly.jobs.parent import Child, Parent

def child(name, code="time.sleep(60)"):
    return Child(name, [sys.executable, "-c", "import os, signal, sys, time; name = '%s'; %s" % (name, code)])

def keep(*children, **given):
    Parent(children, **given).run(started=lambda: print("started", flush=True))
"""

SAYS_GOODBYE = "signal.signal(15, lambda *_: (print(name, 'ends', flush=True), os._exit(0))); time.sleep(60)"
IS_DEAF = "signal.signal(15, signal.SIG_IGN); open(sys.argv[1], 'w'); time.sleep(60)"

WEB = """
import os
from mentorly.config import Settings
from mentorly.jobs.parent import Child, Parent
from mentorly.jobs.web import web_command
command = web_command(Settings.load(), "hello:hello")
Parent([Child("web", command)]).run()
"""

HELLO = """
import time

def hello(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(60)
    start_response("200 OK", [])
    return [b"hello"]
"""


@contextmanager
def served(folder: Path) -> Iterator[tuple[Popen[str], int]]:
    """Have a parent whose one child is the web server, on a free port."""
    (folder / "hello.py").write_text(HELLO)
    port = free_port()
    env = {"MENTORLY_INSTANCE": str(folder), "MENTORLY_WEB_LISTEN": f"127.0.0.1:{port}"}
    with python(WEB, folder, **env) as parent:
        yield parent, port


def line(process: Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip()


def rest(process: Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.read().splitlines()


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as answer:
            return bool(answer.read() == b"hello")
    except OSError:
        return False


def handles_sigterm(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) & 1 << (signal.SIGTERM - 1))


def test_a_killed_child_is_started_again_and_said() -> None:
    with python(FAMILY + "keep(child('worker'), child('web'))") as parent:
        assert line(parent) == "started"
        (worker,) = named(parent.pid, "'worker'")
        (web,) = named(parent.pid, "'web'")
        os.kill(worker, signal.SIGKILL)
        assert line(parent) == "worker stopped (signal 9); started again."
        assert until(lambda: named(parent.pid, "'worker'"))
        assert named(parent.pid, "'worker'") != [worker]
        assert named(parent.pid, "'web'") == [web]


def test_a_child_that_keeps_crashing_is_started_again_ever_later() -> None:
    with python(FAMILY + "keep(child('worker', 'sys.exit(3)'))") as parent:
        assert line(parent) == "started"
        assert until(lambda: parent.poll() is not None, 2.5) is False
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(5) == 0
        said = rest(parent)
    assert set(said) == {"worker stopped (exit code 3); started again."}
    assert 2 <= len(said) <= 4  # after 0.2, 0.4, 0.8 and 1.6 seconds


def test_ctrl_c_stops_all_in_the_reverse_order_of_their_start() -> None:
    names = ["redis", "catcher", "worker", "schedule", "web"]
    code = f"keep(*(child(name, {SAYS_GOODBYE!r}) for name in {names}))"
    with python(FAMILY + code) as parent:
        assert line(parent) == "started"
        family = list(descendants(parent.pid))
        assert until(lambda: all(handles_sigterm(pid) for pid in family))
        os.killpg(parent.pid, signal.SIGINT)  # a terminal sends it to the whole group
        assert parent.wait(8) == 0
        assert rest(parent) == [f"{name} ends" for name in reversed(names)]
        assert not any(running(pid) for pid in family)


def test_a_second_ctrl_c_does_not_wait_for_a_deaf_child(tmp_path: Path) -> None:
    listening = tmp_path / "listening"
    code = f"""
deaf = child("deaf", {IS_DEAF!r})
keep(Child(deaf.name, [*deaf.argv, {str(listening)!r}]))
"""
    with python(FAMILY + code) as parent:
        assert line(parent) == "started"
        assert until(listening.exists)
        (deaf,) = descendants(parent.pid)
        parent.send_signal(signal.SIGINT)
        assert not until(lambda: not running(deaf), 0.5)
        parent.send_signal(signal.SIGINT)
        assert parent.wait(2) == 0
        assert not running(deaf)


def test_a_child_starts_when_the_one_before_is_ready(tmp_path: Path) -> None:
    made = tmp_path / "made"
    code = f"""
import dataclasses, os
first = child("first", "time.sleep(0.3); open({str(made)!r}, 'w'); time.sleep(60)")
first = dataclasses.replace(first, ready=lambda: os.path.exists({str(made)!r}))
keep(first, child("second", "print(os.path.exists({str(made)!r}), flush=True); time.sleep(60)"))
"""
    with python(FAMILY + code) as parent:
        assert sorted([line(parent), line(parent)]) == ["True", "started"]


def test_a_child_that_ends_at_its_first_start_ends_all_with_a_sentence() -> None:
    code = """
import dataclasses
from mentorly.jobs.embedded import CannotStart
never = dataclasses.replace(child("web", "sys.exit(1)"), ready=lambda: False)
try:
    keep(child("redis"), never)
except CannotStart as sentence:
    print(sentence, flush=True)
"""
    with python(FAMILY + code) as parent:
        assert line(parent) == "The web stopped at once (exit code 1); what it wrote says why."
        assert parent.wait(5) == 0
        assert not descendants(parent.pid)


def test_a_child_that_is_never_ready_ends_all_with_a_sentence() -> None:
    code = """
import dataclasses
from mentorly.jobs.embedded import CannotStart
never = dataclasses.replace(child("web"), ready=lambda: False)
try:
    keep(never, patience=0.2)
except CannotStart as sentence:
    print(sentence, flush=True)
"""
    with python(FAMILY + code) as parent:
        assert line(parent) == "The web is not ready after 0 seconds."


def test_killing_the_parent_leaves_no_child_and_no_grandchild(tmp_path: Path) -> None:
    with served(tmp_path) as (parent, port):
        assert until(lambda: answers(port))
        family = list(descendants(parent.pid))
        assert len(family) == 2  # gunicorn and its worker
        with closing(socket.create_connection(("127.0.0.1", port))) as reader:
            reader.sendall(b"GET /slow HTTP/1.0\r\n\r\n")
            parent.kill()
            assert until(lambda: not any(running(pid) for pid in family), 2)


def test_what_a_killed_child_had_started_goes_with_it() -> None:
    sleeps = "import time; time.sleep(20)"
    starts_one = f"import subprocess; subprocess.Popen([sys.executable, '-c', {sleeps!r}]); time.sleep(60)"
    with python(FAMILY + f"keep(child('worker', {starts_one!r}))") as parent:
        assert until(lambda: len(descendants(parent.pid)) == 2)
        (worker,) = named(parent.pid, "'worker'")
        (grandchild,) = set(descendants(parent.pid)) - {worker}
        os.kill(worker, signal.SIGKILL)
        assert until(lambda: not running(grandchild), 3)


def test_killing_the_web_server_takes_its_workers_along_and_it_answers_again(tmp_path: Path) -> None:
    with served(tmp_path) as (parent, port):
        assert until(lambda: answers(port))
        before = list(descendants(parent.pid))
        master = min(before)
        os.kill(master, signal.SIGKILL)
        assert until(lambda: not any(running(pid) for pid in before), 3)
        assert line(parent).startswith("web stopped (signal 9)")
        assert until(lambda: answers(port))


def test_up_decides_one_port_and_one_public_address(tmp_path: Path) -> None:
    settings = decided(settings_in(tmp_path), with_playground=True, port=8123)
    assert settings.web_listen.port == 8123
    assert settings.public_url == "http://127.0.0.1:8123"
    assert "http://127.0.0.1:8123/playground" in what_to_open(settings)
    env = environment(settings)
    assert Settings.load(env) == settings
    names = [child.name for child in children(settings)]
    assert names == ["redis", "catcher", "worker", "schedule", "postbox", "web"]


def test_up_behind_a_proxy_keeps_its_public_address(tmp_path: Path) -> None:
    given = settings_in(
        tmp_path,
        public_url="https://mentorly.example.org",
        secret_key="for tests alone",
        contact="office@example.org",
        smtp_url="smtp://mail.example.org",
        redis_url="redis://queue.example.org",
    )
    settings = decided(given, with_playground=False, port=8123)
    assert settings.public_url == "https://mentorly.example.org"
    assert [child.name for child in children(settings)] == ["worker", "schedule", "postbox", "web"]
    with pytest.raises(Misconfigured):
        decided(given, with_playground=True, port=8123)


def test_a_second_up_on_an_instance_is_refused_before_it_touches_the_data(tmp_path: Path) -> None:
    touched: list[Settings] = []
    with claimed(tmp_path), pytest.raises(CannotStart, match="already up"):
        up(settings_in(tmp_path), upgrade=touched.append, port=free_port())
    assert not touched


@pytest.mark.parametrize("part", ["web_listen", "catcher_listen", "lmtp_listen"])
def test_up_is_refused_while_another_program_holds_its_port(tmp_path: Path, part: str) -> None:
    touched: list[Settings] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        settings = settings_in(tmp_path, **{"web_listen": f"127.0.0.1:{free_port()}", part: written(other)})
        with pytest.raises(CannotStart, match=rf"^{written(other)}.* is held by another program: .*\.$"):
            up(settings, upgrade=touched.append)
    assert not touched


def written(server: socket.socket) -> str:
    host, port = server.getsockname()
    return f"{host}:{port}"
