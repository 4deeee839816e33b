"""random_restrictions.py - configurations of Postfix from a seed.

What is drawn are lists of restrictions with their tables and classes,
networks, domains of each class, and the switches of rewriting. Nothing in it
needs DNS, so that all can be decided from the files.
"""

import random

DOMAINS = ["ours.test", "relay.test", "virtual.test", "alias.test",
           "outside.test", "far.example"]
CLIENTS = [("203.0.113.66", ""), ("203.0.113.66", "mx.far.example"),
           ("192.0.2.5", ""), ("8.8.4.4", ""), ("10.1.2.3", "in.ours.test"),
           ("2001:db8:ffff::66", "")]
HELOS = ["", "mx.far.example", "[203.0.113.66]", "x", "ours.test"]
SENDERS = ["", "a@far.example", "a@ours.test", "b+x@outside.test", "a"]
RECIPIENTS = [
    "u@ours.test", "U@Outside.Test.", "u@sub.outside.test", "u@relay.test",
    "u@sub.relay.test", "u@virtual.test", "a@alias.test", "no@alias.test",
    "u%outside.test@ours.test", "outside.test!u@ours.test",
    "\"u@outside.test\"@ours.test", "u@outside.test@relay.test",
    "@ours.test:u@outside.test", "u%outside.test", "outside.test!u",
    "u%outside.test@[198.51.100.25]", "u%outside.test@", "u@[203.0.113.9]",
    "u@203.0.113.9", "postmaster", "u+x@outside.test", "u", "-u@ours.test",
    "u@[IPv6:2001:db8::9]", "\"a b\"@outside.test", "a@b@outside.test"]

KEYS = {
    "client": ["203.0.113.66", "203.0.113", "203", "far.example", "example",
               "unknown", "192.0.2", "2001:db8:ffff", "10.1.2.3", "test"],
    "helo": ["far.example", "x", "example", "[203.0.113.66]", "test"],
    "sender": ["far.example", "a@ours.test", "b@outside.test", "<>", "a@",
               "test", "example"],
    "recipient": ["outside.test", "u@outside.test", "relay.test", "u@",
                  "test", "postmaster@", "ours.test", "sub.outside.test"],
}
PATTERNS = {
    "client": ["/^203\\./", "/^unknown$/", "/example$/", "/./"],
    "helo": ["/^\\[/", "/^x$/", "/example/"],
    "sender": ["/^<>$/", "/@ours\\.test$/", "/./", "/^a@/"],
    "recipient": ["/@outside\\.test$/", "/outside/", "/%/", "/^u@/",
                  "/@.*@/"],
}
BLOCKS = ["203.0.113.0/24", "0.0.0.0/0", "192.0.2.0/24", "10.0.0.0/8",
          "2001:db8::/32", "!8.0.0.0/8"]
RESULTS = [
    "OK", "ok partner", "RELAY", "1234", "DUNNO", "REJECT", "REJECT no",
    "550 5.7.1 no", "450 later", "550", "DEFER", "DEFER_IF_PERMIT maybe",
    "DEFER_IF_REJECT hm", "permit_mynetworks", "reject_unauth_destination",
    "permit_mynetworks, reject", "permit_auth_destination", "HOLD", "OKAY",
    "PREPEND X-A: b", "permit", "warn_if_reject reject", "DISCARD",
    "FILTER smtp:x", "reject, permit", "hash:nothing"]
# Not permit_inet_interfaces: it sees the connection, whatever XCLIENT says.
PLAIN = [
    "permit_mynetworks", "permit_mynetworks", "permit_mynetworks",
    "reject_unauth_destination", "reject_unauth_destination",
    "defer_unauth_destination", "permit_auth_destination",
    "permit_sasl_authenticated",
    "reject_non_fqdn_sender", "reject_non_fqdn_recipient",
    "reject_invalid_helo_hostname", "reject_non_fqdn_helo_hostname",
    "reject_unknown_client_hostname", "reject_unlisted_recipient",
    "reject_unlisted_sender", "reject_unauth_pipelining",
    "reject_multi_recipient_bounce", "reject_plaintext_session",
    "permit_tls_clientcerts", "permit", "reject", "defer",
    "defer_if_permit", "defer_if_reject", "permit_mynetwork"]
