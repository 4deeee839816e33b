/*
 * mta.c - the mail servers of a host, each as it is really configured.
 */
#include "mta/mta.h"

#include <string.h>

static const char *const names[MTA_KINDS] = {
	[MTA_POSTFIX] = "postfix",
	[MTA_SENDMAIL] = "sendmail",
	[MTA_EXIM] = "exim",
};

static const struct mta_reader *const readers[] = {
	&postfix_reader,
	&sendmail_reader,
	&exim_reader,
};

const char *
mta_kind_name(enum mta_kind kind)
{
	return names[kind];
}

bool
mta_kind_parse(struct str text, enum mta_kind *kind)
{
	for (size_t i = 0; i < MTA_KINDS; i++)
		if (str_equal(text, str_from(names[i]))) {
			*kind = (enum mta_kind)i;
			return true;
		}
	return false;
}

void
mta_list_add(struct mta_list *list, struct arena *arena, const struct mta *mta)
{
	struct mta *more =
	    arena_alloc(arena, (list->count + 1) * sizeof(*more));

	if (list->count > 0)
		memcpy(more, list->mtas, list->count * sizeof(*more));
	more[list->count++] = *mta;
	list->mtas = more;
}

bool
mta_find(const struct mta_host *host, const struct mta_choice *choice,
    struct arena *arena, struct mta_list *list, struct error *error)
{
	*list = (struct mta_list){ NULL, 0 };
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		if (choice->kind_given && readers[i]->kind != choice->kind)
			continue;
		if (!readers[i]->read(host,
			choice->kind_given ? choice->config : NULL, arena, list,
			error))
			return false;
	}
	return true;
}
