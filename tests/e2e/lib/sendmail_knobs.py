"""sendmail_knobs.py - what can be set in sendmail.mc that has to do with
relaying, and who may relay then.

Each knob is m4 text and files beside sendmail.cf; one whose name ends in .map
is made into a hash map. OURS is relay.test; the world is elsewhere.test.
"""

import dataclasses

ACCESS = "FEATURE(`access_db', `hash -T<TMPF> -o @DIR@/access')dnl\n"
VIRTUAL = "FEATURE(`virtusertable', `hash -o @DIR@/virtusertable')dnl\n"
OURS = "mx.relay.test\nrelay.test\n"

# What check makes of it: who may relay that should not.
CLEAN = "clean"        # nobody but this host
PARTNER = "partner"    # one domain, network or host that is named
OPEN = "open"          # strangers, anywhere
FORGED = "forged"      # strangers who write a local sender
NETWORK = "network"    # a network of strangers
MX = "mx"              # any domain whose MX points here


MAILERS = "MAILER(`local')dnl\nMAILER(`smtp')dnl\n"


@dataclasses.dataclass(frozen=True)
class Knob:
    """One configuration; verdict is one of the above.

    free are the clients that may send anywhere, beside the host itself, and
    strangers the recipients that a client without a name may send to, by the
    names that sendmail_knobs.t gives to both; unlike are clients to whom the
    test mode cannot answer as the daemon does.
    """
    name: str
    verdict: str
    features: str = ""
    files: dict = dataclasses.field(default_factory=dict)
    tail: str = ""     # after the mailers
    mailers: str = MAILERS
    free: tuple = ()
    strangers: tuple = ("loc",)
    unlike: tuple = ()
    starts: bool = True


def access(*lines):
    """A text of the access table, for a file of the knob."""
    return {"access.map": "".join(f"{line}\n" for line in lines)}


# bestmx asks a name server, and there is none if hosts are in files alone.
ASK_DNS = {"service.switch": "hosts\tfiles dns\naliases\tfiles\n"}


def relay_domains(*lines):
    return {"relay-domains": "".join(f"{line}\n" for line in lines)}


# By the names of sendmail_knobs.t.
NAMELESS = ("out_nordns", "out_v6", "far", "inside10")
EVERYBODY = ("out_rdns", "neighbour", "partner") + NAMELESS
IN_TEST = ("loc", "out", "sub.loc", "R", "sub.R", "mx")
EVERYWHERE = IN_TEST + ("far", "lit")

