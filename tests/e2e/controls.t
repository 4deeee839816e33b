#!/usr/bin/env -S python3 -B
"""controls.t - the MTAs of these tests leak where no guard is.

What tests/data/vectors.tsv says of an open Postfix and an open Sendmail is
true, and locked ones refuse the same: so the tests with a guard can fail, and
do not fail for another reason than the guard.
"""

from lib import house, postfix, sendmail, tap, vectors

house.enter(120, postfix.missing(), sendmail.missing())
report = tap.Report()
table = vectors.load()
by_address = [vector for vector in table
              if vector.client not in vectors.ONLY_XCLIENT]

mta = postfix.Postfix("open", postfix.OPEN).start()
for vector, played, outside, _ in mta.play(table, vectors.play):
    report.equal(bool(outside), "postfix" in vector.escapes,
                 f"open Postfix: {vector}", played)
mta.stop()

mta = postfix.Postfix("locked").start()
for vector, played, outside, inside in mta.play(table, vectors.play):
    wrong = vectors.complaint(vector, played, outside, inside)
    report.check(wrong is None, f"locked Postfix: {vector}", wrong, played)
mta.stop()

mta = sendmail.Sendmail("open-sendmail", sendmail.OPEN).start()
for vector, played, outside, _ in mta.play(by_address, vectors.play):
    report.equal(bool(outside), "sendmail" in vector.escapes,
                 f"open Sendmail: {vector}", played)
mta.stop()

report.check(len(table) >= 170, "the table has 170 attempts")
report.check(len([row for row in table if "postfix" in row.escapes]) >= 110,
             "most of them leave an open Postfix")
report.finish()
