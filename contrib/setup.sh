# setup.sh - what quickstart and run-tests share: telling, packages, a build.
#
# Sourced by bash scripts beside it. Expects $work, a directory for logs.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What configure and make need.
build_packages=(
	autoconf automake gcc libc6-dev make pkgconf
	libconfig-dev libevent-dev libidn2-dev libjansson-dev libmilter-dev
	libpcre2-dev libsqlite3-dev libssl-dev libsystemd-dev libxml2-dev
	libxxhash-dev
)

bold='' green='' red='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
	bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
fi

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

need_root() {
	[ "$(id -u)" = 0 ] || die "must be run as root"
}

# One line of progress: its name, dots, and what came of it later.
begin() {
	local dots=...............................
	printf '  %s %s ' "$1" "${dots:${#1}}"
	started=$SECONDS
}

end() {
	printf '%-32s %3d s\n' "$1" $((SECONDS - started))
}

# step NAME COMMAND...: runs it with its output in a log; shows the end of
# that when it fails.
step() {
	local name=$1 log=$work/${1// /-}.log
	shift
	begin "$name"
	if "$@" >"$log" 2>&1 </dev/null; then
		end "${green}ok${plain}"
		return 0
	fi
	end "${red}failed${plain}"
	tail -n 40 "$log" | sed 's/^/    | /'
	return 1
}

missing_packages() {
	local package
	for package; do
		dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null |
		    grep -q ' installed$' || printf '%s\n' "$package"
	done
}

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -y -q \
	    -o Dpkg::Use-Pty=0 "$@"
}

# Postfix is not configured, so nothing of it is started.
install_missing() {
	debconf-set-selections <<-'END'
	postfix postfix/main_mailer_type select No configuration
	END
	apt update && apt install --no-install-recommends "$@"
}

# packages NAME...: installs those that are missing.
packages() {
	local missing
	mapfile -t missing < <(missing_packages "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	command -v apt-get >/dev/null ||
	    die "no apt-get; please install: ${missing[*]}"
	step "install ${#missing[@]} packages" install_missing "${missing[@]}" ||
	    die "cannot install: ${missing[*]}"
}

# A copy of the sources in $work/source, so that the tree is left as it is;
# without what a build in the tree may have left there.
copy_sources() {
	mkdir -p "$work/source" &&
	    tar -C "$top" --exclude=./.git --exclude='./build*' \
	    --exclude=autom4te.cache -cf - . | tar -C "$work/source" -xf - &&
	    cd "$work/source" || return 1
	[ ! -f config.status ] || make distclean || return 1
	autoreconf -i
}

# build DIRECTORY ARGUMENTS...: configures and makes the copy there.
build() {
	mkdir -p "$work/$1" && cd "$work/$1" &&
	    ../source/configure "${@:2}" && make -j"$(nproc)"
}
