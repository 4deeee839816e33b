#!/usr/bin/env -S python3 -B
"""gate.t - the drop-ins of an MTA's unit decide whether a real Postfix starts.

What stands in them before the start is run as systemd.service(5) says, and
Postfix is started where that allows it. The enforcing one keeps an open relay
from starting and nothing else; the advisory one keeps nothing from starting,
be the checker there or not, and whether it ends by itself or not.
"""

import os
import re
import shlex
import shutil
import subprocess

from lib import guard, house, postfix, smtp, tap

TIMEOUT = 90  # DefaultTimeoutStartSec= of systemd
CHECKER = "/run/sbin/mtaguard"
KINDS = ("advisory", "enforcing")

CLOSED = {}
# Nobody can say what a server will answer that is asked for each client.
UNKNOWN = {"smtpd_relay_restrictions":
           "check_client_access tcp:127.0.0.1:1, permit_mynetworks,"
           " reject_unauth_destination"}


class ExecStart:
    """What came of the commands before the start of a unit."""

    def __init__(self, allowed, result, said):
        self.allowed = allowed
        self.result = result
        self.said = said

    def __str__(self):
        return f"{self.result}\n{self.said}"


def commands(path):
    """The commands of ExecStartPre= in a drop-in."""
    lines = house.read(path).replace("\\\n", " ").splitlines()
    return [line.partition("=")[2].strip() for line in lines
            if line.startswith("ExecStartPre=")]


def before_start(path, timeout=TIMEOUT):
    """Runs a unit's commands before its start, as systemd.service(5) says.

    "-" forgives a status, a signal and a missing program, but never a
    command that is not done in time; each has that time for itself.
    """
    said = ""
    for command in commands(path):
        prefixes, command = re.fullmatch(r"([-@:+!]*)(.*)", command).groups()
        forgiven = "-" in prefixes
        try:
            done = subprocess.run(
                shlex.split(command), text=True, timeout=timeout, check=False,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT)
            status, said = done.returncode, said + done.stdout
        except subprocess.TimeoutExpired:
            return ExecStart(False, "timeout", said)
        except FileNotFoundError:
            status = 203  # EXEC, systemd.exec(5)
        if status != 0 and not forgiven:
            return ExecStart(False, f"status {status}", said)
    return ExecStart(True, "success", said)


def drop_in(kind):
    """The drop-in of postfix@-.service as it would be installed."""
    source = f"{house.source_directory()}/contrib/systemd/mta-{kind}.conf.in"
    text = house.read(source).replace("@sbindir@", os.path.dirname(CHECKER))
    path = f"/run/systemd/{kind}/50-mtaguard-check.conf"
    house.write(path, text.replace("@mta@", "postfix"))
    return path


def install_checker():
    """The checker, where the drop-ins look for it."""
    os.makedirs(os.path.dirname(CHECKER), exist_ok=True)
    shutil.copy(guard.program("mtaguard"), CHECKER)


def configure(name, main):
    """A Postfix whose configuration is that of the host's main instance."""
    mta = postfix.Postfix(name, main)
    house.run("mount", "--bind", mta.config, "/etc/postfix")
    return mta


def check_start(report, name, mta, kind, want, answer=250):
    """Whether the unit of an MTA starts; a started one answers."""
    ran = before_start(drop_in(kind))
    report.equal(ran.result, want, f"{name}: {kind}, what comes before the"
                 " start", ran)
    if ran.allowed:
        mta.start()
        reply = rcpt("bob@relay.test")
        report.equal(reply.code, answer, f"{name}: {kind}, it runs", reply)
        mta.stop()
    return ran


def rcpt(recipient):
    """What a stranger hears of a recipient."""
    with smtp.connect(house.ADDRESS, 25, "203.0.113.66") as session:
        session.command("EHLO stranger.test")
        session.command("MAIL FROM:<a@outside.test>")
        reply = session.command(f"RCPT TO:<{recipient}>")
        session.quit()
    return reply


def plain_check():
    """Exit status of the same look without the gate."""
    return guard.tool("check", "--mta", "postfix", "--fail-on", "critical")


def judges_the_runner(report):
    """The runner is no more lenient than systemd."""
    rows = (("/bin/false", "status 1"), ("-/bin/false", "success"),
            ("/nonexistent/a", "status 203"), ("-/nonexistent/a", "success"),
            ("-/bin/sleep 1000", "timeout"), ("-/bin/false\nExecStartPre="
                                              "/bin/false", "status 1"))
    for command, want in rows:
        path = "/run/systemd/runner.conf"
        house.write(path, f"[Service]\nExecStartPre={command}\n")
        report.equal(before_start(path, timeout=0.2).result, want,
                     f"the runner: {command.splitlines()[0]}")


def stops_open_relays(report):
    mta = configure("open", postfix.OPEN)
    for kind, want in (("advisory", "success"), ("enforcing", "status 1")):
        ran = check_start(report, "open relay", mta, kind, want)
        report.check("postfix-mynetworks-world" in ran.said and
                     "main.cf:" in ran.said,
                     f"open relay: {kind}, told with its place", ran)


def starts_closed_ones(report):
    mta = configure("closed", CLOSED)
    for kind in KINDS:
        check_start(report, "closed", mta, kind, "success")


def starts_unknown_ones(report):
    mta = configure("unknown", UNKNOWN)
    status, printed, said = plain_check()
    report.equal(status, 2, "unknown: without the gate it is a status",
                 printed, said)
    for kind in KINDS:
        check_start(report, "unknown", mta, kind, "success", 451)


def outlives_the_checker(report):
    """One that is gone, and one that cannot do anything."""
    mta = configure("gone", CLOSED)
    os.unlink(CHECKER)
    check_start(report, "no checker", mta, "advisory", "success")
    check_start(report, "no checker", mta, "enforcing", "status 203")
    house.write(CHECKER, "#!/bin/sh\nkill -9 $$\n", 0o755)
    check_start(report, "killed checker", mta, "advisory", "success")
    install_checker()


def outlives_a_late_one(report):
    """The checker ends by itself, long before systemd would give up."""
    mta = configure("late", postfix.OPEN)
    for kind in KINDS:
        path = drop_in(kind)
        text = house.read(path)
        limit = re.search(r"--deadline (\d+)s$", text, re.MULTILINE)
        report.check(limit and int(limit.group(1)) < TIMEOUT / 2,
                     f"late checker: {kind}, its deadline is before systemd's",
                     text)
        house.write(path, text.replace("--deadline 10s", "--deadline 1ms"))
        ran = before_start(path)
        report.check(ran.allowed and "deadline" in ran.said,
                     f"late checker: {kind}, it starts", ran)
    mta.start()
    reply = rcpt("bob@relay.test")
    report.check(reply.accepted, "late checker: mail is taken", reply)
    mta.stop()


house.enter(60, postfix.missing(), guard.missing(), None if os.path.isdir(
    "/etc/postfix") else "no /etc/postfix, where ours could be mounted")
everything = tap.Report()
install_checker()
judges_the_runner(everything)
stops_open_relays(everything)
starts_closed_ones(everything)
starts_unknown_ones(everything)
outlives_the_checker(everything)
outlives_a_late_one(everything)
everything.finish()
