"""A real mail server for the stories: Postfix in a temporary folder of its own, beside whatever runs on the machine."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from mentorly.jobs.leash import leash
from tests.conftest import skip
from tests.servers import SHORT, DidNotStart, answers, free_port

DAEMONS = (Path("/usr/lib/postfix/sbin"), Path("/usr/libexec/postfix"))

SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

# As docs/running.md tells it, with a second domain whose mail goes to a server of the test.
SETTINGS = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {daemons}
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.mentorly.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relay_domains = in.mentorly.example.org
transport_maps = inline:{{
    in.mentorly.example.org=lmtp:[127.0.0.1]:{lmtp},
    people.example.com=smtp:[127.0.0.1]:{people} }}
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions =
    check_recipient_access inline:{{ in.mentorly.example.org=reject_unverified_recipient }}
unverified_recipient_reject_code = 550
address_verify_poll_count = 20
address_verify_poll_delay = 1s
address_verify_map =
minimal_backoff_time = 1s
queue_run_delay = 1s
"""


@dataclass
class Postfix:
    """Postfix, listening on 127.0.0.1; a context manager. It needs root, and Postfix's own users.

    lmtp: the port of the postbox that takes mail for in.mentorly.example.org. people: the port of the mail server that
    takes mail for people.example.com.
    """

    lmtp: int
    people: int
    port: int = field(default_factory=free_port)
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="postfix", dir=SHORT)))
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for MENTORLY_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start it; raises DidNotStart with what it said."""
        self.folder.chmod(0o755)
        for name in ("etc", "queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        daemons = next(folder for folder in DAEMONS if folder.is_dir())
        places = {"folder": self.folder, "daemons": daemons, "lmtp": self.lmtp, "people": self.people}
        (self.folder / "etc" / "main.cf").write_text(SETTINGS.format(**places), "utf-8")
        (self.folder / "etc" / "master.cf").write_text(SERVICES.format(port=self.port), "utf-8")
        own = ["-c", str(self.folder / "etc")]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(
            [str(shutil.which("postfix")), *own, "check"], check=True, **quiet
        )  # it makes the queue's folders
        self.process = subprocess.Popen([str(daemons / "master"), *own, "-s"], preexec_fn=leash(), **quiet)
        if not answers(self._greets, self.process):
            raise DidNotStart(self.log)
        return self

    def _greets(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            return connection.recv(4) == b"220 "
        return False

    @property
    def log(self) -> str:
        """What it said."""
        path = self.folder / "log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def stop(self) -> None:
        """End it, and remove its folder."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def need_postfix() -> None:
    """Skip the test with a reason where there is no Postfix that can be started."""
    if not shutil.which("postfix") or not any(folder.is_dir() for folder in DAEMONS):
        skip("there is no Postfix", "install Debian's postfix package; it need not run")
    if os.getuid() != 0:
        skip("Postfix cannot be started", "run the tests as root")
    try:
        pwd.getpwnam("postfix")
    except KeyError:
        skip("Postfix has no user of its own", "install it as a package")
