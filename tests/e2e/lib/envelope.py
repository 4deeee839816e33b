"""envelope.py - a session up to RCPT TO, and what the real Postfix says to it.

A session is (client address, its name, helo, sender, recipient).
"""

from lib import house, smtp


def connect(session, delayed):
    """A connection of the client, and the reply to what it is said to be.

    What refuses at once must see the client itself, who then has no name.
    """
    address, name, *_ = session
    if not delayed:
        server = house.ADDRESS6 if ":" in address else house.ADDRESS
        client = smtp.Client(server, 25, address)
        return client, client.banner
    client = smtp.Client(house.ADDRESS, 25, "127.0.0.1")
    client.command("EHLO x.invalid")
    shown = f"IPV6:{address}" if ":" in address else address
    return client, client.command(
        f"XCLIENT ADDR={shown} NAME={name or '[UNAVAILABLE]'}"
        f" REVERSE_NAME={name or '[UNAVAILABLE]'}")


def told(session, delayed):
    """The answer of the real Postfix."""
    _, _, helo, sender, recipient = session
    commands = [f"HELO {helo}"] if helo else []
    commands += [f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>"]
    client = None
    try:
        client, reply = connect(session, delayed)
        if not reply.accepted:
            return kind(client.command("NOOP"))
        for command in commands:
            if reply.accepted:
                reply = client.command(command)
        return kind(reply)
    except smtp.Closed:
        return "REJECT"
    finally:
        if client is not None:
            client.close()


def kind(reply):
    if reply.accepted:
        return "ACCEPT"
    return "REJECT" if reply.refused else "DEFER"
