#!/usr/bin/env -S python3 -B
"""mtaguardd_life.t - the life of both front ends: start, readiness, reload,
end, death, and the start after it."""

import fcntl
import os
import pwd
import signal
import socket
import stat
import struct
import termios

import guard
from lib import tap

report = tap.Report()
root = os.geteuid() == 0
BAD = "relya = ();\n"


def started(house, front, *arguments, **options):
    """A guard that is ready, or the reason why not."""
    process = guard.Guard(house, front, *arguments, **options)
    report.check(process.ready(), f"{front}: ready", process.log())
    return process


def ends(process, name, number=signal.SIGTERM):
    status, seconds = process.end(number)
    report.equal(status, 0, f"{name}: ends with status 0", process.log())
    report.check(seconds < 1, f"{name}: in {seconds:.2f} seconds")


def serves_and_ends(front):
    house = guard.House()
    process = started(house, front)
    report.check(process.answers(), f"{front}: answers when it says so")
    mode = os.stat(process.socket)
    report.equal(stat.S_IMODE(mode.st_mode), 0o660, f"{front}: its mode")
    peers = [process.connect() for _ in range(64)]
    if front == "milter":
        for peer in peers[::2]:
            guard.negotiate(peer)
    ends(process, f"{front} with 64 idle connections")
    for peer in peers:
        peer.close()
    report.check(not os.path.exists(process.socket),
                 f"{front}: the socket is removed")
    report.check("STOPPING=1" in process.notes,
                 f"{front}: says that it stops", process.notes)
    house.remove()


def interrupted(front):
    house = guard.House()
    process = started(house, front)
    ends(process, f"{front} interrupted", signal.SIGINT)
    house.remove()


def reloads(front):
    house = guard.House()
    process = started(house, front)
    report.check(process.told(f"STATUS={front} generation 1"),
                 f"{front}: the state is told", process.notes)
    for number, name in ((signal.SIGHUP, "HUP"), (signal.SIGUSR1, "USR1")):
        process.forget()
        process.send(number)
        report.check(process.told("RELOADING=1"), f"{front}: {name} reloads")
        report.check(process.told("READY=1"), f"{front}: {name}: done",
                     process.notes, process.log())

    house.put("domains", "example.net\n")
    report.check(process.logged("generation 4 is in force"),
                 f"{front}: a change is followed", process.log())
    # Many, and close to each other: some come inside of a handler, or while
    # another one waits. libmilter, which waits too, must get none of them.
    for turn in range(3000):
        process.send((signal.SIGHUP, signal.SIGUSR1)[turn % 2])
    report.check(process.answers(), f"{front}: 3000 signals do not end it",
                 process.log()[-1000:])

    process.forget()
    house.write(BAD)
    process.send(signal.SIGHUP)
    report.check(process.logged("mtaguard.conf:1: "),
                 f"{front}: a bad file is told with its place")
    report.check(process.logged("stays in force"), f"{front}: and what holds")
    report.check(process.answers(), f"{front}: still answers")
    report.check(guard.until(lambda: "the policy file is bad" in
                             " ".join(process.hear())),
                 f"{front}: the state says so", process.notes)
    house.write()
    report.check(guard.until(lambda: process.log().count(
        "is in force") > 4), f"{front}: a good file is taken")
    ends(process, f"{front} after reloads")
    house.remove()


def judges_by_the_policy_in_force():
    house = guard.House()
    process = started(house, "policy")
    ours, theirs = "x@example.com", "x@elsewhere.example"
    report.equal(process.action(ours), "action=DUNNO", "ours may pass")
    refused = process.action(theirs)
    report.check(refused.startswith("action=554 5.7.1 Relay access denied"),
                 "a stranger is refused", refused)
    peer = process.connect()
    house.put("domains", "elsewhere.example\n")
    report.check(guard.until(
        lambda: guard.ask(peer, theirs) == "action=DUNNO"),
        "a change reaches a connection that was open before")
    report.check(process.action(ours).startswith("action=554"),
                 "what was ours is so no more")
    house.write(BAD)
    process.send(signal.SIGHUP)
    process.logged("stays in force")
    report.equal(guard.ask(peer, theirs), "action=DUNNO",
                 "a bad file changes nothing")
    ends(process, "policy with a connection that was used")
    report.equal(peer.recv(100), b"", "no byte that nobody asked for")
    house.remove()


