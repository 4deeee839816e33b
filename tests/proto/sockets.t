#!/usr/bin/env -S python3 -B
"""sockets.t - where mtaguardd policy listens: unix sockets and whose they
are, inet and inet6, sockets from systemd, standard input and output."""

import grp
import os
import signal
import socket
import stat
import subprocess

import server
from lib import tap
from server import DENIED, DUNNO, OURS, STRANGER, UNREAD

report = tap.Report()


def started(house, name, **options):
    guard = house.start(**options)
    report.check(guard.answers(), f"{name}: answers", guard.log())
    return guard


def ended(house, guard, name):
    report.equal(guard.end(), 0, f"{name}: ends in order", guard.log())
    report.check("Sanitizer" not in guard.log(),
                 f"{name}: no sanitizer complains", guard.log()[-4000:])
    house.remove()


def refused(house, text, name):
    """It does not start, and says why."""
    guard = house.start()
    report.check(guard.wait() not in (0, "does not end"),
                 f"{name}: does not start", guard.log())
    report.check(text in guard.log(), f"{name}: says why", guard.log())


def modes():
    groups = [one for one in grp.getgrall() if one.gr_gid not in
              (0, os.getegid())]
    for mode in ("0600", "0660", "0666"):
        more = ""
        if os.geteuid() == 0 and groups:
            more = f' group = "{groups[0].gr_name}";'
        house = server.House('{ at = "unix:%s/policy"; mode = "' + mode +
                             '";' + more + ' }')
        guard = started(house, mode)
        status = os.lstat(house.socket)
        report.equal(oct(stat.S_IMODE(status.st_mode)), oct(int(mode, 8)),
                     f"{mode}: the mode of the socket")
        if more:
            report.equal(status.st_gid, groups[0].gr_gid,
                         f"{mode}: the group of the socket")
        ended(house, guard, mode)


def a_stale_socket():
    house = server.House()
    guard = started(house, "the first")
    guard.process.send_signal(signal.SIGKILL)
    guard.wait()
    report.check(stat.S_ISSOCK(os.lstat(house.socket).st_mode),
                 "killed, it leaves its socket")
    guard = started(house, "the second")
    ended(house, guard, "the second")


def a_live_instance():
    house = server.House()
    guard = started(house, "the first")
    before = os.lstat(house.socket).st_ino
    refused(house, "another instance", "a second instance")
    report.equal(os.lstat(house.socket).st_ino, before,
                 "the socket is the same one")
    client = guard.client()
    report.equal(client.ask(OURS), DUNNO, "the first one still answers")
    client.close()
    ended(house, guard, "the first")


def no_socket_at_the_path():
    house = server.House()
    with open(house.socket, "w") as file:
        file.write("a file of somebody")
    refused(house, "not a socket", "a file at the path")
    with open(house.socket) as file:
        report.equal(file.read(), "a file of somebody", "it is left alone")
    house.remove()


def several_at_once():
    port, port6 = server.free_port(), None
    listen = f'"unix:%s/policy", "unix:%s/second", "inet:127.0.0.1:{port}"'
    try:
        port6 = server.free_port(socket.AF_INET6, "::1")
        listen += f', "inet:[::1]:{port6}"'
    except OSError:
        report.note("no IPv6 on this machine")
    house = server.House(listen)
    guard = started(house, "several sockets")
    report.check(guard.answers(os.path.join(house.home, "second")),
                 "the second unix socket answers")
    report.check(guard.answers(("127.0.0.1", port), socket.AF_INET),
                 "inet answers")
    if port6:
        report.check(guard.answers(("::1", port6), socket.AF_INET6),
                     "inet6 answers")
    ended(house, guard, "several sockets")


def all_addresses():
    port = server.free_port()
    house = server.House(f'"inet:*:{port}"')
    guard = house.start()
    for host in ("127.0.0.1", "127.0.0.2"):
        report.check(guard.answers((host, port), socket.AF_INET),
                     f"inet:* answers at {host}", guard.log())
    ended(house, guard, "inet:*")


def a_port_that_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        house = server.House(f'"inet:127.0.0.1:{port}"')
        refused(house, "in use", "a port that is taken")
        house.remove()