KNOBS = (
    Knob("base", CLEAN),
    Knob("access_to", PARTNER, ACCESS, access("To:elsewhere.test\tRELAY"),
         strangers=("loc", "out")),
    Knob("access_empty", CLEAN, ACCESS, access()),
    Knob("promiscuous_relay", OPEN, "FEATURE(`promiscuous_relay')dnl\n",
         free=EVERYBODY, strangers=EVERYWHERE),
    Knob("relay_entire_domain", PARTNER, "FEATURE(`relay_entire_domain')dnl\n",
         free=("neighbour",), strangers=("loc", "sub.loc")),
    Knob("relay_hosts_only", PARTNER, "FEATURE(`relay_hosts_only')dnl\n",
         relay_domains("partner.test"),
         strangers=("loc", "R")),
    Knob("relay_domains_file", PARTNER, "", relay_domains("partner.test"),
         free=("partner",), strangers=("loc", "R", "sub.R")),
    Knob("RELAY_DOMAIN_macro", PARTNER, "RELAY_DOMAIN(`partner.test')dnl\n",
         free=("partner",), strangers=("loc", "R", "sub.R")),
    Knob("relay_domains_ip", PARTNER, "", relay_domains("10.1"),
         free=("inside10",)),
    Knob("relay_domains_ip_wide", NETWORK, "", relay_domains("203.0.113"),
         free=("out_rdns", "out_nordns"), strangers=EVERYWHERE),
    Knob("relay_domains_tld", OPEN, "", relay_domains("test"),
         free=("out_rdns", "neighbour", "partner"), strangers=IN_TEST),
    Knob("relay_based_on_MX", MX, "FEATURE(`relay_based_on_MX')dnl\n", ASK_DNS,
         strangers=("loc", "mx")),
    Knob("relay_local_from", FORGED, "FEATURE(`relay_local_from')dnl\n"),
    Knob("relay_mail_from", FORGED,
         ACCESS + "FEATURE(`relay_mail_from')dnl\n",
         access("From:user@relay.test\tRELAY")),
    Knob("relay_mail_from_domain", FORGED,
         ACCESS + "FEATURE(`relay_mail_from', `domain')dnl\n",
         access("From:relay.test\tRELAY")),
    Knob("loose_relay_check", CLEAN, "FEATURE(`loose_relay_check')dnl\n"),
    Knob("loose_plus_relaydom", PARTNER, "FEATURE(`loose_relay_check')dnl\n",
         relay_domains("partner.test"),
         free=("partner",), strangers=("loc", "R", "sub.R")),
    Knob("access_connect_ip", NETWORK, ACCESS,
         access("Connect:203.0.113\tRELAY"),
         free=("out_rdns", "out_nordns"), strangers=EVERYWHERE),
    Knob("access_connect_name", PARTNER, ACCESS,
         access("Connect:outside.test\tRELAY"),
         free=("out_rdns",)),
    Knob("access_from_nofeature", CLEAN, ACCESS,
         access("From:relay.test\tRELAY")),
    Knob("access_untagged_dom", PARTNER, ACCESS,
         access("elsewhere.test\tRELAY"),
         strangers=("loc", "out")),
    Knob("access_untagged_ip", PARTNER, ACCESS,
         access("203.0.113.66\tRELAY"),
         free=("out_rdns",)),
    Knob("access_ok_not_relay", CLEAN, ACCESS,
         access("To:elsewhere.test\tOK", "Connect:203.0.113\tOK")),
    Knob("access_to_tld", OPEN, ACCESS, access("To:test\tRELAY"),
         strangers=IN_TEST),
    Knob("access_to_fulladdr", PARTNER,
         ACCESS.replace("')dnl", "', `relaytofulladdress')dnl"),
         access("To:victim@elsewhere.test\tRELAY"),
         strangers=("loc", "out")),
    Knob("access_reject_connect", CLEAN, ACCESS,
         access("Connect:203.0.113\tREJECT"),
         strangers=(), unlike=("out_rdns", "out_nordns")),
    Knob("delay_checks", CLEAN, ACCESS + "FEATURE(`delay_checks')dnl\n",
         access("Connect:203.0.113\tREJECT"),
         strangers=()),
    Knob("delay_checks_friend", CLEAN,
         ACCESS + "FEATURE(`delay_checks', `friend')dnl\n",
         access("Connect:203.0.113\tREJECT", "Spam:bob@relay.test\tFRIEND")),
    Knob("nopercenthack", CLEAN, "FEATURE(`nopercenthack', `nospecial')dnl\n"),
    Knob("nopercenthack_reject", CLEAN,
         "FEATURE(`nopercenthack', `reject')dnl\n"),
    Knob("nouucp_nospecial", CLEAN, "FEATURE(`nouucp', `nospecial')dnl\n"),
    Knob("nouucp_reject", CLEAN, "FEATURE(`nouucp', `reject')dnl\n"),
    Knob("nopct_nouucp_nospecial", CLEAN,
         "FEATURE(`nopercenthack', `nospecial')dnl\n"
         "FEATURE(`nouucp', `nospecial')dnl\n"),
    Knob("local_check_rcpt_ok", OPEN,
         tail="LOCAL_RULESETS\nSLocal_check_rcpt\nR$*\t\t$# OK\n",
         free=EVERYBODY, strangers=EVERYWHERE),
    Knob("local_check_rcpt_relay", CLEAN,
         tail="LOCAL_RULESETS\nSLocal_check_rcpt\nR$*\t\t$@ RELAY\n"),
    Knob("local_config_CR", PARTNER,
         tail="LOCAL_CONFIG\nCR elsewhere.test\n",
         strangers=("loc", "out")),
    Knob("bestmx_is_local", MX, "FEATURE(`bestmx_is_local')dnl\n", ASK_DNS,
         strangers=("loc", "mx")),
    Knob("virtuser_domain", PARTNER,
         "VIRTUSER_DOMAIN(`partner.test')dnl\n" + VIRTUAL,
         {"virtusertable.map": ""},
         free=("partner",), strangers=("loc", "R", "sub.R")),
    Knob("virtuser_entire", PARTNER,
         "VIRTUSER_DOMAIN(`partner.test')dnl\n" + VIRTUAL +
         "FEATURE(`virtuser_entire_domain')dnl\n", {"virtusertable.map": ""},
         free=("partner",), strangers=("loc", "R", "sub.R")),
    Knob("cw_wide", CLEAN, "", {"local-host-names": OURS + "elsewhere.test\n"},
         strangers=("loc", "out")),
    Knob("trust_auth", CLEAN,
         "TRUST_AUTH_MECH(`LOGIN PLAIN DIGEST-MD5')dnl\n"
         "define(`confAUTH_MECHANISMS', `LOGIN PLAIN DIGEST-MD5')dnl\n"),
    Knob("mailertable", CLEAN,
         "FEATURE(`mailertable', `hash -o @DIR@/mailertable')dnl\n",
         {"mailertable.map": "elsewhere.test\tesmtp:[192.0.2.99]\n"}),
    Knob("smart_host", CLEAN, "define(`SMART_HOST', `relay:[192.0.2.99]')dnl\n"),
    Knob("masquerade", CLEAN,
         "MASQUERADE_AS(`relay.test')dnl\nFEATURE(`masquerade_envelope')dnl\n"),
    Knob("luser_relay", CLEAN,
         "define(`LUSER_RELAY', `relay:hub.relay.test')dnl\n"),
    Knob("mail_hub", CLEAN, "define(`MAIL_HUB', `relay:hub.relay.test')dnl\n"),
    Knob("nullclient", CLEAN, "FEATURE(`nullclient', `hub.relay.test')dnl\n",
         mailers=""),
    Knob("msp", CLEAN, "FEATURE(`msp')dnl\n", starts=False,
         mailers=""),
    Knob("m_class", CLEAN, tail="LOCAL_CONFIG\nCm elsewhere.test\n"),
    Knob("entire_plus_m", PARTNER, "FEATURE(`relay_entire_domain')dnl\n",
         tail="LOCAL_CONFIG\nCm elsewhere.test\n",
         free=("neighbour",), strangers=("loc", "out", "sub.loc")),
    Knob("require_rdns", CLEAN, ACCESS + "FEATURE(`require_rdns')dnl\n",
         access(),
         strangers=(), unlike=NAMELESS),
    Knob("daemon_flags_au", CLEAN,
         features="DAEMON_OPTIONS(`Name=Other, Port=2526, M=Au')dnl\n"),
    Knob("ident_off_cw_ip", PARTNER,
         tail="LOCAL_CONFIG\nCw [203.0.113.66]\n",
         free=("out_rdns",)),
)
