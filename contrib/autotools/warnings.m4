# MTAGUARD_WARNINGS
# Puts into WARNINGS each flag below that the compiler knows.
AC_DEFUN([MTAGUARD_WARNINGS], [
	AC_LANG_ASSERT([C])
	WARNINGS=
	m4_foreach_w([flag], [
		-Wall -Wextra -Wpedantic
		-Wshadow -Wconversion -Wno-sign-conversion -Wcast-qual
		-Wcast-align -Wpointer-arith -Wwrite-strings -Wundef -Wvla
		-Wformat=2 -Wswitch-enum -Wimplicit-fallthrough
		-Wnull-dereference -Wstrict-prototypes -Wold-style-definition
		-Wmissing-prototypes -Wredundant-decls
		-Wlogical-op -Wduplicated-cond -Wduplicated-branches
		-Wjump-misses-init -Wformat-overflow=2 -Wformat-truncation=2
		-Wcomma -Wassign-enum -Wmissing-variable-declarations
		-Wunreachable-code-aggressive -Wconditional-uninitialized
	], [
		AS_VAR_PUSHDEF([known], [mtaguard_cv_cc_[]flag])
		AC_CACHE_CHECK([whether $CC knows flag], [known], [
			saved=$CFLAGS
			CFLAGS="$CFLAGS -Werror flag"
			AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
			    [AS_VAR_SET([known], [yes])],
			    [AS_VAR_SET([known], [no])])
			CFLAGS=$saved
		])
		AS_VAR_IF([known], [yes], [WARNINGS="$WARNINGS flag"])
		AS_VAR_POPDEF([known])
	])
	AC_SUBST([WARNINGS])
])
