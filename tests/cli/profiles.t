#!/usr/bin/env python3
#
# profiles.t - each profile that is installed loads, says what it is, and is
# run over a small host.
#
import json
import os
import re
import subprocess
import sys

top = os.path.abspath(os.environ.get("top_srcdir", "."))
build = os.path.abspath(os.environ.get("top_builddir", "."))
program = os.path.join(build, "mtaguard")
folder = os.path.join(top, "conf", "profiles")
host = os.path.join(top, "tests", "check", "postfix-inet-interfaces")

count = 0
failures = 0


def ok(held, name, note=""):
    global count, failures
    count += 1
    failures += not held
    print(f"{'ok' if held else 'not ok'} {count} - {name}", flush=True)
    if not held:
        for line in str(note).splitlines()[:20]:
            print(f"# {line}")


def check(*arguments):
    return subprocess.run([program, "check", *arguments], timeout=60,
                          capture_output=True, text=True)


def read(*path):
    with open(os.path.join(top, *path)) as file:
        return file.read()


def ids_of(path):
    done = check("--profile", path, "--list", "--format", "json")
    ok(done.returncode == 0 and done.stderr == "", f"{path} loads",
       done.stderr)
    return {each["id"] for each in json.loads(done.stdout or "[]")}


def outcome(path, tree, check_id):
    """What a profile says of one host; every check of it is told."""
    done = check("--profile", path, "--root", os.path.join(host, tree),
                 "--mta-version", "3.7.11", "--hostname", "mail.ours.test",
                 "--interfaces", "198.51.100.10/24", "--format", "json")
    ok(done.returncode in (0, 1, 2) and done.stderr == "",
       f"{path} is run over {tree}", done.stderr)
    results = json.loads(done.stdout)["results"]
    ok({each["id"] for each in results} == ids_of(path),
       f"{path} tells all its checks, and no other, of {tree}")
    return {each["outcome"] for each in results if each["id"] == check_id}


every = ids_of(os.path.join(folder, "baseline.conf"))
page = read("man", "mtaguard.8")
installed = re.findall(r"conf/profiles/(\S+)", read("conf", "conf.am"))
names = sorted(os.listdir(folder))
ok(sorted(installed) == names, "all profiles are installed", installed)
for name in names:
    path = os.path.join(folder, name)
    word = name[:-len(".conf")]
    checks = ids_of(path)
    ok(checks and checks <= every, f"{name} has checks")
    ok((checks == every) == (word == "baseline"), f"{name} has its own")
    ok(re.search(rf"^\.Cm (.* )?{word}( .*)?$", page, re.M),
       f"mtaguard(8) has {word}")
    wanted = "postfix-inet-interfaces"
    if wanted in checks:
        ok(outcome(path, "good-localhost", wanted) == {"pass"},
           f"{name} passes what listens on loopback")
        ok(outcome(path, "bad-last-wins", wanted) == {"fail"},
           f"{name} fails what listens on all")
    else:
        ok(outcome(path, "good-localhost", "mta-config-starts") == {"pass"},
           f"{name} passes what starts")
print(f"1..{count}")
sys.exit(failures > 0)
