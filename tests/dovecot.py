"""A real IMAP server for the tests: Dovecot in a temporary folder of its own, with one user."""

import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import quote

from mentorly.jobs.leash import leash
from tests.conftest import skip
from tests.servers import NOBODY, SHORT, DidNotStart, answers, free_port

DOVECOT = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
USER, PASSWORD = "mentorly@example.org", "pass/word@home"
BARE = "IMAP4rev1"

SETTINGS = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
default_internal_user = {own}
default_internal_group = {group}
default_login_user = {own}
first_valid_uid = 1
mail_location = maildir:{folder}/mail
auth_mechanisms = plain login
auth_failure_delay = 0
{capability}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def need_dovecot() -> None:
    """Skip the test with a reason where there is no Dovecot."""
    if DOVECOT is None:
        skip("there is no Dovecot", "install Debian's dovecot-imapd package; it need not run")


@dataclass
class Dovecot:
    """Dovecot, listening on 127.0.0.1; a context manager.

    abilities: what it says that it can do, instead of all that it can.
    """

    abilities: str = ""
    port: int = field(default_factory=free_port)
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="dovecot", dir=SHORT)))
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for MENTORLY_IMAP_URL."""
        return f"imap://{quote(USER, '')}:{quote(PASSWORD, '')}@127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start it; raises DidNotStart with what it said."""
        uid, gid = (NOBODY, NOBODY) if os.getuid() == 0 else (os.getuid(), os.getgid())
        self.folder.chmod(0o755)
        for name in ("mail", "home", "run"):
            (self.folder / name).mkdir(exist_ok=True)
            if name != "run":
                os.chown(self.folder / name, uid, gid)
        names = {"own": pwd.getpwuid(uid).pw_name, "group": grp.getgrgid(gid).gr_name, "uid": uid, "gid": gid}
        capability = f"imap_capability = {self.abilities}" if self.abilities else ""
        path = self.folder / "dovecot.conf"
        told = SETTINGS.format(folder=self.folder, port=self.port, password=PASSWORD, capability=capability, **names)
        path.write_text(told, "utf-8")
        self.process = subprocess.Popen(
            [str(DOVECOT), "-F", "-c", str(path)], stderr=subprocess.DEVNULL, preexec_fn=leash()
        )
        if not answers(self._greets, self.process):
            log = self.folder / "log"
            raise DidNotStart(log.read_text("utf-8", "replace") if log.exists() else "")
        return self

    def _greets(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            return connection.recv(4) == b"* OK"
        return False

    def stop(self) -> None:
        """End it; what it holds stays."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def number_anew(self) -> None:
        """Give all messages other numbers, as a server does that was restored."""
        for path in (self.folder / "mail").rglob("dovecot*"):
            path.unlink()

    @contextmanager
    def client(self, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """What a person's own mail program does."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=20) as client:
            client.login(USER, PASSWORD)
            client.select(folder)
            yield client

    def put(self, *mails: bytes) -> None:
        """Let mails arrive."""
        with self.client() as client:
            for mail in mails:
                assert client.append("INBOX", "", "", mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))[0] == "OK"

    def drop(self, mails: Iterable[bytes]) -> None:
        """Lay mails into the folder of new ones, as a mail server does that looks at nothing."""
        new = self.folder / "mail" / "new"
        for number, mail in enumerate(mails):
            path = new / f"{number:04}.mail.example.org"
            path.write_bytes(mail)
            os.chown(path, new.stat().st_uid, new.stat().st_gid)

    def numbers(self, folder: str = "INBOX", which: str = "UNDELETED") -> list[str]:
        """The messages of a folder."""
        with self.client(folder) as client:
            found = client.uid("SEARCH", which) if client.state == "SELECTED" else ("NO", [b""])
            return found[1][0].decode().split()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