def passed_by_systemd():
    house = server.House('"systemd:policy"')
    first = socket.socket(socket.AF_UNIX)
    first.bind(house.socket)
    first.listen()
    os.chmod(house.socket, 0o666)
    other = socket.socket(socket.AF_UNIX)
    other.bind(house.socket + ".other")
    other.listen()
    guard = house.start(listening=(other, first), names="other:policy")
    report.check(guard.answers(), "a socket from systemd answers",
                 guard.log())
    stranger = server.Client(house.socket + ".other")
    stranger.say(OURS)
    report.check(stranger.is_silent(), "one of another name is left alone")
    report.equal(guard.end(), 0, "it ends in order", guard.log())
    report.check(os.path.exists(house.socket),
                 "the socket is systemd's: it is not removed")
    # What came in between is answered by the next one.
    early = server.Client(house.socket)
    early.say(STRANGER)
    guard = house.start(listening=(other, first), names="other:policy")
    report.equal(early.hear(), DENIED, "who came in between is answered")
    for one in (first, other, stranger.socket, early.socket):
        one.close()
    ended(house, guard, "sockets from systemd")


def nothing_passed():
    house = server.House('"systemd:policy"')
    refused(house, "systemd", "without a socket from systemd")
    house.remove()


def stdio_over_a_socket():
    house = server.House(listen=None)
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(house.command("--stdio"), stdin=theirs,
                               stdout=theirs, stderr=subprocess.DEVNULL)
    theirs.close()
    client = server.Client.__new__(server.Client)
    client.socket, client.heard = ours, b""
    ours.settimeout(server.PATIENCE)
    report.equal(client.ask(STRANGER), DENIED, "--stdio answers")
    client.say(OURS + STRANGER + b"junk\n\n")
    report.equal([client.hear() for _ in range(3)], [DUNNO, DENIED, UNREAD],
                 "--stdio answers in order")
    report.check(client.is_silent(), "--stdio says nothing else")
    client.close()
    report.equal(process.wait(server.PATIENCE), 0,
                 "--stdio ends with its connection")
    house.remove()


def stdio_elsewhere():
    """Standard input from a pipe and from a file."""
    house = server.House(listen=None)
    text = (STRANGER + OURS) * 500
    done = subprocess.run(house.command("--stdio"), input=text,
                          capture_output=True, timeout=server.PATIENCE)
    report.equal(done.stdout, (DENIED + DUNNO) * 500,
                 "--stdio: 1000 requests from a pipe")
    report.equal(done.returncode, 0, "--stdio: its status", done.stderr)
    path = os.path.join(house.home, "requests")
    with open(path, "wb") as file:
        file.write(text + b"request=smtpd_access")
    with open(path, "rb") as file:
        done = subprocess.run(house.command("--stdio"), stdin=file,
                              capture_output=True, timeout=server.PATIENCE)
    report.equal(done.stdout, (DENIED + DUNNO) * 500,
                 "--stdio: 1000 requests from a file, and half of one")
    report.equal(done.returncode, 0, "--stdio: its status", done.stderr)
    house.remove()


def the_end_answers_what_has_come():
    house = server.House()
    guard = started(house, "before SIGTERM")
    clients = [guard.client() for _ in range(64)]
    for i, client in enumerate(clients):
        client.say(STRANGER if i % 2 else STRANGER + OURS + b"reque")
    report.equal(guard.end(), 0, "SIGTERM with 64 requests just sent")
    wrong = []
    for i, client in enumerate(clients):
        want = [DENIED] if i % 2 else [DENIED, DUNNO]
        got = [client.hear() for _ in want]
        if got != want or not client.ends():
            wrong.append((i, got))
    report.equal(wrong, [], "each is answered, then closed")
    report.check(not os.path.exists(house.socket), "the socket is removed")
    house.remove()


modes()
a_stale_socket()
a_live_instance()
no_socket_at_the_path()
several_at_once()
all_addresses()
a_port_that_is_taken()
passed_by_systemd()
nothing_passed()
stdio_over_a_socket()
stdio_elsewhere()
the_end_answers_what_has_come()
report.finish()
