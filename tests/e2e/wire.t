#!/usr/bin/env -S python3 -B
"""wire.t - what "mtaguard wire" prints is used as it is, and guards.

The lines for main.cf are added to a Postfix that relays for everybody, the
lines for sendmail.mc to such a Sendmail, without a change; then strangers are
refused, others served, and while the guard is down all are put off.
"""

from lib import guard, house, postfix, sendmail, smtp, tap

POLICY = guard.policy() + """
listen = {
    policy = ( { at = "unix:/var/spool/postfix/mtaguard/policy";
                 group = "postfix"; } );
    milter = ( { at = "unix:/run/mtaguard/milter"; group = "postfix"; } );
};
"""
SOCKETS = {
    "policy": "/var/spool/postfix/mtaguard/policy",
    "milter": "/run/mtaguard/milter",
}
PATH = "/run/mtaguard.conf"
SECTION = "# ---- "

CASES = (
    ("203.0.113.66", "victim@outside.test", 554),
    ("203.0.113.66", "victim%outside.test@relay.test", 554),
    ("203.0.113.66", "user@relay.test", 250),
    ("203.0.113.66", "user@backup.test", 250),
    ("192.0.2.5", "victim@outside.test", 250),
)


def wire(report, option):
    status, printed, said = guard.tool("wire", option, "-c", PATH)
    report.equal(status, 0, f"wire {option}", said)
    return printed


def sections(printed):
    """What is printed below each heading."""
    return [SECTION + part for part in printed.split(SECTION)[1:]]


def ask(client, recipient):
    with smtp.connect(house.ADDRESS, 25, client) as session:
        session.command("EHLO probe.outside.test")
        reply = session.command("MAIL FROM:<someone@outside.test>")
        if reply.accepted:
            reply = session.command(f"RCPT TO:<{recipient}>")
        session.quit()
    return reply


def guards(report, name, front):
    """The cases, and then what is said without a guard."""
    for client, recipient, code in CASES:
        reply = ask(client, recipient)
        report.check(reply.code == code,
                     f"{name}: {client} to {recipient}: {code}", reply)
    front.stop()
    for client, recipient, _ in CASES:
        reply = ask(client, recipient)
        report.check(reply.code == 451,
                     f"{name}, guard down: {client} to {recipient}", reply)


def start(front_end):
    return guard.Guard(front_end, POLICY, where=SOCKETS[front_end]).start()


house.enter(120, postfix.missing(), sendmail.missing(), guard.missing())
report = tap.Report()
house.write(PATH, POLICY)
printed = wire(report, "--postfix")
settings = [text for text in sections(printed)
            if "smtpd_relay_restrictions =" in text
            or "smtpd_milters =" in text]
report.equal(len(settings), 2, "two ways to wire Postfix are printed", printed)

for front_end, text in zip(("policy", "milter"), settings):
    mta = postfix.Postfix(front_end, text, queue="/var/spool/postfix")
    front = start(front_end)
    mta.start()
    guards(report, f"Postfix, {front_end}", front)
    mta.stop()
    house.run("rm", "-r", mta.queue)

front = start("milter")
mta = sendmail.Sendmail("sendmail", sendmail.OPEN +
                        wire(report, "--sendmail")).start()
guards(report, "Sendmail", front)
report.finish()
