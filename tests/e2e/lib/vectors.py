"""vectors.py - the table of relay attempts, and how to play one.

tests/data/vectors.tsv has one attempt a line; tests/README.md describes its
columns. What is in braces is a name of the MTA under test; bytes that cannot
stand in a text file are written as in C.
"""

import os
import re

from lib import house, smtp

NAMES = {
    "relay_domain": "relay.test",
    "relay_host": house.HOST,
    "relay_ip": house.ADDRESS,
    "backup": "backup.test",
    "virtual": "virtual.test",
    "alias": "alias.test",
    "outside": "outside.test",
    "outside_ip": "198.51.100.9",
}

# Who connects: the address, and what XCLIENT adds to it.
CLIENTS = {
    "outside": ("203.0.113.66", ""),
    "trusted": ("192.0.2.5", ""),
    "v4mapped-trusted": ("::ffff:192.0.2.5", ""),
    "v4compat-trusted": ("::192.0.2.5", ""),
    "v6-outside": ("2001:db8:ffff::66", ""),
    "v6-zone": ("fe80::1%eth0", ""),
    "name-relay": ("203.0.113.66", f"NAME={house.HOST}"),
    "name-upper": ("203.0.113.66", f"NAME={house.HOST.upper()}"),
    "name-localhost": ("203.0.113.66", "NAME=localhost"),
    "rev-relay": ("203.0.113.66", f"REVERSE_NAME={house.HOST}"),
    "loop2": ("127.0.0.2", ""),
    "neighbour": ("192.0.2.16", ""),
    "unavailable": ("[UNAVAILABLE]", ""),
    "6to4": ("2002:c000:205::", ""),
    "nat64": ("64:ff9b::c000:205", ""),
    "login": ("203.0.113.66", "LOGIN=admin"),
}
# Those that a client cannot be by its address alone, without XCLIENT.
ONLY_XCLIENT = {"v4mapped-trusted", "v4compat-trusted", "v6-zone",
                "name-relay", "name-upper", "name-localhost", "rev-relay",
                "unavailable", "login"}


class Vector:
    """One line of the table."""

    def __init__(self, line):
        (self.id, self.name, self.client, self.helo, self.sender,
         self.recipient, self.verdict, self.open) = line.split("\t")
        form, colon, rest = self.recipient.partition(":")
        known = colon and form in FORMS
        self.form = form if known else ""
        self.text = rest if known else self.recipient

    def __str__(self):
        return f"{self.id} {self.name}"

    @property
    def escapes(self):
        """Whether it leaves an MTA that relays for everybody."""
        return self.open.split(",")


def load():
    path = os.path.join(house.source_directory(), "tests/data/vectors.tsv")
    lines = house.read(path).splitlines()
    return [Vector(line) for line in lines[1:]]


def fill(text):
    """The bytes of a field: names and C escapes replaced."""
    for name, value in NAMES.items():
        text = text.replace("{" + name + "}", value)
    return re.sub(rb"\\(x[0-9a-f]{2}|[rnt\\])", unescape, text.encode())


def unescape(match):
    code = match.group(1)
    if code[:1] == b"x":
        return bytes([int(code[1:], 16)])
    return {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\"}[code]


def parts(vector):
    return [fill(part) for part in vector.text.split("|")]


def mail(vector):
    """The MAIL command; "address> PARAMETER <" is how a row adds one."""
    return (b"MAIL FROM:<%s>" % fill(vector.sender)).removesuffix(b" <>")


def plain(vector):
    return [mail(vector),
            b"RCPT TO:<%s>" % fill(vector.text)]


def raw(vector):
    return [mail(vector), fill(vector.text)]


def multi(vector):
    return [mail(vector),
            *[b"RCPT TO:<%s>" % part for part in parts(vector)]]


def forged(vector):
    return [mail(vector),
            b"RCPT TO:<%s>" % parts(vector)[-1]]


def smuggle(vector):
    return [mail(vector),
            fill("RCPT TO:<postmaster@{relay_domain}>"), b"DATA"]


def hidden(vector):
    """A text in which a second message is hidden behind a false dot."""
    return (b"Subject: first\r\n\r\nfirst" + fill(vector.text) +
            fill("MAIL FROM:<spamtest@{relay_domain}>\\r\\n"
                 "RCPT TO:<victim@{outside}>\\r\\nDATA\\r\\n"
                 "Subject: second\\r\\n\\r\\nsecond\\r\\n.\\r\\n"))


def text(vector):
    """The message that is sent where a recipient was accepted."""
    headers = parts(vector)[:-1] if vector.form == "HDR" else []
    return "\n".join([header.decode() for header in headers] +
                     ["Subject: x", "", "x"])


# What stands before the colon of a recipient field.
FORMS = {
    "": plain,
    "RAW": raw,        # the whole RCPT command
    "MULTI": multi,    # several recipients
    "SCRIPT": parts,   # commands after EHLO
    "NOXC": parts,     # the same, from an address that may not use XCLIENT
    "PRE": parts,      # the same, before EHLO
    "HDR": forged,     # headers of the message, then the recipient
    "SMUG": smuggle,   # the end of a message as another server may see it
}


class Played:
    """What came of an attempt."""

    def __init__(self, dialogue, replies, recipients):
        self.dialogue = dialogue
        self.replies = replies       # all of them
        self.recipients = recipients # those to RCPT commands

    def __str__(self):
        return "\n".join(self.dialogue)


def open_session(vector, port, xclient):
    """A session of the client that the vector names, after its EHLO."""
    address, more = CLIENTS[vector.client]
    if xclient and vector.form not in ("NOXC", "PRE"):
        client = smtp.connect("127.0.0.1", port, "127.0.0.1")
        client.command("EHLO localhost")
        told = f"IPV6:{address}" if ":" in address else address
        client.command(f"XCLIENT ADDR={told} NAME=[UNAVAILABLE] {more}")
    else:
        server = house.ADDRESS6 if ":" in address else house.ADDRESS
        client = smtp.connect(server, port, address)
    if vector.form != "PRE":
        client.command(b"EHLO " + fill(vector.helo))
    return client


def play(vector, port=25, xclient=True):
    """Plays an attempt up to a message sent, as far as the server allows."""
    client = open_session(vector, port, xclient)
    before = len(client.replies)
    recipients = []
    try:
        for block in FORMS[vector.form](vector):
            if block.endswith(b"\r\n"):
                block = block[:-2]
            answers = client.commands(block + b"\r\n")
            if block[:4].upper() == b"RCPT":
                recipients += answers
        if vector.form == "SMUG":
            client.send(hidden(vector))
        else:
            client.data(text(vector))
        client.quit()
    except smtp.Closed:
        client.close()
    return Played(client.dialogue, client.replies[before:], recipients)


def complaint(vector, played, outside, inside):
    """What is wrong with what came of an attempt; None if it is right."""
    unsure = [reply for reply in played.replies if reply.code in (450, 451)]
    if unsure:
        return f"neither yes nor no: {unsure[0]}"
    if vector.verdict in ("deny", "deny-or-local", "deny-or-252",
                          "local-only") and outside:
        return f"reached the outside: {', '.join(outside)}"
    if vector.verdict == "deny" and inside:
        return f"was accepted: {', '.join(inside)}"
    if vector.verdict == "allow" and not outside:
        return "did not reach the outside"
    if vector.verdict == "local" and not inside:
        return "did not reach the local recipient"
    if vector.verdict == "ours" and not (inside or outside):
        return "was not accepted"
    return None
