#!/usr/bin/env -S python3 -B
"""postconf.t - the model of main.cf and master.cf is what Postfix makes of it.

Configurations are made at random from a seed (POSTCONF_SEED, POSTCONF_CASES),
and each is read by the model and by postconf(1): the names that count, their
values, those of -o, some of them expanded, and whether Postfix starts at all,
which postmap(1) tells as every other of its programs would.
"""

import concurrent.futures
import os
import random
import re
import shutil
import subprocess
import tempfile

from lib import tap

SEED = int(os.environ.get("POSTCONF_SEED", "7"))
CASES = int(os.environ.get("POSTCONF_CASES", "60"))
PRINT = os.path.join(os.environ["top_builddir"], "tests/e2e/postfix_print")
NAMES = (
    "alias_maps", "compatibility_level", "home_mailbox", "inet_interfaces",
    "inet_protocols", "mailbox_size_limit", "mydestination", "mydomain",
    "myhostname", "mynetworks", "mynetworks_style", "myorigin",
    "recipient_delimiter", "relay_domains", "relayhost", "smtpd_banner",
    "smtpd_client_restrictions", "smtpd_helo_restrictions",
    "smtpd_recipient_restrictions", "smtpd_relay_restrictions",
    "smtpd_restriction_classes", "soft_bounce", "transport_maps",
    "virtual_alias_maps", "append_dot_mydomain", "default_process_limit",
    "line_length_limit", "max_idle", "smtp_destination_recipient_limit",
    "policy_time_limit", "relay_destination_rate_delay",
    "none_destination_rate_delay")
OWN = ("site", "site_list", "strict", "MyName", "a1", "unused_one",
       "mua_restrictions")
EXPANDED = ("mydestination", "mynetworks", "smtpd_relay_restrictions",
            "relay_domains", "append_dot_mydomain", "smtputf8_enable",
            "smtpd_banner", "mydomain", "myhostname",
            "smtpd_client_event_limit_exceptions", "mynetworks_style",
            "virtual_alias_domains", "parent_domain_matches_subdomains")
VALUES = {
    "compatibility_level": ("0", "1", "2", "3.6", "3.7", "3.6.1", "99"),
    "inet_interfaces": ("all", "loopback-only", "127.0.0.1", "localhost",
                        "127.0.0.1, [::1]", "", "$site_if"),
    "inet_protocols": ("all", "ipv4", "ipv6", "ipv4, ipv6"),
    "mynetworks_style": ("host", "subnet", "class"),
    "soft_bounce": ("yes", "no", "NO", "${strict?{yes}:{no}}"),
    "myhostname": ("mail.ours.test", "mail", "$site.test", "a.b.c.test"),
    "mydomain": ("ours.test", "other.test"),
    "myorigin": ("$mydomain", "$myhostname", "ours.test"),
    "default_process_limit": ("100", "1", "007"),
    "line_length_limit": ("2048", "512"),
    "max_idle": ("100", "100s", "2h", "1d"),
    "smtpd_restriction_classes": ("strict", "strict, mua_restrictions", ""),
    "smtp_destination_recipient_limit": ("2",),
}
WORDS = (
    "permit_mynetworks", "reject", "$mydestination", "${mydomain}",
    "$(site)", "${site?yes}", "${site:none}", "${site?{a b}:{c}}",
    "${{$compatibility_level} >=level {3.6} ? {new} : {old}}",
    "${{a} == {b} ? {same} : {other}}", "${{10} < {9} ? {x}:{y}}", "$$home",
    "hash:/etc/postfix/x", "ldap:server1", "192.0.2.0/24", "#", "x=y",
    "{ a, b }", "\xe9t\xe9", "$unknown_name", "a.b.test", "!10.0.0.1",
    "${undefined}", "check_policy_service", "$site_list", "\"quoted\"")
BROKEN = (
    "no equals sign here", "two words = x", "inet_interfaces = 0.0.0.0",
    "inet_interfaces = 203.0.113.9", "inet_interfaces = all # really",
    "inet_protocols = ipv5", "compatibility_level = three",
    "compatibility_level = 1.2.3.4", "soft_bounce = maybe",
    "default_process_limit = 0", "default_process_limit = 10x",
    "line_length_limit = 10", "max_idle = 5q", "max_idle =",
    "myhostname = -bad.test", "myhostname =", "mydomain =",
    "myhostname = a b", "mynetworks_style = most", "mydestination = ${open",
    "mydestination = $mydestination", "relay_domains = ${{x} <level {1}?{a}}",
    "message_size_limit = 10M", "myorigin =", "mail_owner = nobody#",
    "multi_instance_enable = oui", "default_verp_delimiters = +")
# Postfix asks for accounts and files of this machine there.
BEYOND = re.compile(r"unknown (user|group) name|privileged user ID")


def blanks(dice):
    return dice.choice((" ", "", "  ", "\t"))


def value_of(dice, name):
    if name in VALUES:
        return dice.choice(VALUES[name])
    words = [dice.choice(WORDS) for _ in range(dice.randrange(5))]
    return dice.choice((" ", ", ", ",", "  ", "\n  ", "\n# between\n\t",
                        ",\n\n    ")).join(words)


