"""guard.py - runs mtaguardd as systemd does, and talks to it.

A House is a directory of its own with a policy file; a Guard is one process
that serves from it, with a socket where it says what systemd is told.
"""

import atexit
import os
import pwd
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "e2e"))

PROGRAM = os.path.join(os.environ["top_builddir"], "mtaguardd")
PATIENCE = 20  # seconds until something that must happen has not happened

GOOD = """
networks = { local = [ "127.0.0.0/8", "::1" ]; };
relay = ( { name = "host"; from = "local"; } );
destinations = [ "file:domains" ];
user = "nobody";
listen = {
    policy = "unix:%(home)s/policy.sock";
    milter = "unix:%(home)s/milter.sock";
};
"""


# A test that breaks off leaves no process and no directory behind.
processes = []
houses = []


def clean_up():
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()
    for house in houses:
        shutil.rmtree(house.home, ignore_errors=True)


atexit.register(clean_up)
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))


def until(condition, patience=PATIENCE):
    """Waits for a condition; its last value."""
    deadline = time.monotonic() + patience
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return value


class House:
    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="mtaguard-cli-")
        houses.append(self)
        os.chmod(self.home, 0o755)
        self.policy = os.path.join(self.home, "mtaguard.conf")
        self.state = os.path.join(self.home, "state")
        self.put("domains", "example.com\n")
        self.write()
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.home, nobody.pw_uid, nobody.pw_gid)

    def put(self, name, text):
        path = os.path.join(self.home, name)
        with open(path + ".new", "w") as file:
            file.write(text)
        os.rename(path + ".new", path)

    def write(self, text=GOOD, more=""):
        """Writes the policy file."""
        self.put("mtaguard.conf", text % {"home": self.home} + more)

    def path(self, name):
        return os.path.join(self.home, name)

    def remove(self):
        shutil.rmtree(self.home)


class Guard:
    def __init__(self, house, front, *arguments, watchdog=None, stderr=None,
                 descriptors=None, state=True, listener=None, closed=()):
        self.house = house
        self.front = front
        self.socket = house.path(front + ".sock")
        self.notes = []
        # In the abstract namespace, where every user may send.
        name = f"mtaguard-{os.getpid()}-{time.monotonic_ns()}"
        self.inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.inbox.bind("\0" + name)
        self.inbox.setblocking(False)

        environment = dict(os.environ, NOTIFY_SOCKET="@" + name)
        # ThreadSanitizer waits a second at the end of a process.
        environment["TSAN_OPTIONS"] = "atexit_sleep_ms=0:" + os.environ.get(
            "TSAN_OPTIONS", "")
        for variable in ("WATCHDOG_USEC", "WATCHDOG_PID", "STATE_DIRECTORY",
                         "JOURNAL_STREAM"):
            environment.pop(variable, None)
        if watchdog:
            environment["WATCHDOG_USEC"] = str(watchdog)
        if state:
            environment["STATE_DIRECTORY"] = house.state

        command = [PROGRAM, front, "-c", house.policy, *arguments]
        if listener:
            # As systemd does: descriptor 3, and a name for our own process.
            environment["LISTEN_FDS"] = "1"
            command = ["sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", *command]

        def prepare():
            if listener:
                os.dup2(listener.fileno(), 3)
                os.set_inheritable(3, True)
            for number in closed:
                os.close(number)
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE,
                                   (descriptors, descriptors))
        # Its own: two that write one file write over each other.
        number, self.log_path = tempfile.mkstemp(prefix="log-",
                                                 dir=house.home)
        with open(number, "w") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL,
                close_fds=not listener,
                stderr=stderr if stderr is not None else log,
                preexec_fn=prepare)
        processes.append(self.process)

    def log(self):
        with open(self.log_path) as file:
            return file.read()

    def hear(self):
        """Everything that systemd was told so far, line by line."""
        while True:
            try:
                self.notes += self.inbox.recv(4096).decode().splitlines()
            except BlockingIOError:
                return self.notes

    def told(self, start, patience=PATIENCE):
        """Waits until a line that starts so was told; that line."""
        def look():
            return next((note for note in self.hear()
                         if note.startswith(start)), None)
        return until(lambda: look() or self.process.poll() is not None,
                     patience) and look()

    def forget(self):
        self.hear()
        self.notes = []

    def ready(self):
        return self.told("READY=1") is not None

    def logged(self, text):
        return until(lambda: text in self.log())

    def send(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGTERM):
        """Sends a signal; the exit status and the seconds it took."""
        start = time.monotonic()
        self.process.send_signal(number)
        status = self.wait()
        return status, time.monotonic() - start

    def wait(self):
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "does not end"
        finally:
            self.hear()
            self.inbox.close()

    def connect(self):
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(PATIENCE)
        peer.connect(self.socket)
        return peer

    def answers(self):
        """Whether the front end answers to its protocol."""
        with self.connect() as peer:
            if self.front == "milter":
                return negotiate(peer)
            return ask(peer, "someone@example.com").startswith("action=")

    def action(self, recipient):
        with self.connect() as peer:
            return ask(peer, recipient)


def request(recipient, client):
    return ("request=smtpd_access_policy\nprotocol_state=RCPT\n"
            f"protocol_name=ESMTP\nclient_address={client}\n"
            "client_name=unknown\nhelo_name=client.example\n"
            f"sender=a@b.example\nrecipient={recipient}\n\n").encode()


def ask(peer, recipient, client="203.0.113.66"):
    """Asks a policy server whether a stranger may write to somebody."""
    peer.sendall(request(recipient, client))
    reply = b""
    while not reply.endswith(b"\n\n"):
        part = peer.recv(4096)
        if not part:
            return f"closed after {reply!r}"
        reply += part
    return reply.decode().strip()


def negotiate(peer):
    """Offers a milter what an MTA offers."""
    packet = b"O" + struct.pack("!III", 6, 0x1ff, 0x1fffff)
    peer.sendall(struct.pack("!I", len(packet)) + packet)
    head = b""
    while len(head) < 5:
        part = peer.recv(5 - len(head))
        if not part:
            return False
        head += part
    return head[4:5] == b"O"


def run(*arguments, **options):
    """Runs mtaguardd to its end; (status, output, errors)."""
    done = subprocess.run([PROGRAM, *arguments], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL,
                          timeout=PATIENCE, **options)
    return done.returncode, done.stdout, done.stderr
