"""The drill's own mail server, for machines without Postfix's smtp-sink: our catcher, which can also misbehave.

python -m tests.drill.sink FOLDER PORT [FAULT]
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from mentorly.jobs.catcher import Outbox
from tests.drill.script import LATER_AT_DATA, LATER_AT_RCPT, SILENT_AFTER_DATA, SILENT_AT_MAIL

LATER = "450 4.3.0 Please try again later"
TAKEN = "250 2.0.0 Kept"


class Sink:
    """What aiosmtpd calls, under the names that it wants. fault: one of the script's, or ''."""

    def __init__(self, folder: Path, fault: str) -> None:
        self.outbox = Outbox(folder)
        self.fault = fault

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if self.fault == SILENT_AT_MAIL:
            _hang_up(server)
        envelope.mail_from = address
        return "250 2.1.0 Sender ok"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if self.fault == LATER_AT_RCPT:
            return LATER
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.fault == LATER_AT_DATA:
            return LATER
        for recipient in envelope.rcpt_tos:
            self.outbox.keep(envelope.mail_from, recipient, envelope.original_content)
        if self.fault == SILENT_AFTER_DATA:
            _hang_up(server)
        return TAKEN


def _hang_up(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()


async def serve(folder: Path, port: int, fault: str) -> None:
    """Take mails until the process is killed."""
    sink = Sink(folder, fault)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, hostname="localhost", loop=loop), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), " ".join(sys.argv[3:])))
