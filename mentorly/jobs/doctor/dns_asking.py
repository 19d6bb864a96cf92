"""Asking the DNS: the one way by which the doctor does it."""

from collections.abc import Callable

from dns.exception import DNSException, Timeout
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT
from dns.resolver import NXDOMAIN, NoResolverConfiguration, Resolver

# The records of a name, by their type (TXT, MX): whole texts, or `10 mail.example.org`; none if there are none.
# Raises NotAsked.
Ask = Callable[[str, str], list[str]]
PATIENCE = 3.0


class NotAsked(Exception):
    """The DNS gave no answer; the text is a sentence."""


class Dns:
    """The DNS, as this machine asks it.

    patience: seconds for each question; when one got no answer in time, no other is asked.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._is_silent = False

    def __call__(self, name: str, kind: str) -> list[str]:
        """An Ask."""
        if self._is_silent:
            raise NotAsked("The DNS could not be asked.")
        try:
            found = Resolver().resolve(name, kind, lifetime=self._patience, raise_on_no_answer=False, search=False)
        except NXDOMAIN:
            return []
        except (Timeout, NoResolverConfiguration, OSError) as fault:
            self._is_silent = True
            raise NotAsked("The DNS could not be asked.") from fault
        except DNSException as fault:
            raise NotAsked(f"The DNS gave no answer about {name}.") from fault
        return [_written(record) for record in found]


def _written(record: object) -> str:
    if isinstance(record, TXT):
        return b"".join(record.strings).decode("utf-8", "replace")
    if isinstance(record, MX):
        return f"{record.preference} {record.exchange.to_text(omit_final_dot=True).lower()}"
    return str(record)
