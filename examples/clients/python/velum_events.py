"""Follows the events of a Velum hub: in order, each at least once, across restarts of either side.

Copy this file and give `follow` what your system does with a record. How far you have come stands in a file that is
written after a record was handled, never before: whatever ends this program, nothing is missed, and at most the record
that was being handled comes again.
"""

import asyncio
import os
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Awaitable, Callable, Optional

import grpc

from velum.v1 import events_pb2, events_pb2_grpc

FIRST_PAUSE_SECS = 1.0
LONGEST_PAUSE_SECS = 60.0
# A subscription may be silent for hours: these notice that nobody is there any more.
CHANNEL_OPTIONS = [
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
]
# The hub says here where a subscription to what is new begins.
START_CURSOR = "velum-after-cursor"
# Asking again changes nothing.
FINAL = {
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.UNIMPLEMENTED,
}


class Refused(Exception):
    """The hub will not let this program read, however often it asks."""


class Misconfigured(Exception):
    """What stands in the way and is for the administrator to mend."""


@dataclass(frozen=True)
class Hub:
    """Where the hub is, and who asks: files that `velum pki init` and `velum pki operator NAME` made."""

    address: str  # name:port; the name must be one in the hub's certificate
    pki: Path
    operator: str

    def channel(self) -> grpc.aio.Channel:
        names = ("authority.pem", f"{self.operator}.key", f"{self.operator}.pem")
        try:
            authority, key, certificate = [(self.pki / name).read_bytes() for name in names]
        except OSError as error:
            raise Misconfigured(f"{error}; --pki is a folder with {', '.join(names)}") from error
        credentials = grpc.ssl_channel_credentials(authority, key, certificate)
        return grpc.aio.secure_channel(self.address, credentials, CHANNEL_OPTIONS)


@dataclass(frozen=True)
class Reading:
    """Why it is read. It stands in the hub's audit log."""

    purpose: str = ""  # a purpose of the policy; needed where the recipient has several
    reason: str = ""
    is_export: bool = False  # what is read goes into another system: needs a recipient that may, and a reason

    def request(self, after_cursor: Optional[int]) -> events_pb2.SubscribeRequest:
        return events_pb2.SubscribeRequest(
            after_cursor=after_cursor, purpose=self.purpose, justification=self.reason, export=self.is_export
        )


class Place:
    """The cursor up to which everything was handled, in a file. One program, one file."""

    def __init__(self, path: Path, first: Optional[int] = None) -> None:
        """`first` counts where there is no file yet: 0 for everything that the hub has, None for what is new."""
        self.path = path
        self.cursor = first
        if path.exists():
            text = path.read_text(encoding="ascii", errors="replace").strip()
            if not text.isdecimal():
                raise Misconfigured(f"{path}: holds no cursor; delete it to begin anew, or write the last cursor into it")
            self.cursor = int(text)

    def keep(self, cursor: int) -> None:
        """On disk when this returns; the old file or the new one is there at any moment."""
        beside = self.path.with_name(self.path.name + ".new")
        with open(beside, "w", encoding="ascii") as file:
            file.write(f"{cursor}\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self.cursor = cursor


async def follow(
    hub: Hub,
    reading: Reading,
    place: Place,
    handle: Callable[[events_pb2.StoredRecord], Awaitable[None]],
    stopping: asyncio.Event,
    remark: Callable[[str], None],
) -> None:
    """Hands each record to `handle`, one after the other, until `stopping` is set; goes on by itself after the hub
    was away. A record that is being handled when `stopping` is set is handled to its end, and counts.

    Raises `Refused`, `Misconfigured`, and whatever `handle` raises: its record comes again at the next start.
    """
    pause_secs = FIRST_PAUSE_SECS
    while not stopping.is_set():
        before = place.cursor
        async with hub.channel() as channel:
            trouble = await _follow_once(channel, reading, place, handle, stopping)
        if stopping.is_set():
            return
        if place.cursor != before:
            pause_secs = FIRST_PAUSE_SECS
        # Not all clients of a hub that comes back ask at the same moment.
        wait_secs = pause_secs * random.uniform(0.5, 1.0)
        remark(f"the hub is away ({trouble}); asking again in {wait_secs:.1f} s")
        pause_secs = min(pause_secs * 2, LONGEST_PAUSE_SECS)
        try:
            await asyncio.wait_for(stopping.wait(), wait_secs)
        except asyncio.TimeoutError:
            pass


async def _follow_once(channel, reading, place, handle, stopping) -> str:
    """Until the subscription ends; gives the reason."""
    call = events_pb2_grpc.EventsStub(channel).Subscribe(reading.request(place.cursor))
    try:
        metadata = await _unless(stopping, call.initial_metadata())
        if metadata is not None and place.cursor is None and START_CURSOR in metadata:
            # From here on nothing is missed, even where the first record comes after an interruption.
            place.keep(int(metadata[START_CURSOR]))
        while not stopping.is_set():
            record = await _unless(stopping, call.read())
            if record is None or record is grpc.aio.EOF:
                break
            await handle(record)
            place.keep(record.cursor)
        return "the subscription ended"
    except grpc.aio.AioRpcError as error:
        if error.code() in FINAL:
            raise Refused(_in_words(error)) from error
        return error.details() or error.code().name
    finally:
        call.cancel()


async def _unless(stopping: asyncio.Event, answer: Awaitable):
    """The answer, or None as soon as `stopping` is set."""
    answering, stop = asyncio.ensure_future(answer), asyncio.ensure_future(stopping.wait())
    await asyncio.wait({answering, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if answering.done():
        return answering.result()
    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)
    return None


def _in_words(error: grpc.aio.AioRpcError) -> str:
    text = error.details()
    if error.code() in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED):
        return f"the hub refused: {text}; an operator's certificate is made with `velum pki operator NAME`"
    return f"the hub answered {error.code().name}: {text}"
