/*
 * table_dir.c - a directory for the files of look-up tables, and tables of it.
 */
#include "tests/lib/table_dir.h"

#include "tests/lib/tap.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void
table_dir_open(struct table_dir *dir, bool host)
{
	const char *parent = getenv("TMPDIR");

	*dir = (struct table_dir){ .host = host };
	snprintf(dir->path, sizeof(dir->path), "%s/tables.XXXXXX",
	    parent != NULL && strlen(parent) < 40 ? parent : "/tmp");
	if (mkdtemp(dir->path) == NULL)
		tap_bail("cannot make %s", dir->path);
	table_dir_again(dir);
}

void
table_dir_again(struct table_dir *dir)
{
	arena_free(dir->arena);
	dir->arena = arena_new(0);
	dir->tree = tree_new(dir->arena, dir->host ? NULL : dir->path, NULL);
	dir->tables = postfix_tables_new(dir->arena, dir->tree);
}

void
table_dir_close(struct table_dir *dir)
{
	DIR *entries = opendir(dir->path);
	struct dirent *entry;

	while (entries != NULL && (entry = readdir(entries)) != NULL)
		unlinkat(dirfd(entries), entry->d_name, 0);
	if (entries != NULL)
		closedir(entries);
	rmdir(dir->path);
	arena_free(dir->arena);
}

const char *
table_dir_path(struct table_dir *dir, const char *name)
{
	return arena_print(dir->arena, "%s/%s", dir->path, name);
}

void
table_dir_write(struct table_dir *dir, const char *name, struct str text)
{
	const char *path = table_dir_path(dir, name);
	FILE *file = fopen(path, "w");

	if (file == NULL ||
	    fwrite(text.data, 1, text.length, file) != text.length ||
	    fclose(file) != 0)
		tap_bail("cannot write %s", path);
}

bool
table_dir_run(struct table_dir *dir, const char *command, struct str *output)
{
	size_t room = 1 << 20;
	char *bytes = arena_alloc(dir->arena, room);
	FILE *pipe =
	    popen(arena_print(dir->arena, "cd '%s' && { %s\n} 2>/dev/null",
		      dir->path, command),
		"r");

	if (pipe == NULL)
		tap_bail("cannot run a shell");
	*output = (struct str){ bytes, fread(bytes, 1, room, pipe) };
	if (output->length == room)
		tap_bail("%s says too much", command);
	return pclose(pipe) == 0;
}