def survives_death(front):
    house = guard.House()
    first = started(house, front)
    second = guard.Guard(house, front)
    report.equal(second.wait(), 70, f"{front}: a second instance is refused")
    report.check(first.answers(), f"{front}: the first still answers")
    report.check(house.path(front + ".sock") in second.log(),
                 f"{front}: the socket is named", second.log())
    first.end(signal.SIGKILL)
    report.check(os.path.exists(first.socket), f"{front}: a stale socket")
    third = started(house, front)
    report.check(third.answers(), f"{front}: serves at once after kill -9")
    manifest = os.path.join(house.state, front, "last-good", "manifest")
    report.check(guard.until(lambda: os.path.exists(manifest)),
                 f"{front}: a good copy is kept", third.log())
    third.end(signal.SIGKILL)

    house.put("domains", "spoilt second column\n")
    fourth = started(house, front)
    report.check(fourth.answers(), f"{front}: a bad file, the last good copy")
    report.check(fourth.logged("the last good copy"),
                 f"{front}: the log says so", fourth.log())
    status = fourth.told("STATUS=")
    report.check(status and "last good copy" in status,
                 f"{front}: the state says so", status)
    if front == "policy":
        report.equal(fourth.action("x@example.com"), "action=DUNNO",
                     "it holds the old table")
    ends(fourth, f"{front} with the last good copy")
    house.remove()


def shows_signs_of_life(front):
    house = guard.House()
    process = started(house, front, watchdog=600000)
    for turn in range(3):
        process.forget()
        report.check(process.told("WATCHDOG=1"),
                     f"{front}: sign of life {turn}", process.log())
    ends(process, f"{front} with a watchdog")
    house.remove()


def drops_privileges(front):
    name = f"{front}: drops privileges"
    if not root:
        report.check(True, f"{name} # SKIP not root")
        return
    house = guard.House()
    process = started(house, front)
    nobody = pwd.getpwnam("nobody")
    with open(f"/proc/{process.process.pid}/status") as file:
        status = dict(line.split(":", 1) for line in file)
    report.equal(status["Uid"].split(), [str(nobody.pw_uid)] * 4, name)
    report.equal(status["Gid"].split(), [str(nobody.pw_gid)] * 4,
                 f"{front}: and the group")
    report.equal(status["Groups"].split(), [str(nobody.pw_gid)],
                 f"{front}: and all other groups")
    report.equal(status["CapEff"].strip(), "0" * 16, f"{front}: no rights")
    report.equal(status["NoNewPrivs"].strip(), "1", f"{front}: for good")
    report.equal(os.stat(process.socket).st_uid, nobody.pw_uid,
                 f"{front}: the socket is the user's")
    manifest = os.path.join(house.state, front, "last-good", "manifest")
    report.check(guard.until(lambda: os.path.exists(manifest)),
                 f"{front}: a good copy is kept", process.log())
    report.equal(stat.S_IMODE(os.stat(os.path.dirname(manifest)).st_mode),
                 0o700, f"{front}: for nobody else")
    ends(process, f"{front} as another user")

    house.write(guard.GOOD.replace('user = "nobody";', ""))
    process = started(house, front)
    try:
        usual = pwd.getpwnam("mtaguard")
    except KeyError:
        usual = nobody
        report.check(process.logged("make the account"),
                     f"{front}: no account is warned of", process.log())
    report.equal(os.stat(f"/proc/{process.process.pid}").st_uid, usual.pw_uid,
                 f"{front}: without a user it is not root either")
    ends(process, f"{front} without a user")

    house.write()
    deep = house.path("not/there/yet")
    process = started(house, front, "--state", deep)
    manifest = os.path.join(deep, front, "last-good", "manifest")
    report.check(guard.until(lambda: os.path.exists(manifest)),
                 f"{front}: a directory for the state is made",
                 process.log())
    ends(process, f"{front} with a new state")

    for user, what in (("no-such-account", "no such account"),
                       ("root", "does not stay root")):
        house.write(guard.GOOD.replace("nobody", user))
        process = guard.Guard(house, front)
        report.equal(process.wait(), 78, f"{front}: user {user} is refused")
        report.check(user in process.log(), f"{front}: it is named",
                     process.log())
        report.check(not os.path.exists(process.socket),
                     f"{front}: no socket is left")
    house.remove()


def warns_about_what_is_not_as_it_should(front):
    house = guard.House()
    house.put("state", "a file, and no directory")
    process = started(house, front, descriptors=100)
    report.check(process.logged("no last good copy of the policy can be"),
                 f"{front}: without a state directory it serves",
                 process.log())
    report.check(process.logged("needs 4160 descriptors, but the limit is "
                                "100"), f"{front}: a low limit is told",
                 process.log())
    ends(process, f"{front} without a state directory")
    house.remove()


