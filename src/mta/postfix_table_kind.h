/*
 * postfix_table_kind.h - what the kinds of look-up tables have in common.
 *
 * One file each: postfix_table_<kind>.c; postfix_table.c lists them.
 */
#ifndef MTA_POSTFIX_TABLE_KIND_H
#define MTA_POSTFIX_TABLE_KIND_H

#include "mta/postfix_table.h"

typedef bool postfix_entry_callback(void *state,
    const struct postfix_entry *entry);

/* One table while it is opened, and what its kind tells of it. */
struct postfix_table_build {
	struct postfix_tables *tables;
	struct tree *tree;
	struct arena *arena;
	struct str type; /* before ":" */
	struct str name; /* after it */
	struct problems *problems;
	bool pattern; /* of the kind; changed by a table of tables */
	/* The file that it stands in, and of what that was made. */
	const char *path;
	const char *shown;  /* the path as the user knows it */
	const char *source; /* NULL: there is none */
	bool stale;
	/* The tables that it consists of. */
	struct postfix_table **members;
	size_t member_count;
};

struct postfix_table_kind {
	const char *type;
	/* Opens; what it returns is kept. NULL: fills failure. */
	void *(*open)(struct postfix_table_build *build,
	    struct postfix_answer *failure);
	/* The answer is MISSING when it is called. */
	void (*find)(void *opened, struct str key, struct arena *arena,
	    struct postfix_answer *answer);
	enum postfix_found (*each)(void *opened,
	    postfix_entry_callback *callback, void *state, const char **reason);
	/* Looks for the line of what find() has found; may be NULL. */
	void (*locate)(void *opened, struct postfix_answer *answer);
	bool pattern; /* asked for whole keys only */
};

/* clang-format off */
extern const struct postfix_table_kind
    postfix_table_btree, postfix_table_cdb, postfix_table_cidr,
    postfix_table_fail, postfix_table_hash, postfix_table_inline,
    postfix_table_internal,
    postfix_table_lmdb, postfix_table_nis, postfix_table_pcre,
    postfix_table_pipemap,
    postfix_table_randmap, postfix_table_regexp, postfix_table_static,
    postfix_table_texthash, postfix_table_unionmap, postfix_table_unix;
/* clang-format on */

/* Those of a table that is known to have nothing. */
void postfix_table_empty_find(void *opened, struct str key, struct arena *arena,
    struct postfix_answer *answer);
enum postfix_found postfix_table_empty_each(void *opened,
    postfix_entry_callback *callback, void *state, const char **reason);

/* Sets the path of what is opened, and how it is shown. */
void postfix_table_name_file(struct postfix_table_build *build,
    const char *path, struct postfix_answer *failure);

/* A file that a match list names, as the user knows it. */
const char *postfix_tables_shown(const struct postfix_tables *tables,
    const char *path);

/* Reads a file that a match list names. */
enum lookup postfix_tables_read(struct postfix_tables *tables, const char *path,
    size_t limit, struct arena *arena, struct str *text, struct error *error);

/* Fills a failure; NULL, so that open() can return it. */
void *postfix_table_fail_open(struct postfix_answer *failure,
    enum postfix_found found, const char *reason);

/*
 * Reads the text file of a table, build->name. False: fills failure; without
 * its file a table of Postfix is BROKEN, and where we may not read it, it is
 * UNKNOWN.
 */
bool postfix_table_read_text(struct postfix_table_build *build,
    struct str *text, struct postfix_answer *failure);

/* The text between the braces of "{ text }", trimmed; false: there are none. */
bool postfix_table_braces(struct str text, struct str *inside);

#endif
