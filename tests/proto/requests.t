#!/usr/bin/env -S python3 -B
"""requests.t - each request that comes whole gets one reply, in order,
whatever its bytes and however they come; and none that permits."""

import random

import server
from lib import tap
from server import (ACTION, DENIED, DUNNO, OURS, STRANGER, UNREAD,
                    verdict)

MUTATIONS = 10000

report = tap.Report()
house = server.House()
guard = house.start()
if not guard.answers():
    tap.bail_out("mtaguardd policy does not answer: " + guard.log())
captures = server.captures()

# What is known of some of the recorded requests, with their destinations.
KNOWN = {
    "001-ipv4-local-delayed-rcpt": "DUNNO",
    "002-ipv4-local-delayed-data": "DUNNO",
    "004-ipv4-connect-nodelay-connect": "DUNNO",
    "014-ipv4-foreign-nodelay-xclient": "DUNNO",
    "027-relay-attempt-rcpt": "554",
    "031-ipv6-mapped-rcpt": "DUNNO",
    "044-client-addr-unknown-data": "DUNNO",
    "046-sasl-rcpt": "554",
    "051-null-sender-rcpt": "DUNNO",
    "054-null-sender-relay-rcpt": "554",
    "059-quoted-local-at-only-rcpt": "554",
    "067-quoted-tab-ctl-rcpt": "DUNNO",
    "071-source-route-at-at-rcpt": "554",
    "072-source-route-at-at-rcpt": "554",
    "074-percent-hack-rcpt": "554",
    "077-bang-path-rcpt": "554",
    "084-case-dot-rcpt": "DUNNO",
    "092-extension-comment-rcpt": "DUNNO",
    "096-srs-bounce-verp-rcpt": "DUNNO",
    "099-utf8-smtputf8-rcpt": "DUNNO",
    "146-vrfy-vrfy": "554",
    "166-xforward-ignored-rcpt": "554",
    "192-pf312-multi-rcpt-rcpt": "554",
    "216-max-request-rcpt": "DUNNO",
}


def every_capture_is_answered():
    client = guard.client()
    report.check(len(captures) >= 130, f"{len(captures)} recorded requests")
    replies = {name: client.ask(data) for name, data in captures.items()}
    wrong = [name for name, reply in replies.items()
             if not ACTION.fullmatch(reply)]
    report.equal(wrong, [], "each recorded request gets one action")
    for name, reply in KNOWN.items():
        report.equal(verdict(replies[name]), reply, name)
    report.check(client.is_silent(), "and not a byte more")
    client.close()


def any_split():
    data = captures["027-relay-attempt-rcpt"]
    client = guard.client()
    early, wrong = [], []
    for split in range(1, len(data)):
        client.say(data[:split])
        if not client.is_silent(0.0005):
            early.append(split)
        if client.ask(data[split:]) != DENIED:
            wrong.append(split)
    report.equal(early, [], "half a request is not answered")
    report.equal(wrong, [], "the rest may come from any byte on")
    client.close()


def byte_by_byte():
    data = captures["216-max-request-rcpt"]
    client = guard.client()
    for i in range(len(data)):
        client.say(data[i:i + 1])
    report.equal(client.hear(), DUNNO, "7033 bytes, one by one")
    client.close()


def pipelined():
    client = guard.client()
    order = [random.choice((STRANGER, OURS, b"junk\n\n"))
             for _ in range(500)]
    want = {STRANGER: DENIED, OURS: DUNNO, b"junk\n\n": UNREAD}
    client.say(b"".join(order))
    report.equal([client.hear() for _ in order], [want[one] for one in order],
                 "500 requests in one write are answered in order")
    report.check(client.is_silent(), "and not a byte more")
    client.close()


def bad_requests():
    cases = {
        "nothing but an empty line": b"\n",
        "an empty line with CR": b"\r\n",
        "junk": b"\x80\xff\x01 junk\n\n",
        "HTTP": b"GET / HTTP/1.1\r\nHost: guard.example\r\n\r\n",
        "another type of request": b"request=junk\nrecipient=a@b\n\n",
        "no type of request": b"recipient=bob@guard.example\n\n",
        "a line without =": b"request=smtpd_access_policy\nrecipient\n\n",
        "a NUL": STRANGER.replace(b"victim", b"vic\0tim"),
        "a NUL behind what is ours":
            OURS.replace(b"guard.example", b"guard.example\0.evil"),
        "an attribute twice":
            OURS.replace(b"\n\n", b"\nclient_address=127.0.0.1\n\n"),
        "the recipient twice":
            STRANGER.replace(b"\n\n", b"\nrecipient=bob@guard.example\n\n"),
        "129 attributes": OURS.replace(
            b"\n\n", b"".join(b"\nx%d=" % i for i in range(129)) + b"\n\n"),
        "100 000 attributes": OURS.replace(
            b"\n\n", b"".join(b"\nx%d=" % i for i in range(100000)) +
            b"\n\n"),
        "a line of 17 KiB": server.request("v" * 17000 + "@guard.example"),
        "a line of 64 KiB": server.request("v" * 65536 + "@guard.example"),
        "a line of 4 MiB": server.request("v" * (4 << 20) + "@x"),
        "an endless number of CR": OURS.replace(b"\n\n", b"\nx=" +
                                                b"\r" * 100000 + b"\n\n"),
    }
    for name, data in cases.items():
        client = guard.client()
        report.equal(client.ask(data), UNREAD, f"{name}: deferred")
        report.equal(client.ask(STRANGER), DENIED, f"{name}: the next is read")
        report.check(client.is_silent(0.01), f"{name}: not a byte more")
        client.close()


