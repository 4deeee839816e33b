#!/usr/bin/env python3
#
# check.t - mtaguard check as scripts and services call it: exit statuses,
# what is chosen, where the report goes, and that it ends in time.
#
import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import time

build = os.path.abspath(os.environ.get("top_builddir", "."))
program = os.path.join(build, "mtaguard")
work = tempfile.mkdtemp(prefix="mtaguard-check.")

MAIN = """compatibility_level = 3.6
myhostname = mail.ours.test
mydestination = ours.test
mynetworks = 127.0.0.0/8
"""
MASTER = "smtp inet n - n - - smtpd\n"
BANNER = ["--only", "postfix-banner"]  # of severity low
RELAY = ["--only", "relay-closed"]
LISTEN = ["--only", "postfix-inet-interfaces"]  # of severity medium

count = 0
failures = 0


def ok(held, name, note=""):
    global count, failures
    count += 1
    failures += not held
    print(f"{'ok' if held else 'not ok'} {count} - {name}", flush=True)
    if not held:
        for line in str(note).splitlines()[:20]:
            print(f"# {line}")


def put(name, text):
    path = os.path.join(work, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    return path


def host(name, main):
    """A host with Postfix, and the arguments with which it is looked at."""
    put(f"{name}/etc/postfix/main.cf", main)
    put(f"{name}/etc/postfix/master.cf", MASTER)
    return ["--root", os.path.join(work, name), "--mta-version", "3.7.11",
            "--hostname", "mail.ours.test",
            "--interfaces", "198.51.100.10/24"]


def check(*arguments, **keywords):
    return subprocess.run([program, "check", *arguments], timeout=60,
                          capture_output=True, text=True, **keywords)


def status(wanted, name, *arguments):
    done = check(*arguments)
    ok(done.returncode == wanted, f"exit {wanted}: {name}",
       f"exit {done.returncode}\n{done.stderr}{done.stdout}")
    return done


def outcomes(*arguments):
    done = check("--format", "json", *arguments)
    try:
        results = json.loads(done.stdout)["results"]
    except ValueError:
        return {"stderr": done.stderr}
    return {each["id"]: each["outcome"] for each in results}


def is_(got, wanted, name):
    ok(got == wanted, name, f"got  {got}\nwant {wanted}")


good = host("good", MAIN + "inet_interfaces = loopback-only\n"
            "smtpd_banner = $myhostname ESMTP\n")
bad = host("bad", MAIN + "inet_interfaces = all\n"
           "smtpd_banner = $myhostname ESMTP $mail_name\n")
broken = host("broken", MAIN)
opened = host("opened", MAIN + "mynetworks = 0.0.0.0/0\n")
# What a policy server answers that is not the guard, nobody knows.
asking = host("asking", MAIN + "smtpd_relay_restrictions =\n"
              "\tcheck_policy_service inet:127.0.0.1:9, "
              "reject_unauth_destination\n")
os.makedirs(os.path.join(work, "empty"))
empty = ["--root", os.path.join(work, "empty")]


def test_statuses():
    status(0, "all passes", *good, *LISTEN)
    status(1, "something failed", *bad, *LISTEN)
    status(0, "what failed is below --fail-on", *bad, *BANNER)
    status(1, "--fail-on low", *bad, *BANNER, "--fail-on", "low")
    status(0, "--fail-on high", *bad, *LISTEN, "--fail-on", "high")
    status(2, "undecided", *asking, *RELAY)
    status(64, "an option that is none", *good, "--nonsense")
    status(64, "an argument", *good, "word")
    status(64, "a check that is none", *good, "--only", "postfix-baner")
    for what, right, *words in (
            ("severity", "high or critical", "--fail-on", "bad"),
            ("format", "junit or tap", "--format", "pdf"),
            ("role", "mx or submission", "--role", "relay")):
        done = status(64, f"a {what} that is none", *good, *words)
        ok(right in done.stderr,
           f"told which {what} there is", done.stderr)
    done = status(69, "an MTA that is not there", *good, "--mta", "exim")
    ok("there is no exim below" in done.stderr, "told which one", done.stderr)
    done = status(78, "a profile that is none", *good, "--profile", "nope")
    ok("has a slash" in done.stderr, "told where profiles lie", done.stderr)
    status(64, "a time that is none", *good, "--deadline", "soon")
    status(66, "a root that is not there", "--root", f"{work}/absent")
    done = status(69, "no MTA", *empty)
    ok("no MTA" in done.stderr, "it says that there is none", done.stderr)
    status(70, "a report that cannot be put", *good, *LISTEN,
           "--output", f"{work}/absent/report")
    status(1, "a failure whose report cannot be put", *bad, *LISTEN,
           "--output", f"{work}/absent/report")
    status(78, "a policy file that is wrong", *good,
           "-c", put("wrong.conf", "nonsense = 1;\n"))
    status(78, "a policy file that is not there", *good,
           "-c", f"{work}/absent.conf")
    status(78, "a profile that is not there", *good, "--profile", "./absent")


def test_gate():
    status(0, "a gate lets a failure of medium pass", *bad, *LISTEN, "--gate")
    status(1, "a gate closes for what is critical", *opened, "--gate",
           "--only", "postfix-mynetworks-world")
    status(1, "a gate closes from --fail-on", *bad, *LISTEN, "--gate",
           "--fail-on", "medium")
    status(0, "a gate lets what is undecided pass", *asking, *RELAY,
           "--gate")
    status(0, "a gate without an MTA", *empty, "--gate")
    status(0, "a gate with a wrong option", *good, "--gate", "--nonsense")
    status(0, "a gate with a wrong policy file", *good, "--gate",
           "-c", put("wrong.conf", "nonsense = 1;\n"))


POLICY = """destinations = [ "ours.test" ];
networks = { local = [ "127.0.0.0/8", "::1" ]; };
relay = ( { name = "host"; from = "local"; } );
"""
WORLD = ["--only", "postfix-mynetworks-world"]  # of severity critical


def waived(check_id, until):
    return (f'waivers = ( {{ check = "{check_id}"; reason = "known";\n'
            f'until = "{until}"; }} );\n')


def test_limits():
    """What decides the exit status, where several say from where on."""
    def file(name, text):
        return ["-c", put(name, POLICY + text)]

    low = file("low.conf", 'fail_on = "low";\n')
    high = file("high.conf", 'fail_on = "high";\n')
    status(0, "what is low does not fail by default", *bad, *BANNER)
    status(1, "fail_on of the policy file", *bad, *BANNER, *low)
    status(0, "fail_on above what failed", *bad, *LISTEN, *high)
    status(1, "--fail-on comes before a fail_on above it", *bad, *LISTEN,
           *high, "--fail-on", "medium")
    status(0, "--fail-on comes before a fail_on below it", *bad, *BANNER,
           *low, "--fail-on", "critical")
    status(0, "a gate does not go by fail_on", *bad, *LISTEN, *low, "--gate")
    status(1, "a gate goes by its own --fail-on", *bad, *BANNER, *high,
           "--gate", "--fail-on", "low")
    status(1, "a gate closes for what is critical, whatever fail_on says",
           *opened, *WORLD, *high, "--gate")
    done = status(0, "what is unknown is printed by a gate", *asking, *RELAY,
                  "--gate", "--fail-on", "info")
    ok("1 unknown" in done.stdout, "as unknown", done.stdout)
    done = status(0, "a gate says what is wrong with its own configuration",
                  *opened, "--gate", *file("wrong.conf", "nonsense = 1;\n"))
    ok("wrong.conf:4: " in done.stderr, "with its place", done.stderr)
    done = status(0, "a gate that is late", *opened, "--gate", "--deadline",
                  "1ms")
    ok("deadline" in done.stderr or "time" in done.stderr,
       "says that it is", done.stderr)
    status(0, "a waived failure opens a gate", *opened, *WORLD, "--gate",
           *file("waived.conf", waived("postfix-mynetworks-world",
                                       "2999-12-31")))
    done = status(1, "a waiver whose time is over does not", *opened, *WORLD,
                  "--gate", *file("over.conf",
                                  waived("postfix-mynetworks-world",
                                         "2020-01-31")))
    ok("over.conf:5: warning: until 2020-01-31 is over" in done.stderr,
       "and it is told", done.stderr)
    status(1, "a waiver of another check does not", *opened, *WORLD, "--gate",
           *file("other.conf", waived("postfix-banner", "2999-12-31")))


def test_mistakes():
    """What is wrong in the settings of check is told with its place."""
    profile = put("wrong-profile.conf", 'title = "x";\n'
                  'checks = ( "postfix-baner" );\nparameters = {\n'
                  'var_postfix_inet_interface = "all";\n'
                  'var_postfix_message_size_limit = "10k";\n};\n')
    for text, told in (
            (waived("postfix-banner", "2027-02-30"),
             ':5: "2027-02-30" is no date'),
            (waived("postfix-banner", "soon"), ':5: "soon" is no date'),
            (waived("postfix-baner", "2999-12-31"),
             ':4: there is no check "postfix-baner": is "postfix-banner"'),
            ('waivers = ( { check = "postfix-banner"; reason = " ";\n'
             'until = "2999-12-31"; } );\n', ":4: a waiver without a reason"),
            ('waivers = ( { check = "postfix-banner"; reason = "x"; } );\n',
             ':4: "until" is missing'),
            ('fail_on = "hihg";\n', ':4: "fail_on" must be one of'),
            ('expect = {\ninet_interface = "all"; };\n',
             ':5: unknown setting "inet_interface" in expect: is '
             '"inet_interfaces" meant?'),
            ('profile = "ciss";\n', ':4: the profile "ciss" cannot be used'),
            (f'profile = "{profile}";\n',
             f'{profile}:2: there is no check "postfix-baner"'),
            (f'profile = "{profile}";\n',
             f'{profile}:4: no check asks for the parameter '
             '"var_postfix_inet_interface": is "var_postfix_inet_interfaces"'),
            (f'profile = "{profile}";\n',
             f'{profile}:5: var_postfix_message_size_limit must be a number'),
    ):
        done = status(78, told, *bad, *BANNER,
                      "-c", put("mistake.conf", POLICY + text))
        ok(told in done.stderr, f"it is told: {told}", done.stderr)


def test_choice():
    is_(outcomes(*bad, *BANNER), {"postfix-banner": "fail"},
        "--only runs one check alone")
    is_(sorted(outcomes(*bad, "--only", "postfix-banner,postfix-vrfy")),
        ["postfix-banner", "postfix-vrfy"], "--only takes several")
    every = outcomes(*bad)
    ok(len(every) > 90, "all checks are run without it", len(every))
    skipped = outcomes(*bad, "--skip", "postfix-banner")
    is_(sorted(skipped), sorted(set(every) - {"postfix-banner"}),
        "--skip leaves one out")


def test_policy():
    waiver = """waivers = ( { check = "postfix-banner";
    reason = "the old scanner reads it"; until = "%s"; } );
destinations = [ "ours.test" ];
"""
    policy = put("waived.conf", waiver % "2999-12-31")
    is_(outcomes(*bad, *BANNER, "-c", policy), {"postfix-banner": "waived"},
        "what is waived is told as waived")
    status(0, "what is waived does not fail", *bad, *BANNER, "-c", policy,
           "--fail-on", "low")
    ok("the old scanner reads it" in check(*bad, *BANNER, "-c", policy).stdout,
       "the reason is told")
    policy = put("over.conf", waiver % "2020-01-31")
    is_(outcomes(*bad, *BANNER, "-c", policy), {"postfix-banner": "fail"},
        "a waiver whose time is over waives nothing")
    policy = put("typo.conf", (waiver % "2999-12-31").replace("-banner",
                                                              "-baner"))
    done = status(78, "a waiver of no check", *bad, "-c", policy)
    ok("postfix-banner" in done.stderr, "it says what is near", done.stderr)

    expect = 'expect = { inet_interfaces = "%s"; };\n' \
             'destinations = [ "ours.test" ];\n'
    is_(outcomes(*bad, *LISTEN, "-c", put("all.conf", expect % "all")),
        {"postfix-inet-interfaces": "pass"}, "what is expected passes")
    is_(outcomes(*good, *LISTEN, "-c", put("all.conf", expect % "all")),
        {"postfix-inet-interfaces": "fail"}, "what is not expected fails")


def test_roles():
    only = ["--only", "mta-listen-nonlocal"]
    for role in ("null-client", "mx"):
        done = check(*good, *only, "--role", role, "--format", "json")
        is_(json.loads(done.stdout)["role"], [role], f"--role {role} is told")
    asked = "for the role null-client; this host is mx"
    ok(asked in check(*good, *only, "--role", "mx").stdout,
       "what is for a null client is not asked of an mx")
    ok(asked not in check(*good, *only, "--role", "null-client").stdout,
       "and it is of a null client")


def test_derived_roles():
    """Of Sendmail and Exim, too, a role is what the configuration shows."""
    put("exim/etc/exim4/exim4.conf", """acl_smtp_rcpt = c
hostlist relays = 127.0.0.1 : 10.0.0.0/8
begin acl
c:
  accept hosts = +relays
  accept domains = @ : ours.test
""")
    put("quiet/etc/exim4/exim4.conf", """local_interfaces = <; 127.0.0.1
acl_smtp_rcpt = c
begin acl
c:
  accept domains = @ : ours.test
""")
    put("sendmail/etc/mail/sendmail.cf", """V10/Berkeley
Cwours.test
CR10.1
O DaemonPortOptions=Name=MTA
O DaemonPortOptions=Name=MSA, Port=587
Mlocal, P=/bin/true, A=true
SParse0
R$*	$#local $: $1
""")
    for name, roles in (("exim", ["site-relay", "mx"]),
                        ("quiet", ["null-client"]),
                        ("sendmail", ["site-relay", "mx", "submission"])):
        done = check("--root", os.path.join(work, name), "--hostname",
                     "mail.ours.test", "--only", "mta-listen-nonlocal",
                     "--format", "json")
        is_(sorted(json.loads(done.stdout)["role"]), sorted(roles),
            f"the roles of {name} are derived")


def test_elsewhere():
    """Files of another host: this one has neither its accounts nor sockets."""
    put("given/main.cf", MAIN + "inet_interfaces = loopback-only\n"
        "mydestination = $myhostname, ours.test\n"
        "alias_maps = hash:/etc/aliases\n")
    put("given/master.cf", MASTER)
    aliases = put("given.aliases", "root: nobody_here_has_it@ours.test\n"
                  "postmaster: root\n")
    given = ["--config", os.path.join(work, "given"), "--aliases", aliases,
             "--mta-version", "3.7.11"]
    ids = ["root-alias", "postmaster-alias", "mta-listen-nonlocal"]
    is_(outcomes(*given, "--only", ",".join(ids)),
        dict(zip(ids, ["pass", "pass", "notapplicable"])),
        "accounts and sockets of this host do not decide")
    put("given.aliases", "root: root\n")
    is_(outcomes(*given, "--only", "root-alias"), {"root-alias": "fail"},
        "and root is nobody's account there either")


def test_output():
    report = os.path.join(work, "report")
    done = status(1, "with --output", *bad, *LISTEN, "--format", "json",
                  "--output", report)
    is_(done.stdout, "", "nothing else is printed")
    with open(report) as file:
        whole = file.read()
    ok(json.loads(whole)["results"], "the report is whole")
    status(69, "with --output, and no MTA", *empty, "--output", report)
    with open(report) as file:
        is_(file.read(), whole, "without a report, the old one stays")
    fresh = os.path.join(work, "fresh")
    status(69, "with a new --output, and no MTA", *empty, "--output", fresh)
    ok(not os.path.exists(fresh), "nothing is put without a report")
    is_([name for name in os.listdir(work) if name.startswith("report")],
        ["report"], "nothing is left beside it")


def unread(main, what):
    """What cannot be read holds nobody up, and nothing of it passes."""
    begin = time.monotonic()
    done = check(*broken, "--deadline", "20s", "--format", "json")
    ok(time.monotonic() - begin < 20, f"{what} as main.cf takes no time")
    is_(done.returncode, 1, f"{what} as main.cf is told")
    told = {each["outcome"] for each in json.loads(done.stdout)["results"]
            if each["mta"]}
    ok("unknown" in told and "pass" not in told,
       f"{what} as main.cf: nothing of Postfix passes", told)
    status(2, f"{what} as main.cf: the relay", *broken, *RELAY)
    done = subprocess.run([program, "prove", *broken], timeout=60,
                          capture_output=True, text=True)
    is_(done.returncode, 2, f"{what} as main.cf proves nothing")


def test_time():
    main = os.path.join(work, "broken/etc/postfix/main.cf")
    os.unlink(main)
    os.mkfifo(main)
    unread(main, "a FIFO")
    os.unlink(main)
    with open(main, "w") as file:
        file.truncate(1 << 30)
    unread(main, "1 GiB")
    done = status(75, "not done in time", *good, "--deadline", "1ms")
    is_(done.stdout, "", "nothing is told of what was not done in time")
    status(0, "a gate that is not done in time", *good, "--deadline", "1ms",
           "--gate")


def on_terminal(**environment):
    """What is printed to a terminal."""
    ours, theirs = pty.openpty()
    known = {key: value for key, value in os.environ.items()
             if key != "NO_COLOR"}
    child = subprocess.Popen([program, "check", *bad, *LISTEN], stdout=theirs,
                             env={**known, "TERM": "xterm", **environment})
    os.close(theirs)
    text = b""
    try:
        while more := os.read(ours, 4096):
            text += more
    except OSError:  # Linux says EIO when the other end is closed
        pass
    os.close(ours)
    child.wait(timeout=60)
    return text


def test_colours():
    ok(b"\033[" in on_terminal(), "a terminal has colours")
    ok(b"\033" not in on_terminal(NO_COLOR="1"), "NO_COLOR: it has none")
    ok(b"\033[" in on_terminal(NO_COLOR=""), "an empty NO_COLOR says nothing")
    ok(b"\033" not in on_terminal(TERM="dumb"), "a dumb one has none")
    ok("\033" not in check(*bad, *LISTEN).stdout, "a pipe has none")


try:
    for test in (test_statuses, test_gate, test_limits, test_mistakes,
                 test_choice, test_policy, test_roles, test_derived_roles,
                 test_elsewhere,
                 test_output, test_time, test_colours):
        test()
finally:
    shutil.rmtree(work, ignore_errors=True)
print(f"1..{count}")
sys.exit(failures > 0)
