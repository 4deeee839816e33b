#!/usr/bin/env -S python3 -B
"""life.t - sessions that are open while the guard comes and goes.

A Postfix that relays for everybody, with the wiring of README.md, and 64
sessions of a stranger that never end: whether the guard is restarted, killed,
replaced by another program, gone, or reads its policy file a hundred times,
no foreign recipient is accepted, and local ones are refused for a while at
most, and only with the answer that the wiring names.
"""

import os
import shutil
import time

from lib import crowd, guard, house, postfix, smtp, tap

SESSIONS = 64
RELOADS = 100
# connect and answer within timeout, retry_delay, and once more: 3 + 1 + 3 s.
FALLBACK = 7
DOWN = "Relay guard unavailable"

# No grant of one of these two covers what a mixture of both would.
ONE = """
networks = { one = [ "192.0.2.0/28" ]; };
destinations = [ "relay.test" ];
relay = ( { name = "grant"; from = "one"; to = [ "x.test" ]; } );
"""
TWO = """
networks = { two = [ "192.0.2.16/28" ]; };
destinations = [ "relay.test" ];
relay = ( { name = "grant"; from = "two"; to = [ "y.test" ]; } );
"""
MISTAKE = "has bits after its prefix"
BROKEN = ONE.replace("192.0.2.0/28", "192.0.2.1/28")

CLIENT_ONE = "192.0.2.5"
CLIENT_TWO = "192.0.2.21"


def is_fallback(answer):
    return answer.reply.code == 451 and DOWN in str(answer.reply)


def check_answers(report, name, answers, errors):
    """What holds whatever happens to the guard."""
    foreign = [row for row in answers if row.recipient == crowd.FOREIGN]
    local = [row for row in answers if row.recipient == crowd.LOCAL]
    report.check(not errors and len(foreign) >= SESSIONS,
                 f"{name}: every session goes on", errors[:5], len(foreign))
    wrong = [row for row in foreign
             if row.reply.code != 554 and not is_fallback(row)]
    report.check(not wrong, f"{name}: no foreign recipient is accepted",
                 *wrong[:5])
    wrong = [row for row in local
             if row.reply.code != 250 and not is_fallback(row)]
    report.check(not wrong, f"{name}: no local one is refused for good",
                 *wrong[:5])
    late = [row for row in answers if row.answered - row.asked > FALLBACK]
    report.check(not late, f"{name}: no answer takes longer than the wiring"
                 " allows", *late[:5])


def is_served_again(report, name, sessions, since):
    """After the guard is back, at once or after one try of the fallback."""
    answers = sessions.ask()
    again = [row for row in answers if is_fallback(row)]
    if again:
        answers = sessions.ask()
    wrong = [row for row in answers if is_fallback(row) or row.reply.code !=
             (250 if row.recipient == crowd.LOCAL else 554)]
    report.check(not wrong, f"{name}: then all are judged again", *wrong[:5])
    report.check(time.monotonic() - since <= 2 * FALLBACK,
                 f"{name}: soon after the guard is back")


def through(report, name, front, sessions, event):
    """Sessions ask all the time while something happens to the guard."""
    sessions.ask()
    sessions.start()
    event()
    back = time.monotonic()
    front.start()
    check_answers(report, name, sessions.stop(), sessions.errors)
    is_served_again(report, name, sessions, back)


def restart(front):
    started = time.monotonic()
    status = front.stop()
    report.equal(status, 0, "SIGTERM: the guard ends well")
    report.check(time.monotonic() - started < 1,
                 "SIGTERM: it ends within a second")


def upgrade(front):
    """Another program takes the place of the running one."""
    shutil.copy(front.program, f"{front.program}.new")
    os.rename(f"{front.program}.new", front.program)
    front.stop()


def absence(report, front, sessions):
    """While there is no guard, everybody gets the answer of the wiring."""
    front.kill()
    answers = sessions.ask()
    wrong = [row for row in answers if not is_fallback(row)]
    report.check(len(answers) == 2 * SESSIONS and not wrong,
                 "absence: all are put off", *wrong[:5])
    back = time.monotonic()
    front.start()
    is_served_again(report, "absence", sessions, back)


def relays(client, recipient):
    """Whether a client may send to a recipient now."""
    with smtp.connect(house.ADDRESS, 25, client) as session:
        session.command("EHLO probe")
        session.command("MAIL FROM:<someone@outside.test>")
        reply = session.command(f"RCPT TO:<{recipient}>")
        session.quit()
    return reply.accepted


def reloads(report, front):
    """Two policies take turns, every third time with a broken one between."""
    strangers = crowd.Crowd(SESSIONS - 16)
    mixed = [crowd.Crowd(8, CLIENT_ONE, ("v@y.test", crowd.LOCAL)),
             crowd.Crowd(8, CLIENT_TWO, ("v@x.test", crowd.LOCAL))]
    for sessions in (strangers, *mixed):
        sessions.start()
    wrong = []
    for count in range(RELOADS):
        if count % 3 == 2:
            before = house.read(front.log).count(MISTAKE)
            front.write(BROKEN)
            front.reload()
            house.wait_for(lambda: house.read(front.log).count(MISTAKE) >
                           before, "word of the broken file")
            continue
        one = count % 2 == 0
        front.write(ONE if one else TWO)
        front.reload()
        try:
            house.wait_for(lambda: relays(CLIENT_ONE, "v@x.test") == one and
                           relays(CLIENT_TWO, "v@y.test") != one,
                           "policy in force")
        except TimeoutError as error:
            wrong.append(f"reload {count}: {error}")
            break
    report.check(not wrong, f"{RELOADS} reloads: each good file takes force",
                 *wrong, house.read(front.log)[-2000:])
    answers = strangers.stop()
    check_answers(report, "reloads", answers, strangers.errors)
    late = [row for row in answers if is_fallback(row)]
    report.check(not late, "reloads: nobody is put off", *late[:5])
    for sessions in mixed:
        rows = sessions.stop()
        bad = [row for row in rows if row.reply.code !=
               (250 if row.recipient == crowd.LOCAL else 554)]
        report.check(rows and not bad and not sessions.errors,
                     "reloads: no request is judged by a mixture", *bad[:5],
                     *sessions.errors[:5])


house.enter(240, postfix.missing(), guard.missing())
report = tap.Report()
mta = postfix.Postfix(main={
    **postfix.OPEN, "default_process_limit": "200",
    "smtpd_relay_restrictions":
        f"{guard.WIRING}, permit_mynetworks, reject_unauth_destination"})
front = guard.Guard("policy", ONE)
shutil.copy(front.program, "/run/mtaguardd")
front.program = "/run/mtaguardd"
front.start()
mta.start()

held = crowd.Crowd(SESSIONS)
check_answers(report, "at first", held.ask(), held.errors)
through(report, "SIGTERM", front, held, lambda: restart(front))
through(report, "SIGKILL", front, held, front.kill)
through(report, "upgrade", front, held, lambda: upgrade(front))
absence(report, front, held)
for session in held.sessions:
    session.client.close()
reloads(report, front)
report.finish()
