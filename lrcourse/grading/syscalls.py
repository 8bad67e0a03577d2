"""What a sandbox may ask of the kernel: lists of system calls, and the filters (seccomp) that the kernel enforces.

A list of what is allowed, since nobody can list what is not: a call that is not here fails as on a kernel that lacks
it, also one that a later kernel adds. Allowed is what Python and NumPy do to files, memory, time and threads of their
own. No call here reaches another process, a network, a key, or memory that outlives the process or belongs to none.
"""

import errno
import platform
import struct

# Machine, as platform.machine() names it: (the kernel's number for it, the column of its numbers below).
MACHINES = {"x86_64": (0xC000003E, 1), "aarch64": (0xC00000B7, 2)}

# name, number on x86_64, number on aarch64; "-" where the machine has no such call.
ALLOWED = """
read 0 63  write 1 64  readv 19 65  writev 20 66  pread64 17 67  pwrite64 18 68  preadv 295 69  pwritev 296 70
open 2 -  openat 257 56  close 3 57  close_range 436 436  lseek 8 62  dup 32 23  dup2 33 -  dup3 292 24  pipe 22 -
pipe2 293 59  poll 7 -  ppoll 271 73  select 23 -  pselect6 270 72  epoll_create1 291 20  epoll_ctl 233 21
epoll_wait 232 -  epoll_pwait 281 22  eventfd2 290 19  fsync 74 82  fdatasync 75 83  truncate 76 45  ftruncate 77 46
fallocate 285 47  stat 4 -  lstat 6 -  fstat 5 80  newfstatat 262 79  statx 332 291  access 21 -  faccessat 269 48
faccessat2 439 439  readlink 89 -  readlinkat 267 78  getcwd 79 17  chdir 80 49  fchdir 81 50  mkdir 83 -
mkdirat 258 34  rmdir 84 -  unlink 87 -  unlinkat 263 35  rename 82 -  renameat 264 38  chmod 90 -  fchmod 91 52
fchmodat 268 53  umask 95 166  getdents 78 -  getdents64 217 61  getxattr 191 8  lgetxattr 192 9  fgetxattr 193 10
listxattr 194 11  llistxattr 195 12  flistxattr 196 13

brk 12 214  mmap 9 222  munmap 11 215  mremap 25 216  mprotect 10 226  madvise 28 233  msync 26 227  membarrier 324 283

rt_sigaction 13 134  rt_sigprocmask 14 135  rt_sigreturn 15 139  rt_sigpending 127 136  rt_sigtimedwait 128 137
rt_sigsuspend 130 133  sigaltstack 131 132  kill 62 129  tkill 200 130  tgkill 234 131  pause 34 -  alarm 37 -
setitimer 38 103  getitimer 36 102  restart_syscall 219 128

clock_gettime 228 113  clock_getres 229 114  clock_nanosleep 230 115  nanosleep 35 101  gettimeofday 96 169
time 201 -  times 100 153

exit 60 93  exit_group 231 94  wait4 61 260  waitid 247 95  execve 59 221  getpid 39 172  getppid 110 173
gettid 186 178  getuid 102 174  geteuid 107 175  getgid 104 176  getegid 108 177  getgroups 115 158
getresuid 118 148  getresgid 120 150  getpgid 121 155  getpgrp 111 -  getsid 124 156  getrusage 98 165
getrlimit 97 163  setrlimit 160 164  uname 63 160  getcpu 309 168  sched_yield 24 124  sched_getaffinity 204 123
getpriority 140 141  arch_prctl 158 -  set_tid_address 218 96  set_robust_list 273 99  rseq 334 293  futex 202 98
getrandom 318 278

shutdown 48 210  sendto 44 206  recvfrom 45 207  getsockname 51 204  getpeername 52 205  getsockopt 55 209
"""

