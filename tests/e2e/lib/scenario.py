"""scenario.py - tests/scenarios/*.scn, played against a real MTA.

tests/README.md has the grammar. The scenario is read by the same code as for
the other drivers: scenario_json prints what it read.
"""

import glob
import json
import os
import re

from lib import house, smtp


def load():
    """All scenarios, as scenario_json prints them."""
    paths = sorted(glob.glob(os.path.join(house.source_directory(),
                                          "tests/scenarios/*.scn")))
    printed = house.run(os.path.join(house.build_directory(),
                                     "tests/e2e/scenario_json"), *paths)
    return [Scenario(json.loads(line)) for line in printed.splitlines()]


class Scenario:
    """A policy, what the MTA knows, and what clients say."""

    def __init__(self, read):
        self.name = os.path.basename(read["path"])
        self.steps = read["steps"]
        self.mta = read["mta"]
        self.policy = read["policy"].encode("latin-1").decode("utf-8")
        self.tables = None
        if read["policy_path"]:
            path = os.path.join(house.source_directory(), read["policy_path"])
            self.tables = os.path.dirname(path)
            # Where it listens is the driver's business.
            self.policy = re.sub(r"^listen = \{.*?^\};$", "",
                                 house.read(path), flags=re.M | re.S)

    def told(self, kind):
        """What the mta: line says of one kind: keys and their values."""
        return {row["key"]: row["value"] for row in self.mta
                if row["kind"] == kind}

    def can(self, protocol):
        """Whether there is anything in it for a protocol."""
        return any(step["expected"] and not step["cannot"][protocol]
                   for step in self.steps)


def raw(text):
    return text.encode("latin-1")


def parameters(step):
    return b" " + raw(step["parameters"]) if step["parameters"] else b""


def command(step):
    """What the client says at a step, or None where it says nothing."""
    stage = step["stage"]
    if stage == "helo":
        return b"EHLO " + raw(step["helo"])
    if stage == "mail":
        return b"MAIL FROM:" + raw(step["sender"]) + parameters(step)
    if stage == "rcpt":
        return b"RCPT TO:" + raw(step["recipient"]) + parameters(step)
    if stage == "vrfy":
        return b"VRFY " + raw(step["recipient"])
    if stage == "etrn":
        return b"ETRN " + raw(step["etrn"])
    return None


def domain(step):
    return step["recipient"].rpartition("@")[2].rstrip(">").lower()


def by_xclient(step, address):
    """A session for Postfix, which believes what we say of the client."""
    client = smtp.connect(address, 25, "127.0.0.1")
    client.command("EHLO localhost")
    told = step["client"]
    if told == "unknown":
        told = "[UNAVAILABLE]"
    elif ":" in told:
        told = f"IPV6:{told}"
    name = step["name"] or "[UNAVAILABLE]"
    reverse = step["reverse"] or name
    client.command(f"XCLIENT ADDR={told} NAME={smtp.xtext(name)}"
                   f" REVERSE_NAME={smtp.xtext(reverse)}")
    return client


def by_address(step, address):
    """A session from the address itself; its name is what /etc/hosts says."""
    source = step["client"].removeprefix("::ffff:")
    return smtp.connect(house.ADDRESS6 if ":" in source else address, 25,
                        source)


# With these an MTA refuses an argument that it cannot read.
SYNTAX = (500, 501, 550, 553, 555)


def wrong(step, reply, refused):
    """What is wrong with the answer to a step; None if it is right.

    The MTA itself refuses some domains and what is no address, and what it
    says to ETRN is its own business, if the guard has not refused it.
    """
    passed = reply.accepted or (
        "Relay access denied" not in str(reply) and
        (step["stage"] == "etrn" or domain(step) in refused))
    if step["pass"] or step["observe"]:
        return None if passed else "was refused"
    if step["code"] == 554 and reply.code in SYNTAX:
        return None
    if reply.code != step["code"]:
        return f"the code is not {step['code']}"
    for part in (step["dsn"], step["text"]):
        if part not in str(reply):
            return f"there is no {part!r} in the answer"
    return None


def play(scenario, protocol, address, connect):
    """Plays it; yields label, complaint and dialogue of each answer."""
    client = None
    number = None
    sessions = {step["session"] for step in scenario.steps
                if step["expected"] and not step["cannot"][protocol]}
    for step in scenario.steps:
        if step["session"] not in sessions:
            continue
        if step["session"] != number:
            if client is not None:
                client.quit()
            number = step["session"]
            client = connect(step, address)
            client.command(b"EHLO " + (raw(step["helo"]) or b"there.is.none"))
        said = command(step)
        if said is None:
            continue
        if step["stage"] in ("mail", "etrn"):
            client.command("RSET")
        reply = client.command(said)
        if step["expected"] and not step["cannot"][protocol]:
            yield (f"{scenario.name}:{step['line']} {step['label']}",
                   wrong(step, reply, scenario.told("error")),
                   "\n".join(client.dialogue[-8:]))
    if client is not None:
        client.quit()
