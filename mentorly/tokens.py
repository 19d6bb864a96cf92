"""Pure tokens: short texts that name a row and prove that we made them.

A token is base32(id) followed by 16 characters of base32(HMAC-SHA256(secret, purpose | id | generation)), all in
lower case: mail providers change the case of local parts, and 64 octets are all that a local part may have
(RFC 5321 4.5.3.1.1).
"""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

MAC_LENGTH = 16
MAC_BYTES = 10  # five bytes are eight characters of base32
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


@dataclass(frozen=True)
class Tokens:
    """Makes and checks tokens. secrets: the current secret first, then those still accepted."""

    secrets: Sequence[str]

    def make(self, purpose: str, number: int, generation: int = 0) -> str:
        """Return the token of row `number` for one purpose; another generation voids it."""
        return _base32(number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")) + self._mac(
            self.secrets[0], purpose, number, generation
        )

    @staticmethod
    def number(token: str) -> int | None:
        """The row that a token names, unproven; None if the text cannot be a token."""
        head = token[:-MAC_LENGTH].upper()
        if not head or len(head) > MAC_LENGTH:
            return None
        try:
            data = base64.b32decode(head + "=" * (-len(head) % 8))
        except ValueError:
            return None
        number = int.from_bytes(data, "big")
        return number if number < 2**31 else None

    def proves(self, token: str, purpose: str, generation: int = 0) -> bool:
        """Whether we made this token for this purpose and generation, compared in constant time."""
        number = self.number(token)
        if number is None:
            return False
        return any(
            hmac.compare_digest(token.encode(), self._under(secret, purpose, number, generation).encode())
            for secret in self.secrets
        )

    def mark(self, purpose: str, text: str) -> str:
        """What stands for a text where it must not be read: who has no secret cannot try texts out on it."""
        return hmac.new(self.secrets[0].encode(), f"{purpose}|{text}".encode(), "sha256").hexdigest()

    def password(self, number: int, generation: int) -> str:
        """The temporary password of an envelope: 16 characters without look-alikes, the same in every copy."""
        digest = self._digest(self.secrets[0], "temporary password", number, generation)
        value = int.from_bytes(digest, "big")
        letters = []
        for _ in range(16):
            value, position = divmod(value, len(READABLE))
            letters.append(READABLE[position])
        return "".join(letters)

    def _under(self, secret: str, purpose: str, number: int, generation: int) -> str:
        return Tokens([secret]).make(purpose, number, generation)

    def _mac(self, secret: str, purpose: str, number: int, generation: int) -> str:
        return _base32(self._digest(secret, purpose, number, generation)[:MAC_BYTES])

    @staticmethod
    def _digest(secret: str, purpose: str, number: int, generation: int) -> bytes:
        return hmac.digest(secret.encode(), f"{purpose}|{number}|{generation}".encode(), "sha256")
