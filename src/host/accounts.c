/*
 * accounts.c - accounts and groups together.
 */
#include "host/accounts.h"

#include "base/lines.h"

#include <stdint.h>

enum {
	FIELDS = 4,
	FIELD_GID = 2,
	FIELD_MEMBERS = 3,
	FILE_MAX = 32 << 20,
};

const struct group *
accounts_parse_groups(struct str text, struct arena *arena)
{
	struct lines lines = lines_of(text);
	const struct group *first = NULL;
	const struct group **end = &first;
	struct str line, fields[FIELDS];

	while (lines_next(&lines, &line)) {
		unsigned long gid;
		size_t found = 0;

		for (size_t i = 0; i < FIELDS; i++)
			found += str_cut(line, ':', &fields[i], &line);
		if (found < FIELD_MEMBERS || fields[0].length == 0 ||
		    !str_number(fields[FIELD_GID], UINT32_MAX, &gid))
			continue;
		struct group *group = arena_alloc(arena, sizeof(*group));
		*group = (struct group){
			.name = fields[0],
			.members = fields[FIELD_MEMBERS],
			.gid = (gid_t)gid,
		};
		*end = group;
		end = &group->next;
	}
	return first;
}

void
accounts_read(struct tree *tree, struct arena *arena, struct accounts *accounts)
{
	static const char path[] = "/etc/group";
	struct error error;
	struct str text;

	*accounts = (struct accounts){ .state = LOOKUP_MISSING };
	accounts->state =
	    host_users_read(tree, arena, &accounts->users, &error);
	if (accounts->state == LOOKUP_FAILED)
		accounts->reason =
		    arena_print(arena, "/etc/passwd: %s", error.text);

	enum lookup state =
	    tree_read(tree, path, FILE_MAX, arena, &text, &error);
	if (state == LOOKUP_FOUND) {
		accounts->groups = accounts_parse_groups(text, arena);
	} else if (state == LOOKUP_FAILED) {
		accounts->state = LOOKUP_FAILED;
		accounts->reason =
		    arena_print(arena, "%s: %s", path, error.text);
	}
}

const struct group *
accounts_find_group(const struct accounts *accounts, struct str name)
{
	const struct group *group = accounts->groups;

	while (group != NULL && !str_equal(group->name, name))
		group = group->next;
	return group;
}

bool
accounts_in_group(const struct accounts *accounts, const struct host_user *user,
    gid_t gid)
{
	if (user->gid == gid)
		return true;
	/* A group may stand there several times. */
	for (const struct group *group = accounts->groups; group != NULL;
	     group = group->next) {
		struct str member, rest = group->members;

		while (group->gid == gid && rest.length > 0) {
			str_cut(rest, ',', &member, &rest);
			if (str_equal(str_trim(member), user->name))
				return true;
		}
	}
	return false;
}

const char *
accounts_user_name(const struct accounts *accounts, uid_t uid,
    struct arena *arena)
{
	const struct host_user *user = host_users_by_uid(&accounts->users, uid);

	if (user == NULL)
		return uid == 0 ? "root"
				: arena_print(arena, "%u", (unsigned)uid);
	return arena_print(arena, STR_FORMAT, STR_ARGS(user->name));
}

const char *
accounts_group_name(const struct accounts *accounts, gid_t gid,
    struct arena *arena)
{
	for (const struct group *group = accounts->groups; group != NULL;
	     group = group->next)
		if (group->gid == gid)
			return arena_print(arena, STR_FORMAT,
			    STR_ARGS(group->name));
	return gid == 0 ? "root" : arena_print(arena, "%u", (unsigned)gid);
}
