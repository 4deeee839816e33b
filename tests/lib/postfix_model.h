/*
 * postfix_model.h - a small model of Postfix's reject_unauth_destination, to
 * hold the engine against.
 *
 * It reads a policy request by itself, with nothing of the code under test.
 */
#ifndef TESTS_LIB_POSTFIX_MODEL_H
#define TESTS_LIB_POSTFIX_MODEL_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* A Postfix: what it delivers or relays for, and whom it trusts. */
struct postfix_model {
	const char *const *domains;  /* in lower case; ends in NULL */
	const char *const *literals; /* "[127.0.0.1]"; ends in NULL */
	const char *const *clients;  /* addresses; ends in NULL */
};

enum postfix_verdict {
	POSTFIX_SILENT, /* it asks for no verdict at this stage */
	POSTFIX_PERMITS,
	POSTFIX_REFUSES,
};

enum postfix_verdict postfix_model_judge(const struct postfix_model *model,
    struct str request);

/*
 * Why the guard may refuse what Postfix permits: the classes that the
 * documentation names. NULL: it may not.
 */
const char *postfix_model_stricter(struct str request);

/* The value of an attribute, or an empty one; the first if there are two. */
struct str postfix_model_value(struct str request, const char *name);

#endif
