# MTAGUARD_BUILD_KINDS
# The kinds of build that a developer needs.
AC_DEFUN([MTAGUARD_BUILD_KINDS], [
	AC_ARG_ENABLE([sanitizers], [AS_HELP_STRING([--enable-sanitizers],
	    [build with AddressSanitizer and UndefinedBehaviorSanitizer;
	    =thread: with ThreadSanitizer])], [], [enable_sanitizers=no])
	AS_CASE([$enable_sanitizers],
	    [no], [SANITIZERS=],
	    [yes|address], [SANITIZERS="-fsanitize=address,undefined -fno-sanitize-recover=all"],
	    [thread], [SANITIZERS="-fsanitize=thread"],
	    [AC_MSG_ERROR([--enable-sanitizers is yes, address, thread or no])])
	AC_SUBST([SANITIZERS])

	AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror],
	    [treat warnings as errors])], [], [enable_werror=no])
	AS_IF([test "$enable_werror" = yes], [WARNINGS="$WARNINGS -Werror"])
])
