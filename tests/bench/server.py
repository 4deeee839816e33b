"""The servers that are measured: their life, and what they cost."""

import mmap
import os
import pwd
import signal
import socket
import struct
import subprocess
import time


class Failed(Exception):
    """A measurement could not be made."""


def wait_for(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failed('no %s within %d seconds' % (what, seconds))
        time.sleep(0.005)


def as_user(user):
    """What makes subprocess run something as another user, if there is one."""
    if user is None or os.geteuid() != 0:
        return {}
    return {'user': user, 'group': pwd.getpwnam(user).pw_gid,
            'extra_groups': []}


def on_processors(first):
    """What makes subprocess run something on the first processor, or others.

    Where the scheduler puts server and load on one processor, each request
    costs a switch between them; where not, none. It chooses anew each time.
    """
    every = sorted(os.sched_getaffinity(0))
    if len(every) < 2:
        return None
    chosen = every[:1] if first else every[1:]
    return lambda: os.sched_setaffinity(0, chosen)


class Server:
    """A process that listens at a unix socket."""

    def __init__(self, name, command, path, log, environment=None, user=None):
        self.name = name
        self.path = path
        self.log_path = log
        self.log = open(log, 'ab')
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, env=dict(os.environ, **(environment or {})),
            preexec_fn=on_processors(first=False),
            **as_user(user))

    def wait(self, seconds=30):
        wait_for(self.answers, seconds, 'answer of ' + self.name)
        self.load_seconds = time.monotonic() - self.started
        return self

    def answers(self):
        if self.process.poll() is not None:
            with open(self.log_path, errors='replace') as log:
                raise Failed('%s has ended: %s' % (self.name, log.read()[-2000:]))
        with socket.socket(socket.AF_UNIX) as attempt:
            try:
                attempt.connect(self.path)
            except OSError:
                return False
        return True

    @property
    def pid(self):
        return self.process.pid

    def cpu(self):
        """Seconds of CPU of all threads, those that have ended included."""
        # The clock of another process: clock_getcpuclockid(3).
        return time.clock_gettime(~self.pid << 3 | 2)

    def memory(self, field):
        """VmRSS or VmHWM, in bytes."""
        with open('/proc/%d/status' % self.pid) as status:
            for line in status:
                if line.startswith(field + ':'):
                    return int(line.split()[1]) * 1024
        raise Failed('no %s of %s' % (field, self.name))

    def forget_peak(self):
        with open('/proc/%d/clear_refs' % self.pid, 'w') as clear:
            clear.write('5')

    def said(self):
        with open(self.log_path, errors='replace') as log:
            return log.read()

    def forget_log(self):
        os.truncate(self.log_path, 0)

    def generations(self):
        return self.said().count('is\\x20in\\x20force') + \
            self.said().count('is in force')

    def reload(self, files):
        """Changes files and waits until they are in force."""
        before = self.generations()
        for path in files:
            os.utime(path)
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.generations() > before, 30, 'reload')

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Counter:
    """The number of calls that take from the heap, of count_malloc.so."""

    def __init__(self, path):
        self.path = path
        with open(path, 'wb') as out:
            out.write(bytes(mmap.PAGESIZE))

    def read(self):
        with open(self.path, 'rb') as counted:
            return struct.unpack('Q', counted.read(8))[0]


def load(program, path, requests, connections, seconds=0, count=0, any_=False):
    """Runs a load generator; returns what it has counted."""
    command = [program, '-c', str(connections)]
    command += ['-t', str(seconds)] if seconds else ['-n', str(count)]
    command += [path, requests] + (['any'] if any_ else [])
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                          timeout=seconds + 300,
                          preexec_fn=on_processors(first=True))
    if done.returncode != 0:
        raise Failed('%s has failed' % ' '.join(command))
    counted = dict(word.split('=') for word in done.stdout.split())
    counted = {name: int(value) for name, value in counted.items()}
    if counted['wrong'] > 0:
        raise Failed('%d of %d answers are wrong: %s' % (
            counted['wrong'], counted['answers'], ' '.join(command)))
    return counted
