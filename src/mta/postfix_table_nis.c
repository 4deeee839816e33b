/*
 * postfix_table_nis.c - nis: tables, which stock alias_maps name everywhere.
 *
 * Without an NIS domain Postfix finds nothing in them (src/util/dict_nis.c);
 * with one, only its server knows.
 */
#include "mta/postfix_table_kind.h"

static const char *const signs[] = {
	"/etc/defaultdomain",
	"/etc/yp.conf",
	"/var/yp/binding",
};

static void *
nis_open(struct postfix_table_build *build, struct postfix_answer *failure)
{
	static const struct str empty = STR_INIT("");

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		struct stat status;
		struct error ignored;

		if (tree_stat(build->tree, signs[i], &status, &ignored) !=
		    LOOKUP_MISSING)
			return postfix_table_fail_open(failure, POSTFIX_UNKNOWN,
			    "only NIS knows: list its values in a file");
	}
	struct str *opened = arena_alloc(build->arena, sizeof(*opened));
	*opened = empty;
	return opened;
}

const struct postfix_table_kind postfix_table_nis = {
	.type = "nis",
	.open = nis_open,
	.find = postfix_table_empty_find,
	.each = postfix_table_empty_each,
};
