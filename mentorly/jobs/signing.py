"""Mail is signed here where the relay does not do it (DKIM, RFC 6376)."""

from base64 import b64encode

from dkim import DKIM
from dkim.crypto import UnparsableKeyError, parse_pem_private_key

from mentorly.config import Misconfigured, Settings
from mentorly.emails.headers import Unsendable, mailbox

LEAST_BITS = 2048
RSA = bytes.fromhex("300d06092a864886f70d0101010500")  # rsaEncryption, without parameters (RFC 8017 A.1)
INTEGER, BITS, SEQUENCE = 0x02, 0x03, 0x30
# Signed once more than they occur, so that nobody can add another one (RFC 6376 8.15).
SEALED = (b"from", b"to", b"subject", b"date", b"reply-to", b"content-type")
SIGNED = frozenset(
    [
        *SEALED,
        b"message-id",
        b"mime-version",
        b"auto-submitted",
        b"in-reply-to",
        b"references",
        b"list-id",
        b"list-unsubscribe",
        b"list-unsubscribe-post",
    ]
)


class Signature:
    """What a service signs its mail with. domain: of the sender, which is what receivers compare. key: PEM."""

    def __init__(self, domain: str, selector: str, key: str) -> None:
        self.domain = domain
        self.selector = selector
        self._key = "\n".join(key.split("\r\n")).encode("ascii", "replace")
        self._parts = _parts_of(self._key)

    @classmethod
    def of(cls, settings: Settings) -> "Signature":
        """The signature of settings that hold a key. Raises Misconfigured with a sentence."""
        return cls(ascii_domain(settings.mail_domain), settings.dkim_selector, settings.dkim_key)

    @property
    def name(self) -> str:
        """The name in the DNS that holds the public key (RFC 6376 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def public_key(self) -> str:
        """The public key as the DNS holds it, in base64."""
        modulus, exponent = (_der(INTEGER, self._parts[name]) for name in ("modulus", "publicExponent"))
        return b64encode(_der(SEQUENCE, RSA + _der(BITS, b"\0" + _der(SEQUENCE, modulus + exponent)))).decode("ascii")

    def sign(self, data: bytes) -> bytes:
        """A message with its signature on top."""
        message = DKIM(data)
        present = [name.lower() for name, _ in message.headers if name.lower() in SIGNED]
        line = message.sign(
            self.selector.encode("ascii"),
            self.domain.encode("ascii"),
            self._key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[*present, *SEALED],
        )
        return type(data)(bytes(line) + data)


def ascii_domain(domain: str) -> str:
    """A domain as the DNS knows it. Raises Misconfigured."""
    try:
        return mailbox(f"postmaster@{domain}").rpartition("@")[2].lower()
    except Unsendable:
        raise Misconfigured(f"MENTORLY_MAIL_FROM is malformed: {domain} is no domain of the DNS.") from None


def _parts_of(key: bytes) -> dict[str, int]:
    try:
        parts: dict[str, int] = parse_pem_private_key(key)
    except (UnparsableKeyError, ValueError, IndexError):
        parts = {"modulus": 0, "prime1": 1, "prime2": 1}
    if parts["modulus"] != parts["prime1"] * parts["prime2"]:
        raise Misconfigured(
            "MENTORLY_DKIM_KEY holds no RSA private key in PEM: make one with “openssl genrsa -out dkim.pem 2048”."
        )
    bits = parts["modulus"].bit_length()
    if bits < LEAST_BITS:
        raise Misconfigured(
            f"MENTORLY_DKIM_KEY is too weak: it has {bits} bits, and receivers trust {LEAST_BITS} or more."
        )
    return parts


def _der(tag: int, content: bytes | int) -> bytes:
    """A value in DER (X.690 8.1)."""
    if isinstance(content, int):
        content = content.to_bytes(content.bit_length() // 8 + 1, "big")
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + content
