"""house.py - namespaces of its own for one test.

A test that called enter() runs in private network, mount, process and host
name namespaces: ports are free, /run and /var/spool are empty, any address
can be that of a client (the kernel routes all of them to the loopback
interface), nothing can reach the network, and when the test ends, however it
does, the kernel ends every process that it started.
"""

import os
import signal
import subprocess
import sys
import time

from lib import tap

HOST = "mx.relay.test"
ADDRESS = "198.51.100.25"
ADDRESS6 = "2001:db8:25::25"

FLAGS = ["--mount", "--net", "--uts", "--pid", "--fork", "--mount-proc",
         "--kill-child"]
HOSTS = f"""127.0.0.1 localhost
::1 localhost
{ADDRESS} {HOST}
"""
SWITCH = """passwd: files
group: files
hosts: files
services: files
"""
PASSWD = "mtaguard:x:64321:64321::/nonexistent:/usr/sbin/nologin"
GROUP = "mtaguard:x:64321:"


def enter(seconds, *missing):
    """Moves the test into namespaces, or skips it where that cannot be.

    missing are reasons to skip; None is no reason. After the given seconds
    the test gives up, and with it all that it started ends.
    """
    for reason in missing:
        if reason is not None:
            tap.skip_all(reason)
    if os.getpid() != 1:
        unshare()
    signal.signal(signal.SIGALRM, lambda *_: tap.bail_out(
        f"not done after {seconds} s"))
    signal.alarm(seconds)
    furnish()


def unshare():
    """Starts this program again, as process 1 of new namespaces."""
    if os.geteuid() != 0:
        tap.skip_all("needs root")
    flags = [*FLAGS, *propagation()]
    probe = subprocess.run(["unshare", *flags, "true"], text=True,
                           capture_output=True, check=False)
    if probe.returncode != 0:
        tap.skip_all(f"no namespaces: {probe.stderr.strip()}")
    os.execvp("unshare", ["unshare", *flags, sys.executable, "-B",
                          *sys.argv])


def propagation():
    """What keeps our mounts from the host.

    Where none of its mounts is shared they stay with us anyhow, and in a
    chroot, whose root is no mount, unshare cannot change that.
    """
    if "shared:" in read("/proc/self/mountinfo"):
        return []
    return ["--propagation", "unchanged"]


def furnish():
    for place in ("/run", "/var/spool"):
        run("mount", "-t", "tmpfs", "-o", "mode=755", "none", place)
    for name, text in (
            ("hosts", HOSTS), ("nsswitch.conf", SWITCH),
            ("passwd", with_user(read("/etc/passwd"), PASSWD)),
            ("group", with_user(read("/etc/group"), GROUP))):
        write(f"/run/etc/{name}", text)
        run("mount", "--bind", f"/run/etc/{name}", f"/etc/{name}")
    run("hostname", HOST)
    run("ip", "link", "set", "lo", "up")
    run("ip", "addr", "add", f"{ADDRESS}/24", "dev", "lo")
    run("ip", "route", "add", "local", "default", "dev", "lo")
    if has_ipv6():
        run("ip", "-6", "addr", "add", f"{ADDRESS6}/64", "dev", "lo",
            "nodad")
        run("ip", "-6", "route", "add", "local", "::/0", "dev", "lo")


def with_user(text, line):
    """A file of users or groups that has ours in it."""
    if any(row.startswith("mtaguard:") for row in text.splitlines()):
        return text
    return f"{text}{line}\n"


def has_ipv6():
    """Whether there is IPv6; switched on where it is merely off."""
    switch = "/proc/sys/net/ipv6/conf/lo/disable_ipv6"
    if not os.path.exists(switch):
        return False
    if read(switch).strip() != "0":
        write(switch, "0")
    return True


def run(*command, **options):
    """Runs a command that must succeed, and returns what it printed."""
    done = subprocess.run(command, text=True, capture_output=True,
                          check=False, **options)
    if done.returncode != 0:
        tap.bail_out(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def read(path):
    """The text of a file, empty where there is none yet."""
    try:
        with open(path, encoding="utf-8", errors="backslashreplace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def wait_for(condition, what, seconds=20):
    """Polls until the condition gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {what} after {seconds} s")
        time.sleep(0.01)


def source_directory():
    return os.environ.get("top_srcdir", ".")


def build_directory():
    return os.environ.get("top_builddir", ".")
