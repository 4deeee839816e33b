#!/usr/bin/env -S python3 -B
"""peers.t - hostile peers cost the good ones nothing: half requests, slow
readers, floods, more connections than there are descriptors."""

import os
import resource
import signal
import socket
import statistics
import time

import server
from lib import tap
from server import DENIED, DUNNO, OURS, STRANGER, UNREAD

HALF_OPEN = 1000
ASKED = 2000
LIMIT = 0.010    # seconds, for the 99th of 100 replies to a good client
DEADLINE = 10    # seconds that mtaguardd gives half a request
GROWTH = 24 << 10  # KiB that hostile peers may make it keep

report = tap.Report()
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
if hard < HALF_OPEN + 200:
    tap.skip_all(f"no more than {hard} descriptors")
resource.setrlimit(resource.RLIMIT_NOFILE, (HALF_OPEN + 200, hard))


def started(more="", **options):
    house = server.House(more=more)
    guard = house.start(**options)
    if not guard.answers():
        tap.bail_out("mtaguardd policy does not answer: " + guard.log())
    return house, guard


def grows_little(guard, before, limit=GROWTH):
    growth = guard.memory() - before
    report.check(growth < limit or server.SANITIZED,
                 f"memory grows by {growth} KiB")


def ended(house, guard):
    report.equal(guard.end(), 0, "it ends in order", guard.log()[-2000:])
    report.check("Sanitizer" not in guard.log(), "no sanitizer complains",
                 guard.log()[-4000:])
    house.remove()


def ninety_ninth(client):
    """The 99th percentile of the time that a good client waits."""
    times = []
    for _ in range(ASKED):
        start = time.monotonic()
        if client.ask(OURS) != DUNNO:
            return None
        times.append(time.monotonic() - start)
    return statistics.quantiles(times, n=100)[98]


def half_open_connections():
    house, guard = started("connections = 1100;\n")
    idle = guard.client()
    good = guard.client()
    begin = time.monotonic()
    peers = [guard.client() for _ in range(HALF_OPEN)]
    for i, peer in enumerate(peers):
        peer.say(STRANGER[:1 + i % (len(STRANGER) - 1)])
    said = time.monotonic()
    p99 = ninety_ninth(good)
    report.check(p99 is not None and p99 < LIMIT,
                 f"{HALF_OPEN} half requests: the good client waits "
                 f"{(p99 or 0) * 1e6:.0f} us (p99)")
    report.check(said - begin < DEADLINE and
                 all(peer.is_silent(0) for peer in peers),
                 "none of them is answered or closed early")
    ends = [peer.ends() for peer in peers]
    gone = time.monotonic()
    report.check(all(ends), f"each is closed without a reply "
                 f"({ends.count(False)} are not)")
    report.check(DEADLINE * 0.95 < gone - begin and
                 gone - said < DEADLINE + 5,
                 f"at the deadline: after {gone - said:.1f} seconds")
    report.equal(idle.ask(OURS), DUNNO, "an idle one is not closed")
    report.equal(good.ask(STRANGER), DENIED, "nor is the good one")
    server.until(lambda: "in\\x20time" in guard.log())
    lines = [line for line in guard.log().splitlines() if "in\\x20time" in line]
    report.check(0 < len(lines) < HALF_OPEN / 10,
                 f"the log sums them up ({len(lines)} lines)")
    ended(house, guard)


def stuff(client, data):
    """Sends until the server takes no more for a while."""
    client.socket.settimeout(0.05)
    sent = 0
    try:
        while True:
            sent += client.socket.send(data)
    except (TimeoutError, socket.timeout):
        return sent
    except OSError:
        return None
    finally:
        client.socket.settimeout(server.PATIENCE)


def rest(client):
    """All that is to be read until the end, or the reset."""
    heard = b""
    try:
        while part := client.socket.recv(65536):
            heard += part
    except ConnectionResetError:
        pass
    return heard


def slow_readers():
    house, guard = started()
    before = guard.memory()
    good = guard.client()
    deaf = [guard.client() for _ in range(50)]
    for client in deaf:
        stuff(client, STRANGER * 100)
    p99 = ninety_ninth(good)
    report.check(p99 is not None and p99 < LIMIT,
                 f"50 that read nothing: the good client waits "
                 f"{(p99 or 0) * 1e6:.0f} us (p99)")
    grows_little(guard, before)
    spent = guard.ticks()
    report.check(server.until(lambda: "not\\x20taken" in guard.log()),
                 "at the deadline one is closed, and it is told", guard.log())
    heard = rest(deaf[0])
    report.check(len(heard) > 0 and heard == (DENIED * len(heard))[:len(heard)],
                 f"it hears {len(heard)} bytes of replies, and the end")
    spent = guard.ticks() - spent
    report.check(spent < DEADLINE / 4, f"without spinning ({spent:.2f} s)")
    report.equal(good.ask(STRANGER), DENIED, "the good one is still served")
    ended(house, guard)


