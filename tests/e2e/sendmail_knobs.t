#!/usr/bin/env -S python3 -B
"""sendmail_knobs.t - every knob of Sendmail that has to do with relaying.

For each (lib/sendmail_knobs.py) a real Sendmail is built and asked over SMTP
by nine kinds of clients. Whom it lets relay is what the knob says; its test
mode, as the checker asks it, gives the same answers; and what the checker
reads in sendmail.cf says who that is.
"""

import os
import shutil
import subprocess

from lib import dns, house, sendmail, sendmail_knobs, smtp, tap

JUDGE = os.path.join(house.build_directory(), "tests/e2e/sendmail_judge")
PROGRAMS = "/usr/libexec"

# Each with the name that it has in hosts(5), if any.
CLIENTS = {
    "local": ("127.0.0.1", "localhost"),
    "own": (house.ADDRESS, house.HOST),
    "out_rdns": ("203.0.113.66", "evil.outside.test"),
    "out_nordns": ("203.0.113.77", None),
    "out_v6": ("2001:db8:66::66", None),
    "far": ("192.0.2.66", None),
    "neighbour": ("198.18.0.5", "host.relay.test"),
    "partner": ("198.18.1.5", "host.partner.test"),
    "inside10": ("10.1.2.3", None),
}
ALWAYS = {"local", "own"}
RECIPIENTS = {
    "loc": "bob@relay.test",
    "out": "victim@elsewhere.test",
    "far": "victim@else.where.example",
    "u%o@loc": "victim%elsewhere.test@relay.test",
    "u%o@R": "victim%elsewhere.test@partner.test",
    "@us:o": "@relay.test:victim@elsewhere.test",
    "o!u": "elsewhere.test!victim",
    "o!u@loc": "elsewhere.test!victim@relay.test",
    "\"u@o\"@loc": "\"victim@elsewhere.test\"@relay.test",
    "sub.loc": "victim@sub.relay.test",
    "R": "victim@partner.test",
    "sub.R": "victim@sub.partner.test",
    "mx": "victim@pointed.test",
    "lit": "victim@[203.0.113.9]",
}
SENDERS = {
    "outside": "someone@outside.test",
    "bounce": "",
    "forged": "user@relay.test",
}
# What the forms with a route in them are, is for the test mode to say.
PLAIN = ("loc", "out", "far", "sub.loc", "R", "sub.R", "mx", "lit")


def furnish():
    """Names of the clients, and a program where Debian has it."""
    with open("/etc/hosts", "a", encoding="utf-8") as hosts:
        for address, name in CLIENTS.values():
            if name not in (None, "localhost", house.HOST):
                hosts.write(f"{address} {name}\n")
    house.write("/run/etc/resolv.conf", "nameserver 127.0.0.1\n"
                "options timeout:1 attempts:1\n")
    house.run("mount", "--bind", "/run/etc/resolv.conf", "/etc/resolv.conf")
    dns.serve({"pointed.test": house.HOST})
    house.run("mount", "-t", "tmpfs", "-o", "mode=755", "none", PROGRAMS)
    os.mkdir(f"{PROGRAMS}/sendmail")
    shutil.copyfile(sendmail.program(), f"{PROGRAMS}/sendmail/sendmail")
    os.chmod(f"{PROGRAMS}/sendmail/sendmail", 0o755)


def missing():
    """Whether the program runs with the libraries of this machine alone."""
    if sendmail.missing() is not None:
        return None
    with open(sendmail.program(), "rb") as program:
        libraries = subprocess.run(
            ["ldd", sendmail.program()], capture_output=True, text=True,
            check=False).stdout
        del program
    lost = [line.split()[0] for line in libraries.splitlines()
            if "not found" in line]
    return f"no {' '.join(lost)} for Sendmail" if lost else None


