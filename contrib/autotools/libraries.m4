# MTAGUARD_LIBRARY(PREFIX, MODULES, DEBIAN-PACKAGE)
# Finds a library that we cannot do without; what is missing is collected, so
# that one run of configure tells it all.
AC_DEFUN([MTAGUARD_LIBRARY], [
	PKG_CHECK_MODULES([$1], [$2], [],
	    [missing="$missing
    [$2]: install $3"])
])

# MTAGUARD_MILTER
# libmilter brings no file for pkg-config.
AC_DEFUN([MTAGUARD_MILTER], [
	saved=$LIBS
	MILTER_LIBS=
	AC_CHECK_HEADER([libmilter/mfapi.h],
	    [AC_CHECK_LIB([milter], [smfi_setsymlist],
		[MILTER_LIBS="-lmilter -lpthread"], [], [-lpthread])])
	LIBS=$saved
	AS_IF([test -z "$MILTER_LIBS"],
	    [missing="$missing
    libmilter with smfi_setsymlist: install libmilter-dev"])
	AC_SUBST([MILTER_LIBS])
])

# MTAGUARD_MISSING
AC_DEFUN([MTAGUARD_MISSING], [
	AS_IF([test -n "$missing"], [AC_MSG_ERROR([missing libraries:$missing
(the package names are Debian's)])])
])

# MTAGUARD_OPTIONAL(PREFIX, MODULES, NAME, DEBIAN-PACKAGE, WITHOUT-IT)
# A library for one part: --without-NAME leaves it out, --with-NAME demands it.
AC_DEFUN([MTAGUARD_OPTIONAL], [
	AC_ARG_WITH([$3], [AS_HELP_STRING([--without-$3], [$5])],
	    [], [with_$3=check])
	$1_CFLAGS=
	$1_LIBS=
	AS_IF([test "$with_$3" != no],
	    [PKG_CHECK_MODULES([$1], [$2],
		[AC_DEFINE([HAVE_$1], [1], [Define if $3 is there.])],
		[AS_IF([test "$with_$3" = yes],
		    [AC_MSG_ERROR([$3 is missing: install $4])])])])
])
