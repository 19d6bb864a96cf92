"""Sealed texts: read with a key that comes from the service's secret and is in no database (rules B10).

And marks, by which an address is known again that is not kept: nobody who has the database alone can try addresses out.
"""

import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from mentorly.mentoring.base import Refused

PURPOSE, MARKS = b"sealed texts", b"marks of addresses"
NONCE = 12  # bytes, as ChaCha20-Poly1305 has them (RFC 8439 2.8)
KEPT_AS = "mentorly seal"


class Sealed(TypeDecorator[bytes]):
    """A text that a seal closed: bytes that tell nothing but how long it is. b'' is none, or one that was deleted."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes:
        """Keep nothing as nothing."""
        del dialect
        return value or b""


class Seal:
    """Closes texts with one key and opens them with it or with an earlier one.

    secrets: the service's current secret first, then those of before; the keys are derived from them.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = [ChaCha20Poly1305(_key(secret, PURPOSE)) for secret in secrets if secret]
        self._marking = [_key(secret, MARKS) for secret in secrets if secret]

    @classmethod
    def of(cls, session: Session) -> "Seal":
        """The seal that a session was given. Raises LookupError if it was given none."""
        seal: Seal | None = session.info.get(KEPT_AS)
        if seal is None:
            raise LookupError("this session was given no seal")
        return seal

    def give_to(self, session: Session) -> None:
        """Let what is written and read in a session be sealed by this."""
        session.info[KEPT_AS] = self

    def close(self, words: str, about: str) -> bytes:
        """Seal words. about: what they belong to; only who names the same opens them."""
        nonce = os.urandom(NONCE)
        return nonce + self._keys[0].encrypt(nonce, words.encode(), about.encode())

    def marks(self, address: str) -> list[str]:
        """What stands for an address: by the current secret first, then by those of before."""
        text = address.strip().lower().encode()
        return [hmac.new(key, text, "sha256").hexdigest() for key in self._marking]

    def open(self, sealed: bytes, about: str) -> str:
        """The words. Raises Refused where no key opens them."""
        for key in self._keys:
            try:
                return key.decrypt(sealed[:NONCE], sealed[NONCE:], about.encode()).decode()
            except InvalidTag:
                continue
        raise Refused("This text cannot be read any more, because the service has another key now.")


def _key(secret: str, purpose: bytes) -> bytes:
    return hmac.digest(secret.encode(), purpose, "sha256")
