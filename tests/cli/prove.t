#!/usr/bin/env python3
#
# prove.t - what mtaguard prove says of configurations, and with which status.
#
import json
import os
import struct
import subprocess
import sys
import tempfile

program = os.path.abspath(os.path.join(os.environ.get("top_builddir", "."),
                                       "mtaguard"))
GUARD = "unix:mtaguard/policy"
POLICY = """destinations = [ "mta" ];
relay = ( { name = "host"; from = "127.0.0.0/8"; } );
listen = { policy = "unix:/var/spool/postfix/mtaguard/policy";
  milter = "unix:/var/spool/postfix/mtaguard/milter"; };
"""
CLOSED = "permit_mynetworks, reject_unauth_destination"

count = 0
failures = 0


def ok(held, name, note=None):
    global count, failures
    count += 1
    failures += not held
    print(f"{'ok' if held else 'not ok'} {count} - {name}")
    if not held and note:
        for line in str(note).splitlines()[:30]:
            print(f"# {line}")
    return held


def write(directory, **files):
    for name, text in files.items():
        path = os.path.join(directory, name.replace("__", "."))
        with open(path, "w", encoding="ascii") as file:
            file.write(text)


def prove(relay, *arguments, more="", **files):
    """Runs it on a configuration with these relay restrictions."""
    with tempfile.TemporaryDirectory() as directory:
        write(directory, main__cf=f"""compatibility_level = 3.6
myhostname = mail.ours.test
mydestination = ours.test
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = {relay}
{more}""", master__cf="smtp inet n - n - - smtpd\n", policy__conf=POLICY,
              **files)
        arguments = [argument.replace("DIR", directory)
                     for argument in arguments]
        return subprocess.run(
            [program, "prove", "--mta", "postfix", "--config", directory,
             "--hostname", "mail.ours.test", "--interfaces",
             "198.51.100.10/24", *arguments], text=True,
            capture_output=True, check=False, timeout=60)


def prove_json(relay, *arguments, **files):
    run = prove(relay, "--format", "json", *arguments, **files)
    try:
        return run.returncode, json.loads(run.stdout)
    except ValueError:
        print(f"# {run.stdout}{run.stderr}")
        return run.returncode, {"verdict": None, "services": []}


