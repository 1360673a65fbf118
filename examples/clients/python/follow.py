#!/usr/bin/env python3
"""Prints what a Velum hub reports: one JSON object a line for each event, remarks on standard error.

`handle` is what you replace: by a call of your dispatch system, an insert into your database.
"""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from google.protobuf.json_format import MessageToDict

from velum_events import Hub, Misconfigured, Place, Reading, Refused, follow


class Printer:
    """Shows events, and what is no event: numbers that ended otherwise, numbers that are missing, what is held back."""

    def __init__(self) -> None:
        # The highest number by box and incarnation; None once something was held back, whose numbers are not told.
        self.highest = {}

    async def handle(self, stored) -> None:
        """Returns when your system has it: only then it counts as handled. It may come a second time after a crash:
        box, incarnation and sequence are the same then."""
        for held in stored.held_back:
            # 0: this program is no recipient, and is not told how many there are.
            count = "all events are" if held.events == 0 else f"{held.events} event(s) are"
            remark(f"{count} {held.message}")
            self.highest = None
        if not stored.HasField("record"):
            return
        self.look_for_a_gap(stored)
        end = stored.record.WhichOneof("end")
        if end == "event":
            print(json.dumps(MessageToDict(stored, preserving_proto_field_name=True)), flush=True)
            return
        ended = getattr(stored.record, end) if end else "in a way that this program does not know"
        remark(f"number {stored.record.sequence} of {stored.box} is no event: {end} {str(ended).strip()}")

    def look_for_a_gap(self, stored) -> None:
        if self.highest is None:
            return
        key, sequence = (stored.box, stored.incarnation), stored.record.sequence
        highest = self.highest.get(key, sequence)
        if sequence > highest + 1:
            remark(f"numbers {highest + 1} to {sequence - 1} of {stored.box} have not arrived at the hub")
        self.highest[key] = max(highest, sequence)


def remark(text: str) -> None:
    print(f"follow: {text}", file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hub", default="localhost:7443", metavar="HOST:PORT", help="where the hub listens")
    parser.add_argument("--pki", default="pki", type=Path, metavar="DIR", help="authority.pem, NAME.pem and NAME.key")
    parser.add_argument("--operator", default="operator", metavar="NAME", help="whose certificate is used")
    parser.add_argument("--cursor-file", default="velum.cursor", type=Path, metavar="FILE", help="how far this came")
    parser.add_argument("--from-start", action="store_true", help="at the first start: all that the hub has")
    parser.add_argument("--purpose", default="", metavar="ID", help="a purpose of the policy")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the hub's audit log")
    parser.add_argument("--export", action="store_true", help="what is read goes into another system")
    return parser.parse_args()


async def main() -> int:
    args = arguments()
    stopping = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    hub = Hub(args.hub, args.pki, args.operator)
    reading = Reading(args.purpose, args.reason, args.export)
    try:
        place = Place(args.cursor_file, first=0 if args.from_start else None)
        await follow(hub, reading, place, Printer().handle, stopping, remark)
    except (Refused, Misconfigured) as error:
        remark(str(error))
        return 1
    remark(f"ended; everything up to cursor {place.cursor} is handled")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
