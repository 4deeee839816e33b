"""tap.py - report results in the Test Anything Protocol."""

import sys


class Report:
    """The results of one test program, printed as they come."""

    def __init__(self):
        self.count = 0
        self.failures = 0

    def check(self, held, name, *details):
        """Prints one result, what explains a failure below it."""
        self.count += 1
        if not held:
            self.failures += 1
        print(f"{'ok' if held else 'not ok'} {self.count} - {name}")
        if not held:
            self.note(*details)
        sys.stdout.flush()
        return held

    def equal(self, got, want, name, *details):
        return self.check(got == want, name, f"got  {got!r}",
                          f"want {want!r}", *details)

    def note(self, *details):
        for detail in details:
            for line in str(detail).splitlines():
                print("#", line.encode("ascii", "backslashreplace").decode())
        sys.stdout.flush()

    def finish(self):
        """Prints the plan and ends the program."""
        print(f"1..{self.count}")
        sys.stdout.flush()
        sys.exit(1 if self.failures else 0)


def skip_all(reason):
    print(f"1..0 # SKIP {reason}")
    sys.stdout.flush()
    sys.exit(0)


def bail_out(reason):
    print(f"Bail out! {reason}")
    sys.stdout.flush()
    sys.exit(1)