LISTS = {
    "smtpd_client_restrictions": 0.3,
    "smtpd_helo_restrictions": 0.3,
    "smtpd_sender_restrictions": 0.3,
    "smtpd_recipient_restrictions": 0.6,
    "smtpd_relay_restrictions": 0.85,
}
SETTINGS = {
    "mynetworks": ["127.0.0.0/8", "192.0.2.0/24", "!192.0.2.5 192.0.2.0/24",
                   "0.0.0.0/0", "10.0.0.0/8 [2001:db8::]/32", "",
                   "203.0.113.66/24", ".far.example 127.0.0.1",
                   "static:all", "8.0.0.0 /8"],
    "relay_domains": ["relay.test", "", ".relay.test", "test",
                      "relay.test $mydestination", "static:all"],
    "virtual_alias_domains": ["alias.test", "", "$virtual_alias_maps"],
    "virtual_mailbox_domains": ["virtual.test", ""],
    "local_recipient_maps": ["", "inline:{u=x}", "static:x"],
    "relay_recipient_maps": ["", "inline:{u@relay.test=x}"],
    "virtual_mailbox_maps": ["", "inline:{u@virtual.test=x}"],
    "transport_maps": ["", "inline:{outside.test=error:no}",
                       "inline:{{* = error:closed}}"],
    "default_transport": ["smtp", "error:no"],
    "parent_domain_matches_subdomains": [
        "mynetworks, relay_domains, smtpd_access_maps", "", "relay_domains",
        "smtpd_access_maps"],
    "recipient_delimiter": ["+", ""],
    "allow_percent_hack": ["yes", "no"],
    "swap_bangpath": ["yes", "no"],
    "allow_untrusted_routing": ["no", "no", "yes"],
    "append_dot_mydomain": ["no", "yes"],
    "resolve_dequoted_address": ["yes", "no"],
    "resolve_null_domain": ["no", "yes"],
    "resolve_numeric_domain": ["no", "yes"],
    "allow_min_user": ["no", "yes"],
    "smtpd_delay_reject": ["yes", "yes", "no"],
    "smtpd_helo_required": ["no", "no", "yes"],
    "smtpd_reject_unlisted_recipient": ["yes", "no"],
    "smtpd_reject_unlisted_sender": ["no", "yes"],
    "smtpd_relay_before_recipient_restrictions": ["yes", "no"],
    "soft_bounce": ["no", "no", "no", "yes"],
    "strict_rfc821_envelopes": ["no", "no", "yes"],
    "smtpd_null_access_lookup_key": ["<>", "nobody"],
}


class Configuration:
    """What main.cf says, and the tables beside it."""

    def __init__(self, seed, directory):
        self.random = random.Random(seed)
        self.directory = directory
        self.files = {}
        self.classes = []
        self.main = {"mydestination": "ours.test, mx.relay.test, localhost",
                     "virtual_alias_maps": "inline:{a@alias.test=u@ours.test}"}
        self.settings()
        self.lists()

    def one(self, values):
        return self.random.choice(values)

    def settings(self):
        for name, values in SETTINGS.items():
            if self.random.random() < 0.5:
                self.main[name] = self.one(values)

    def lists(self):
        for name in ("friends", "Strict"):
            if self.random.random() < 0.3:
                self.main[name] = self.list(3)
                self.classes.append(name)
        if self.classes:
            self.main["smtpd_restriction_classes"] = " ".join(self.classes)
        for name, share in LISTS.items():
            if self.random.random() < share:
                self.main[name] = self.list(4)
        # What smtpd must find somewhere, mostly at the end.
        if self.random.random() < 0.9:
            name = self.one(["smtpd_relay_restrictions",
                             "smtpd_recipient_restrictions"])
            self.main[name] = ", ".join(
                filter(None, [self.main.get(name, ""),
                              "reject_unauth_destination"]))

    def list(self, most):
        return ", ".join(self.element()
                         for _ in range(self.random.randint(1, most)))

    def element(self):
        chance = self.random.random()
        if chance < 0.45:
            kind = self.one(list(KEYS))
            text = f"check_{kind}_access {self.table(kind)}"
        elif chance < 0.55 and self.classes:
            text = self.one(self.classes)
        else:
            text = self.one(PLAIN)
        if self.random.random() < 0.06:
            text = f"warn_if_reject {text}"
        return text

    def table(self, kind):
        form = self.one(["texthash", "texthash", "texthash", "pcre",
                         "regexp", "cidr", "static", "inline"])
        if form == "static":
            return "static:{" + self.one(RESULTS) + "}"
        if form == "inline":
            key = self.one([key for key in KEYS[kind] if "[" not in key])
            return "inline:{{" + f"{key} = {self.one(RESULTS)}" + "}}"
        if form == "cidr" and kind != "client":
            form = "texthash"
        keys = {"texthash": KEYS, "cidr": {"client": BLOCKS}}.get(
            form, PATTERNS)[kind]
        rows = [f"{key} {self.one(RESULTS)}\n" for key in
                self.random.sample(keys, self.random.randint(1, 3))]
        name = f"table{len(self.files)}"
        self.files[name] = "".join(rows)
        return f"{form}:{self.directory}/{name}"

    def sessions(self, count):
        """(client address, its name, helo, sender, recipient)s."""
        return [(*self.one(CLIENTS), self.one(HELOS), self.one(SENDERS),
                 self.one(RECIPIENTS)) for _ in range(count)]