def ask_as(mta, client, sender):
    """What a client is told for one sender: {recipient: accepted}.

    A client that may not connect is told so at every command, and after some
    the connection is closed.
    """
    address, _ = CLIENTS[client]
    server = house.ADDRESS6 if ":" in address else house.ADDRESS
    if client == "local":
        server = "127.0.0.1"
    answers = dict.fromkeys(RECIPIENTS, False)
    try:
        with smtp.connect(server, mta.port, address) as session:
            session.command("EHLO probe.outside.test")
            session.command(f"MAIL FROM:<{sender}>")
            for recipient, text in RECIPIENTS.items():
                reply = session.command(f"RCPT TO:<{text}>")
                answers[recipient] = reply.accepted
    except smtp.Closed:
        pass
    return answers


def ask_live(mta, client):
    """All that a client is told: {(sender, recipient): accepted}."""
    return {(sender, recipient): accepted
            for sender, text in SENDERS.items()
            for recipient, accepted in ask_as(mta, client, text).items()}


def judge(mta):
    """What the checker says: openings, doubts, and answers in test mode."""
    questions = "".join(
        f"{address}\t{name or ''}\t{sender}\t{recipient}\n"
        for address, name in CLIENTS.values()
        for sender in SENDERS.values() for recipient in RECIPIENTS.values())
    done = subprocess.run([JUDGE, f"{mta.directory}/sendmail.cf"],
                          input=questions, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        house.tap.bail_out(f"{mta.directory}: {done.stderr}")
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    keys = [(client, sender, recipient) for client in CLIENTS
            for sender in SENDERS for recipient in RECIPIENTS]
    answers = [line[1] for line in lines if line[0] == "answer"]
    return ([line[1:] for line in lines if line[0] == "opening"],
            [line[1] for line in lines if line[0] == "doubt"],
            dict(zip(keys, answers)))


def verdict_of(openings):
    """The worst that the openings say, in the words of the knobs."""
    open_to = {who for who, _, _, is_open in openings if is_open}
    if open_to - {"forger"}:
        return sendmail_knobs.OPEN
    if open_to:
        return sendmail_knobs.FORGED
    if any(where == "mx" for _, where, _, _ in openings):
        return sendmail_knobs.MX
    networks = [value for who, _, value, _ in openings if who == "network"]
    if any(value.startswith("203.0.113") and value.count(".") < 3
           for value in networks):
        return sendmail_knobs.NETWORK
    partners = [who for who, _, _, _ in openings if who != "login"]
    return sendmail_knobs.PARTNER if partners else sendmail_knobs.CLEAN


def check_knob(report, knob):
    mta = sendmail.Sendmail(f"sm-{knob.name}", knob.features, knob.files,
                            tail=knob.tail, mailers=knob.mailers)
    openings, doubts, tested = judge(mta)
    report.equal(verdict_of(openings), knob.verdict,
                 f"{knob.name}: what it opens is known", *openings)
    report.equal(doubts, [], f"{knob.name}: nothing is in doubt")
    if not knob.starts:
        return
    mta.start()
    live = {(client, *key): accepted for client in CLIENTS
            for key, accepted in ask_live(mta, client).items()}
    mta.stop()
    free = {client for client in CLIENTS
            if live[client, "outside", "far"] and
            live[client, "bounce", "lit"]}
    report.equal(free, ALWAYS | set(knob.free),
                 f"{knob.name}: who may send anywhere")
    report.equal({recipient for recipient in PLAIN
                  if live["out_nordns", "outside", recipient]},
                 set(knob.strangers), f"{knob.name}: where strangers send")
    report.equal(live["out_nordns", "forged", "far"],
                 knob.verdict == sendmail_knobs.FORGED or
                 live["out_nordns", "outside", "far"],
                 f"{knob.name}: a forged sender")
    wrong = [key for key in live
             if live[key] != (tested[key] != "refuses") and
             key[0] not in knob.unlike]
    report.equal(wrong, [], f"{knob.name}: the test mode answers alike")


house.enter(600, sendmail.missing(), missing(), None if os.access(
    JUDGE, os.X_OK) else "sendmail_judge was not built")
report = tap.Report()
furnish()
for knob in sendmail_knobs.KNOBS:
    check_knob(report, knob)
report.finish()
