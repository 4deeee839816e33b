#!/usr/bin/env -S python3 -B
"""restrictions.t - mtaguard explain --mta says what the real Postfix says.

Configurations are drawn from a seed; each answer of a private Postfix to some
sessions is compared with ours. And two things must hold of ours: another
refusal in front of the relay restrictions lets nothing in, and neither does
taking a permit away.

	restrictions.t [SEED [COUNT]]
"""

import subprocess
import sys

from lib import envelope, house, postfix, random_restrictions, smtp, tap

SESSIONS = 40
COLUMNS = "id port client_addr client_name helo sender recipient"
REFUSALS = ["reject_unauth_destination", "reject_non_fqdn_sender",
            "defer_unauth_destination", "reject"]
PERMITS = {"permit", "permit_mynetworks", "permit_auth_destination"}
RELAY = "smtpd_relay_restrictions"


def judged(config, sessions):
    """What we say: verdicts and rules, in the order of the sessions."""
    rows = [[str(number), "25", address, name, helo or "-", sender, recipient]
            for number, (address, name, helo, sender, recipient)
            in enumerate(sessions)]
    house.write("/run/sessions.tsv", "".join(
        "\t".join(row) + "\n" for row in [COLUMNS.split(), *rows]))
    interfaces = f"{house.ADDRESS}/24,{house.ADDRESS6}/64"
    done = subprocess.run(
        [f"{house.build_directory()}/mtaguard", "explain", "--mta",
         "--config", config, "--hostname", house.HOST,
         "--interfaces", interfaces, "--sessions", "/run/sessions.tsv"],
        text=True, capture_output=True, check=False)
    if done.returncode != 0:
        tap.bail_out(f"mtaguard explain: {done.stderr}")
    return [line.split("\t")[1:] for line in done.stdout.splitlines()]


def write(drawn, mta, main):
    mta.configure(main)
    for name, text in drawn.files.items():
        house.write(f"{mta.config}/{name}", text)


def compare(report, mta, number, drawn):
    """One configuration, against the real Postfix."""
    write(drawn, mta, drawn.main)
    delayed = drawn.main.get("smtpd_delay_reject") != "no"
    sessions = [session for session in drawn.sessions(SESSIONS)
                if delayed or not session[1]]
    ours = judged(mta.config, sessions)
    wrong = []
    if any(rule == "does-not-start" for _, rule, *_ in ours):
        report.check(starts(mta) is False, f"{number}: it does not start",
                     drawn.main)
        return sessions, None
    mta.start()
    for session, (verdict, rule, place) in zip(sessions, ours):
        real = envelope.told(session, delayed)
        if verdict != real:
            wrong.append(f"{session}: {verdict} by {rule} at {place},"
                         f" really {real}")
    mta.end()
    mta.master.wait(20)
    report.check(not wrong, f"{number}: {len(sessions)} sessions agree",
                 *wrong, *(f"{name} = {value}"
                           for name, value in drawn.main.items()),
                 *(f"{name}: {text}" for name, text in drawn.files.items()))
    return sessions, [verdict for verdict, *_ in ours]


def starts(mta):
    """Whether smtpd greets anybody."""
    try:
        mta.start()
        greeted = True
    except (smtp.Closed, OSError):
        greeted = False
    mta.end()
    mta.master.wait(20)
    return greeted


def without_permit(text):
    """The list without its first permit_ alone."""
    words = text.split(", ")
    for word in words:
        if word in PERMITS:
            words.remove(word)
            break
    return ", ".join(words)


def tightened(drawn):
    """Settings that may refuse more, and must not let more in."""
    relay = drawn.main.get(RELAY, "permit_mynetworks,"
                           " permit_sasl_authenticated,"
                           " reject_unauth_destination")
    refusal = drawn.one(REFUSALS)
    yield f"{refusal} in front", {**drawn.main,
                                  RELAY: f"{refusal}, {relay}"}
    for name in ("smtpd_relay_restrictions", "smtpd_recipient_restrictions"):
        if name in drawn.main:
            yield f"a permit less in {name}", {
                **drawn.main, name: without_permit(drawn.main[name])}


def compare_tightened(report, mta, number, drawn, sessions, before):
    # With DISCARD a recipient is accepted, and what a permit spared may be
    # discarded; with defer_if_reject a list ends before its end.
    text = str(drawn.main) + str(drawn.files)
    if "DISCARD" in text or "defer_if" in text.lower():
        return
    for name, main in tightened(drawn):
        write(drawn, mta, main)
        after = [verdict for verdict, *_ in judged(mta.config, sessions)]
        opened = [session for session, old, new
                  in zip(sessions, before, after)
                  if new == "ACCEPT" and old != "ACCEPT"]
        report.check(not opened, f"{number}: {name} opens nothing", *opened,
                     main)


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 20261124
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 12
    house.enter(60 + 10 * count, postfix.missing())
    report = tap.Report()
    mta = postfix.Postfix()
    for number in range(count):
        drawn = random_restrictions.Configuration(f"{seed}-{number}",
                                                  mta.config)
        sessions, before = compare(report, mta, number, drawn)
        if before is not None:
            compare_tightened(report, mta, number, drawn, sessions, before)
    report.finish()


main()
