"""crowd.py - many SMTP sessions that stay open and keep asking."""

import threading
import time

from lib import house, smtp

STRANGER = "203.0.113.66"
FOREIGN = "victim@outside.test"
LOCAL = "user@relay.test"


class Answer:
    """One answer to RCPT."""

    def __init__(self, recipient, reply, asked, answered):
        self.recipient = recipient
        self.reply = reply
        self.asked = asked
        self.answered = answered

    def __str__(self):
        return (f"{self.recipient}: {self.reply}"
                f" after {self.answered - self.asked:.2f} s")


class Session:
    """One session, which asks about the same recipients again and again."""

    def __init__(self, source, recipients, port):
        self.recipients = recipients
        self.answers = []
        self.client = smtp.connect(house.ADDRESS, port, source, 30)
        self.client.command("EHLO probe.outside.test")

    def ask(self):
        self.client.command("MAIL FROM:<someone@outside.test>")
        for recipient in self.recipients:
            asked = time.monotonic()
            reply = self.client.command(f"RCPT TO:<{recipient}>")
            self.answers.append(Answer(recipient, reply, asked,
                                       time.monotonic()))
        self.client.command("RSET")


class Crowd:
    """Sessions that threads drive; closed by nobody but the test."""

    THREADS = 8

    def __init__(self, count, source=STRANGER, recipients=(FOREIGN, LOCAL),
                 port=25):
        self.sessions = [Session(source, recipients, port)
                         for _ in range(count)]
        self.asking = threading.Event()
        self.threads = []
        self.errors = []

    def start(self):
        """All sessions ask, one after the other, until told to stop."""
        self.asking.set()
        self.errors.clear()
        self.threads = [
            threading.Thread(target=self.drive, daemon=True,
                             args=(self.sessions[first::self.THREADS],))
            for first in range(self.THREADS)]
        for thread in self.threads:
            thread.start()

    def drive(self, sessions):
        try:
            while self.asking.is_set():
                for session in sessions:
                    session.ask()
        except (OSError, smtp.Closed) as error:
            self.errors.append(repr(error))

    def stop(self):
        self.asking.clear()
        for thread in self.threads:
            thread.join(60)
        return self.take()

    def ask(self):
        """Each session asks once, all of them at the same time."""
        threads = [threading.Thread(target=self.once, daemon=True,
                                    args=(session,))
                   for session in self.sessions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return self.take()

    def once(self, session):
        try:
            session.ask()
        except (OSError, smtp.Closed) as error:
            self.errors.append(repr(error))

    def take(self):
        """The answers since the last time."""
        answers = [answer for session in self.sessions
                   for answer in session.answers]
        for session in self.sessions:
            session.answers = []
        return answers
