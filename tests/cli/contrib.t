#!/bin/sh
#
# contrib.t - what is installed for systemd and the MTAs: that systemd takes
# the units and finds them closed enough, and that the lines are Postfix's.

count=0
status=0

ok() { # NAME CONDITION...
	name=$1
	shift
	count=$((count + 1))
	if "$@" >"$directory/out" 2>&1; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		sed 's/^/# /' "$directory/out"
		status=1
	fi
}

skip() { # NAME REASON
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT
root=$directory/root

# The units name the programs where they will be: install below a directory.
ok 'make install' make -C "$top_builddir" install DESTDIR="$root" prefix=/usr \
    sysconfdir=/etc localstatedir=/var
units=$(dirname "$(find "$root" -name mtaguard-policy.socket)")
ok 'units are installed' test -d "$units"

for unit in mtaguard-policy.service mtaguard-milter.service; do
	ok "$unit: no place is left open" sh -c "! grep @ '$units/$unit' |
	    grep -v 'SystemCallFilter\|postfix@'"
	front=${unit#mtaguard-}
	ok "$unit: starts its front end" grep -q \
	    "^ExecStart=/.*/mtaguardd ${front%.service}\$" "$units/$unit"
	if command -v systemd-analyze >/dev/null; then
		ok "$unit: exposure of at most 1.5" systemd-analyze security \
		    --offline=yes --threshold=15 "$units/$unit"
	else
		skip "$unit: exposure of at most 1.5" 'no systemd-analyze'
	fi
done

verify() {
	mkdir "$directory/verify" || return 1
	for unit in mtaguard-policy.service mtaguard-milter.service \
	    mtaguard-policy.socket mtaguard-check.service \
	    mtaguard-check.timer mtaguard-check.path; do
		# As if it were installed here; the pages are not.
		sed -e "s|=-\{0,1\}/.*/mtaguardd|=$top_builddir/mtaguardd|" \
		    -e "s|=/.*/mtaguard |=$top_builddir/mtaguard |" \
		    -e '/^Documentation=/d' "$units/$unit" \
		    >"$directory/verify/$unit"
	done
	systemd-analyze verify "$directory"/verify/* 2>&1 | tee "$directory/said"
	! grep -q mtaguard "$directory/said"
}

if command -v systemd-analyze >/dev/null; then
	ok 'systemd takes the units' verify
	ok 'mtaguard-check.service: exposure of at most 2.5' \
	    systemd-analyze security --offline=yes --threshold=25 \
	    "$units/mtaguard-check.service"
else
	skip 'systemd takes the units' 'no systemd-analyze'
	skip 'mtaguard-check.service: exposure of at most 2.5' \
	    'no systemd-analyze'
fi

# An MTA's unit, with what we put before its start.
before_start() { # UNIT DROP-IN
	rm -rf "$directory/mta"
	mkdir -p "$directory/mta/$1.d" || return 1
	printf '[Service]\nType=oneshot\nExecStart=/bin/true\n' \
	    >"$directory/mta/$1"
	sed "s|/.*/mtaguard |$top_builddir/mtaguard |" "$2" \
	    >"$directory/mta/$1.d/50-mtaguard-check.conf" || return 1
	said=$(systemd-analyze verify "$directory/mta/$1" 2>&1)
	echo "$said"
	! echo "$said" | grep -q -e mtaguard -e "$1"
}

documents=$(dirname "$(find "$root" -path '*/doc/*' -name 'postfix.service.d')")
for unit in postfix@-.service postfix.service sendmail.service \
    exim4.service; do
	file=$unit.d/50-mtaguard-check.conf
	ok "$unit: the drop-in as installed only tells" \
	    grep -q '^ExecStartPre=-/.*/mtaguard check --gate' "$units/$file"
	ok "$unit: the one to copy keeps it from starting" \
	    grep -q '^ExecStartPre=/.*/mtaguard check --gate' "$documents/$file"
	if command -v systemd-analyze >/dev/null; then
		ok "$unit: systemd takes the advisory drop-in" \
		    before_start "$unit" "$units/$file"
		ok "$unit: systemd takes the enforcing drop-in" \
		    before_start "$unit" "$documents/$file"
	else
		skip "$unit: systemd takes the advisory drop-in" \
		    'no systemd-analyze'
		skip "$unit: systemd takes the enforcing drop-in" \
		    'no systemd-analyze'
	fi
done

makes_account() {
	mkdir -p "$root/etc" && systemd-sysusers --root="$root" &&
	    grep -q '^mtaguard:.*:/var/lib/mtaguard:' "$root/etc/passwd"
}

if command -v systemd-sysusers >/dev/null; then
	ok 'systemd makes the account' makes_account
else
	skip 'systemd makes the account' 'no systemd-sysusers'
fi

if command -v postconf >/dev/null; then
	mkdir "$directory/postfix"
	cp "$top_srcdir/contrib/postfix/main.cf" "$directory/postfix/main.cf"
	cp "$top_builddir/contrib/postfix/master.cf" \
	    "$directory/postfix/master.cf"
	ok 'Postfix reads main.cf' sh -c "
	    postconf -c '$directory/postfix' -h smtpd_relay_restrictions |
		grep -q '^check_policy_service { unix:mtaguard/policy,' &&
	    ! postconf -c '$directory/postfix' -n 2>&1 >/dev/null | grep ."
	ok 'Postfix reads master.cf' sh -c "
	    postconf -c '$directory/postfix' -M mtaguard/unix |
		grep -q 'argv=/.*/mtaguardd policy --stdio' &&
	    postconf -c '$directory/postfix' -P \
		submission/inet/smtpd_relay_restrictions | grep -q mtaguard"
else
	skip 'Postfix reads main.cf' 'no postconf'
	skip 'Postfix reads master.cf' 'no postconf'
fi
echo "1..$count"
exit $status
