#!/usr/bin/env -S python3 -B
"""clients.t - what other people's relay testers say of a guarded Postfix.

nmap's smtp-open-relay finds an open relay where no guard is, and none where
it is; swaks is refused as a stranger and served as a trusted client.
"""

import shutil
import subprocess

from lib import guard, house, postfix, tap

OPEN_PORT = 2525
UNGUARDED = (f"{OPEN_PORT} inet n - n - - smtpd\n  -o {{ smtpd_relay_"
             "restrictions = permit_mynetworks, reject_unauth_destination }\n")
REFUSED = 24  # of swaks, when RCPT is

# client, recipient, exit status of swaks
CASES = (
    ("203.0.113.66", "victim@outside.test", REFUSED),
    ("203.0.113.66", "victim%outside.test@relay.test", REFUSED),
    ("203.0.113.66", "user@relay.test", 0),
    ("192.0.2.5", "victim@outside.test", 0),
)


def missing():
    for program in ("nmap", "swaks"):
        if shutil.which(program) is None:
            return f"no {program}"
    return None


def nmap(port):
    """What smtp-open-relay says of the server at a port."""
    done = subprocess.run(
        ["nmap", "-n", "-Pn", "-sT", "-p", str(port), "-S", "203.0.113.66",
         "-e", "lo", "-sV", "--version-light", "--script", "smtp-open-relay",
         house.ADDRESS], text=True, capture_output=True, check=False)
    return done.stdout + done.stderr


def swaks(*arguments):
    done = subprocess.run(
        ["swaks", "--server", house.ADDRESS, "--from", "a@outside.test",
         "--helo", "probe.outside.test", "--quit-after", "RCPT",
         *arguments], text=True, capture_output=True, check=False)
    return done.returncode, done.stdout + done.stderr


house.enter(120, postfix.missing(), guard.missing(), missing())
report = tap.Report()
mta = postfix.Postfix(main={
    **postfix.OPEN,
    "smtpd_relay_restrictions":
        f"{guard.WIRING}, permit_mynetworks, reject_unauth_destination"},
    services=UNGUARDED)
guard.Guard("policy").start()
mta.start()

said = nmap(OPEN_PORT)
report.check("Server is an open relay" in said,
             "nmap finds an open relay without the guard", said)
said = nmap(25)
report.check("doesn't seem to be an open relay" in said,
             "nmap finds none with the guard", said)
for client, recipient, wanted in CASES:
    status, said = swaks("--local-interface", client, "--to", recipient)
    report.equal(status, wanted, f"swaks from {client} to {recipient}", said)
status, said = swaks("--server", "127.0.0.1", "--xclient-addr",
                     "203.0.113.9", "--to", "victim@outside.test")
report.equal(status, REFUSED, "swaks with XCLIENT as a stranger", said)
report.finish()