def memory_is_bounded():
    house, guard = started("connections = 600;\n")
    good = guard.client()
    good.ask(OURS)
    before = guard.memory()
    begun = b"request=smtpd_access_policy\n"
    line = b"x%d=" + b"v" * 12000 + b"\n"
    peers = [guard.client() for _ in range(500)]
    for peer in peers:
        peer.say(begun + b"".join(line % i for i in range(4)))
    report.equal(good.ask(OURS), DUNNO, "500 requests of 48 KiB, not ended")
    grows_little(guard, before)
    replies = [server.verdict(peer.ask(b"\n")) for peer in peers]
    report.check(set(replies) <= {"451", "DUNNO"} and "DUNNO" in replies,
                 "as many as have room are judged, the others deferred",
                 {one: replies.count(one) for one in set(replies)})
    for peer in peers:
        peer.say(begun + b"y=" + b"v" * 200000)
    report.equal(good.ask(OURS), DUNNO, "500 lines of 200 KiB, not ended")
    grows_little(guard, before)
    replies = [peer.ask(b"\n\n") for peer in peers]
    report.check(all(reply == UNREAD for reply in replies),
                 "each is deferred when it has come to its end")
    ended(house, guard)


def more_connections_than_descriptors():
    house, guard = started("connections = 300;\n", descriptors=200)
    report.check(server.until(lambda: "limit is 200" in guard.log()),
                 "a low limit of descriptors is told", guard.log())
    good = guard.client()
    idle = [guard.client() for _ in range(300)]
    for client in idle:
        try:
            client.say(OURS)
        except OSError:
            pass  # it was closed for a later one
    late = guard.client()
    report.equal(late.ask(OURS), DUNNO, "a late one is served")
    late.close()
    spent = guard.ticks()
    report.equal(guard.client().ask(STRANGER), DENIED, "and one more")
    spent = guard.ticks() - spent
    report.check(spent < 0.5, f"without spinning ({spent:.2f} s)")
    for client in [good, *idle]:
        client.close()
    ended(house, guard)


def descriptors_run_out():
    """The limit falls below what was there at the start."""
    house, guard = started("connections = 300;\n")
    peers = [guard.client() for _ in range(20)]
    for peer in peers:
        peer.ask(OURS)
    used = len(os.listdir(f"/proc/{guard.process.pid}/fd"))
    guard.limit_descriptors(used + 5)
    late, replies = [], []
    for _ in range(25):
        late.append(guard.client())
        replies.append(late[-1].ask(OURS))
    report.equal(replies, [DUNNO] * 25,
                 "without a descriptor, idle ones make room")
    alive = [peer for peer in peers + late if peer.is_silent(0)]
    report.check(15 <= len(alive) < 45 and alive[-10:] == late[-10:],
                 f"{len(alive)} are left, the last ones")
    for peer in alive:
        peer.say(STRANGER[:-1])
    # The loader's own descriptors come and go: more than can be let in.
    told = guard.log().count("event=full")
    for _ in range(5):
        alive.append(guard.client())
        alive[-1].say(STRANGER[:-1])
    last = guard.client()
    last.say(OURS)
    spent = guard.ticks()
    report.check(last.is_silent(1), "without an idle one, the next waits")
    spent = guard.ticks() - spent
    report.check(spent < 0.2, f"without spinning ({spent:.2f} s)")
    report.equal([peer.ask(b"\n") for peer in alive],
                 [DENIED] * len(alive),
                 "none in the middle is closed for it")
    report.equal(last.hear(), DUNNO, "then it is served")
    report.equal(guard.log().count("event=full"), told + 1,
                 "which is told once",
                 guard.log()[-2000:])
    ended(house, guard)


def no_place_left():
    """All are in the middle of a request: who comes has to wait."""
    house, guard = started("connections = 60;\n")
    peers = [guard.client() for _ in range(60)]
    for peer in peers:
        peer.say(STRANGER[:-1])
    late = guard.client()
    late.say(OURS)
    spent = guard.ticks()
    report.check(late.is_silent(1), "there is no room for one more")
    spent = guard.ticks() - spent
    report.check(spent < 0.2, f"it waits without spinning ({spent:.2f} s)")
    report.equal([peer.ask(b"\n") for peer in peers], [DENIED] * 60,
                 "none in the middle is closed for it")
    report.equal(late.hear(), DUNNO, "then it is served")
    report.equal(guard.log().count("event=full"), 1, "which is told once",
                 guard.log()[-2000:])
    ended(house, guard)


def asked_but_not_read_yet():
    """One more comes in the same moment as requests of all the others."""
    house, guard = started("connections = 60;\n")
    peers = [guard.client() for _ in range(60)]
    for peer in peers:
        peer.ask(OURS)
    guard.process.send_signal(signal.SIGSTOP)
    # Its threads go on for a moment, and would make room for the late one.
    os.waitid(os.P_PID, guard.process.pid, os.WSTOPPED)
    late = guard.client()
    late.say(OURS)
    for peer in peers:
        peer.say(STRANGER)
    guard.process.send_signal(signal.SIGCONT)
    report.equal([peer.hear() for peer in peers], [DENIED] * 60,
                 "none that has asked is closed to make room")
    report.equal(late.hear(), DUNNO, "the late one is served, too")
    ended(house, guard)


def churn():
    house, guard = started()
    guard.client().ask(OURS)
    before = guard.memory()
    for i in range(3000):
        client = guard.client()
        if i % 3 == 0:
            client.say(STRANGER[:i % len(STRANGER)])
        elif i % 3 == 1:
            client.say(STRANGER)
        client.close()
    report.equal(guard.client().ask(STRANGER), DENIED,
                 "3000 connections that go without waiting")
    grows_little(guard, before, 4096)
    ended(house, guard)


half_open_connections()
slow_readers()
memory_is_bounded()
more_connections_than_descriptors()
descriptors_run_out()
no_place_left()
asked_but_not_read_yet()
churn()
report.finish()
