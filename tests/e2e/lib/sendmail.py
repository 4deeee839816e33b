"""sendmail.py - a private Sendmail, and where it would send its mail.

Every mailer is a script that records mailer, host and user of what it gets,
and nothing is delivered.
"""

import os
import re
import shutil
import subprocess

from lib import house, smtp

BASE = """divert(-1)
include(`@CF@/m4/cf.m4')
divert(0)dnl
VERSIONID(`private')dnl
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `@HOST@')dnl
define(`QUEUE_DIR', `@DIR@/mqueue')dnl
define(`ALIAS_FILE', `@DIR@/aliases')dnl
define(`STATUS_FILE', `@DIR@/statistics')dnl
define(`HELP_FILE', `@DIR@/helpfile')dnl
define(`confPID_FILE', `@DIR@/sendmail.pid')dnl
define(`confCW_FILE', `@DIR@/local-host-names')dnl
define(`confCR_FILE', `@DIR@/relay-domains')dnl
define(`confCT_FILE', `@DIR@/trusted-users')dnl
define(`confSERVICE_SWITCH_FILE', `@DIR@/service.switch')dnl
define(`confDEF_USER_ID', `nobody:nogroup')dnl
define(`confTRUSTED_USER', `root')dnl
define(`confTO_IDENT', `0')dnl
define(`confDELIVERY_MODE', `interactive')dnl
define(`confMAX_DAEMON_CHILDREN', `0')dnl
define(`confREFUSE_LA', `10000')dnl
define(`confQUEUE_LA', `10000')dnl
define(`confCONNECTION_RATE_THROTTLE', `0')dnl
define(`confBAD_RCPT_THROTTLE', `0')dnl
FEATURE(`use_cw_file')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
MODIFY_MAILER_FLAGS(`LOCAL', `-w')dnl
"""
DAEMONS = """DAEMON_OPTIONS(`Name=MTA, Family=inet, Addr=0.0.0.0, Port=@PORT@')dnl
"""
DAEMONS6 = """DAEMON_OPTIONS(`Name=MTA6, Family=inet6, Addr=@ADDRESS6@, Port=@PORT@')dnl
"""
MAILERS = """MAILER(`local')dnl
MAILER(`smtp')dnl
"""
RECORD = """#!/bin/sh
cat >/dev/null
mailer=$1 host=$2
shift 2
for user; do
	printf '%s\\t%s\\t%s\\n' "$mailer" "$host" "$user" >>@DIR@/recorded
done
"""

# An MTA that relays for everybody.
OPEN = "FEATURE(`promiscuous_relay')dnl\n"


def root():
    return os.environ.get("MTAGUARD_TEST_SENDMAIL", "/").rstrip("/")


def program():
    return f"{root()}/usr/libexec/sendmail/sendmail"


def missing():
    """Why there is no Sendmail to test with; None if there is."""
    if not os.access(program(), os.X_OK):
        return "no Sendmail (MTAGUARD_TEST_SENDMAIL names its root)"
    if shutil.which("m4") is None:
        return "no m4"
    return None