def starts_without_standard_descriptors(front):
    house = guard.House()
    process = started(house, front, closed=(0, 1, 2))
    ends_at = [os.readlink(f"/proc/{process.process.pid}/fd/{number}")
               for number in range(3)]
    report.equal(ends_at, ["/dev/null"] * 3,
                 f"{front}: nothing of ours takes their place")
    ends(process, f"{front} without standard descriptors")
    house.remove()


def refuses_a_table_without_bounds():
    house = guard.House()
    process = started(house, "policy")
    for size in (1 << 40, (256 << 20) + 1):
        house.put("domains", "")
        os.truncate(house.path("domains"), size)
        process.forget()
        process.send(signal.SIGHUP)
        report.check(process.logged(f"has {size} bytes, more than the limit"),
                     f"policy: a table of {size} bytes is refused",
                     process.log())
        report.equal(process.action("x@example.com"), "action=DUNNO",
                     "policy: and the old one holds")
    ends(process, "policy with a table of too many bytes")
    house.remove()


def never_waits_for_the_log():
    house = guard.House()
    reader, writer = os.pipe()
    process = started(house, "policy", stderr=writer)
    with process.connect() as peer:
        # Each from another client: a flood from one would be summed up.
        for turn in range(3000):
            reply = guard.ask(peer, f"x-{turn:0100}@elsewhere.example",
                              f"198.51.{100 + turn // 250}.{turn % 250}")
            if not reply.startswith("action=554"):
                break
    report.check(reply.startswith("action=554"), "a full log stops nothing",
                 reply)
    queued = struct.unpack("i", fcntl.ioctl(reader, termios.FIONREAD,
                                            b"\0" * 4))[0]
    report.check(queued > 50000, f"the log was full: {queued} bytes")
    process.send(signal.SIGHUP)
    ends(process, "policy with a log that nobody reads")
    os.close(reader)
    os.close(writer)
    house.remove()


def takes_the_socket_of_systemd():
    house = guard.House()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(house.path("policy.sock"))
    listener.listen(64)
    os.chmod(house.path("policy.sock"), 0o666)
    process = started(house, "policy", listener=listener)
    report.equal(process.action("x@example.com"), "action=DUNNO",
                 "systemd's socket is served", process.log())
    ends(process, "policy with a socket of systemd")
    report.check(os.path.exists(process.socket), "it stays when we go")
    # Who comes while nobody serves waits for who serves next.
    with process.connect() as peer:
        peer.sendall(guard.request("x@example.com", "203.0.113.66"))
        process = started(house, "policy", listener=listener)
        report.equal(peer.recv(100), b"action=DUNNO\n\n",
                     "who has come in between is answered")
    ends(process, "policy with a socket of systemd, again")
    listener.close()
    house.remove()


def serves_spawn():
    house = guard.House()
    ours, theirs = socket.socketpair()
    process = guard.subprocess.Popen(
        [guard.PROGRAM, "policy", "--stdio", "-c", house.policy,
         "--state", house.state], stdin=theirs, stdout=theirs, stderr=theirs)
    guard.processes.append(process)
    theirs.close()
    ours.settimeout(guard.PATIENCE)
    for turn in range(3):
        reply = guard.ask(ours, "x@elsewhere.example")
        report.check(reply.startswith("action=554 5.7.1 Relay access denied"),
                     f"spawn: reply {turn} comes first", reply)
    report.equal(guard.ask(ours, "x@example.com"), "action=DUNNO",
                 "spawn: ours may pass")
    # A bad file gives the log much to say, none of it to the peer.
    house.write(BAD)
    process.send_signal(signal.SIGHUP)
    report.check(guard.ask(ours, "x@example.com") == "action=DUNNO",
                 "spawn: the log is not in the way")
    ours.shutdown(socket.SHUT_WR)
    report.equal(ours.recv(100), b"", "spawn: nothing more")
    report.equal(process.wait(guard.PATIENCE), 0, "spawn: ends with its peer")
    report.check(not os.path.exists(house.state),
                 "spawn: keeps nothing in the state directory")
    ours.close()
    house.remove()


for front in ("policy", "milter"):
    serves_and_ends(front)
    interrupted(front)
    reloads(front)
    survives_death(front)
    shows_signs_of_life(front)
    drops_privileges(front)
    warns_about_what_is_not_as_it_should(front)
    starts_without_standard_descriptors(front)
refuses_a_table_without_bounds()
judges_by_the_policy_in_force()
never_waits_for_the_log()
takes_the_socket_of_systemd()
serves_spawn()
report.finish()