def verdicts():
    """Rows: what lets pass, verdict, status, and the place that is told."""
    sender = "check_sender_access texthash:/etc/postfix/map"
    cases = [
        (CLOSED, "", "closed", 0, None),
        ("check_helo_access static:OK, reject", "", "open", 1,
         ("check_helo_access", 5)),
        (f"{sender}, {CLOSED}", "# no\npartner.test OK\n", "open", 1,
         (sender.split()[0], 2)),
        (f"{sender}, {CLOSED}", "partner.test REJECT\n", "closed", 0, None),
        (f"{CLOSED}, {sender}", "partner.test OK\n", "closed", 0, None),
        ("check_helo_access pcre:/etc/postfix/map, " + CLOSED,
         "/^mx[0-9]+\\./ OK\n", "open", 1, ("check_helo_access", 1)),
        ("check_client_access pcre:/etc/postfix/map, " + CLOSED,
         "/^mail\\.friend\\.test$/ OK\n", "closed", 0, None),
        ("check_client_access pcre:/etc/postfix/map, " + CLOSED,
         "/friend\\.test$/ OK\n", "open", 1, ("check_client_access", 1)),
        ("check_sender_access pcre:/etc/postfix/map, " + CLOSED,
         "/(a)\\1/ OK\n", "unknown", 2, None),
        ("check_helo_access regexp:/etc/postfix/map, " + CLOSED,
         "/^xy{,2}z$/ OK\n", "open", 1, ("check_helo_access", 1)),
        ("check_helo_access pcre:/etc/postfix/map, " + CLOSED,
         "/[^ -~]/ OK\n", "unknown", 2, None),
        ("check_recipient_access pcre:/etc/postfix/map, " + CLOSED,
         "/\\xc3/ OK\n", "unknown", 2, None),
        ("check_sender_access regexp:/etc/postfix/map, " + CLOSED,
         "/@[^ -~]+\\.test$/ OK\n", "unknown", 2, None),
        ("check_helo_access static:permit_mynetworks, "
         "reject_unauth_destination\nmynetworks = 8.0.0.0/7", "", "open", 1,
         ("permit_mynetworks", 6)),
        ("check_helo_access static:permit_mynetworks, "
         "reject_unauth_destination\nmynetworks = 9.9.0.0/16", "", "closed",
         0, None),
        ("check_sender_access unionmap:{inline:{a.test=REJECT}, "
         "pcre:/etc/postfix/map}, " + CLOSED, "/^zq[0-9]+@/ OK\n", "open", 1,
         ("check_sender_access", 1)),
        ("check_sender_access unionmap:{inline:{a.test=REJECT}, "
         "pcre:/etc/postfix/map}, " + CLOSED, "/^friend\\.test$/ OK\n",
         "unknown", 2, None),
        ("check_sender_access pcre:/etc/postfix/map, " + CLOSED,
         "/[^ -~]/ REJECT\n", "closed", 0, None),
        ("check_sender_access pcre:/etc/postfix/map, " + CLOSED,
         "/^a{600}@/ OK\n", "unknown", 2, None),
        ("check_policy_service inet:127.0.0.1:9, " + CLOSED, "", "unknown",
         2, None),
        (CLOSED + ", check_policy_service inet:127.0.0.1:9", "", "closed", 0,
         None),
        ("permit_mx_backup, " + CLOSED + "\npermit_mx_backup_networks = "
         "mysql:/etc/postfix/map", "x", "unknown", 2, None),
        ("check_recipient_access inline:{ {outside.example = OK} }, " +
         CLOSED + "\nvirtual_alias_domains = example", "", "open", 1, None),
        ("check_client_access mysql:/etc/postfix/map, check_recipient_access "
         "static:DISCARD, " + CLOSED, "x", "unknown", 2, None),
        ("check_policy_service inet:127.0.0.1:9, check_recipient_access "
         "static:DISCARD, " + CLOSED, "x", "unknown", 2, None),
        ("check_sender_access mysql:/etc/postfix/map, " + CLOSED, "x",
         "unknown", 2, None),
        ("check_helo_access static:OK, " + CLOSED + "\ntransport_maps = "
         "hash:/etc/postfix/none\nsmtpd_reject_unlisted_recipient = no", "x",
         "unknown", 2, None),
        ("check_sender_access texthash:/etc/postfix/map, " + CLOSED,
         "long" * 100 + "@example.com OK\n", "unknown", 2, None),
        ("check_sender_access texthash:/etc/postfix/map, " + CLOSED,
         "".join(f"user{n}@ OK\n" for n in range(100)), "open", 1, None),
        ("check_sender_access texthash:/etc/postfix/map, "
         "check_recipient_access inline:{ {example = REJECT} }, " + CLOSED,
         "".join(f"user{n}@ DUNNO\n" for n in range(100)), "unknown", 2,
         None),
        ("check_sender_access pipemap:{pcre:/etc/postfix/map,"
         "inline:{b@hidden.example=OK}}, " + CLOSED,
         "/^a(.*)/ $1\n", "unknown", 2, None),
        # A key that no address can match says nothing of its value.
        ("check_sender_access texthash:/etc/postfix/map, " + CLOSED,
         "a b@c d REJECT\n<>@x OK\nb@seen.example OK\n", "open", 1,
         ("check_sender_access", 3)),
    ]
    for relay, text, verdict, status, by in cases:
        got, proof = prove_json(relay, map=text)
        name = relay.replace("\n", "; ") + f" with {text!r}"
        ok(proof["verdict"] == verdict and got == status,
           f"{name} is {verdict}", f"{got} {json.dumps(proof)[:2000]}")
        if by is not None and proof["services"]:
            told = [(path["by"]["restriction"], path["by"]["line"])
                    for path in proof["services"][0]["paths"]]
            ok(by in told, f"{name} tells the line", told)
        if verdict == "unknown":
            unknown = proof["services"][0]["unknown"]
            ok(unknown and all(u["restriction"] and u["reason"] and u["file"]
                               and u["line"] for u in unknown),
               f"{name} says what is unknown, and where", unknown)


