"""guard.py - mtaguardd as it comes out of the build, in front of an MTA."""

import os
import shutil
import signal
import socket
import subprocess

from lib import house, tap

# What README.md tells to write into main.cf.
WIRING = ("check_policy_service { unix:mtaguard/policy, timeout=3s,"
          " try_limit=2, retry_delay=1s,"
          " { default_action = 451 4.3.0 Relay guard unavailable } }")

# Every value that a list of destinations needs for the MTAs of these tests.
LIST = ('[ "relay.test", "mx.relay.test", "backup.test", "alias.test",'
        ' "virtual.test" ]')
MTA = '"mta"'

POLICY = """
networks = { trusted = [ "192.0.2.0/28" ]; };
destinations = @DESTINATIONS@;
relay = (
  { name = "trusted"; from = "trusted"; },
  { name = "users"; login = true; }
);
"""
POLICY_SOCKET = "/run/postfix/spool/mtaguard/policy"
MILTER_SOCKET = "/run/mtaguard/milter"


def program(name="mtaguardd"):
    return os.path.join(house.build_directory(), name)


def missing():
    return None if os.access(program(), os.X_OK) else "no mtaguardd is built"


def policy(destinations=LIST):
    return POLICY.replace("@DESTINATIONS@", destinations)


class Guard:
    """One front end with a policy file of its own below /run/NAME.

    tables is a folder whose files the policy file names.
    """

    def __init__(self, front="policy", text=None, where=None, name="guard",
                 group="postfix", tables=None):
        self.front = front
        self.path = f"/run/{name}/mtaguard.conf"
        self.log = f"/run/{name}/{front}.log"
        self.socket = where or (POLICY_SOCKET if front == "policy"
                                else MILTER_SOCKET)
        self.program = program()
        self.process = None
        self.listen = "" if "\nlisten =" in (text or "") else (
            f'listen = {{ {front} = ( {{ at = "unix:{self.socket}";'
            f' group = "{group}"; }} ); }};')
        self.state = f"/run/{name}/state"
        os.makedirs(os.path.dirname(self.socket), exist_ok=True)
        if tables is not None:
            shutil.copytree(tables, f"/run/{name}")
        self.write(text or policy())
        os.makedirs(self.state, exist_ok=True)
        shutil.chown(self.state, "mtaguard", "mtaguard")

    def write(self, text):
        """Puts a policy file in place, by renaming, as an editor does."""
        house.write(f"{self.path}.new", text + self.listen)
        os.rename(f"{self.path}.new", self.path)

    def start(self):
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [self.program, self.front, "-c", self.path],
                env={**os.environ, "STATE_DIRECTORY": self.state},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            house.wait_for(self.answers, "guard")
        except TimeoutError:
            tap.bail_out("the guard does not serve: " + house.read(self.log))
        return self

    def answers(self):
        if self.process.poll() is not None:
            tap.bail_out("the guard has ended: " + house.read(self.log))
        client = socket.socket(socket.AF_UNIX)
        try:
            client.connect(self.socket)
            return True
        except OSError:
            return False
        finally:
            client.close()

    def stop(self):
        self.process.terminate()
        return self.process.wait(20)

    def kill(self):
        self.process.kill()
        self.process.wait(20)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)


def tool(*arguments, text=None):
    """Runs mtaguard; returns its exit status and what it printed."""
    done = subprocess.run([program("mtaguard"), *arguments], text=True,
                          input=text, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr
