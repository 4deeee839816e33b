#!/usr/bin/env -S python3 -B
"""stdio.t - the guard as a child of Postfix's spawn(8).

Postfix starts "mtaguardd policy --stdio" itself, as a user that may do
nothing else; what it refuses and lets pass is the same as at a socket.
"""

import shutil

from lib import guard, house, postfix, smtp, tap

PROGRAM = "/run/mtaguardd"
SERVICE = (f"mtaguard unix - n n - 0 spawn user=nobody argv={PROGRAM}"
           " policy --stdio -c @POLICY@\n")
SPAWNED = guard.WIRING.replace("unix:mtaguard/policy", "unix:private/mtaguard")

CASES = (
    ("203.0.113.66", "victim@outside.test", 554),
    ("203.0.113.66", "victim%outside.test@relay.test", 554),
    ("203.0.113.66", "user@relay.test", 250),
    ("192.0.2.5", "victim@outside.test", 250),
)


def ask(client, recipients):
    """The answers to several recipients of one session."""
    with smtp.connect(house.ADDRESS, 25, client) as session:
        session.command("EHLO probe.outside.test")
        session.command("MAIL FROM:<someone@outside.test>")
        replies = [session.command(f"RCPT TO:<{recipient}>")
                   for recipient in recipients]
        session.quit()
    return replies


house.enter(60, postfix.missing(), guard.missing())
report = tap.Report()
shutil.copy(guard.program(), PROGRAM)
front = guard.Guard("policy")
mta = postfix.Postfix(main={
    **postfix.OPEN,
    "mtaguard_time_limit": "3600s",
    "smtpd_relay_restrictions":
        f"{SPAWNED}, permit_mynetworks, reject_unauth_destination"},
    services=SERVICE.replace("@POLICY@", front.path)).start()
for client, recipient, code in CASES:
    replies = ask(client, [recipient] * 3)
    report.check(all(reply.code == code for reply in replies),
                 f"{client} to {recipient}: {code}", *replies,
                 house.read(mta.log)[-1000:])
mta.stop()
house.wait_for(lambda: "mtaguardd" not in house.run("ps", "-eo", "comm="),
               "end of the guard with its Postfix")
report.check(True, "the guard ends with its Postfix")
report.finish()
