"""A real SMTP server that can be told to refuse, to hang up, and to go away."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Moody:
    """Answers by the address's local part; `taken` are the mails it said 250 to."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.sessions: set[int] = set()
        self.hang_up_after: int | None = None
        self.sender_answer = ""

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.sessions.add(id(session))
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        if address.startswith("full"):
            return "452 4.2.2 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        recipient = envelope.rcpt_tos[0]
        if recipient.startswith("spam"):
            return "554 5.7.1 looks like spam"
        if recipient.startswith("mute"):
            # The mail is here; the line goes dead before we say so.
            self.taken.append(recipient)
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            await asyncio.sleep(0)
            return "250 nobody hears this"
        self.taken.append(recipient)
        if self.hang_up_after is not None and len(self.taken) % self.hang_up_after == 0:
            assert server.transport is not None
            # Runs when this answer is written and the server waits for the next command.
            asyncio.get_running_loop().call_soon(server.transport.close)
        return "250 kept"


@contextlib.contextmanager
def running(moody: Moody) -> Iterator[int]:
    """The port it listens on."""
    controller = Controller(moody, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
