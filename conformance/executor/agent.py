"""The agent as a process: where its program is, started, talked to, ended."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from conformance.executor._bridge import ffi, lib
from conformance.executor.console import ConsoleReader, Outbox
from conformance.executor.frames import Frame, FrameReader

_BUNDLED: Final = Path(__file__).resolve().parent.parent / "_bundle" / "waitconf-agent"
_READ_SIZE: Final = 1 << 18
_END: Final[int] = lib.WC_PUMP_END


class AgentError(Exception):
    """The agent cannot be started, or ends before it has said hello."""


class AgentEnded(Exception):
    """The agent has closed its output: it left or died."""


def bundled_agent() -> str:
    """Return the path of the agent that was built with this installation.

    Raises:
        AgentError: there is none.
    """
    if not _BUNDLED.exists():
        raise AgentError("the agent is not built; install waitconf with pip, which compiles it")
    return str(_BUNDLED)


class AgentProcess:
    """One running agent and the bytes on their way to and from it.

    It is a session leader, so that ^C at a terminal reaches Python alone. Only :meth:`close` reaps it,
    by its pid. The agent asks to be killed when the thread that started it ends: start it in one that
    stays (prctl(2), PR_SET_PDEATHSIG).
    """

    def __init__(self, command: Sequence[str]) -> None:
        """Start ``command``, whose first item is the path of an executable file.

        Raises:
            AgentError: it cannot be executed.
        """
        self._child: Any = ffi.new("struct wc_child *")
        words = [ffi.new("char[]", os.fsencode(word)) for word in command]
        error = lib.wc_spawn(words[0], ffi.new("char *[]", [*words, ffi.NULL]), self._child)
        if error:
            raise AgentError(f"cannot start {command[0]}: {os.strerror(error)}")
        self._buffer: Any = ffi.new("char[]", _READ_SIZE)
        self._transfer: Any = ffi.new("struct wc_transfer *")
        self._transfer.into, self._transfer.into_size = self._buffer, _READ_SIZE
        self._unsent = b""
        self._reader: FrameReader | ConsoleReader = FrameReader()
        self._outbox = Outbox()
        self._console: ConsoleReader | None = ConsoleReader()  # None as soon as it is clear what there is

    @property
    def is_console(self) -> bool:
        """Whether the agent is at the other end of a console: bytes may get lost or be others' there."""
        return isinstance(self._reader, ConsoleReader)

    @property
    def noise(self) -> int:
        """How much was read that was no frame."""
        return self._reader.noise

    def send(self, frame: bytes) -> None:
        """Queue a frame for the agent; :meth:`receive` moves it."""
        if self.is_console:
            self._outbox.put(frame)
        else:
            self._unsent += frame

    def has_read_all(self) -> None:
        """Take note that the agent waits for more than ever reached it."""
        self._outbox.taken()

    def receive(self, timeout_s: float) -> Iterator[Frame]:
        """Move bytes both ways until some came back, and yield the frames that they complete.

        Args:
            timeout_s: how long to wait for any; 0 takes what is there.

        Raises:
            AgentEnded: the agent's output has ended.
            TimeoutError: nothing came in that time (never with 0).
            ProtocolError: see :class:`FrameReader`.
        """
        deadline = time.monotonic() + timeout_s
        self._unsent += self._outbox.take()
        while not (data := self._pump(max(0.0, deadline - time.monotonic()))):
            if not timeout_s:
                return
            if time.monotonic() >= deadline:
                raise TimeoutError(f"nothing from the agent for {timeout_s:.1f} s")
        yield from self._frames(data)
        if isinstance(self._reader, ConsoleReader):
            self._outbox.taken(self._reader.lines_taken())

    def _frames(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames in some bytes. How the agent speaks is known from its first frame on."""
        if self._console is None:
            yield from self._reader.feed(data)
            return
        plain, lines = list(self._reader.feed(data)), list(self._console.feed(data))
        if lines:
            self._reader = self._console
        if plain or lines:
            self._console = None
        yield from lines or plain

    def _pump(self, timeout_s: float) -> bytes:
        """Let the bridge work until something was read, a signal came, or the time is over."""
        transfer, out = self._transfer, ffi.from_buffer(self._unsent)
        transfer.out, transfer.out_size, transfer.out_done = out, len(self._unsent), 0
        transfer.into_done = 0
        result = lib.wc_pump(self._child, transfer, int(timeout_s * 1000 + 0.999))
        self._unsent = self._unsent[transfer.out_done :]
        if result == _END:
            raise AgentEnded
        if result < 0:
            raise OSError(-result, os.strerror(-result))
        return bytes(ffi.buffer(self._buffer, transfer.into_done))

    def close(self, grace_s: float) -> str:
        """End the agent: hang up, wait for it so long, then kill it. Returns how it ended, in words.

        The grace lets it leave by itself; with 0 it is killed at once. Closing twice is harmless.
        """
        if not self._child.pid:
            return "already closed"
        return ending(lib.wc_reap(self._child, int(grace_s * 1000)))


def ending(status: int) -> str:
    """Put a wait status of the agent into words."""
    if status < 0:
        return os.strerror(-status)
    if os.WIFSIGNALED(status):
        return f"killed by signal {os.WTERMSIG(status)}"
    return f"exited with {os.WEXITSTATUS(status)}"
