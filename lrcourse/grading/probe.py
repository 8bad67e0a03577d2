"""The programs that try the walls of a sandbox from inside, before anybody's code runs: tried, not believed.

Each says 49 when every wall held, and which one did not otherwise. It is told, as a line of Python, the numbers of the
system calls that may succeed, the number of keyctl and the limits that must be in force.
"""

WALLS = """
import ctypes, errno, mmap, os, resource, socket, sys, threading
told = eval(sys.stdin.readline())
libc = ctypes.CDLL(None, use_errno=True)
def wall(what, attempt):
    try:
        if attempt() == -1:
            return
    except (OSError, MemoryError):
        return
    sys.exit("a wall of the sandbox is open: " + what)
def call(number, *arguments):
    return libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments + (0,) * (6 - len(arguments))))
wall("a second process", os.fork)
wall("a second program", lambda: os.execv(sys.executable or "/python/bin/python3", ["python3"]))
wall("tracing other processes", lambda: call(told["ptrace"], 0x4206, 1))
wall("other processes' memory", lambda: call(told["process_vm_readv"], 1))
wall("other processes' files", lambda: open("/proc/1/mem"))
wall("keys", lambda: call(told["keyctl"], 0, -3, 0))
wall("another keyring", lambda: call(told["keyctl"], 1, 0))
wall("a looser filter", lambda: libc.prctl(22, 2, 0))
wall("outliving the grader", lambda: libc.prctl(1, 0))
wall("shared memory", lambda: call(told["shmget"], 0, 4096, 0o1600))
wall("files in memory", lambda: os.memfd_create("file"))
wall("namespaces", lambda: libc.unshare(0x10000000))
wall("writing beside the scratch folder", lambda: open("/file", "w"))
wall("writing in /dev", lambda: open("/dev/file", "w"))
wall("the machine's devices", lambda: open("/dev/zero"))
wall("seeing /home", lambda: os.listdir("/home"))
for family in range(46):
    wall(f"the network (family {family})", lambda: socket.socket(family, socket.SOCK_STREAM))
    wall(f"the network (family {family})", lambda: socket.socket(family, socket.SOCK_DGRAM))
wall("more memory than allowed", lambda: bytearray(told["memory"]))
wall("more shared memory than allowed", lambda: mmap.mmap(-1, told["mapped"]))
for name, number in told["limits"].items():
    if max(resource.getrlimit(getattr(resource, "RLIMIT_" + name))) != number:
        sys.exit("a limit of the sandbox is not in force: " + name)
for number in set(range(1024)) - told["calls"] - told["unfiltered"]:
    if call(number) != -1 or ctypes.get_errno() != errno.ENOSYS:
        sys.exit(f"a wall of the sandbox is open: system call {number}")
print(7 ** 2, end="")
"""

# Calls by the numbers of the two other sets that a 64-bit processor of this kind has: the kernel must end the program.
OTHER_NUMBERS = {
    "x86_64": (
        """
import ctypes, sys
ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 + 39))
sys.exit("a wall of the sandbox is open: system calls by x32 numbers")
""",
        """
import ctypes, mmap, sys
code = mmap.mmap(-1, 4096, prot=7)
code.write(bytes.fromhex("53b814000000cd805bc3"))  # push rbx; mov eax, 20; int 0x80; pop rbx; ret
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
sys.exit("a wall of the sandbox is open: 32-bit system calls")
""",
    ),
}

MANY_FILES = """
import time
for i in range(2000):
    open(f"/tmp/{i}", "w").close()
time.sleep(5)
"""
