#!/bin/sh
#
# examples.t - the policy file that is installed and each example are good,
# and an installation leaves the operator's own file alone.

daemon=$top_builddir/mtaguardd
count=0
status=0

ok() { # NAME CONDITION...
	name=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		status=1
	fi
}

directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT

is_good() { # FILE
	"$daemon" test -c "$1" >"$directory/out" 2>"$directory/errors" &&
	    ! test -s "$directory/errors" && return
	sed 's/^/# /' "$directory/errors"
	return 1
}

for file in "$top_srcdir"/conf/mtaguard.conf "$top_srcdir"/conf/examples/*.conf
do
	ok "${file##*/} has no mistake and no warning" is_good "$file"
done
ok "there are eight examples" test "$count" -eq 9

# Every table of the examples folder is named by one of them.
for file in "$top_srcdir"/conf/examples/*; do
	case $file in
	*.conf) ;;
	*) ok "${file##*/} is used" grep -q ":${file##*/}\"" \
	    "$top_srcdir"/conf/examples/*.conf ;;
	esac
done

# What stands in mtaguard.conf(5) and in README.md can be copied.
mkdir "$directory/man"
awk -v prefix="$directory/man/" '
	/^\.Ed/ { inside = 0 }
	inside { print >(prefix number ".conf") }
	/^\.Bd -literal/ { inside = 1; number++ }
	' "$top_srcdir/man/mtaguard.conf.5"
awk -v file="$directory/man/readme.conf" '
	/^```/ { inside = 0 }
	inside { print >file }
	/^```/ && wanted { inside = 1; wanted = 0 }
	/^## The policy/ { wanted = 1 }
	' "$top_srcdir/README.md"
echo 192.0.2.0/24 >"$directory/man/servers"

is_loaded() { # FILE
	"$daemon" test -c "$1" >"$directory/out" 2>&1 && return
	sed 's/^/# /' "$directory/out"
	return 1
}

copied=0
for file in "$directory"/man/*.conf; do
	grep -q '^\$ ' "$file" && continue
	copied=$((copied + 1))
	ok "the example ${file##*/} of the documentation is good" \
	    is_loaded "$file"
done
ok "the documentation has examples" test "$copied" -ge 5

install_policy() {
	${MAKE:-make} -s -C "$top_builddir" install-policy \
	    DESTDIR="$directory" sysconfdir=/etc >"$directory/out" 2>&1
}

installed=$directory/etc/mtaguard/mtaguard.conf
ok "install-policy succeeds" install_policy
ok "the policy file is installed" \
    cmp -s "$top_srcdir/conf/mtaguard.conf" "$installed"
echo 'mode = "observe";' >"$installed"
ok "install-policy succeeds again" install_policy
ok "a file that is there stays" grep -q observe "$installed"

echo "1..$count"
exit $status
