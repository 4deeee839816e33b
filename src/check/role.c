/*
 * role.c - what a mail host is for.
 */
#include "check/role.h"

static const char *const names[] = {
	"null-client",
	"site-relay",
	"mx",
	"submission",
};

enum {
	ROLES = sizeof(names) / sizeof(names[0]),
};

const char *
role_name(unsigned index)
{
	return index < ROLES ? names[index] : NULL;
}

const char *
role_names(unsigned roles, const char *between, struct arena *arena)
{
	const char *text = "";

	for (unsigned i = 0; i < ROLES; i++)
		if ((roles & 1u << i) != 0)
			text = arena_print(arena, "%s%s%s", text,
			    text[0] != '\0' ? between : "", names[i]);
	return text;
}

bool
role_parse(struct str name, enum policy_role *role)
{
	for (unsigned i = 0; i < ROLES; i++)
		if (str_equal(name, str_from(names[i]))) {
			*role = (enum policy_role)(1u << i);
			return true;
		}
	return false;
}
