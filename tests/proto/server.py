"""server.py - a mtaguardd policy of the test's own, and clients of it."""

import atexit
import os
import pwd
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "e2e"))

PROGRAM = os.path.join(os.environ["top_builddir"], "mtaguardd")
CAPTURES = os.path.join(os.environ["top_srcdir"], "tests", "data",
                        "policy-captures")
PATIENCE = 30  # seconds until something that must happen has not happened

# A build with sanitizers keeps memory that was freed.
with open(PROGRAM, "rb") as file:
    SANITIZED = re.search(b"__[at]san_init", file.read()) is not None

POLICY = """
networks = { local = [ "127.0.0.0/8", "::1" ]; };
relay = ( { name = "host"; from = "local"; },
          { name = "users"; login = true; } );
destinations = [ "guard.example", "relayed.example" ];
user = "nobody";
"""

# The only actions that mtaguardd says with this policy.
ACTION = re.compile(rb"action=(DUNNO|554 5\.7\.1 Relay access denied"
                    rb"(?:: not one plain address)?|"
                    rb"451 4\.[37]\.[01] [ -~]{1,400})\n\n")
DENIED = b"action=554 5.7.1 Relay access denied\n\n"
DUNNO = b"action=DUNNO\n\n"
UNREAD = b"action=451 4.3.0 Relay guard cannot read the request\n\n"


def verdict(reply):
    """The first word of an action: DUNNO, or a code."""
    if not ACTION.fullmatch(reply):
        return f"not an action: {reply!r}"
    return reply[len("action="):].split()[0].decode()


def until(condition, patience=PATIENCE):
    """Waits for a condition; its last value."""
    deadline = time.monotonic() + patience
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return value


def request(recipient, client="192.0.2.77", state="RCPT", end=b"\n", more=b""):
    lines = [b"request=smtpd_access_policy", b"protocol_state=" +
             state.encode(), b"client_address=" + client.encode(),
             b"sender=alice@sender.example", b"recipient=" +
             recipient.encode()]
    return end.join(lines) + end + more + end


STRANGER = request("victim@elsewhere.example")
OURS = request("bob@guard.example")


def captures():
    """The recorded requests, by name."""
    found = {}
    for name in sorted(os.listdir(CAPTURES)):
        if name.endswith(".req"):
            with open(os.path.join(CAPTURES, name), "rb") as file:
                found[name[:-4]] = file.read()
    return found


def free_port(family=socket.AF_INET, host="127.0.0.1"):
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


class Client:
    """One connection to a policy server."""

    def __init__(self, address, family=socket.AF_UNIX):
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(address)
        self.heard = b""

    def say(self, data):
        self.socket.sendall(data)

    def hear(self):
        """The next reply; what there is, if the connection ends."""
        while b"\n\n" not in self.heard:
            part = self.socket.recv(65536)
            if not part:
                reply, self.heard = self.heard, b""
                return reply
            self.heard += part
        reply, self.heard = self.heard.split(b"\n\n", 1)
        return reply + b"\n\n"

    def ask(self, data):
        self.say(data)
        return self.hear()

    def is_silent(self, seconds=0.1):
        """Whether nothing comes, neither a byte nor the end."""
        return not self.heard and not select.select(
            [self.socket], [], [], seconds)[0]

    def ends(self, patience=PATIENCE):
        """Whether the connection ends without another byte."""
        if self.heard or not select.select([self.socket], [], [],
                                           patience)[0]:
            return False
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.socket.close()


class House:
    """A directory of its own with a policy file."""

    def __init__(self, listen='"unix:%s/policy"', policy=POLICY, more=""):
        self.home = tempfile.mkdtemp(prefix="mtaguard-proto-")
        self.socket = os.path.join(self.home, "policy")
        self.policy = os.path.join(self.home, "mtaguard.conf")
        text = policy + more
        if listen:
            text += "listen = { policy = ( %s ); };\n" % (
                listen.replace("%s", self.home))
        atexit.register(shutil.rmtree, self.home, ignore_errors=True)
        with open(self.policy, "w") as file:
            file.write(text)
        os.chmod(self.home, 0o755)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.home, nobody.pw_uid, nobody.pw_gid)

    def command(self, *arguments):
        return [PROGRAM, "policy", "-c", self.policy, "--state",
                os.path.join(self.home, "state"), *arguments]

    def start(self, *arguments, descriptors=None, listening=(), names=None):
        return Server(self, arguments, descriptors, listening, names)

    def remove(self):
        shutil.rmtree(self.home)


class Server:
    """One mtaguardd policy."""

    def __init__(self, house, arguments, descriptors, listening, names):
        self.house = house
        self.log_path = os.path.join(house.home, "log")

        def prepare():
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE,
                                   (descriptors, descriptors))
            # Twice, so that no socket is overwritten before it is moved.
            high = [os.dup2(one.fileno(), 100 + i)
                    for i, one in enumerate(listening)]
            for i, one in enumerate(high):
                os.dup2(one, 3 + i)
                os.close(one)

        environment = dict(os.environ)
        environment.pop("NOTIFY_SOCKET", None)
        command = house.command(*arguments)
        if listening:
            environment["LISTEN_FDS"] = str(len(listening))
            environment["LISTEN_FDNAMES"] = names
            # The process id is known to the shell only.
            command = ["/bin/sh", "-c",
                       'LISTEN_PID=$$; export LISTEN_PID; exec "$@"',
                       "sh", *command]
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stderr=log,
                env=environment, preexec_fn=prepare,
                close_fds=not listening)
        atexit.register(self.kill)

    def kill(self):
        """What a test that has failed has left."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def log(self):
        with open(self.log_path) as file:
            return file.read()

    def answers(self, address=None, family=socket.AF_UNIX):
        """Waits until it answers."""
        def look():
            try:
                client = Client(address or self.house.socket, family)
                reply = client.ask(OURS)
                client.close()
                return reply == DUNNO
            except OSError:
                return False
        return until(lambda: look() or self.process.poll() is not None) \
            and self.process.poll() is None

    def client(self):
        return Client(self.house.socket)

    def memory(self):
        """Its resident memory in KiB."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))

    def ticks(self):
        """The CPU time that it has used, in seconds."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def limit_descriptors(self, count):
        """Lowers its limit while it runs; only its own user may."""
        pid = self.process.pid
        with open(f"/proc/{pid}/status") as file:
            uid, gid = (int(one) for one in re.findall(
                r"^[UG]id:\s+(\d+)", file.read(), re.M))
        child = os.fork()
        if child == 0:
            try:
                if uid != os.geteuid():
                    os.setgroups([])
                    os.setgid(gid)
                    os.setuid(uid)
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (count, count))
                os._exit(0)
            finally:
                os._exit(1)
        if os.waitpid(child, 0)[1] != 0:
            raise PermissionError("cannot lower the limit of descriptors")

    def wait(self):
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "does not end"

    def end(self):
        """Its exit status after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()
