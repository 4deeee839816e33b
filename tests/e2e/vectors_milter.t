#!/usr/bin/env -S python3 -B
"""vectors_milter.t - a Postfix that relays for everybody, guarded by milter.

As vectors_policy.t, through smtpd_milters.
"""

from lib import guard, house, postfix, tap, vectors

MILTER = {
    "smtpd_milters": f"unix:{guard.MILTER_SOCKET}",
    "milter_default_action": "tempfail",
    "smtpd_relay_restrictions":
        "permit_mynetworks, reject_unauth_destination",
}

house.enter(120, postfix.missing(), guard.missing())
report = tap.Report()
table = vectors.load()
for name, destinations in (("list", guard.LIST), ("mta", guard.MTA)):
    front = guard.Guard("milter", guard.policy(destinations))
    front.start()
    mta = postfix.Postfix(name, {**postfix.OPEN, **MILTER}).start()
    for vector, played, outside, inside in mta.play(table, vectors.play):
        wrong = vectors.complaint(vector, played, outside, inside)
        report.check(wrong is None, f"{name}: {vector}", wrong, played)
    mta.stop()
    report.equal(front.stop(), 0, f"{name}: the guard ends well")
report.finish()
