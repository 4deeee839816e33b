#!/usr/bin/env -S python3 -B
"""wire_services.t - what wire prints for master.cf, and for when_down.

The -o line of the submission service is used as it is. Sessions stay open
while the guard comes and goes: with when_down = "defer" no recipient is taken
without it, on no port; with "mta" Postfix's own rules decide alone.
"""

import re

from lib import guard, house, postfix, smtp, tap

POLICY = guard.policy(guard.MTA) + """
roles = [ "mx", "submission" ];
when_down = "WHEN_DOWN";
listen = {
    policy = ( { at = "unix:/var/spool/postfix/mtaguard/policy";
                 group = "postfix"; } );
};
"""
SOCKET = "/var/spool/postfix/mtaguard/policy"
STRANGER = "203.0.113.66"
OURS = "bob@relay.test"
FOREIGN = "victim@elsewhere.test"
DOWN = "451 4.3.0 <{}>: Recipient address rejected: Relay guard unavailable"


def wire(when_down):
    """What is printed for main.cf, and the option of the submission."""
    house.write("/run/wired.conf", POLICY.replace("WHEN_DOWN", when_down))
    status, printed, said = guard.tool("wire", "-c", "/run/wired.conf",
                                       "--postfix")
    parts = re.split(r"# ---- master.cf.*\n", printed)
    if status != 0 or len(parts) != 2:
        tap.bail_out(f"wire: {said}{printed}")
    option = re.search(r"^# Below the line of the service submission,.*\n"
                       r".*\n(  -o .*\n)", parts[1], re.MULTILINE)
    if option is None:
        tap.bail_out(f"wire has no line for submission: {printed}")
    return parts[0], option.group(1)


def start(name, when_down, trusted):
    main, option = wire(when_down)
    mta = postfix.Postfix(name, f"mynetworks = {trusted}\n{main}",
                          f"587 inet n - n - - smtpd\n{option}",
                          queue="/var/spool/postfix")
    return mta.start()


def session(port):
    client = smtp.connect(house.ADDRESS, port, STRANGER)
    client.command("EHLO stranger.test")
    return client


def ask(report, client, recipient, want, name):
    client.command("RSET")
    client.command("MAIL FROM:<a@b.test>")
    reply = str(client.command(f"RCPT TO:<{recipient}>"))
    report.check(reply.startswith(want.format(recipient)),
                 f"{name}: {recipient}", f"got {reply}", f"want {want}")


def defers(report):
    mta = start("defer", "defer", "0.0.0.0/0 [::]/0")
    sessions = {port: session(port) for port in (25, 587)}
    for port, client in sessions.items():
        for recipient in (OURS, FOREIGN):
            ask(report, client, recipient, DOWN, f"no guard yet, port {port}")

    front = guard.Guard("policy", POLICY.replace("WHEN_DOWN", "defer"),
                        where=SOCKET).start()
    for port, client in sessions.items():
        ask(report, client, FOREIGN, "554 5.7.1", f"guarded, port {port}")
    ask(report, sessions[25], OURS, "250", "guarded, port 25")

    front.stop()
    for port, client in sessions.items():
        ask(report, client, FOREIGN, DOWN, f"no guard any more, port {port}")
    mta.stop()
    house.run("rm", "-r", mta.queue)


def leaves_it_to_the_mta(report):
    mta = start("mta", "mta", "192.0.2.0/28")
    client = session(25)
    ask(report, client, OURS, "250", "no guard, when_down = mta")
    ask(report, client, FOREIGN, "554 5.7.1", "no guard, when_down = mta")
    mta.stop()


house.enter(120, postfix.missing(), guard.missing())
everything = tap.Report()
defers(everything)
leaves_it_to_the_mta(everything)
everything.finish()
