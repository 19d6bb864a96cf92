"""Every setting of Mentorly, once: its name, default, type and meaning.

A setting is read from the environment (``MENTORLY_X``), from the file that ``MENTORLY_X_FILE`` names,
or from ``instance/config.py``, in this order.
"""

import ipaddress
import os
import re
import runpy
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

PREFIX = "MENTORLY_"
QUEUE = "mentorly"
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
SELECTOR = re.compile(rf"({LABEL}(\.{LABEL})*)?", re.IGNORECASE)

# sockaddr_un holds 108 bytes on Linux and 104 on macOS, a closing zero included.
LONGEST_SOCKET_PATH = 100


class Misconfigured(Exception):
    """A setting is missing or malformed; the text is a sentence that names it."""


class Secret(str):
    """Text that may hold a password: it is used as a str, and never shown by repr or a log."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True)
class Listen:
    """A host and a TCP port to listen on."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Listen":
        """Read ``host:port``; ValueError if it is not."""
        host, _, port = text.rpartition(":")
        if not host:
            raise ValueError("write it as HOST:PORT")
        return cls(host.strip("[]"), int(port))


def _flag(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError("write 0 or 1")
    return text == "1"


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 <= rate < float("inf"):
        raise ValueError("write a number of mails a second")
    return rate


def _log_format(text: str) -> str:
    if text not in {"text", "json"}:
        raise ValueError("write text or json")
    return text


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("write it as https://host")
    return text.rstrip("/")


def _mailbox(text: str) -> str:
    if "@" not in parseaddr(text)[1]:
        raise ValueError("write it as Name <name@host>")
    return text


def _token_pattern(text: str) -> str:
    if text.count("{token}") != 1 or text.count("{") != 1 or text.count("}") != 1 or "@" not in text:
        raise ValueError("write it as name+{token}@host")
    return text


def _selector(text: str) -> str:
    if not SELECTOR.fullmatch(text):
        raise ValueError("write it as a name of the DNS, such as mentorly1")
    return text


def _smtp_address(text: str) -> Secret:
    parts = urlsplit(text)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.port == 0:
        raise ValueError("write it as smtp://user:password@host:587 or smtps://…")
    return Secret(text)


def _imap_address(text: str) -> Secret:
    parts = urlsplit(text)
    if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username or parts.port == 0:
        raise ValueError("write it as imaps://user:password@host/folder")
    return Secret(text)


def _redis_address(text: str) -> Secret:
    if urlsplit(text).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("write it as redis://host:6379/0")
    return Secret(text)


def _database_address(text: str) -> Secret:
    if not urlsplit(text).scheme.startswith(("sqlite", "postgresql")):
        raise ValueError("write it as postgresql+psycopg://user:password@host/name, or sqlite:///path")
    return Secret(text)


def _words(text: str) -> tuple[Secret, ...]:
    return tuple(Secret(word) for word in text.split())


def _setting(name: str, default: str | None, parse: Callable[[str], Any], meaning: str) -> Any:
    return field(metadata={"name": PREFIX + name, "default": default, "parse": parse, "meaning": meaning})


@dataclass(frozen=True)
class Settings:
    """What a Mentorly service was told by the people who run it."""

    instance: Path = _setting("INSTANCE", "instance", Path, "the folder of everything that the service keeps")
    secret_key: Secret = _setting(
        "SECRET_KEY",
        None,
        Secret,
        "signs sessions and links; kept in the instance folder; required when the public address is not loopback",
    )
    secret_key_fallbacks: tuple[Secret, ...] = _setting(
        "SECRET_KEY_FALLBACKS", "", _words, "older secret keys that are still accepted, separated by spaces"
    )
    database_url: Secret = _setting(
        "DATABASE_URL", None, _database_address, "the database; SQLite in the instance folder by default"
    )
    redis_url: Secret = _setting(
        "REDIS_URL", None, _redis_address, "the Redis of the queue; an embedded one by default"
    )
    smtp_url: Secret = _setting("SMTP_URL", None, _smtp_address, "the mail server; an embedded catcher by default")
    smtp_rate: float = _setting("SMTP_RATE", "0", _rate, "mails a second that the mail server allows; 0: as they come")
    smtp_rate_per_domain: float = _setting(
        "SMTP_RATE_PER_DOMAIN", "0", _rate, "mails a second to the addresses of one domain; 0: as they come"
    )
    dkim_key: Secret = _setting(
        "DKIM_KEY",
        None,
        Secret,
        "the private key (RSA, PEM) that signs mail where the relay does not; best given as a file",
    )
    dkim_selector: str = _setting(
        "DKIM_SELECTOR", "", _selector, "the name under which the DNS holds the public part of that key"
    )
    public_url: str = _setting("PUBLIC_URL", "http://127.0.0.1:8000", _web_address, "what links begin with")
    web_listen: Listen = _setting("WEB_LISTEN", "127.0.0.1:8000", Listen.parse, "where the web pages are served")
    catcher_listen: Listen = _setting(
        "CATCHER_LISTEN", "127.0.0.1:8025", Listen.parse, "where the embedded mail catcher listens"
    )
    mail_from: str = _setting("MAIL_FROM", "Mentorly <mentorly@localhost>", _mailbox, "the sender of every mail")
    reply_address: str = _setting(
        "REPLY_ADDRESS",
        "reply+{token}@localhost",
        _token_pattern,
        "the pattern of the addresses that replies come back to",
    )
    calendar_address: str = _setting(
        "CALENDAR_ADDRESS",
        "meet+{token}@localhost",
        _token_pattern,
        "the pattern of a person's own address in a relationship: it organizes their meetings, takes the answers, and "
        "is invited from their own calendar",
    )
    lmtp_listen: Listen = _setting(
        "LMTP_LISTEN", "127.0.0.1:8024", Listen.parse, "where the mail server hands inbound mail over, by LMTP"
    )
    trusted_authserv: str = _setting(
        "TRUSTED_AUTHSERV",
        "",
        str.strip,
        "the name under which your own mail server tells what it found out about a sender (the authserv-id)",
    )
    imap_url: Secret = _setting(
        "IMAP_URL",
        None,
        _imap_address,
        "a mailbox of its own that mail is fetched from every minute; every mail in it is moved to another folder",
    )
    inbound_secret: Secret = _setting(
        "INBOUND_SECRET",
        None,
        Secret,
        "who posts mail to /inbound shows it as a bearer token; without it there is no such page",
    )
    contact: str = _setting(
        "CONTACT",
        None,
        _mailbox,
        "who is written to when a mail reached the wrong person; required when the public address is not loopback",
    )
    metrics_token: Secret = _setting(
        "METRICS_TOKEN",
        None,
        Secret,
        "who scrapes /metrics shows it as a bearer token; without it there is no such page",
    )
    log_format: str = _setting("LOG_FORMAT", "text", _log_format, "how log lines are written: text or json")
    playground: bool = _setting(
        "PLAYGROUND", "0", _flag, "1 shows everybody's mails and a clock that can be moved; loopback only"
    )

    @property
    def embeds_redis(self) -> bool:
        """Whether the queue lives in the embedded server."""
        return not self.redis_url

    @property
    def embeds_catcher(self) -> bool:
        """Whether mail goes to the embedded catcher instead of a mail server."""
        return not self.smtp_url

    @property
    def outbox(self) -> Path:
        """The folder in which the embedded catcher keeps what it gets."""
        return self.instance / "outbox"

    @property
    def mail_domain(self) -> str:
        """The domain of the sender, in which Message-IDs are made."""
        return parseaddr(self.mail_from)[1].rpartition("@")[2]

    @property
    def takes_replies(self) -> bool:
        """Whether somebody configured where replies arrive, or the playground takes them."""
        return self.playground or not self.reply_address.endswith("@localhost")

    @property
    def is_loopback(self) -> bool:
        """Whether the public address can be reached from this machine alone."""
        return _is_loopback(urlsplit(self.public_url).hostname or "")

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, **given: str) -> "Settings":
        """Read all settings.

        environ: the environment (default: the process's own). given: values by field name, which win.
        Raises Misconfigured with a sentence that names the setting.
        """
        environ = os.environ if environ is None else environ
        own = {item.name: item for item in fields(cls)}
        values: dict[str, Any] = {}
        instance = _read(own["instance"].metadata, environ, {}, given.get("instance"))
        values["instance"] = Path(instance).absolute()
        kept = _instance_config(values["instance"])
        for name, item in own.items():
            if name != "instance":
                values[name] = _read(item.metadata, environ, kept, given.get(name))
        return cls(**_with_defaults(values)).checked()

    def checked(self) -> "Settings":
        """Return these settings; raises Misconfigured if they contradict each other."""
        if not self.is_loopback and not self.contact:
            raise Misconfigured(
                "MENTORLY_CONTACT is missing: say who is written to when a mail reached the wrong person."
            )
        if self.dkim_key and not self.dkim_selector:
            raise Misconfigured("MENTORLY_DKIM_SELECTOR is missing: MENTORLY_DKIM_KEY signs under its name.")
        if self.dkim_selector and not self.dkim_key:
            raise Misconfigured("MENTORLY_DKIM_KEY_FILE is missing: it names the file of the key that signs mail.")
        if self.playground and not (self.is_loopback and _is_loopback(self.web_listen.host) and self.embeds_catcher):
            raise Misconfigured(
                "MENTORLY_PLAYGROUND shows everybody's mails, so it starts only while MENTORLY_PUBLIC_URL and "
                "MENTORLY_WEB_LISTEN are loopback addresses and MENTORLY_SMTP_URL is not set."
            )
        return self


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _instance_config(instance: Path) -> Mapping[str, Any]:
    path = instance / "config.py"
    return runpy.run_path(str(path)) if path.is_file() else {}


