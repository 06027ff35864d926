"""A wait in which buttons work: a busy kernel answers no click, so the waiting cell takes the clicks from the main shell itself.

Everything private that this needs of ipykernel (6.17 to 7.4) and pyzmq stands here, and nowhere else; where it has changed, the wait is a plain one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from nastutor.frontend import running_kernel

log = logging.getLogger("nastutor")
COMM_TYPES = ("comm_open", "comm_msg", "comm_close")


def wait(done: threading.Event, tick: Callable[[], object] = lambda: None, step: float = 0.05) -> None:
    """Returns when `done` is set; meanwhile clicks are answered and `tick` is called, about every `step` seconds."""
    shell = _take_over()
    try:
        while not done.wait(step):
            if shell is not None and not shell.answer():
                shell.close()
                shell = None
            tick()
    finally:
        if shell is not None:
            shell.close()


def _take_over() -> MainShell | None:
    kernel = running_kernel()
    if kernel is None or threading.current_thread() is not threading.main_thread():
        return None
    try:
        return MainShell(kernel)
    except Exception as error:  # whatever a future ipykernel has renamed: the search goes on, without buttons
        log.warning("buttons cannot be answered while this cell waits (the kernel's interrupt still stops it): %s", error)
        return None


class MainShell:
    """The stream of the main shell, in our hands while a cell waits: widget messages are handled, all others kept for later.

    usual  what the kernel does with a message
    kept   messages that are not for widgets, such as the next cells, in the order of arrival
    """

    def __init__(self, kernel: Any) -> None:
        self.kernel, self.stream = kernel, shell_stream(kernel)
        self.usual, self.copy = self.stream._recv_callback, self.stream._recv_copy
        self.kept: list[Any] = []
        self.stream.on_recv(self.receive, copy=False)

    def answer(self) -> bool:
        """Handles what has arrived; False if that does not work in this kernel."""
        import zmq

        try:
            self.stream.flush(zmq.POLLIN)
        except Exception as error:  # as above
            log.warning("buttons are not answered any more while this cell waits: %s", error)
            return False
        return True

    def receive(self, frames: Any) -> None:
        if message_type(self.kernel.session, frames) in COMM_TYPES:
            self.handle(frames)
        else:
            self.kept.append(frames)

    def handle(self, frames: Any) -> None:
        """What the kernel does with a message, minus its checks that no cell is running; then the waiting cell is the parent again."""
        kernel = self.kernel
        idents, parts = kernel.session.feed_identities(frames, copy=False)
        message = kernel.session.deserialize(parts, content=True, copy=False)
        cell = kernel._parent_ident["shell"], kernel.get_parent("shell")
        kernel.set_parent(idents, message, channel="shell")
        kernel._publish_status("busy", "shell")
        try:
            kernel.shell_handlers[message["header"]["msg_type"]](self.stream, idents, message)
        finally:
            kernel._publish_status("idle", "shell")  # a slider sends its next value only after this
            kernel.set_parent(*cell, channel="shell")
            kernel._publish_status("busy", "shell")  # which is the truth: the cell still runs

    def close(self) -> None:
        """The stream as it was; what was kept goes the usual way as soon as the cell has ended, before anything newer."""
        self.answer()
        self.stream.on_recv(self.usual, copy=self.copy)
        for frames in self.kept:
            self.stream.io_loop.add_callback(self.usual, frames)
        self.kept = []


def shell_stream(kernel: Any) -> Any:
    """The stream on which the main thread gets its messages: the socket itself in ipykernel 6, the end of a pipe from a thread in 7."""
    thread = getattr(kernel, "shell_channel_thread", None)
    return thread.manager.get_shell_channel_to_subshell_pair(None).to_stream if thread is not None else kernel.shell_stream


def message_type(session: Any, frames: Any) -> str:
    """The type of a message, read without marking it as seen; "" if it is not one (ipykernel sends itself such a thing after an error)."""
    try:
        _, parts = session.feed_identities(frames, copy=False)
        return session.unpack(parts[1].bytes)["msg_type"]  # parts: signature, header, ...
    except (ValueError, IndexError, KeyError, TypeError):
        return ""
