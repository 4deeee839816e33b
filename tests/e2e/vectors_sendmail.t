#!/usr/bin/env -S python3 -B
"""vectors_sendmail.t - a Sendmail that relays for everybody, guarded.

No attempt of tests/data/vectors.tsv reaches the outside when a Sendmail with
FEATURE(promiscuous_relay) asks the guard; a virtusertable entry that leads
outside still does, and backup domains are judged right with and without a
smart host, whose mailer every foreign address then has.
"""

from lib import guard, house, sendmail, smtp, tap, vectors

FILTER = ("INPUT_MAIL_FILTER(`mtaguard', `S=unix:" + guard.MILTER_SOCKET +
          ", F=T, T=S:5s;R:5s')dnl\n")
FORWARD = """FEATURE(`virtusertable', `hash @DIR@/virtusers')dnl
VIRTUSER_DOMAIN(`virtual.test')dnl
"""
SMART = "define(`SMART_HOST', `[203.0.113.25]')dnl\n"
VIRTUSERS = "away@virtual.test\taway@elsewhere.test\nuser@virtual.test\tuser\n"

# "mta" knows no more on Sendmail than what the mailer local delivers.
ONLY_LIST = {"L08", "L09", "L13"}


def sent_to(mta, recipient, client="203.0.113.66"):
    """The answer to one recipient, and where its message went."""
    before = len(mta.recorded())
    with smtp.connect(house.ADDRESS, mta.port, client) as session:
        session.command("EHLO probe.outside.test")
        replies = session.message("someone@outside.test", [recipient])
        session.quit()
    return replies[1], [user for _, _, user in mta.recorded()[before:]]


def judges_backup_and_forwarding(report, mta, name):
    for recipient, users in (
            ("away@virtual.test", ["away@elsewhere.test"]),
            ("user@virtual.test", ["user"]),
            ("user@backup.test", ["user@backup.test"]),
            ("user@relay.test", ["user"])):
        reply, got = sent_to(mta, recipient)
        report.equal(got, users, f"{name}: {recipient} passes", reply)
    for recipient in ("victim@elsewhere.test", "victim@sub.backup.test",
                      "victim%elsewhere.test@backup.test",
                      "other@elsewhere.test"):
        reply, got = sent_to(mta, recipient)
        report.check(reply.code == 554 and "Relay access denied" in str(reply)
                     and not got, f"{name}: {recipient} is refused", reply,
                     got)
    reply, got = sent_to(mta, "victim@elsewhere.test", "192.0.2.5")
    report.equal(got, ["victim@elsewhere.test"],
                 f"{name}: a trusted client relays", reply)


house.enter(120, sendmail.missing(), guard.missing())
report = tap.Report()
table = [vector for vector in vectors.load()
         if vector.client not in vectors.ONLY_XCLIENT]

for name, destinations in (("list", guard.LIST), ("mta", guard.MTA)):
    for smart in ("", SMART):
        label = f"{name}, smart host" if smart else name
        front = guard.Guard("milter", guard.policy(destinations),
                            group="root").start()
        mta = sendmail.Sendmail(
            f"{name}{'-smart' if smart else ''}",
            sendmail.OPEN + FORWARD + smart + FILTER,
            {"virtusers.map": VIRTUSERS}).start()
        for vector, played, outside, inside in mta.play(table, vectors.play):
            if destinations == guard.MTA and vector.id in ONLY_LIST:
                continue
            wrong = vectors.complaint(vector, played, outside, inside)
            report.check(wrong is None, f"{label}: {vector}", wrong, played)
        if destinations == guard.LIST:
            judges_backup_and_forwarding(report, mta, label)
        mta.stop()
        report.equal(front.stop(), 0, f"{label}: the guard ends well")
report.finish()
