"""smtp.py - an SMTP client that sends any bytes and hides nothing."""

import socket
import time

IPV6_FREEBIND = 78


class Reply:
    """One answer of the server, of one or several lines."""

    def __init__(self, lines):
        self.lines = lines
        self.code = int(lines[-1][:3]) if lines[-1][:3].isdigit() else 0

    def __str__(self):
        return " / ".join(self.lines)

    @property
    def accepted(self):
        return 200 <= self.code < 300

    @property
    def refused(self):
        return 500 <= self.code < 600


class Closed(Exception):
    """The server closed the connection."""


class Client:
    """A session; the address of the client may be any (see house)."""

    def __init__(self, server, port=25, source=None, seconds=60):
        self.dialogue = []
        self.replies = []
        self.inside = False  # a message: what is sent is no command
        self.buffer = b""
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(seconds)
        if source is not None:
            if family == socket.AF_INET6:
                self.socket.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
            self.socket.bind((source, 0))
        self.socket.connect((server, port))
        self.banner = self.reply()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.dialogue.append(f"> {data!r}")
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed() from error

    def line(self):
        while b"\n" not in self.buffer:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                raise Closed()
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r").decode("utf-8", "backslashreplace")

    def reply(self):
        lines = [self.line()]
        while lines[-1][3:4] == "-":
            lines.append(self.line())
        self.dialogue += ["< " + line for line in lines]
        self.replies.append(Reply(lines))
        self.inside = self.replies[-1].code == 354
        return self.replies[-1]

    def command(self, text):
        """Sends one line, and returns the answer to it."""
        if isinstance(text, str):
            text = text.encode("utf-8")
        self.send(text + b"\r\n")
        return self.reply()

    def commands(self, block):
        """Sends several lines at once; returns the answers to them.

        After a 354 the lines belong to the message, up to the dot.
        """
        self.send(block)
        replies = []
        for line in block.split(b"\n")[:-1]:
            if not self.inside or line.rstrip(b"\r") == b".":
                replies.append(self.reply())
        return replies

    def message(self, sender, recipients, body="Subject: test\n\ntest"):
        """Sends a message; returns the answers to MAIL, each RCPT, DATA."""
        replies = [self.command(f"MAIL FROM:<{sender}>")]
        replies += [self.command(f"RCPT TO:<{recipient}>")
                    for recipient in recipients]
        replies.append(self.data(body))
        return replies

    def data(self, body="Subject: test\n\ntest"):
        reply = self.command("DATA")
        if reply.code != 354:
            return reply
        text = body.encode("utf-8").replace(b"\n", b"\r\n")
        return self.command(text + b"\r\n.")

    def quit(self):
        """Ends the session, after all answers have been read."""
        try:
            self.send(b"QUIT\r\n")
            while True:
                self.reply()
        except Closed:
            pass
        self.close()


def connect(server, port=25, source=None, seconds=20):
    """A client, as soon as the server greets it."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return Client(server, port, source, seconds)
        except (ConnectionRefusedError, Closed):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def xtext(value):
    """The encoding of XCLIENT values (RFC 1891)."""
    return "".join(letter if "!" <= letter <= "~" and letter not in "+="
                   else f"+{ord(letter):02X}" for letter in value)
