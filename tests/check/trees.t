#!/usr/bin/env python3
#
# trees.t - each check, on hosts that are right and on hosts that are wrong:
# tests/check/<id>/{good,bad}-NAME, and the configurations of tests/check/cases.
#
# usage: trees.t [ID|cases...]   (all without; see tests/README.md)
#
import json
import os
import shutil
import subprocess
import sys
import tempfile

top = os.environ.get("top_srcdir", ".")
build = os.environ.get("top_builddir", ".")
here = os.path.abspath(os.path.join(top, "tests", "check"))
program = os.path.abspath(os.path.join(build, "mtaguard"))
OUTCOMES = ["notapplicable", "pass", "waived", "unknown", "fail"]
SKIPPED = 77  # what make.sh exits with, where the machine lacks something

count = 0
failures = 0


def ok(held, name, note=None):
    global count, failures
    count += 1
    failures += not held
    print(f"{'ok' if held else 'not ok'} {count} - {name}", flush=True)
    if not held and note:
        for line in str(note).splitlines()[:30]:
            print(f"# {line}")
    return held


def skip(name, reason):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {reason}")


class Expect:
    """The file "expect" of a tree."""

    def __init__(self, path, only, outcome):
        self.arguments = []
        self.wanted = []  # (id, outcome, place)
        self.as_root = False
        if os.path.exists(path):
            with open(path) as lines:
                for line in lines:
                    self.read(line.split("#")[0].split(), only)
        if not self.wanted:
            self.wanted = [(only, outcome, None)]

    def read(self, words, only):
        if not words:
            return
        if words[0] == "args":
            self.arguments += words[1:]
        elif words[0] == "as-root":
            self.as_root = True
        elif words[0] in OUTCOMES:
            self.want(only, *words)
        else:
            self.want(*words)

    def want(self, check, outcome, *places):
        assert outcome in OUTCOMES, outcome
        for place in places or [None]:
            self.wanted.append((check, outcome, place))


def copy_tree(source, target):
    """A copy with the modes of a usual host, whatever the umask was."""
    shutil.copytree(source, target, symlinks=True)
    for folder, folders, files in os.walk(target):
        os.chmod(folder, 0o755)
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                os.chmod(path, 0o644)
    for name in ("expect", "make.sh"):
        if os.path.exists(os.path.join(target, name)):
            os.unlink(os.path.join(target, name))


def in_namespace(command):
    """As root of a user namespace, in which our files are root's."""
    return command if os.geteuid() == 0 else ["unshare", "-r"] + command


def make(source, root, expect):
    """Runs make.sh of a tree in the copy; the reason why it cannot."""
    script = os.path.join(source, "make.sh")
    if not os.path.exists(script):
        return None
    command = ["sh", script]
    if expect.as_root:
        command = in_namespace(command)
    done = subprocess.run(command, cwd=root, capture_output=True, text=True,
                          timeout=60)
    if done.returncode == SKIPPED:
        return (done.stdout.splitlines() or ["make.sh cannot"])[-1]
    assert done.returncode == 0, done.stdout + done.stderr
    return None


def check(root, expect):
    ids = sorted({wanted[0] for wanted in expect.wanted})
    command = [program, "check", "--root", root, "--format", "json",
               "--only", ",".join(ids)]
    command += [word.replace("{tree}", root) for word in expect.arguments]
    if expect.as_root:
        command = in_namespace(command)
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def worst(results):
    return max((result["outcome"] for result in results),
               key=OUTCOMES.index, default=None)


def places(results, outcome, root):
    """file:line of every finding of that outcome; the file from the root."""
    found = set()
    for result in results:
        for finding in result["findings"]:
            if finding["outcome"] != outcome or not finding["file"]:
                continue
            name = finding["file"]
            if name.startswith(root):
                name = name[len(root):]
            found.add(name)
            if finding["line"]:
                found.add(f"{name}:{finding['line']}")
    return found


def misnamed(report, root):
    """Files of the tree that are named as if they were of this host."""
    named = {finding["file"] for result in report["results"]
             for finding in result["findings"] if finding["file"]}
    return sorted(name for name in named if name.startswith("/") and
                  not name.startswith(root) and os.path.exists(root + name))


def judge(name, done, expect, root):
    try:
        report = json.loads(done.stdout)
    except ValueError:
        ok(False, name, f"exit {done.returncode}\n{done.stderr}{done.stdout}")
        return
    if misnamed(report, root):
        ok(False, f"{name}: files are named as what they are",
           misnamed(report, root))
    for check_id, outcome, place in expect.wanted:
        results = [result for result in report["results"]
                   if result["id"] == check_id]
        label = f"{name}: {check_id} {outcome}"
        told = json.dumps([[result["outcome"], result["findings"]]
                           for result in results], indent=1)
        if place is None:
            ok(worst(results) == outcome, label, told)
        else:
            ok(worst(results) == outcome and
               place in places(results, outcome, root),
               f"{label} at {place}", told)


def play(name, source, only, outcome):
    expect = Expect(os.path.join(source, "expect"), only, outcome)
    work = tempfile.mkdtemp(prefix="mtaguard-tree.")
    root = os.path.join(work, "root")
    try:
        copy_tree(source, root)
        reason = make(source, root, expect)
        if reason:
            skip(name, reason)
        else:
            judge(name, check(root, expect), expect, root)
    finally:
        subprocess.run(["chmod", "-R", "u+rwX", work], capture_output=True)
        shutil.rmtree(work, ignore_errors=True)


def trees_of(check_id):
    folder = os.path.join(here, check_id)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    # What cannot be shown by files says which test shows it.
    if "elsewhere" in names:
        with open(os.path.join(folder, "elsewhere")) as reason:
            tests = [word for word in reason.read().split()
                     if word.startswith("tests/")]
        ok(tests and all(os.path.exists(os.path.join(top, test))
                         for test in tests),
           f"{check_id} is shown elsewhere", tests)
    for kind, outcome in (("good-", "pass"), ("bad-", "fail")):
        those = [name for name in names if name.startswith(kind)]
        if "elsewhere" not in names:
            ok(those, f"{check_id} has a tree {kind}*")
        for name in those:
            play(f"{check_id}/{name}", os.path.join(folder, name), check_id,
                 outcome)


def cases():
    folder = os.path.join(here, "cases")
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isdir(path):
            play(f"cases/{name}", path, None, None)


def all_ids():
    done = subprocess.run([program, "check", "--list", "--format", "json"],
                          capture_output=True, text=True, timeout=60,
                          check=True)
    return [each["id"] for each in json.loads(done.stdout)]


wanted = sys.argv[1:]
ids = all_ids()
for check_id in ids:
    if not wanted or check_id in wanted:
        trees_of(check_id)
for name in sorted(os.listdir(here)):
    if os.path.isdir(os.path.join(here, name)) and name != "cases":
        if not wanted:
            ok(name in ids, f"{name} is a check")
if not wanted or "cases" in wanted:
    cases()
print(f"1..{count}")
sys.exit(failures > 0)
