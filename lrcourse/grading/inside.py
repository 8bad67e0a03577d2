"""The processes of one sandbox, seen from outside: whether they work or sleep, what they fill, and that they end."""

import json
import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Look:
    """What was seen at one moment: seconds slept and worked since the look before, files in scratch, bytes held."""

    slept: float = 0
    worked: float = 0
    files: int = 0
    memory: int = 0


class Inside:
    """Follows a sandbox that was started as `process` (bubblewrap, or without a sandbox the student's Python itself).

    A sandbox has a process namespace of its own. The kernel lets the first process of a namespace end only when every
    other one has ended: so the end of the first is the end of all, and it is that end which is waited for here. Its
    handle (a pidfd) stands for it, not its number, so that a kill can meet nobody else.
    """

    def __init__(self, process, status=None):
        self.process, self.status = process, status
        self.first = self.student = self.handle = None
        self.cpu, self.looked, self.threads = 0, time.monotonic(), 1

    def begin(self, seconds=5):
        """Called when the student's Python runs, before it gets anything: why its walls do not hold, or None.

        Only when bubblewrap's first process is under the filter has it asked the kernel to end it with the grader.
        """
        self.looked = time.monotonic()
        if self.status is None:
            self.student = self.process.pid
            return None
        self._find_first()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                (self.student,) = map(int, _children(self.first))
                if {"Seccomp:\t2", "NoNewPrivs:\t1"} <= _status(self.first) & _status(self.student):
                    self._scratch()
                    return None
            except (OSError, ValueError) as error:
                return (
                    f"the processes of a sandbox cannot be watched ({error}). As root in a container, grade as {USER}"
                )
            time.sleep(0.001)
        return "the processes of a sandbox are not under a filter"

    def _find_first(self):
        """Take bubblewrap's word for the number of the first process, and a handle on it while it is its child."""
        if self.handle is not None or self.status is None:
            return
        said = self._said()
        if "child-pid" not in said:
            return
        self.first = said["child-pid"]
        try:
            handle = os.pidfd_open(self.first)
            if int(_stat(self.first)[1]) == self.process.pid:  # else it has ended, and another has its number
                self.handle = handle
            else:
                os.close(handle)
        except OSError:
            return  # it has ended

    def look(self):
        """A Look. Slept is what passed while no thread wanted the CPU or the disk, less the CPU time that was used.

        Neither silence nor output says whether a program works: only what it uses does.
        """
        before, self.looked = self.looked, time.monotonic()
        try:
            tasks = os.listdir(f"/proc/{self.student}/task")
            awake = any(_stat(self.student, task)[0] in "RD" for task in tasks)
            cpu = sum(map(int, _stat(self.student)[11:13])) / os.sysconf("SC_CLK_TCK")
            files = self._scratch()
            memory = _memory(self.student)
        except OSError:
            return Look()  # it has just ended
        worked, self.cpu = cpu - self.cpu, cpu
        self.threads = max(self.threads, len(tasks))
        # Where this process itself was kept waiting for long, how the time was spent is not known.
        passed = min(self.looked - before, MOST_PASSED)
        return Look(0 if awake else max(0, passed - worked), worked, files, memory)

    def files(self):
        """How many files lie in the scratch folder; 0 once the sandbox has ended."""
        try:
            return self._scratch()
        except OSError:
            return 0

    def _scratch(self):
        """Their number, since empty ones take the kernel's memory too; 0 where no sandbox is."""
        if self.status is None:
            return 0
        scratch = os.statvfs(f"/proc/{self.first}/root/tmp")
        return scratch.f_files - scratch.f_ffree

    def end(self, patience):
        """End all that is in the sandbox and see it ended; patience: seconds that it gets to end by itself.

        Raises TimeoutError when something would not end.
        """
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()
        self._find_first()
        if self.handle is not None:
            if not _ended(self.handle, patience):
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)
                if not _ended(self.handle, 30):
                    raise TimeoutError("a process of a sandbox could not be ended")
            os.close(self.handle)
        try:
            self.process.wait(patience if self.handle is None else 5)  # the outer one reports the exit status and ends
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def exit_status(self):
        """The exit status that bubblewrap (not the student's process) reports, or None where it never got that far."""
        if self.status is None:
            return self.process.returncode
        said = self._said()
        return said.get("exit-code", -signal.SIGKILL if "child-pid" in said else None)

    def _said(self):
        """What bubblewrap has reported so far, each a line of JSON in the file that it writes to."""
        lines = os.pread(self.status, 2**16, 0).decode().splitlines(keepends=True)
        return {key: value for line in lines if line.endswith("\n") for key, value in json.loads(line).items()}


USER = "an ordinary user (USER in its image), or give the container CAP_SYS_PTRACE"
MOST_PASSED = 0.5  # seconds


def _children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _status(pid):
    return set(Path(f"/proc/{pid}/status").read_text().splitlines())


def _stat(pid, task=None):
    """The fields of /proc/pid/stat after the name: state, parent, ..."""
    return Path(f"/proc/{pid}/{f'task/{task}/' if task else ''}stat").read_text().rpartition(")")[2].split()


def _memory(pid):
    """Bytes that a process holds: its pages, and the tables of its pages, which no limit counts."""
    lines = (line.split() for line in _status(pid))
    return 1024 * sum(int(words[1]) for words in lines if words[0] in ("VmRSS:", "VmSwap:", "VmPTE:"))


def _ended(handle, seconds):
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(1000 * seconds))
