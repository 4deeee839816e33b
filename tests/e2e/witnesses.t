#!/usr/bin/env -S python3 -B
"""witnesses.t - what mtaguard prove says is so in the real Postfix.

Configurations are drawn from a seed. Each witness of the proof is played to a
private Postfix, which must accept it. And strangers try to relay: where one
of them gets a recipient of the rest of the world accepted, the verdict must
not be closed.

	witnesses.t [SEED [COUNT]]
"""

import itertools
import json
import subprocess
import sys

from lib import envelope, house, postfix, random_restrictions, smtp, tap

# In no narrow network that a configuration names, and without a name: they
# are nobody's.
STRANGERS = ["8.8.4.4", "9.200.1.2", "2a00:1450::5"]
# In domains that no configuration serves by name.
VICTIMS = ["u@outside.test", "u@sub.outside.test", "b@far.example",
           "u@victim.example", "postmaster@outside.test"]


def proof(config):
    """What mtaguard says of the configuration."""
    interfaces = f"{house.ADDRESS}/24,{house.ADDRESS6}/64"
    done = subprocess.run(
        [f"{house.build_directory()}/mtaguard", "prove", "--format", "json",
         "--config", config, "--hostname", house.HOST,
         "--interfaces", interfaces],
        text=True, capture_output=True, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return tap.bail_out(f"mtaguard prove: {done.stderr}")


def witness(path):
    return (path["client"], path["client_name"] or "", path["helo"] or "",
            path["sender"], path["recipient"])


def attempts():
    """All that strangers say to the MTA."""
    return [(client, "", helo, sender, recipient)
            for client, helo, sender, recipient in itertools.product(
                STRANGERS, random_restrictions.HELOS,
                random_restrictions.SENDERS[:3], VICTIMS)]


def relays(drawn):
    """Whether what is accepted there for elsewhere also goes elsewhere."""
    text = f"{drawn.main} {drawn.files}"
    return "DISCARD" not in text and "error:" not in text


def show(drawn):
    return [*(f"{name} = {value}" for name, value in drawn.main.items()),
            *(f"{name}: {text}" for name, text in drawn.files.items())]


def serves(mta):
    """Starts it; False where smtpd greets nobody."""
    try:
        mta.start()
        return True
    except (smtp.Closed, OSError):
        return False


def compare(report, mta, number, drawn):
    """One configuration; returns the verdict."""
    delayed = drawn.main.get("smtpd_delay_reject") != "no"
    mta.configure(drawn.main)
    for name, text in drawn.files.items():
        house.write(f"{mta.config}/{name}", text)
    said = proof(mta.config)
    paths = [path for service in said["services"]
             for path in service["paths"]]
    served = serves(mta)
    refused = [session for session in map(witness, paths)
               if (delayed or not session[1]) and not (
                   served and envelope.told(session, delayed) == "ACCEPT")]
    report.check(not refused, f"{number}: {len(paths)} witnesses hold",
                 *refused, *show(drawn))
    relayed = None
    if said["verdict"] == "closed" and served and relays(drawn):
        relayed = next((session for session in attempts() if
                        envelope.told(session, delayed) == "ACCEPT"), None)
    report.check(relayed is None,
                 f"{number}: no stranger relays where it is closed", relayed,
                 *show(drawn))
    mta.stop()
    return said["verdict"]


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 20261124
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    house.enter(60 + 20 * count, postfix.missing())
    report = tap.Report()
    mta = postfix.Postfix()
    verdicts = [compare(report, mta, number, random_restrictions.Configuration(
        f"{seed}-{number}", mta.config)) for number in range(count)]
    for verdict in ("open", "closed"):
        report.check(verdict in verdicts or count < 10,
                     f"some are {verdict}", verdicts)
    report.finish()


main()
