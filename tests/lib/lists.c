/*
 * lists.c - make a list of values as the policy file would, and look in it.
 */
#include "tests/lib/lists.h"

#include "base/lines.h"
#include "tests/lib/tap.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	VALUES_MAX = 64,
};

/* A list has an arena of its own, as a policy has. */
static void
list_begin(struct lists *lists)
{
	lists->arena = arena_new(0);
	lists->files = files_new(lists->arena, NULL);
	lists->options.files = lists->files;
	lists->list = (struct table_list){ .count = 0 };
	problems_init(&lists->problems, lists->arena);
}

void
lists_open(struct lists *lists)
{
	const char *parent = getenv("TMPDIR");

	memset(lists, 0, sizeof(*lists));
	snprintf(lists->directory, sizeof(lists->directory), "%s/lists.XXXXXX",
	    parent != NULL && strlen(parent) < 40 ? parent : "/tmp");
	if (mkdtemp(lists->directory) == NULL)
		tap_bail("cannot make %s", lists->directory);
	lists->store = table_store_new();
	lists->scratch = table_scratch_new();
	lists->options.directory = lists->directory;
	lists->options.store = lists->store;
	list_begin(lists);
}

static void
directory_remove(const char *directory)
{
	DIR *entries = opendir(directory);
	struct dirent *entry;

	while (entries != NULL && (entry = readdir(entries)) != NULL)
		unlinkat(dirfd(entries), entry->d_name, 0);
	if (entries != NULL)
		closedir(entries);
	rmdir(directory);
}

void
lists_drop(struct lists *lists)
{
	arena_free(lists->arena);
	list_begin(lists);
}

void
lists_close(struct lists *lists)
{
	arena_free(lists->arena);
	table_store_free(lists->store);
	table_scratch_free(lists->scratch);
	directory_remove(lists->directory);
}

void
lists_write(struct lists *lists, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", lists->directory, name);
	FILE *file = fopen(path, "w");
	if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0)
		tap_bail("cannot write %s", path);
}

bool
lists_make(struct lists *lists, enum table_subject subject, const char *values)
{
	struct table_value made[VALUES_MAX];
	struct lines lines = lines_of(str_from(values));
	size_t count = 0;
	struct str line;

	while (count < VALUES_MAX && lines_next(&lines, &line))
		made[count++] = (struct table_value){
			.text = line,
			.place = { .file = "policy", .line = lines.number },
		};
	return table_list_make(made, count, subject, &lists->options,
	    lists->arena, &lists->list, &lists->problems);
}

enum lookup
lists_find(struct lists *lists, const char *key)
{
	struct str text = str_from(key), found = STR("");
	struct mailbox_space space;
	struct mailbox mailbox;
	struct address address;
	struct error error;
	struct table_key sought = { .word = text };

	if (lists->list.subject == TABLE_NETWORKS) {
		if (!address_parse(text, &address, &error))
			tap_bail("%s", error.text);
		sought.address = &address;
	} else {
		mailbox_parse(text, MAILBOX_INTERNAL, &space, &mailbox);
		sought.mailbox = &mailbox;
	}
	enum lookup result =
	    table_list_find(&lists->list, &sought, lists->scratch, &found);
	snprintf(lists->found, sizeof(lists->found), STR_FORMAT,
	    STR_ARGS(found));
	return result;
}

const char *
lists_mistake(struct lists *lists)
{
	const struct problem *first = lists->problems.first;

	if (first == NULL)
		return "";
	const char *file = first->place.file;
	size_t length = strlen(lists->directory);
	if (file != NULL && strncmp(file, lists->directory, length) == 0)
		file += length + 1;
	return arena_print(lists->arena, "%s:%u: %s", file, first->place.line,
	    first->text);
}
