"""aiosmtpd and nothing more: each message is written to a file of its own, which is on the disk before the answer.

python -m benchmarks.peers.bare_lmtp PORT FOLDER
"""

import asyncio
import logging
import os
import sys
from itertools import count
from pathlib import Path

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session


class Files:
    """What aiosmtpd calls with each message."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Write a message, and have the disk write it."""
        with (self.folder / str(next(self.numbers))).open("wb") as file:
            file.write(envelope.original_content or b"")
            file.flush()
            os.fsync(file.fileno())
        return "250 2.0.0 Kept"


async def serve(port: int, folder: Path) -> None:
    """Listen until the process is killed."""
    loop, files = asyncio.get_running_loop(), Files(folder)
    server = await loop.create_server(lambda: LMTP(files, hostname="localhost", loop=loop), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