class Sendmail:
    """A Sendmail below /run/NAME: started by start(), ended with the test.

    features is m4 text, and files what it needs in the directory, which it
    calls @DIR@; a file whose name ends in .map is made into a hash map. tail
    is m4 text after the mailers: LOCAL_CONFIG and LOCAL_RULESETS.
    """

    def __init__(self, name="sendmail", features="", files=None, port=25,
                 tail="", mailers=MAILERS):
        self.directory = f"/run/{name}"
        self.port = port
        self.daemon = None
        self.furnish(files or {})
        self.configure(features, mailers + tail)

    def furnish(self, files):
        os.makedirs(f"{self.directory}/mqueue", mode=0o700)
        # The shipped program is setgid: ld.so would ignore LD_LIBRARY_PATH.
        self.program = f"{self.directory}/sendmail"
        shutil.copyfile(program(), self.program)
        os.chmod(self.program, 0o755)
        for name, text in {
                "aliases": "postmaster: root\n",
                "local-host-names": f"{house.HOST}\nrelay.test\n",
                "relay-domains": "",
                "trusted-users": "",
                "service.switch": "hosts\tfiles\naliases\tfiles\n",
                "helpfile": "",
                "statistics": "",
                "recorded": "",
                "record": RECORD,
                **files}.items():
            house.write(f"{self.directory}/{name}", self.fill(text))
        os.chmod(f"{self.directory}/record", 0o755)
        os.chmod(f"{self.directory}/recorded", 0o666)
        for name in files:
            if name.endswith(".map"):
                self.make_map(name)

    def make_map(self, name):
        """Makes NAME.db out of the text in NAME.map."""
        makemap = f"{root()}/usr/libexec/sendmail/makemap"
        with open(f"{self.directory}/{name}", encoding="utf-8") as text:
            house.run(makemap, "-C", "/dev/null", "hash",
                      f"{self.directory}/{name.removesuffix('.map')}.db",
                      stdin=text, env=self.environment())

    def fill(self, text):
        for name, value in (("DIR", self.directory), ("HOST", house.HOST),
                            ("PORT", self.port), ("ADDRESS6", house.ADDRESS6),
                            ("CF", f"{root()}/usr/share/sendmail/cf")):
            text = text.replace(f"@{name}@", str(value))
        return text

    def configure(self, features, rest=MAILERS):
        source = (BASE + DAEMONS + (DAEMONS6 if house.has_ipv6() else "") +
                  features + rest)
        house.write(f"{self.directory}/sendmail.mc", self.fill(source))
        built = house.run("m4", f"-D_CF_DIR_={root()}/usr/share/sendmail/cf/",
                          f"{self.directory}/sendmail.mc")
        house.write(f"{self.directory}/sendmail.cf", self.record(built))

    def record(self, built):
        """Lets each mailer of a sendmail.cf record what it gets."""
        definition = re.compile(r"^M(\w+),((?:.*\n)(?:[ \t].*\n)*)", re.M)

        def replace(match):
            rest = re.sub(r"P=[^,]*,", f"P={self.directory}/record,",
                          match.group(2))
            # Without -f and -r, which would come before the recipient.
            rest = re.sub(r"F=[^,]*", lambda flags: re.sub(
                "[fr]", "", flags.group()), rest)
            rest = re.sub(r"A=.*", f"A=record {match.group(1)} $h $u", rest)
            return f"M{match.group(1)},{rest}"
        return definition.sub(replace, built)

    def environment(self):
        machine = os.uname().machine
        libraries = [f"{root()}/usr/lib/{machine}-linux-gnu",
                     f"{root()}/lib/{machine}-linux-gnu"]
        return {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)}

    def command(self, *arguments, **options):
        """Runs the program; what it prints is returned, whatever it says."""
        done = subprocess.run(
            [self.program, "-C", f"{self.directory}/sendmail.cf", *arguments],
            env=self.environment(), text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        return done.stdout

    def start(self):
        self.command("-bi")
        with open(f"{self.directory}/out", "w", encoding="utf-8") as out:
            self.daemon = subprocess.Popen(
                [self.program, "-C", f"{self.directory}/sendmail.cf", "-bD",
                 "-X", f"{self.directory}/traffic"],
                env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=out, stderr=out)
        try:
            smtp.connect(house.ADDRESS, self.port).close()
        except OSError as error:
            house.tap.bail_out(f"Sendmail: {error}: " +
                               house.read(f"{self.directory}/out"))
        return self

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait(20)

    end = stop

    def recorded(self):
        """All that was sent up to now, as (mailer, host, user).

        What an alias leads to is sent after DATA is answered.
        """
        house.wait_for(lambda: not os.listdir(f"{self.directory}/mqueue"),
                       "empty queue")
        lines = house.read(f"{self.directory}/recorded").splitlines()
        return [tuple(line.split("\t")) for line in lines]

    def play(self, vectors_, play):
        """Plays attempts; yields each with what came of it."""
        for vector in vectors_:
            before = len(self.recorded())
            played = play(vector, self.port, xclient=False)
            sent = self.recorded()[before:]
            yield (vector, played,
                   [user for mailer, _, user in sent if mailer != "local"],
                   [user for mailer, _, user in sent if mailer == "local"])