# What is an empty text where nobody set it.
EMPTY = {Secret, _redis_address, _database_address, _imap_address}


def _read(meta: Mapping[str, Any], environ: Mapping[str, str], kept: Mapping[str, Any], given: str | None) -> Any:
    name = meta["name"]
    text = given
    if text is None:
        text = environ.get(name)
    path = environ.get(name + "_FILE") or (None if name in kept else kept.get(name + "_FILE"))
    if text is None and path:
        try:
            text = Path(path).read_text("utf-8").strip()
        except OSError as error:
            raise Misconfigured(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error
    if text is None:
        text = kept.get(name, meta["default"])
    if text is None:
        return Secret() if meta["parse"] in EMPTY else None
    try:
        return meta["parse"](str(text))
    except ValueError as error:
        raise Misconfigured(f"{name} is malformed: {error}.") from error


def _with_defaults(values: dict[str, Any]) -> dict[str, Any]:
    instance: Path = values["instance"]
    loopback = _is_loopback(urlsplit(values["public_url"]).hostname or "")
    if not values["database_url"]:
        values["database_url"] = Secret(f"sqlite:///{instance / 'mentorly.sqlite'}")
    if not values["secret_key"]:
        if not loopback:
            raise Misconfigured("MENTORLY_SECRET_KEY is missing: give a long random text, the same for every process.")
        values["secret_key"] = _kept_secret(instance / "secret_key")
    if values["contact"] is None and loopback:
        values["contact"] = values["mail_from"]
    return values


def _kept_secret(path: Path) -> Secret:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        made = path.with_name(f"{path.name}.{os.getpid()}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48), "utf-8")
        with suppress(FileExistsError):  # of two processes that begin together, the first one's is kept
            path.hardlink_to(made)
        made.unlink()
    return Secret(path.read_text("utf-8").strip())


@dataclass(frozen=True)
class MailServer:
    """Where and how mail is handed over. secure: '' (plain), 'starttls' or 'tls'."""

    host: str
    port: int
    secure: str
    user: str
    password: Secret

    @classmethod
    def of(cls, settings: Settings) -> "MailServer":
        """The mail server of these settings: the configured one, else the embedded catcher."""
        if settings.embeds_catcher:
            return cls(settings.catcher_listen.host, settings.catcher_listen.port, "", "", Secret())
        parts = urlsplit(settings.smtp_url)
        tls = parts.scheme == "smtps"
        host = parts.hostname or "localhost"
        secure = "tls" if tls else "" if _is_loopback(host) else "starttls"
        user = unquote(parts.username or "")
        return cls(host, parts.port or (465 if tls else 587), secure, user, Secret(unquote(parts.password or "")))


@dataclass(frozen=True)
class ImapServer:
    """Where and how mail is fetched. secure: '' (plain), 'starttls' or 'tls'."""

    host: str
    port: int
    secure: str
    user: str
    password: Secret
    folder: str

    @classmethod
    def of(cls, settings: Settings) -> "ImapServer":
        """The mailbox of these settings."""
        parts = urlsplit(settings.imap_url)
        tls = parts.scheme == "imaps"
        host = parts.hostname or "localhost"
        return cls(
            host=host,
            port=parts.port or (993 if tls else 143),
            secure="tls" if tls else "" if _is_loopback(host) else "starttls",
            user=unquote(parts.username or ""),
            password=Secret(unquote(parts.password or "")),
            folder=unquote(parts.path.strip("/")) or "INBOX",
        )

    @property
    def place(self) -> str:
        """What this mailbox is remembered by; it tells nothing of it."""
        return sha256(f"{self.host}|{self.port}|{self.user}|{self.folder}".encode()).hexdigest()[:32]


def fingerprint(instance: Path) -> str:
    """Return 12 characters that tell this instance folder from the others on the machine."""
    return sha256(os.fsencode(instance.resolve())).hexdigest()[:12]


def redis_socket(instance: Path) -> Path:
    """Return where the embedded Redis of this instance folder listens: in the folder, unless its path is too long."""
    path = instance.resolve() / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    # Not tempfile's folder: every process of an instance must find the same one, whatever its TMPDIR.
    return Path("/tmp") / f"mentorly-{os.getuid()}-{fingerprint(instance)}" / "redis.sock"  # noqa: S108


def redis_address(settings: Settings) -> str:
    """Return the address of the queue's Redis: the configured one, else the embedded server's socket."""
    if not settings.embeds_redis:
        return settings.redis_url
    return "unix://" + quote(str(redis_socket(settings.instance)))
