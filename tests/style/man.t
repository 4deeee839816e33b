#!/bin/sh
#
# man.t - the manual pages are clean mdoc; mtaguard(8) describes each command
# and each fact that explain knows, mtaguardd(8) each command, option, event
# and key of the log.
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

# What the daemon is asked with, and what it writes.
daemon=${top_builddir:-.}/mtaguardd
has() { # PATTERN WHAT
	result "mtaguardd(8) has $2" "$(
	    grep -q -e "$1" man/mtaguardd.8 || echo "no $1")"
}
for command in $("$daemon" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	has "^\.It Cm $command\$" "$command"
done
for option in $("$daemon" --help | grep -o -e '--[a-z]*' | sort -u); do
	has "^\.It Fl .*$(echo "$option" | sed 's/^--/-/')" "$option"
done
for key in $(sed -n 's/.*log_add[a-z_]*(&*line, "\([a-z]*\)".*/\1/p' \
    src/serve/*.c src/base/log.c | sort -u); do
	has "^\.\(It\|Pq\)* *Va .*$key" "key $key"
done
for event in $(cat src/*.c src/serve/*.c | tr '\n' ' ' |
    grep -o 'log_\(say\|begin\)([^"]*"[a-z]*"' | sed 's/.*"\(.*\)"/\1/' |
    sort -u); do
	has "^\.Cm .*$event" "event $event"
done
echo "1..$count"
exit $status
