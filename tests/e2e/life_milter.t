#!/usr/bin/env -S python3 -B
"""life_milter.t - sessions that are open while the milter comes and goes.

As life.t, for a Postfix that has the guard as a milter. A session that was
open when the guard went is put off to its end, since Postfix does not come
back to a milter within a session; new ones are judged at once.
"""

from lib import crowd, guard, house, postfix, tap

SESSIONS = 32
MILTER = {
    "smtpd_milters": f"unix:{guard.MILTER_SOCKET}",
    "milter_default_action": "tempfail",
    "smtpd_relay_restrictions":
        "permit_mynetworks, reject_unauth_destination",
    "default_process_limit": "200",
}


def judged(row):
    return row.reply.code == (250 if row.recipient == crowd.LOCAL else 554)


def check_held(report, name, sessions):
    """What sessions hear that were open when the guard went."""
    answers = sessions.take() + sessions.ask()
    wrong = [row for row in answers if row.recipient == crowd.FOREIGN and
             row.reply.accepted]
    report.check(answers and not wrong,
                 f"{name}: no foreign recipient is accepted", *wrong[:5])
    wrong = [row for row in answers if row.recipient == crowd.LOCAL and
             not (row.reply.accepted or row.reply.code in (451, 503))]
    report.check(not wrong, f"{name}: no local one is refused for good",
                 *wrong[:5])


def check_new(report, name):
    answers = crowd.Crowd(4).ask()
    wrong = [row for row in answers if not judged(row)]
    report.check(len(answers) == 8 and not wrong,
                 f"{name}: new sessions are judged at once", *wrong[:5])


house.enter(120, postfix.missing(), guard.missing())
report = tap.Report()
front = guard.Guard("milter").start()
mta = postfix.Postfix(main={**postfix.OPEN, **MILTER}).start()
for name, end in (("SIGTERM", front.stop), ("SIGKILL", front.kill)):
    held = crowd.Crowd(SESSIONS)
    answers = held.ask()
    wrong = [row for row in answers if not judged(row)]
    report.check(len(answers) == 2 * SESSIONS and not wrong,
                 f"{name}: before it, all are judged", *wrong[:5])
    held.start()
    end()
    held.stop()
    check_held(report, f"{name}, down", held)
    front.start()
    check_held(report, f"{name}, up again", held)
    check_new(report, name)
    for session in held.sessions:
        session.client.close()
held = crowd.Crowd(SESSIONS)
for _ in range(10):
    front.reload()
    answers = held.ask()
    wrong = [row for row in answers if not judged(row)]
    report.check(len(answers) == 2 * SESSIONS and not wrong,
                 "SIGHUP: all are judged", *wrong[:5])
report.equal(front.stop(), 0, "the guard ends well")
report.finish()
