#!/usr/bin/env -S python3 -B
"""scenarios.t - the scenarios, played with real MTAs that ask the guard.

Each is played by a Postfix that asks by the policy protocol, by one that has
the guard as a milter, and by a Sendmail; all of them relay for everybody, so
whatever is refused, the guard has refused. What one of them cannot carry is
in tests/lib/scenario_reasons.c.
"""

from lib import guard, house, postfix, scenario, sendmail, tap

FILTER = ("INPUT_MAIL_FILTER(`mtaguard', `S=unix:" + guard.MILTER_SOCKET +
          ", F=T, T=S:5s;R:5s')dnl\n")
VIRTUSERS = """FEATURE(`virtusertable', `hash @DIR@/virtusers')dnl
VIRTUSER_DOMAIN_FILE(`@DIR@/virtuser-domains')dnl
"""
ERROR = "error:5.1.1 the MTA refuses"


def inline(rows):
    """A table in main.cf."""
    return "inline:{ " + ", ".join(f"{{ {key} = {value} }}"
                                   for key, value in rows.items()) + " }"


def postfix_main(played, own):
    ours = list(played.told("ours"))
    main = {
        **postfix.OPEN,
        "mydestination": ", ".join([*ours, house.HOST, "localhost"]),
        "myorigin": ours[0] if ours else house.HOST,
        "relay_domains": ", ".join(played.told("relay")),
        "virtual_alias_domains": "",
        "virtual_mailbox_domains": "",
        "smtpd_relay_restrictions":
            "permit_mynetworks, reject_unauth_destination",
        **own,
    }
    if played.told("forward"):
        main["virtual_alias_maps"] = inline(played.told("forward"))
    if played.told("error"):
        main["transport_maps"] = inline(
            {domain: ERROR for domain in played.told("error")})
    return main


def by_policy(played, number):
    """A Postfix that asks the guard by the policy protocol."""
    name = f"policy-{number}"
    where = f"/run/{name}/spool/mtaguard/policy"
    mta = postfix.Postfix(name, postfix_main(played, {
        "smtpd_relay_restrictions": f"{guard.WIRING}, permit_mynetworks,"
                                    " reject_unauth_destination",
        "smtpd_etrn_restrictions": guard.WIRING,
    }), address=f"127.0.1.{number}")
    front = guard.Guard("policy", played.policy, where, f"guard-{name}",
                        tables=played.tables)
    return mta, front, mta.address, scenario.by_xclient


def by_milter(played, number):
    """A Postfix that has the guard as a milter."""
    name = f"milter-{number}"
    mta = postfix.Postfix(name, postfix_main(played, {
        "smtpd_milters": f"unix:{guard.MILTER_SOCKET}",
    }), address=f"127.0.2.{number}")
    front = guard.Guard("milter", played.policy, name=f"guard-{name}",
                        tables=played.tables)
    return mta, front, mta.address, scenario.by_xclient


def by_sendmail(played, number):
    """A Sendmail that has the guard as a milter."""
    name = f"sendmail-{number}"
    forward = played.told("forward")
    house.write("/run/etc/hosts", house.HOSTS + "".join(
        f"203.0.113.70 {value} {key}\n"
        for key, value in played.told("canonified").items()))
    mta = sendmail.Sendmail(name, sendmail.OPEN + VIRTUSERS + FILTER, {
        "local-host-names": "\n".join([house.HOST, *played.told("ours")]),
        "relay-domains": "\n".join(played.told("relay")),
        "virtusers.map": "".join(f"{key}\t{value}\n"
                                 for key, value in forward.items()),
        "virtuser-domains": "\n".join(key.split("@")[1] for key in forward),
    })
    front = guard.Guard("milter", played.policy, name=f"guard-{name}",
                        group="root", tables=played.tables)
    return mta, front, house.ADDRESS, scenario.by_address


DRIVERS = {
    "policy": by_policy,
    "postfix-milter": by_milter,
    "sendmail-milter": by_sendmail,
}

house.enter(240, postfix.missing(), sendmail.missing(), guard.missing())
report = tap.Report()
for protocol, driver in DRIVERS.items():
    played = [row for row in scenario.load() if row.can(protocol)]
    report.check(played, f"there are scenarios for {protocol}")
    for number, row in enumerate(played, 1):
        mta, front, address, connect = driver(row, number)
        front.start()
        mta.start()
        for label, wrong, dialogue in scenario.play(row, protocol, address,
                                                    connect):
            report.check(wrong is None, f"{protocol} {label}", wrong,
                         dialogue)
        mta.end()
        front.stop()
report.finish()
