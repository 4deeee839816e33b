#!/usr/bin/env -S python3 -B
"""exim.t - what mtaguard says of an Exim is what that Exim does.

Each configuration is given to a real Exim, which a stranger asks to relay,
and to the checker: once it reads the files alone, and once it asks the
program, too.
"""

import json
import os
import subprocess

from lib import exim, house, tap

PROGRAM = os.path.realpath(os.path.join(house.build_directory(), "mtaguard"))
STRANGERS = ("203.0.113.9", "24.60.3.7")
SENDERS = ("", "stranger@sender.example")
RECIPIENT = "somebody@elsewhere.example"
LOOPBACK = "127.0.0.1 ; ::1"

PLAIN = f"""primary_hostname = {house.HOST}
spool_directory = /var/spool/exim4
log_file_path = /var/log/exim4/%slog
tls_advertise_hosts =
domainlist local_domains = @
acl_smtp_rcpt = acl_check_rcpt
@MAIN@
begin acl
acl_check_rcpt:
  accept domains = +local_domains
  @ACL@
  deny message = relay not permitted
begin routers
begin transports
"""
# Main options, and a statement of the ACL.
FILES = {
    "closed": ("", ""),
    "open to all": ("", "accept hosts = *"),
    "open by a list": ("hostlist relay_from_hosts = 0.0.0.0/0",
                       "accept hosts = +relay_from_hosts"),
    "open but for a network": ("", "accept hosts = !10.0.0.0/8"),
    "a private network": ("", "accept hosts = <; 10.0.0.0/8 ; fd00::/8"),
    "open to senders": ("", "accept senders = *@sender.example"),
    "only after login": ("", "accept authenticated = *"),
    "open on loopback": (f"local_interfaces = <; {LOOPBACK}",
                         "accept hosts = *"),
    "open by an expansion":
        ("", "accept condition = ${if eq{${sg{ab}{b}{}}}{a}}"),
    "open to some by an expansion":
        ("", "accept condition = ${if match{$sender_host_address}{^24}}"),
    "open by a pattern": ("", r"accept hosts = +ignore_unknown : \N^.*\N : *"),
    "open to clients without a name":
        ("", "accept hosts = +include_unknown : *.partner.example"),
    "open to what a list of refusals misses":
        ("", "deny hosts = *.partner.example : *\n  accept"),
    "open but for a sender":
        ("", "discard senders = *@partner.example\n  accept"),
    "open by another ACL": ("", "deny acl = other\n  accept\n\nother:\n"
                            "  accept senders = *@partner.example\n"),
    "open by a pattern of domains":
        ("", r"accept domains = \N^else\N"),
    "closed by the domains of a pattern":
        ("", r"accept domains = \N^(.*\.)?partner\.example$\N"),
    "closed by an expansion":
        ("", "accept condition = ${if eq{${sg{ab}{b}{}}}{c}}"),
    "fatal option": ("no_such_option = 3", "accept hosts = *"),
    "fatal condition": ("", "accept no_such_condition = *"),
}
# What is not known, since a refusal to some is none to all.
DOUBTFUL = {"closed by an expansion"}
# What is not known of a file unless its Exim is asked.
BY_PROGRAM = DOUBTFUL | {"fatal option", "fatal condition",
                         "open by an expansion",
                         "open to some by an expansion"}
SPLIT = {"dc_eximconfig_configtype": "internet", "dc_use_split_config": "true",
         "dc_other_hostnames": house.HOST, "dc_local_interfaces": "",
         "dc_relay_domains": "", "dc_relay_nets": "", "dc_smarthost": ""}
DEBIAN = {
    "Debian, split": {},
    "Debian, split, open": {"dc_relay_nets": "10.0.0.0/8 ; 0.0.0.0/0"},
    "Debian, one file, on loopback": {"dc_use_split_config": "false",
                                      "dc_local_interfaces": LOOPBACK},
}


def mtaguard(*arguments):
    """Status and text of the checker; silent where all is well."""
    done = subprocess.run([PROGRAM, *arguments], capture_output=True,
                          text=True, check=False)
    if done.returncode not in (0, 1, 2):
        tap.bail_out(f"{arguments}: {done.returncode} {done.stderr}")
    return done.returncode, done.stdout, done.stderr


def prove(*arguments):
    """The verdict, whether a service is dead, and the proof."""
    _, text, errors = mtaguard("prove", "--mta", "exim", "--format", "json",
                               *arguments)
    try:
        proof = json.loads(text)
    except ValueError:
        tap.bail_out(f"prove {arguments}: {text} {errors}")
    dead = any(service["closed_because"] for service in proof["services"])
    return proof["verdict"], dead, text + errors


def compare(name, file, *chosen):
    """What the running Exim does with a file, and what is said of it."""
    with exim.Exim(file) as daemon:
        runs = daemon.runs()
        sockets = daemon.sockets()
        opened = any(daemon.relays(stranger, SENDERS, RECIPIENT)
                     for stranger in STRANGERS)
        out = house.read(daemon.out)
    expected = "open" if opened else "closed"
    told = "unknown" if name in DOUBTFUL else expected
    verdict, dead, proof = prove(*chosen)
    report.equal((verdict, dead), (told, not runs),
                 f"{name}: asked, the proof is right", proof, out)
    report.equal("child_time_us" in proof, True,
                 f"{name}: asked, its time is told apart", proof)
    if name not in BY_PROGRAM:
        verdict, _, proof = prove("--root", "/", *chosen)
        report.equal(verdict, expected,
                     f"{name}: read, the proof is right", proof, out)
        report.equal("child_time_us" in proof, False,
                     f"{name}: read, no program takes time", proof)
    if not runs:
        return "fatal"
    alone = all(socket.startswith("127.") or socket == "[::1]"
                for socket in sockets)
    status, text, errors = mtaguard(
        "check", "--mta", "exim", "--role", "null-client",
        "--only", "exim-local-interfaces", *chosen)
    report.equal(status, 0 if alone else 1,
                 f"{name}: the interfaces are right", sockets, text, errors)
    return expected


def plain(number, name, main, statement):
    file = f"/run/exim/{number}/exim.conf"
    house.write(file, PLAIN.replace("@MAIN@", main)
                .replace("@ACL@", statement))
    return compare(name, file, "--config", file)


def debian(name, settings):
    exim.debian({**SPLIT, **settings})
    return compare(name, exim.MADE)


house.enter(120, exim.missing())
exim.furnish()
os.mkdir("/run/exim")
report = tap.Report()
seen = [plain(at, name, *case) for at, (name, case) in
        enumerate(FILES.items())]
seen += [debian(name, case) for name, case in DEBIAN.items()]
report.equal(set(seen), {"open", "closed", "fatal"}, "there are all kinds")
report.finish()
