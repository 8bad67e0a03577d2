"""The filter: its numbers are the kernel's, it decides as it should, and the kernel enforces it."""

import ctypes.util
import errno
import os
import platform
import struct

import pytest

from lrcourse.grading import sandbox, syscalls

# What a way out of the sandbox, or into the kernel's less trodden corners, would need. Each must be refused.
DENIED = """
ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_open pidfd_getfd pidfd_send_signal
keyctl add_key request_key shmget shmat shmctl shmdt semget semop semctl msgget msgsnd msgrcv msgctl mq_open
memfd_create memfd_secret remap_file_pages mlock mlock2 mlockall mbind set_mempolicy migrate_pages move_pages mincore
io_uring_setup io_uring_enter io_uring_register io_setup io_submit perf_event_open bpf userfaultfd
unshare setns mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick open_tree move_mount mount_setattr
open_by_handle_at name_to_handle_at mknod mknodat link linkat symlink symlinkat setxattr removexattr chown fchownat
clone3 execveat connect bind listen accept accept4 sendmsg recvmsg sendmmsg setsockopt splice tee vmsplice sendfile
copy_file_range inotify_init1 inotify_add_watch fanotify_init personality setuid setgid setgroups setresuid
setsid setpgid capset seccomp landlock_create_ruleset timer_create timer_settime timerfd_create signalfd4
rt_sigqueueinfo rt_tgsigqueueinfo sched_setscheduler sched_setattr sched_setaffinity ioprio_set
modify_ldt iopl ioperm swapon swapoff reboot kexec_load init_module finit_module delete_module acct quotactl syslog
settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname vhangup lookup_dcookie nfsservctl
statfs sysinfo pkey_alloc futex_waitv cachestat fadvise64 readahead sync_file_range sync syncfs
preadv2 pwritev2 renameat2 epoll_pwait2 process_mrelease set_mempolicy_home_node map_shadow_stack
"""
THREAD, PROCESS = 0x3D0F00, 0x11


@pytest.fixture(scope="module")
def number():
    """The number of a call on a machine as libseccomp knows it, None where the machine has none."""
    name = ctypes.util.find_library("seccomp")
    if not name:
        pytest.skip("libseccomp is not installed")
    resolve = ctypes.CDLL(name).seccomp_syscall_resolve_name_arch

    def resolved(call, machine):
        found = resolve(ctypes.c_uint32(syscalls.MACHINES[machine][0]), call.encode())
        return found if found >= 0 else None

    return resolved


def decide(program, machine, call, *arguments, architecture=None):
    """What the kernel would answer: the program's instructions carried out on a call."""
    architecture = architecture or syscalls.MACHINES[machine][0]
    data = struct.pack("=IIQ6Q", call, architecture, 0, *[*arguments, *[0] * 6][:6])
    steps, at, loaded = list(struct.iter_unpack("=HBBI", program)), 0, 0
    while True:
        code, if_so, if_not, value = steps[at]
        at += 1
        if code == 0x20:
            (loaded,) = struct.unpack_from("=I", data, value)
        elif code == 0x06:
            return value
        else:
            at += if_so if {0x15: loaded == value, 0x35: loaded >= value}[code] else if_not


def refused(error):
    return 0x00050000 | error


@pytest.mark.parametrize("machine", syscalls.MACHINES)
def test_the_numbers_are_the_kernels(number, machine):
    for text in (syscalls.ALLOWED, *syscalls.ANSWERED, *syscalls.LIMITED, *syscalls.ONLY_TO_START):
        words = text.split()
        ours = syscalls.numbers(text, machine)
        assert ours == {name: n for name in words[::3] if (n := number(name, machine)) is not None}
    names = syscalls.ALLOWED.split()[::3]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("machine", syscalls.MACHINES)
def test_ways_out_are_refused(number, machine):
    program = syscalls.filter_for(machine)
    for name in DENIED.split():
        call = number(name, machine)
        if call is not None and name != "keyctl":
            assert decide(program, machine, call) == refused(errno.ENOSYS), name
    for family in range(50):
        assert decide(program, machine, number("socket", machine), family) == refused(errno.EPERM)
        pair = decide(program, machine, number("socketpair", machine), family)
        assert pair == (syscalls.ALLOW if family == 1 else refused(errno.EPERM))
    assert decide(program, machine, number("clone", machine), PROCESS) == refused(errno.EAGAIN)
    assert decide(program, machine, number("clone", machine), THREAD) == syscalls.ALLOW
    assert decide(program, machine, number("clone", machine), THREAD | 0x10000000) == refused(errno.EAGAIN)
    assert decide(program, machine, number("prlimit64", machine), 1) == refused(errno.EPERM)
    for command in (5, 8, 10, 1024, 1026, 1031, 1033):  # locks, owners, leases, notices, larger pipes, seals
        assert decide(program, machine, number("fcntl", machine), 0, command) == refused(errno.EINVAL)
    for command in (0x5412, 0x540E, 0x5404, 0x8912, 0x5422):  # TIOCSTI, TIOCSCTTY, ...
        assert decide(program, machine, number("ioctl", machine), 0, command) == refused(errno.ENOTTY)


