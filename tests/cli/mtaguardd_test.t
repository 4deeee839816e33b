#!/usr/bin/env -S python3 -B
"""mtaguardd_test.t - "mtaguardd test" and the options: what is said where,
and with which exit status."""

import os

import guard
from lib import tap

report = tap.Report()
house = guard.House()


def test(name, want, *arguments):
    """Runs mtaguardd; checks its status; what it printed."""
    status, output, errors = guard.run(*arguments)
    report.equal(status, want, f"{name}: status {want}", output, errors)
    return output, errors


output, errors = test("a good file", 0, "test", "-c", house.policy)
report.equal(output, f"{house.policy}: policy is good "
             "(1 grants, 2 listeners, 2 files)\n", "it is said to be good")
report.equal(errors, "", "and nothing else")
output, errors = test("a good file", 0, "--policy", house.policy, "test")
report.check("policy is good" in output, "options may stand first")

house.write(guard.GOOD.replace(', "::1"', ""))
output, errors = test("a file with a warning", 0, "test", "-c", house.policy)
report.check("policy is good" in output and "1 warnings" in output,
             "it is good all the same", output)
report.check(": warning: " in errors, "the warning is told", errors)

house.write(guard.GOOD.replace("relay", "relya").replace(
    '"127.0.0.0/8"', '"127.0.0.1/8"'))
output, errors = test("a bad file", 78, "test", "-c", house.policy)
report.equal(output, "", "a bad file: nothing on standard output")
for line in (2, 3):
    report.check(f"{house.policy}:{line}: " in errors,
                 f"a bad file: what is wrong in line {line}", errors)
report.check("relay" in errors, "a bad file: what may be meant", errors)

house.write()
os.unlink(house.path("domains"))
output, errors = test("a missing table", 78, "test", "-c", house.policy)
report.check(f"{house.policy}:4: " in errors, "with its place", errors)

output, errors = test("a missing file", 66, "test", "-c",
                      house.path("nothing"))
report.check("No such file" in errors, "a missing file: why", errors)
test("a directory", 78, "test", "-c", house.home)
os.mkfifo(house.path("fifo"))
test("a pipe", 78, "test", "-c", house.path("fifo"))

for front in ("policy", "milter"):
    test(f"{front}: a missing file", 66, front, "-c", house.path("nothing"))
    house.write("relya = ();\n")
    output, errors = test(f"{front}: a bad file", 78, front, "-c",
                          house.policy, "--state", house.state)
    report.check(f"{house.policy}:1: " in errors, f"{front}: the place",
                 errors)
    house.put("domains", "example.com\n")
    house.write(guard.GOOD.replace(f"{front} = \"unix", "x = \"unix")
                .replace("x = ", "# x = "))
    output, errors = test(f"{front}: nowhere to listen", 78, front, "-c",
                          house.policy, "--state", house.state)
    report.check(f"listen.{front}" in errors,
                 f"{front}: the setting is named", errors)

for arguments in ((), ("frobnicate",), ("test", "--frobnicate"),
                  ("test", "more"), ("test", "-c"), ("milter", "--stdio"),
                  ("test", "--stdio")):
    output, errors = test(f"misuse {arguments}", 64, *arguments)
    report.check(output == "" and "mtaguardd" in errors,
                 "it is told on standard error", output, errors)

output, errors = test("help", 0, "--help")
for word in ("policy", "milter", "test", "--stdio", "--state", "-c"):
    report.check(word in output, f"help knows {word}", output)
output, errors = test("version", 0, "--version")
report.check(output.startswith("mtaguardd "), "the version", output)

status = os.system(f"'{guard.PROGRAM}' --help > /dev/full 2>&1")
report.equal(os.waitstatus_to_exitcode(status), 70, "output that is lost")
house.remove()
report.finish()
