"""The talk with one sandbox: parts go in, answers and log come out, and a clock runs."""

import os
import re
import selectors
import time

from lrcourse.exercises import kernel

BEGUN = kernel.BEGUN.encode()
ANSWER = re.compile(rb'^\t*\{"(?:id|cell)":\d+[,}].*\n', re.MULTILINE)  # as the program says it, after what it began
READY = b"ready\n"  # what a sandbox says before it waits for its program
LOOK = 0.25  # seconds between two looks at what is inside
MOST_FILES = 1000  # in the scratch folder
SECONDS_TO_START = 60


class Talk:
    """Feeds the parts to a process, collects its answers and log up to their limits, and watches what it does.

    output, log: what came out; early: bytes of output before the last part went in, None where it never did; asleep:
    seconds in all, stuck: those since it answered or began a statement, worked: CPU seconds since then; spent: asleep
    and at work.
    """

    def __init__(self, process, inside, limits):
        self.process, self.inside, self.limits = process, inside, limits
        self.output, self.log, self.early = bytearray(), bytearray(), None
        self.rest, self.answered, self.ready = b"", 0, False
        self.asleep = self.stuck = self.worked = self.spent = 0
        self.moved = True  # it answered, or began a statement, since the last look
        self.flooded = False  # a statement had made too many files when the next one began

    def until_done(self, code, parts):
        """None when the sandbox closed its ends by itself, (ending, detail) when it has to be stopped.

        The program's code goes in when the walls are seen to stand, then part after part.
        """
        first, *rest = parts or [b""]
        self.parts = [code + first, *rest]
        self.asked = -code.count(b"\n")  # the program is no line to answer
        self.started = time.monotonic()
        look = self.started + LOOK
        with selectors.DefaultSelector() as self.streams:
            for stream in (self.process.stdout, self.process.stderr):
                os.set_blocking(stream.fileno(), False)
                self.streams.register(stream, selectors.EVENT_READ)
            os.set_blocking(self.process.stdin.fileno(), False)
            while any(key.fileobj is not self.process.stdin for key in self.streams.get_map().values()):
                for key, _ in self.streams.select(timeout=LOOK):
                    if key.fileobj is self.process.stdin:
                        self._feed()
                    elif not self._read(key.fileobj):
                        self.streams.unregister(key.fileobj)
                if not self.ready and self.output.startswith(READY):
                    problem = self._begin()
                    if problem:
                        return "failed", problem
                    look = time.monotonic() + LOOK
                if self.flooded or time.monotonic() > look:
                    look = time.monotonic() + LOOK
                    stop = self._look()
                    if stop:
                        return stop
                if len(self.output) > self.limits.output:
                    return "flood", f"wrote more than {self.limits.output >> 20} MB of answers"
        return None

    def _begin(self):
        del self.output[: len(READY)]
        problem = self.inside.begin()
        if problem:
            return problem
        self.ready = True
        self._next_part()
        return None

    def _look(self):
        """(ending, detail) where a limit is reached."""
        lasted = time.monotonic() - self.started
        if not self.ready:
            return ("failed", "the sandbox did not start in time") if lasted > SECONDS_TO_START else None
        seen = self.inside.look()
        self.asleep += seen.slept
        self.spent += seen.slept + seen.worked
        # Never too much: what it used between an answer and the next look counts for no place.
        self.stuck, self.worked = (0, 0) if self.moved else (self.stuck + seen.slept, self.worked + seen.worked)
        self.moved = False
        if self.flooded or seen.files > MOST_FILES:
            return "flood", f"made more than {MOST_FILES} files"
        if seen.memory > self.limits.mapped:
            return "memory", f"held more than {self.limits.mapped >> 20} MB of memory"
        if self.worked > self.limits.call:  # its own timer would have ended it, had it not been turned off
            return "cpu", f"used more than {self.limits.call:.3g} s of CPU time at one place"
        if self.asleep > self.limits.asleep:
            return "asleep", f"waited for more than {self.limits.asleep:.3g} s without working"
        # Who does both at one place gets no more than who does one, so that enough is left for what comes after it.
        most = max(self.limits.call, self.limits.asleep)
        if self.worked + self.stuck > most:
            return "spent", f"worked and waited for more than {most:.3g} s at one place"
        if self.spent > self.limits.total:
            return "spent", f"worked and waited for more than {self.limits.total:.3g} s together"
        if lasted > self.limits.wall:
            return "busy", f"the machine was too busy to finish this in {self.limits.wall:.0f} s"
        return None

    def _next_part(self):
        """Begin to send the next part once every line before it is answered; after the last part close the pipe."""
        if self.rest or self.process.stdin.closed or self.answered < self.asked:
            return
        if not self.parts:
            self.process.stdin.close()
            return
        self.rest = memoryview(self.parts.pop(0))
        self.asked += bytes(self.rest).count(b"\n")
        if not self.parts:
            self.early, self.asked = len(self.output), 0
        self.streams.register(self.process.stdin, selectors.EVENT_WRITE)

    def _feed(self):
        try:
            self.rest = self.rest[os.write(self.process.stdin.fileno(), self.rest[: 2**16]) :]
        except BlockingIOError:
            return
        except OSError:  # it closed its end: it will answer without the rest
            self.rest, self.parts = b"", []
        if not self.rest:
            self.streams.unregister(self.process.stdin)
            self._next_part()

    def _read(self, stream):
        block = os.read(stream.fileno(), 2**16)
        if stream is not self.process.stdout:
            self.log = (self.log + block)[-self.limits.log :]
            return block
        line = self.output.rfind(b"\n") + 1
        self.output += block
        if self.ready and (b"\n" in block or BEGUN in block):
            self.answered += block.count(b"\n")
            # Lines that are no answers are no way to begin the time of one place anew.
            self.moved |= BEGUN in block or ANSWER.search(self.output, line) is not None
            if BEGUN in block and self.inside.files() > MOST_FILES:
                self._end_in_the_statement_before()
            self._next_part()
        return block

    def _end_in_the_statement_before(self):
        """As if the last statement had not begun: the files are not its own."""
        before = self.output.rfind(BEGUN, 0, self.output.rfind(BEGUN))
        if before >= 0:
            del self.output[before + 1 :]
        self.flooded = True