def odd_requests():
    cases = {
        "CRLF": (server.request("bob@guard.example", end=b"\r\n"), DUNNO),
        "CRLF, not ours": (server.request("v@x.example", end=b"\r\n"), DENIED),
        "an unknown attribute": (OURS.replace(b"\n\n", b"\nfuture=1\n\n"),
                                 DUNNO),
        "15 KiB of an unknown attribute":
            (OURS.replace(b"\n\n", b"\nfuture=" + b"x" * 15000 + b"\n\n"),
             DUNNO),
        "60 KiB in all": (OURS.replace(b"\n\n", b"".join(
            b"\nfuture%d=" % i + b"x" * 15000 for i in range(4)) + b"\n\n"),
            DUNNO),
        "an unknown state with a recipient":
            (server.request("v@x.example", state="NEWSTATE"), DENIED),
        "an unknown state without one":
            (server.request("", state="NEWSTATE"), DUNNO),
    }
    for text in ("", "unknown", "fe80::1%eth0", "127.0.0.1 ", "127.0.0.1%lo",
                 "127.1", "2130706433", "[127.0.0.1]", "x" * 600,
                 "::ffff:127.0.0.1.evil", "127.0.0.1/8"):
        cases[f"the client {text[:30]!r}"] = (
            server.request("v@x.example", client=text), DENIED)
    for text in ("127.0.0.1", "::1", "::ffff:127.0.0.9"):
        cases[f"the client {text}"] = (
            server.request("v@x.example", client=text), DUNNO)
    client = guard.client()
    for name, (data, reply) in cases.items():
        report.equal(client.ask(data), reply, name)
    report.equal(verdict(client.ask(
        OURS.replace(b"bob", b"b\xff\xc0"))), "554", "invalid UTF-8")
    client.close()


def mutate(data, rng):
    """Changes a request, in such a way that it still ends."""
    data = bytearray(data[:-1])
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at = rng.randrange(len(data))
        kind = rng.randrange(6)
        if kind == 0:
            data[at] = rng.randrange(256)
        elif kind == 1:
            del data[at:at + rng.randrange(1, 30)]
        elif kind == 2:
            data[at:at] = bytes(rng.randrange(256)
                                for _ in range(rng.randrange(1, 9)))
        elif kind == 3:
            start = rng.randrange(len(data))
            data[at:at] = data[start:start + rng.randrange(1, 200)]
        elif kind == 4:
            data[at] ^= 1 << rng.randrange(8)
        else:
            data[at:at + 1] = rng.choice((b"\n", b"=", b"%", b"@", b"!",
                                          b"\r\n", b"\0", b","))
        if not data:
            data = bytearray(b"x")
    # Empty lines inside would make two requests of it.
    text = bytes(data)
    while b"\n\n" in text or b"\n\r\n" in text:
        text = text.replace(b"\n\n", b"\n").replace(b"\n\r\n", b"\n")
    text = text.lstrip(b"\r\n").rstrip(b"\r\n")
    return (text or b"x") + b"\n\n"


def mutations():
    seed = random.randrange(1 << 32)
    rng = random.Random(seed)
    originals = list(captures.values())
    client = guard.client()
    wrong = []
    for i in range(MUTATIONS):
        data = mutate(originals[i % len(originals)], rng)
        reply = client.ask(data)
        if not ACTION.fullmatch(reply) or client.heard:
            wrong.append((data, reply))
            break
    report.check(not wrong, f"{MUTATIONS} mutations, one action each",
                 f"seed {seed}", *wrong)
    report.check(client.is_silent(), "and not a byte more")
    client.close()


every_capture_is_answered()
any_split()
byte_by_byte()
pipelined()
bad_requests()
odd_requests()
mutations()
report.equal(guard.end(), 0, "it ends in order", guard.log()[-2000:])
report.check("Sanitizer" not in guard.log(), "no sanitizer complains")
house.remove()
report.finish()
