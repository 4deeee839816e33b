#!/usr/bin/env -S python3 -B
"""vectors_policy.t - a Postfix that relays for everybody, guarded.

No attempt of tests/data/vectors.tsv reaches the outside when the guard is
first in the relay restrictions, or first in the recipient restrictions, with
the destinations listed in the policy file and with those of Postfix itself;
and what must pass passes.
"""

from lib import guard, house, postfix, tap, vectors

PLACES = {
    "relay": {
        "smtpd_relay_restrictions":
            f"{guard.WIRING}, permit_mynetworks, reject_unauth_destination",
    },
    "recipient": {
        "smtpd_relay_restrictions":
            "permit_mynetworks, reject_unauth_destination",
        "smtpd_recipient_restrictions":
            f"{guard.WIRING}, permit_mynetworks, reject_unauth_destination",
    },
}

house.enter(180, postfix.missing(), guard.missing())
report = tap.Report()
table = vectors.load()
for place, restrictions in PLACES.items():
    for destinations in (guard.LIST, guard.MTA):
        name = f"{place}-{'mta' if destinations == guard.MTA else 'list'}"
        mta = postfix.Postfix(name, {**postfix.OPEN, **restrictions})
        front = guard.Guard("policy", guard.policy(destinations),
                            f"{mta.queue}/mtaguard/policy", f"guard-{name}")
        front.start()
        mta.start()
        for vector, played, outside, inside in mta.play(table, vectors.play):
            wrong = vectors.complaint(vector, played, outside, inside)
            report.check(wrong is None, f"{name}: {vector}", wrong, played)
        mta.stop()
        report.equal(front.stop(), 0, f"{name}: the guard ends well")
report.finish()