# Calls that fail with an error of their own, since Python says what it means; 0 lets them do nothing and succeed:
# there is nobody else whom a lock, a priority or a file's time could concern, and honest code goes on.
ANSWERED = {
    "fork 57 -": errno.EAGAIN,
    "vfork 58 -": errno.EAGAIN,
    "socket 41 198": errno.EPERM,
    "setpriority 141 140": 0,
    "flock 73 32": 0,
    "utimensat 280 88": 0,
    "utimes 235 -": 0,
    "utime 132 -": 0,
}
SET_FILTER, JOIN_SESSION = 22, 1  # operations of prctl and keyctl
FILE_FLAGS, LOCKS = (0, 1, 2, 3, 4, 1030, 1032), (6, 7, 37, 38)  # of fcntl
# Which argument is looked at; which of its values are allowed; which do nothing and succeed; the error for all others.
LIMITED = {
    "clone 56 220": (0, (0x3D0F00, 0x7D0F00), (), errno.EAGAIN),  # a thread as glibc or musl starts it; no process
    "prlimit64 302 261": (0, (0,), (), errno.EPERM),  # the caller's own limits
    "prctl 157 167": (0, (3, 15, 16, SET_FILTER, 0x53564D41), (), errno.EINVAL),  # names; not PDEATHSIG, nor dumps
    "keyctl 250 219": (0, (JOIN_SESSION,), (), errno.ENOSYS),
    "socketpair 53 199": (0, (1,), (), errno.EPERM),  # AF_UNIX: asyncio wakes itself by one
    "fcntl 72 25": (1, FILE_FLAGS, LOCKS, errno.EINVAL),  # sandboxes have files in common: a lock would be a signal
    "ioctl 16 29": (1, (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451), (), errno.ENOTTY),  # sizes and flags
}
# No more of these once Python runs: no second program, no other keyring (and no second filter: see seal_for).
ONLY_TO_START = {"execve 59 221": errno.EPERM, "keyctl 250 219": errno.ENOSYS}

# Calls that the kernel makes for itself (uprobes) pass every filter since Linux 6.13; made by a program they end it.
UNFILTERED = {"x86_64": {335, 336}, "aarch64": set()}

ALLOW, KILL, ANSWER = 0x7FFF0000, 0x80000000, 0x00050000
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, ARCHITECTURE, ARGUMENT = 0, 4, 16  # where they lie in what a filter is shown
SECOND_SET = 0x40000000  # from here on are x86_64's 32-bit pointers (x32): the same calls by other numbers


def filter_for(machine):
    """The filter that binds all of a sandbox from its start, as `bwrap --seccomp` reads it. Raises KeyError."""
    architecture, _ = MACHINES[machine]
    program = [step(LOAD, ARCHITECTURE), step(EQUAL, architecture, 1, 0), step(RETURN, KILL)]
    program += [step(LOAD, NUMBER), step(AT_LEAST, SECOND_SET, 0, 1), step(RETURN, KILL)]
    for number in numbers(ALLOWED, machine).values():
        program += _answer(number, ALLOW)
    program += _answers(ANSWERED, machine)
    for call, (argument, allowed, pretended, error) in LIMITED.items():
        body = [step(LOAD, ARGUMENT + 8 * argument)]
        body += [one for value in allowed for one in _answer(value, ALLOW)]
        body += [one for value in pretended for one in _answer(value, ANSWER)]
        body += [step(RETURN, ANSWER | error)]
        program += [step(EQUAL, *numbers(call, machine).values(), 0, len(body)), *body]
    return b"".join([*program, step(RETURN, ANSWER | errno.ENOSYS)])


def seal_for(machine):
    """The filter that Python sets on itself before student code, on top of the first. Raises KeyError."""
    (prctl,) = numbers("prctl 157 167", machine).values()
    program = [step(LOAD, NUMBER), *_answers(ONLY_TO_START, machine)]
    program += [step(EQUAL, prctl, 1, 0), step(RETURN, ALLOW)]
    program += [step(LOAD, ARGUMENT), *_answer(SET_FILTER, ANSWER | errno.EINVAL), step(RETURN, ALLOW)]
    return b"".join(program)


def numbers(text, machine):
    """{name: number} of the calls in a table like ALLOWED, as far as the machine has them."""
    words = text.split()
    column = MACHINES[machine][1]
    pairs = zip(words[::3], words[column::3], strict=True)
    return {name: int(number) for name, number in pairs if number != "-"}


def allowed_numbers(machine=None):
    """The numbers of all calls that are not refused whatever their arguments are."""
    machine = machine or platform.machine()
    return {number for text in (ALLOWED, *LIMITED, *ANSWERED) for number in numbers(text, machine).values()}


def step(code, value, if_so=0, if_not=0):
    """One instruction of the kernel's filter language; the last two say how many to skip."""
    return struct.pack("=HBBI", code, if_so, if_not, value)


def _answer(value, answer):
    return [step(EQUAL, value, 0, 1), step(RETURN, answer)]


def _answers(calls, machine):
    return [
        one
        for call, error in calls.items()
        for number in numbers(call, machine).values()
        for one in _answer(number, ANSWER | error)
    ]
