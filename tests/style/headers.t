#!/bin/sh
#
# headers.t - each header stands alone and has the guard of its path.

cd "${top_srcdir:-.}" || exit 99

compiler=${CC:-cc}
count=0
status=0
for file in src/*.h src/*/*.h tests/lib/*.h; do
	test -e "$file" || continue
	count=$((count + 1))
	path=${file#src/}
	guard=$(echo "$path" | tr 'a-z/.' 'A-Z__')
	if ! grep -q "^#ifndef $guard\$" "$file"; then
		echo "not ok $count - $file: the guard is not $guard"
		status=1
	elif wrong=$(echo "#include \"$path\"" | $compiler -std=c17 \
	    -D_GNU_SOURCE -Wall -Wextra -Werror -Isrc -I. -fsyntax-only \
	    -xc - 2>&1); then
		echo "ok $count - $file"
	else
		echo "not ok $count - $file"
		echo "$wrong" | sed 's/^/# /'
		status=1
	fi
done
echo "1..$count"
exit $status