def with_guard():
    asked = f"check_policy_service {GUARD}, permit"
    down = ("check_policy_service { " + GUARD + ", default_action=%s }, "
            "permit")
    more = "smtpd_recipient_restrictions = permit_mynetworks, " \
        "check_sender_access static:OK, reject\n"
    cases = [
        (asked, "closed", "closed", 0),
        (down % "DUNNO", "closed", "open", 1),
        (down % "DEFER", "closed", "closed", 0),
        ("permit, " + asked, "open", "open", 1),
    ]
    for relay, verdict, without, status in cases:
        got, proof = prove_json(relay, "-c", "DIR/policy.conf", more=more)
        ok((proof["verdict"], proof.get("without_guard"), got) ==
           (verdict, without, status),
           f"{relay}: {verdict}, without the guard {without}",
           f"{got} {json.dumps(proof)[:2000]}")
    more += "smtpd_milters = unix:mtaguard/milter\n"
    for setting, verdict in [
            ("", "closed"),
            ("receive_override_options = no_header_body_checks", "closed"),
            ("receive_override_options = no_milters", "open"),
            ("smtpd_milter_maps = static:DISABLE", "unknown")]:
        got, proof = prove_json("check_client_access static:OK, reject",
                                "-c", "DIR/policy.conf",
                                more=f"{more}{setting}\n")
        ok(proof["verdict"] == verdict,
           f"the guard as a milter with {setting!r}: {verdict}", proof)
    more = "smtpd_recipient_restrictions = permit_mynetworks, " \
        "check_sender_access static:OK, reject\n"
    got, proof = prove_json(asked, more=more)
    ok(proof["verdict"] == "unknown",
       "a policy server that is not known to be ours is unknown", proof)


UNITS = "usr/lib/systemd/system"
SOCKET = """[Socket]
ListenStream=/run/wrong
FileDescriptorName=policy
"""
SERVICE = "[Service]\nExecStart=-/usr/sbin/mtaguardd policy\n"
DROPIN = """[Socket]
ListenStream=
ListenStream=/var/spool/postfix/mtaguard/policy
"""


def socket_from_systemd():
    """The policy file names no socket, but what systemd passes."""
    main = f"""myhostname = mail.ours.test
mydestination = ours.test
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = check_policy_service {GUARD}, permit
smtpd_recipient_restrictions = permit_mynetworks,
    check_sender_access static:OK, reject
"""
    cases = [
        ("systemd:policy", SERVICE, "closed"),
        ("systemd:", SERVICE, "closed"),
        ("systemd:other", SERVICE, "unknown"),
        ("systemd:policy", "[Service]\nExecStart=/bin/other\n", "unknown"),
    ]
    for listener, service, verdict in cases:
        with tempfile.TemporaryDirectory() as root:
            dropins = "etc/systemd/system/guard.socket.d"
            for name, text in {
                    "etc/postfix/main.cf": main,
                    "etc/postfix/master.cf": "smtp inet n - n - - smtpd\n",
                    "etc/mtaguard.conf": POLICY.replace(
                        "unix:/var/spool/postfix/mtaguard/policy", listener),
                    f"{UNITS}/guard.socket": SOCKET,
                    f"{dropins}/path.conf": DROPIN,
                    f"{UNITS}/guard.service": service}.items():
                path = os.path.join(root, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="ascii") as file:
                    file.write(text)
            run = subprocess.run(
                [program, "prove", "--mta", "postfix", "--root", root,
                 "--interfaces", "198.51.100.10/24", "--format", "json",
                 "-c", f"{root}/etc/mtaguard.conf"], text=True,
                capture_output=True, check=False, timeout=60)
            got = json.loads(run.stdout) if run.stdout else {}
        ok(got.get("verdict") == verdict,
           f"a guard at {listener}: {verdict}", run.stderr + run.stdout)


def grants():
    """Whom a grant is for does not matter where Postfix refuses itself."""
    grant = POLICY.replace(" } );", """ },
    { name = "partner"; from = "0.0.0.0/0"; senders = "partner.test";
      null_sender = false; } );""")
    for relay, more, verdict in [
            (f"check_policy_service {GUARD}, reject_unauth_destination", "",
             "closed"),
            (f"check_policy_service {GUARD}, permit",
             "smtpd_recipient_restrictions = check_policy_service "
             f"{GUARD}, check_sender_access static:OK, reject\n",
             "unknown")]:
        got, proof = prove_json(relay, "-c", "DIR/grants.conf", more=more,
                                grants__conf=grant)
        ok(proof["verdict"] == verdict, f"a grant for strangers: {verdict}",
           f"{got} {json.dumps(proof)[:2000]}")