def main_cf(dice):
    lines = []
    for _ in range(dice.randrange(3, 22)):
        name = dice.choice(NAMES if dice.random() < 0.75 else OWN)
        lines.append(f"{name}{blanks(dice)}={blanks(dice)}"
                     f"{value_of(dice, name)}{blanks(dice)}")
        if dice.random() < 0.1:
            lines.append(dice.choice(("# comment", "", "   # indented",
                                      "  \t")))
    if not any(re.match(r"\s*site_if\s*=", line) for line in lines):
        lines.append("site_if = 127.0.0.1")
    if dice.random() < 0.3:
        lines.insert(dice.randrange(len(lines) + 1), dice.choice(BROKEN))
    return dice.choice(("\n", "\r\n")).join(lines) + dice.choice(("\n", ""))


def override(dice):
    name = dice.choice(NAMES + OWN)
    word = dice.choice([w for w in WORDS if " " not in w and w != "#"])
    # Not -oNAME=VALUE: there, postconf 3.7 reads memory that it has freed.
    return dice.choice((f"-o {name}={word}",
                        f"-o {{ {name} = {word}, reject }}",
                        f"-o {name}=", f"-v -o {name}={word}",
                        f"-o {{{name}=a b}}"))


def master_cf(dice):
    services = ["smtp inet n - y - - smtpd", "smtp unix - - y - - smtp",
                "relay unix - - y - - smtp",
                "policy unix - n n - 0 spawn user=nobody argv=/bin/true",
                "10025 inet n - n - - smtpd",
                "local unix - n n - - local"]
    text = ""
    for service in services:
        text += service
        for _ in range(dice.randrange(4)):
            text += dice.choice((" ", "\n  ", "\n# x\n\t")) + override(dice)
        text += "\n"
    return text


def run(*arguments):
    done = subprocess.run(arguments, capture_output=True, check=False,
                          env={"PATH": os.environ["PATH"]}, timeout=60)
    return (done.returncode, done.stdout.decode("utf-8", "replace"),
            done.stderr.decode("utf-8", "replace"))


def rows(text):
    """What was printed, without the blanks that postconf squeezes."""
    squeezed = (" ".join(line.split()) for line in text.splitlines())
    return sorted(re.sub(r"[^ -~]+", "?", line) for line in squeezed
                  if not line.startswith("config_directory ="))


def compare(number):
    """Why the two disagree about a case, in words; none: they agree."""
    dice = random.Random(f"{SEED}-{number}")
    wrong = []
    with tempfile.TemporaryDirectory() as home:
        for name, make in (("main.cf", main_cf), ("master.cf", master_cf)):
            with open(f"{home}/{name}", "w", encoding="latin-1",
                      newline="") as file:
                file.write(make(dice))
        status, said, warned = run("postconf", "-c", home, "-n")
        model, ours, why = run(PRINT, home, "n")
        started, _, error = run("postmap", "-c", home, "-q", "key",
                                "inline:{key=value}")
        dead = started != 0 and "fatal:" in error
        warned += error
        if status == 0:
            if rows(said) != rows(ours):
                wrong.append(("postconf -n", rows(said), rows(ours)))
            for option, extra in (("P", ()), ("x", EXPANDED)):
                theirs = run("postconf", "-c", home, f"-{option}", *extra)[1]
                ours = run(PRINT, home, option, *extra)[1]
                if (not dead or option == "P") and \
                        rows(theirs) != rows(ours):
                    wrong.append((f"postconf -{option}", rows(theirs),
                                  rows(ours)))
        # A program dies of what it reads, postconf of all there is.
        expected = 1 if dead else 2 if status != 0 else 0
        if model != expected and not BEYOND.search(warned):
            fatal = [line for line in warned.splitlines()
                     if "overriding earlier" not in line]
            wrong.append(("start", "\n".join(fatal), f"{model} {why}"))
        if wrong:
            with open(f"{home}/main.cf", encoding="latin-1") as file:
                wrong.append(("main.cf", file.read(), ""))
    return dead, wrong


def explain(wrong):
    for what, theirs, ours in wrong:
        if isinstance(theirs, list):
            yield f"{what}: only Postfix: {set(theirs) - set(ours)}"
            yield f"{what}: only the model: {set(ours) - set(theirs)}"
        else:
            yield f"{what}: {theirs}"
            yield f"{what}: model: {ours}"


if shutil.which("postconf") is None or shutil.which("postmap") is None:
    tap.skip_all("no Postfix")
report = tap.Report()
deaths = 0
# Each program of Postfix that dies sleeps a second: wait for many at once.
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    for case, (died, differences) in enumerate(pool.map(compare,
                                                        range(CASES))):
        deaths += died
        report.check(not differences, f"seed {SEED}, case {case}",
                     *explain(differences))
report.check(0 < deaths < CASES, "some start and some do not",
             f"{deaths} of {CASES} died")
report.note(f"{deaths} of {CASES} did not start")
report.finish()
