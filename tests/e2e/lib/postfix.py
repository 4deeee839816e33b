"""postfix.py - a private Postfix, and where it would send its mail.

Each transport is discard(8) under a name of its own in the log, so that the
log says of every recipient which transport got it, and nothing is delivered.
"""

import grp
import os
import pwd
import re
import subprocess

from lib import house, smtp

OUTSIDE = {"smtp", "relay", "lmtp"}

MAIN = {
    "compatibility_level": "3.6",
    "mail_owner": "postfix",
    "setgid_group": "postdrop",
    "myhostname": house.HOST,
    "mydomain": "relay.test",
    "myorigin": "relay.test",
    "mydestination": "relay.test, mx.relay.test, localhost",
    "relay_domains": "backup.test",
    "virtual_alias_domains": "alias.test",
    "virtual_alias_maps": "inline:{ { info@alias.test = bob@relay.test },"
                          " { away@alias.test = away@elsewhere.test } }",
    "virtual_mailbox_domains": "virtual.test",
    "virtual_mailbox_base": "/nonexistent",
    "inet_interfaces": "all",
    "inet_protocols": "all",
    "mynetworks": "192.0.2.0/28",
    "local_recipient_maps": "",
    "alias_maps": "",
    "alias_database": "",
    "recipient_delimiter": "+",
    "smtpd_relay_restrictions":
        "permit_mynetworks, permit_sasl_authenticated,"
        " reject_unauth_destination",
    "smtpd_recipient_restrictions": "",
    "smtpd_authorized_xclient_hosts": "127.0.0.1",
    "smtpd_peername_lookup": "no",
    "smtpd_error_sleep_time": "0",
    "smtpd_soft_error_limit": "10000",
    "smtpd_hard_error_limit": "10000",
    "smtpd_junk_command_limit": "10000",
    "smtpd_client_connection_count_limit": "0",
    "smtpd_client_connection_rate_limit": "0",
    "in_flow_delay": "0",
    "default_process_limit": "100",
    "maillog_file_prefixes": "/run",
}

# What an MTA makes of mynetworks that hold the whole Internet.
OPEN = {"mynetworks": "0.0.0.0/0 [::]/0"}

MASTER = """
postlog   unix-dgram n -       n       -       1       postlogd
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
"""
SINKS = ("smtp", "relay", "lmtp", "local", "virtual")


def root():
    return os.environ.get("MTAGUARD_TEST_POSTFIX", "/").rstrip("/")


def missing():
    """Why there is no Postfix to test with; None if there is."""
    if not os.access(f"{root()}/usr/lib/postfix/sbin/master", os.X_OK):
        return "no Postfix (MTAGUARD_TEST_POSTFIX names its root)"
    for name, look in (("postfix", pwd.getpwnam), ("postdrop", grp.getgrnam)):
        try:
            look(name)
        except KeyError:
            return f"no {name} in the user database"
    return None


class Postfix:
    """A Postfix below /run/NAME: started by start(), ended with the test."""

    def __init__(self, name="postfix", main=None, services=None, port=25,
                 address=house.ADDRESS, queue=None):
        self.directory = f"/run/{name}"
        self.config = f"{self.directory}/etc"
        self.queue = queue or f"{self.directory}/spool"
        self.log = f"{self.directory}/log"
        self.port = port
        self.address = address
        self.master = None
        self.spool()
        self.configure(main or {}, services or "")

    def spool(self):
        owner = pwd.getpwnam("postfix").pw_uid
        drop = grp.getgrnam("postdrop").gr_gid
        for name in ("active bounce corrupt defer deferred flush hold"
                     " incoming private saved trace").split():
            os.makedirs(f"{self.queue}/{name}", mode=0o700)
            os.chown(f"{self.queue}/{name}", owner, 0)
        for name, mode in (("maildrop", 0o730), ("public", 0o710)):
            os.makedirs(f"{self.queue}/{name}")
            os.chown(f"{self.queue}/{name}", owner, drop)
            os.chmod(f"{self.queue}/{name}", mode)
        os.makedirs(f"{self.queue}/pid")
        os.makedirs(f"{self.directory}/lib")
        os.chown(f"{self.directory}/lib", owner, 0)

    def configure(self, main, services=""):
        """Writes main.cf and master.cf; a text main comes as it is."""
        programs = f"{root()}/usr/lib/postfix"
        settings = {
            **MAIN,
            "queue_directory": self.queue,
            "data_directory": f"{self.directory}/lib",
            "daemon_directory": f"{programs}/sbin",
            "command_directory": f"{root()}/usr/sbin",
            "shlib_directory": programs,
            "maillog_file": self.log,
            **(main if isinstance(main, dict) else OPEN),
        }
        text = "".join(f"{name} = {value}\n"
                       for name, value in settings.items())
        text += main if isinstance(main, str) else ""
        house.write(f"{self.config}/main.cf", text)
        # Postfix waits for two seconds before it reads a younger one.
        os.utime(f"{self.config}/main.cf", (0, 0))
        sinks = "".join(f"{name} unix - - n - - discard"
                        f" -o syslog_name=postfix/{name}\n"
                        for name in SINKS)
        where = self.port if self.address == house.ADDRESS else (
            f"{self.address}:{self.port}")
        smtpd = f"{where} inet n - n - - smtpd\n"
        house.write(f"{self.config}/master.cf",
                    smtpd + services + MASTER + sinks)
        tables = f"{root()}/etc/postfix/dynamicmaps.cf"
        house.write(f"{self.config}/dynamicmaps.cf", house.read(tables))

    def start(self):
        master = f"{root()}/usr/lib/postfix/sbin/master"
        environment = dict(os.environ)
        if root():
            environment["LD_LIBRARY_PATH"] = f"{root()}/usr/lib/postfix"
        self.master = subprocess.Popen(
            [master, "-c", self.config, "-d"], env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        smtp.connect(self.address, self.port).close()
        return self

    def end(self):
        """Stops without waiting for the second that Postfix takes for it."""
        self.master.terminate()

    def stop(self):
        self.end()
        self.master.wait(20)

    def postconf(self, *arguments):
        return house.run(f"{root()}/usr/sbin/postconf", "-c", self.config,
                         *arguments)

    def destinations(self, queue_id):
        """Waits until a message is done; returns (transport, recipient)s."""
        log = house.wait_for(lambda: self.finished(queue_id),
                             f"end of message {queue_id}")
        found = re.findall(rf" postfix/([a-z]+)/discard\[\d+\]: {queue_id}:"
                           r" to=<(.*?)>, (?:orig_to=<.*>, )?relay=", log)
        return [(transport, recipient) for transport, recipient in found]

    def finished(self, queue_id):
        log = house.read(self.log)
        return log if re.search(
            rf"qmgr\[\d+\]: {queue_id}: removed", log) else None

    def sent(self, replies):
        """Where the messages of a session went: outside and inside."""
        queued = [re.search(r"queued as ([0-9A-Za-z]+)", str(reply))
                  for reply in replies]
        found = [pair for match in queued if match
                 for pair in self.destinations(match.group(1))]
        return ([recipient for transport, recipient in found
                 if transport in OUTSIDE],
                [recipient for transport, recipient in found
                 if transport not in OUTSIDE])

    def play(self, vectors_, play):
        """Plays attempts; yields each with what came of it.

        All are played before the first is looked after in the log, so that
        the queue manager works meanwhile.
        """
        played = [(vector, play(vector, self.port)) for vector in vectors_]
        for vector, result in played:
            yield vector, result, *self.sent(result.replies)