def half_read():
    """A database whose first record is longer than the file."""
    database = struct.pack("<512I", *(2056, 0) * 256) + \
        struct.pack("<2I", 1000000, 0)
    got, proof = prove_json(
        "check_sender_access unionmap:{cdb:/etc/postfix/half, "
        "pcre:/etc/postfix/map}, " + CLOSED, map="/^zq[0-9]+@/ OK\n",
        half__cdb=database.decode("ascii"))
    ok(got == 2 and proof["verdict"] == "unknown",
       "a table that can be read in part only is unknown", proof)


def without_interfaces():
    """Whether another's MX is this host cannot be told."""
    with tempfile.TemporaryDirectory() as root:
        directory = f"{root}/etc/postfix"
        os.makedirs(directory)
        write(directory, main__cf="""compatibility_level = 3.6
myhostname = mail.ours.test
mydestination = ours.test
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mx_backup, reject_unauth_destination
""", master__cf="smtp inet n - n - - smtpd\n")
        run = subprocess.run(
            [program, "prove", "--mta", "postfix", "--root", root], text=True,
            capture_output=True, check=False, timeout=60)
    ok(run.returncode == 2 and "permit_mx_backup" in run.stdout,
       "permit_mx_backup without known interfaces is unknown", run.stdout)


def text():
    run = prove("check_sender_access texthash:/etc/postfix/map, " + CLOSED,
                map="partner.test OK\n")
    for part in ["postfix smtp, port 25: open", "user@partner.test",
                 "map:1", "swaks --server 'mail.ours.test'",
                 "--from 'user@partner.test'", "anywhere"]:
        ok(part in run.stdout, f"the text has {part}", run.stdout)


def options():
    with tempfile.TemporaryDirectory() as directory:
        output = os.path.join(directory, "proof")
        run = prove(CLOSED, "--output", output, "--format", "json")
        ok(run.returncode == 0 and run.stdout == "", "--output takes it all",
           run.stdout + run.stderr)
        with open(output, encoding="ascii") as file:
            ok(json.load(file)["verdict"] == "closed", "and has it whole")
    for arguments in [["--format", "xml"], ["--stranger", "x"], ["word"],
                      ["--deadline", "soon"]]:
        ok(prove(CLOSED, *arguments).returncode == 64,
           f"{' '.join(arguments)} is a mistake")
    got, proof = prove_json("permit_mynetworks, reject_unauth_destination",
                            "--stranger", "192.0.2.9",
                            more="mynetworks = 192.0.2.0/28\n")
    ok(got == 1 and proof["verdict"] == "open",
       "--stranger is one, whatever network has it", proof)


def kinds():
    """Whose a configuration is, --config tells from its name or text."""
    with tempfile.TemporaryDirectory() as directory:
        write(directory, knob__cf="V10/Berkeley\nCwours.test\n",
              other="acl_smtp_rcpt = rcpt\nbegin acl\nrcpt:\n  deny\n",
              none="nothing = here\n")
        for name, mta in [("knob.cf", "sendmail"), ("other", "exim"),
                          ("none", None), (".", None)]:
            run = subprocess.run(
                [program, "prove", "--config", os.path.join(directory, name),
                 "--hostname", "mail.ours.test", "--format", "json"],
                text=True, capture_output=True, check=False, timeout=60)
            if mta is None:
                ok(run.returncode == 66 and "--mta" in run.stderr,
                   f"whose {name} is must be said", run.stderr)
                continue
            told = json.loads(run.stdout or "{}").get("services", [])
            ok([service["mta"] for service in told] == [mta] * len(told) and
               told, f"{name} is of {mta}", run.stdout + run.stderr)


verdicts()
kinds()
with_guard()
socket_from_systemd()
grants()
half_read()
without_interfaces()
text()
options()
print(f"1..{count}")
sys.exit(failures > 0)