@pytest.mark.parametrize("machine", syscalls.MACHINES)
def test_other_machines_numbers_end_the_process(machine):
    program = syscalls.filter_for(machine)
    for architecture in (0x40000003, 0x40000028, 1):  # i386, arm, none
        assert decide(program, machine, 1, architecture=architecture) == 0x80000000
    for call in (0x40000000, 0x40000001, 0x40000209, 0xFFFFFFFF):
        assert decide(program, machine, call) == 0x80000000


@pytest.mark.parametrize("machine", syscalls.MACHINES)
def test_the_seal_takes_what_only_the_start_needs(number, machine):
    before, after = syscalls.filter_for(machine), syscalls.seal_for(machine)
    execve, keyctl, prctl = (number(name, machine) for name in ("execve", "keyctl", "prctl"))
    assert decide(before, machine, execve) == decide(before, machine, keyctl, 1) == syscalls.ALLOW
    assert decide(before, machine, keyctl, 0) == decide(before, machine, keyctl, 11) == refused(errno.ENOSYS)
    assert decide(after, machine, execve) == refused(errno.EPERM)
    assert decide(after, machine, keyctl, 1) == refused(errno.ENOSYS)
    assert decide(after, machine, prctl, 22) == refused(errno.EINVAL)
    assert decide(after, machine, prctl, 15) == decide(after, machine, number("read", machine)) == syscalls.ALLOW


def test_the_kernel_refuses_every_call_that_is_not_allowed(bubblewrap):
    machine = platform.machine()
    told = syscalls.allowed_numbers(machine) | syscalls.UNFILTERED[machine]
    program = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
tried = [n for n in range(2000) if n not in {told}]
answers = [(libc.syscall(ctypes.c_long(n), 0, 0, 0, 0, 0, 0), ctypes.get_errno()) for n in tried]
print(len(tried), set(answers))
"""
    outcome = sandbox.run(program, [])
    assert outcome.output.decode().split(" ", 1)[1] == "{(-1, 38)}\n", outcome.log
    assert int(outcome.output.split()[0]) > 1800


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86_64 has two other sets of calls")
@pytest.mark.parametrize("program", sandbox.probe.OTHER_NUMBERS["x86_64"])
def test_the_kernel_ends_who_calls_by_other_numbers(bubblewrap, program):
    assert sandbox.run(program, []).detail == "ended by SIGSYS"


ALLOWED_ARGUMENTS = {  # call: (place, what is allowed, what does nothing), in the kernel's own words
    56: (0, [0x3D0F00, 0x7D0F00], []),  # clone: a thread, as glibc and musl start one
    302: (0, [0], []),  # prlimit64
    157: (0, [3, 15, 16, 22, 0x53564D41], []),  # prctl: PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, SECCOMP, SET_VMA
    250: (0, [1], []),  # keyctl: JOIN_SESSION_KEYRING
    53: (0, [1], []),  # socketpair: AF_UNIX
    72: (1, [0, 1, 2, 3, 4, 1030, 1032], [6, 7, 37, 38]),  # fcntl: F_DUPFD to F_SETFL, ...; locks
    16: (1, [0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451], []),  # ioctl: TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, ...
}


@pytest.mark.parametrize("call", ALLOWED_ARGUMENTS)
def test_each_argument_that_is_allowed_and_its_neighbours_that_are_not(call):
    place, allowed, nothing = ALLOWED_ARGUMENTS[call]
    program = syscalls.filter_for("x86_64")
    for value in [*allowed, *nothing]:
        for near in (value - 1, value, value + 1):
            answer = decide(program, "x86_64", call, *[0] * place, near & 0xFFFFFFFF)
            wanted = 0x7FFF0000 if near in allowed else 0x00050000 if near in nothing else None
            assert answer == wanted if wanted is not None else answer & 0xFFFF0000 == 0x00050000 and answer & 0xFFFF


def test_calls_that_succeed_without_doing_anything_and_those_that_say_why_not():
    program = syscalls.filter_for("x86_64")
    for call in (141, 73, 280, 235, 132):  # setpriority, flock, utimensat, utimes, utime
        assert decide(program, "x86_64", call) == 0x00050000
    for call, error in ((57, errno.EAGAIN), (58, errno.EAGAIN), (41, errno.EPERM), (101, errno.ENOSYS)):
        assert decide(program, "x86_64", call) == 0x00050000 | error
    assert syscalls.step(0x20, 4) == b"\x20\0\0\0\4\0\0\0" and syscalls.step(6, 1, 2, 3) == b"\6\0\2\3\1\0\0\0"
    known = syscalls.allowed_numbers("aarch64")
    assert {63, 64, 220, 25, 198} <= known and 57 in known and 117 not in known
    assert syscalls.allowed_numbers() == syscalls.allowed_numbers(os.uname().machine)
