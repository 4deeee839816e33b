#!/bin/sh
#
# man.t - the manual pages are clean mdoc, and mtaguard(8) describes each
# command and each fact that explain knows.
#

cd "${top_srcdir:-.}" || exit 99
mtaguard=${top_builddir:-.}/mtaguard
count=0
status=0

result() { # NAME WRONG
	count=$((count + 1))
	if test -z "$2"; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		echo "$2" | sed 's/^/# /'
		status=1
	fi
}

for page in man/*.[1-8]; do
	if ! command -v mandoc >/dev/null; then
		count=$((count + 1))
		echo "ok $count - $page # SKIP no mandoc"
		continue
	fi
	# Our own pages refer to each other, and need not be installed.
	result "$page" "$(mandoc -T lint "$page" 2>/dev/null |
	    grep -v 'referenced manual not found')"
done

for command in $("$mtaguard" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	result "mtaguard(8) has $command" "$(
	    grep -q "^\.Ss mtaguard $command\$" man/mtaguard.8 ||
		echo "no section")"
done

# The message about an unknown fact tells all that are known.
policy=$(mktemp) || exit 99
echo 'destinations = [ "mta" ];' >"$policy"
facts=$("$mtaguard" explain -c "$policy" nonsense=x 2>&1 |
    sed -n 's/.*these are://p')
rm -f "$policy"
result "explain tells its facts" "$(test -n "$facts" || echo none)"
for fact in $facts; do
	result "mtaguard(8) has $fact" "$(
	    grep -q "^\.It.* ${fact%=} Ns = " man/mtaguard.8 ||
		echo "no .It for it")"
done
echo "1..$count"
exit $status
