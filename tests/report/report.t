#!/usr/bin/env python3
#
# report.t - each format of a report is as it was agreed on, and is valid by
# the tools that read it.
#
# usage: report.t [--renew]   (--renew: write the *.expected files anew; look
# at what has changed before it is committed)
#
import json
import os
import re
import shutil
import subprocess
import sys

top = os.environ.get("top_srcdir", ".")
build = os.environ.get("top_builddir", ".")
here = os.path.join(top, "tests", "report")
sample = os.path.join(build, "tests", "report", "sample")

# What is compared: file, arguments of the sample.
CASES = [
    ("text", ["text"]),
    ("text-narrow", ["text", "40"]),
    ("text-colour", ["text", "72", "colour"]),
    ("text-detailed", ["text", "80", "colour", "detailed"]),
    ("json", ["json"]),
    ("html", ["html"]),
    ("xccdf", ["xccdf"]),
    ("junit", ["junit"]),
    ("tap", ["tap"]),
]

count = 0
failures = 0


def ok(held, name, note=None):
    global count, failures
    count += 1
    failures += not held
    print(f"{'ok' if held else 'not ok'} {count} - {name}")
    if not held and note:
        for line in str(note).splitlines()[:20]:
            print(f"# {line}")
    return held


def skip(name, reason):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {reason}")


def made(arguments):
    return subprocess.run([sample] + arguments, capture_output=True,
                          timeout=60, check=True).stdout


def run(command, text):
    return subprocess.run(command, input=text, capture_output=True, timeout=60)


def compare():
    for name, arguments in CASES:
        path = os.path.join(here, name + ".expected")
        text = made(arguments)
        if "--renew" in sys.argv:
            with open(path, "wb") as out:
                out.write(text)
        with open(path, "rb") as expected:
            ok(text == expected.read(), f"{name} is as expected",
               "renew with report.t --renew, and look at the difference")


def hostile_bytes():
    """Nothing of a hostile file reaches a terminal, XML or JSON."""
    for name in ["text", "json", "html", "xccdf", "junit", "tap"]:
        text = made([name])
        try:
            decoded = text.decode("utf-8")
        except UnicodeDecodeError as error:
            ok(False, f"{name} is UTF-8", error)
            continue
        bad = re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", decoded)
        ok(bad is None, f"{name} has no control characters", bad)
        if name in ("html", "xccdf", "junit"):
            ok("<script" not in decoded, f"{name} has no element of a file")


def page_stands_alone():
    text = made(["html"]).decode()
    ok(not re.search(r"<script|<link|<img|<iframe|url\(|@import|src=|href=",
                     text), "the page loads nothing and runs nothing")
    ok('<meta name="viewport"' in text, "the page fits a telephone")
    if shutil.which("xmllint"):
        body = text.replace("<!DOCTYPE html>", "", 1).encode()
        result = run(["xmllint", "--noout", "-"], body)
        ok(result.returncode == 0, "the page nests its elements well",
           result.stderr.decode())
    else:
        skip("the page nests its elements well", "no xmllint")


def xml_is_valid():
    if shutil.which("xmllint"):
        result = run(["xmllint", "--noout", "--schema",
                      os.path.join(here, "junit.xsd"), "-"], made(["junit"]))
        ok(result.returncode == 0, "junit is valid by its schema",
           result.stderr.decode())
    else:
        skip("junit is valid by its schema", "no xmllint")
    if not shutil.which("oscap"):
        skip("oscap accepts the benchmark and its result", "no oscap")
        return
    path = os.path.join(build, "tests", "report", "sample.xccdf.xml")
    with open(path, "wb") as out:
        out.write(made(["xccdf"]))
    result = subprocess.run(["oscap", "xccdf", "validate", path],
                            capture_output=True, timeout=120)
    ok(result.returncode == 0, "oscap accepts the benchmark and its result",
       (result.stdout + result.stderr).decode())
    result = subprocess.run(["oscap", "info", path], capture_output=True,
                            timeout=120)
    ok(b"xccdf_org.mtaguard_testresult_sample" in result.stdout,
       "oscap finds the result", result.stdout.decode())
    os.unlink(path)


def xccdf_names_rules_of_ssg():
    text = made(["xccdf"]).decode()
    rule = "xccdf_org.ssgproject.content_rule_"
    ok(f">{rule}postfix_network_listening_disabled</ident>" in text,
       "a rule names the one of SSG")


def json_is_valid():
    report = json.loads(made(["json"]))
    with open(os.path.join(here, "check.schema.json")) as source:
        schema = json.load(source)
    try:
        import jsonschema
    except ImportError:
        skip("json is valid by its schema", "no jsonschema for Python")
        return
    errors = list(jsonschema.Draft7Validator(schema).iter_errors(report))
    ok(not errors, "json is valid by its schema", errors)
    del report["results"][0]["outcome"]
    errors = list(jsonschema.Draft7Validator(schema).iter_errors(report))
    ok(len(errors) == 1, "a report without an outcome is not")


def tap_counts():
    lines = made(["tap"]).decode().splitlines()
    plan = int(lines[1].split("..")[1])
    tests = [line for line in lines if re.match(r"(not )?ok \d+ ", line)]
    ok(len(tests) == plan == 7, "TAP has as many tests as its plan")
    skips = [line for line in tests if re.search(r"[^\\]# SKIP", line)]
    ok(len(skips) == 1, "a text of a file is no directive of TAP")


compare()
hostile_bytes()
page_stands_alone()
xml_is_valid()
xccdf_names_rules_of_ssg()
json_is_valid()
tap_counts()
print(f"1..{count}")
sys.exit(failures > 0)
