#!/usr/bin/env -S python3 -B
"""follow.t - the guard follows the lists of a real Postfix while it runs.

Its policy file takes mynetworks and relay_domains from main.cf, and a table
that relay_domains names: a change of either takes force within a second, as
far as networks_ceiling goes. What reaches beyond is left out and told, and a
main.cf of which Postfix would die leaves the old policy in force.
"""

import os
import time

from lib import guard, house, postfix, smtp, tap

POLICY = """
networks = { lists = [ "postfix:mynetworks" ]; };
networks_ceiling = [ "192.0.2.0/24", "2001:db8::/32" ];
destinations = [ "postfix:mydestination", "postfix:relay_domains" ];
relay = ( { name = "lists"; from = "lists"; } );
"""
RELAYED = "/run/tables/relayed"
OTHER = "/run/other"
# A second is promised; a machine that is busy may take longer to ask than
# the guard to follow.
FOLLOWS = 1  # the median may be twice that
BUSY = 5

FIRST = "192.0.2.5"
SECOND = "192.0.2.77"
BEYOND = "203.0.113.66"
FOREIGN = "victim@elsewhere.test"


class Scene:
    """A Postfix that relays for everybody, and its guard."""

    def __init__(self, report):
        self.report = report
        self.delays = []
        house.write(RELAYED, "backup.test yes\n")
        self.mta = postfix.Postfix(main={
            **postfix.OPEN, "relay_domains": f"texthash:{RELAYED}",
            "smtpd_relay_restrictions": f"{guard.WIRING}, permit_mynetworks,"
                                        " reject_unauth_destination"})
        # The guard's view of main.cf changes, Postfix's own stays open.
        self.lists("192.0.2.0/28")
        self.front = guard.Guard("policy", POLICY)
        os.environ["MAIL_CONFIG"] = OTHER
        self.front.start()
        del os.environ["MAIL_CONFIG"]
        self.mta.start()

    def lists(self, networks, more=""):
        """Puts a main.cf with these mynetworks in place, by renaming."""
        replace(f"{OTHER}/main.cf", "compatibility_level = 3.6\n"
                "mydestination = relay.test\n"
                f"relay_domains = texthash:{RELAYED}\n"
                f"mynetworks = {networks}\n{more}")

    def logged(self):
        return house.read(self.front.log)

    def follows(self, name, condition):
        """Waits until a change that was just made is in force."""
        changed = time.monotonic()
        try:
            house.wait_for(condition, name, BUSY)
        except TimeoutError as error:
            self.report.check(False, name, error, self.logged()[-2000:])
            return
        self.delays.append(time.monotonic() - changed)
        self.report.check(True, name)

    def holds(self, name, rows):
        """What clients hear now; rows of client, recipient, accepted."""
        for client, recipient, want in rows:
            self.report.equal(accepts(client, recipient), want,
                              f"{name}: {client} to {recipient}",
                              self.logged()[-2000:])


def replace(path, text):
    house.write(f"{path}.new", text)
    os.rename(f"{path}.new", path)


def accepts(client, recipient):
    """Whether Postfix with its guard takes a recipient of a client."""
    server = house.ADDRESS6 if ":" in client else house.ADDRESS
    with smtp.connect(server, 25, client) as session:
        session.command("EHLO client.test")
        session.command("MAIL FROM:<someone@outside.test>")
        reply = session.command(f"RCPT TO:<{recipient}>")
        session.quit()
    if not reply.accepted and not reply.refused:
        tap.bail_out(f"neither accepted nor refused: {reply}")
    return reply.accepted


def follows_networks(scene):
    scene.holds("at first", [(FIRST, FOREIGN, True), (SECOND, FOREIGN, False),
                             (BEYOND, FOREIGN, False)])
    scene.lists("192.0.2.64/28")
    scene.follows("mynetworks: a new network is taken",
                  lambda: accepts(SECOND, FOREIGN))
    scene.holds("the old network is dropped", [(FIRST, FOREIGN, False)])
    scene.lists("192.0.2.0/28")
    scene.follows("mynetworks: and back",
                  lambda: accepts(FIRST, FOREIGN))
    scene.holds("and back", [(SECOND, FOREIGN, False)])


def follows_tables(scene):
    new = "bob@new.test"
    scene.holds("relay_domains at first",
                [(BEYOND, "bob@backup.test", True), (BEYOND, new, False)])
    replace(RELAYED, "backup.test yes\nnew.test yes\n")
    scene.follows("relay_domains: a new domain of its table is taken",
                  lambda: accepts(BEYOND, new))
    replace(RELAYED, "new.test yes\n")
    scene.follows("relay_domains: one that is gone is dropped",
                  lambda: not accepts(BEYOND, "bob@backup.test"))
    scene.holds("relay_domains", [(BEYOND, new, True),
                                  (BEYOND, "bob@relay.test", True)])


def keeps_below_the_ceiling(scene):
    told = "203.0.113.0/24 reaches beyond networks_ceiling: left out"
    scene.report.check(told not in scene.logged(), "no word of it before")
    scene.lists("192.0.2.64/28 203.0.113.0/24")
    scene.follows("ceiling: what lies within is taken",
                  lambda: accepts(SECOND, FOREIGN))
    scene.holds("ceiling", [(BEYOND, FOREIGN, False)])
    scene.report.check(told in scene.logged() and
                       f"{OTHER}/main.cf:4" in scene.logged(),
                       "ceiling: what reaches beyond is told with its place",
                       scene.logged()[-2000:])
    scene.lists("192.0.2.0/28 0.0.0.0/0 [::]/0")
    scene.follows("ceiling: the Internet is left out, the rest taken",
                  lambda: accepts(FIRST, FOREIGN))
    scene.holds("the Internet", [(BEYOND, FOREIGN, False),
                                 (SECOND, FOREIGN, False)])


def outlives_a_broken_one(scene):
    before = scene.logged().count("stays in force")
    scene.lists("192.0.2.64/28", "a line that is no setting\n")
    scene.follows("broken main.cf: it is told", lambda:
                  scene.logged().count("stays in force") > before)
    scene.holds("broken main.cf, the old policy",
                [(FIRST, FOREIGN, True), (SECOND, FOREIGN, False),
                 (BEYOND, FOREIGN, False), (BEYOND, "bob@new.test", True)])
    scene.lists("192.0.2.64/28")
    scene.follows("mended main.cf: it is taken",
                  lambda: accepts(SECOND, FOREIGN))
    scene.holds("mended main.cf", [(FIRST, FOREIGN, False)])


house.enter(60, postfix.missing(), guard.missing())
everything = tap.Report()
stage = Scene(everything)
follows_networks(stage)
follows_tables(stage)
keeps_below_the_ceiling(stage)
outlives_a_broken_one(stage)
everything.note(f"followed after {min(stage.delays):.2f} to"
                f" {max(stage.delays):.2f} s, {len(stage.delays)} changes")
everything.check(sorted(stage.delays)[len(stage.delays) // 2] < 2 * FOLLOWS,
                 "a change is usually in force after a second",
                 *stage.delays)
everything.finish()
