/*
 * table.h - lists of values: what a network, a destination, a sender is
 * compared with.
 *
 * A list in the policy file holds values of several kinds: literal values,
 * /patterns/, and names of sources such as file:, cidr: and pcre:. All the
 * literal values of a list become one table and each source another, so that
 * a source can be shared from one load to the next.
 *
 * A look-up is pure: no heap, no lock. It may be made by many threads at
 * once, each with a scratch of its own.
 */
#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H

#include "base/arena.h"
#include "base/files.h"
#include "base/host.h"
#include "base/lookup.h"
#include "base/netblock.h"
#include "base/place.h"
#include "base/problems.h"
#include "base/str.h"
#include "mail/mailbox.h"

#include <stdbool.h>
#include <stddef.h>

/* What the values of a list are. */
enum table_subject {
	TABLE_NETWORKS, /* addresses and blocks */
	TABLE_DOMAINS,  /* destinations: domains and addresses */
	TABLE_SENDERS,  /* the same, of senders */
	TABLE_WORDS,    /* logins, fingerprints: compared as they are */
};

/* What is looked for: the field that the subject of the list asks for. */
struct table_key {
	const struct address *address; /* TABLE_NETWORKS */
	const struct mailbox *mailbox; /* TABLE_DOMAINS, TABLE_SENDERS */
	struct str word;               /* TABLE_WORDS */
};

/*
 * What a look-up needs beside the table: one for each thread or connection,
 * made beforehand so that a look-up needs no heap.
 */
struct table_scratch;
struct table_scratch *table_scratch_new(void);
void table_scratch_free(struct table_scratch *scratch);

struct table;

/* One list of values, in the order of the file. */
struct table_list {
	enum table_subject subject;
	const struct table **tables;
	size_t count;
	struct place place;
};

/* A literal value of a list, with its place for the error messages. */
struct table_value {
	struct str text;
	struct place place;
};

struct table_build;

/*
 * A source whose values somebody else knows, such as postfix: (the lists of
 * the MTA itself). It is read while a policy is loaded, and asked while it
 * decides. Filled in by programs, by tests with fakes; what it points to
 * outlives every table made of it.
 */
struct table_source {
	const char *prefix; /* "postfix:" */
	const void *state;
	/*
	 * Makes what build->argument names ready to be asked. What it returns
	 * lies in build->arena. NULL: it names nothing, and the error says
	 * why, or mistakes were told one by one (build->mistakes).
	 */
	void *(*open)(const void *state, struct table_build *build,
	    struct error *error);
	/* As in struct table_kind. */
	enum lookup (*find)(const void *opened, struct table_scratch *scratch,
	    struct str *found);
};

struct table_ceiling {
	const struct netblock *blocks;
	size_t count;
};

/* Whether a block lies in one of them as a whole; NULL bounds nothing. */
bool table_ceiling_holds(const struct table_ceiling *ceiling,
    const struct netblock *block);

/* How a load makes its tables. */
struct table_options {
	const struct table_source *sources;
	size_t source_count;
	struct files *files;       /* all files are read through it */
	const char *directory;     /* that relative file names start from */
	struct table_store *store; /* tables to share; see below */
	const struct host *host;   /* for sources; NULL: not known */
	/*
	 * How far the networks of a source may reach: what lies in none of
	 * these is left out, with a warning. NULL: no bounds.
	 */
	const struct table_ceiling *ceiling;
	size_t limit;      /* bytes that one table may take, 0: any */
	size_t file_limit; /* bytes of one file, 0: any */
};

/*
 * The tables that live, by (kind, path, device, inode, size, modified), so
 * that a reload takes over what has not changed. Counted references; used by
 * one thread at a time.
 */
struct table_store;
struct table_store *table_store_new(void);
void table_store_free(struct table_store *store); /* all released before */
size_t table_store_size(const struct table_store *store); /* bytes, all */

/*
 * Makes the tables of a list. Every mistake in a value or a file goes to
 * problems with its place. What was taken is released when the arena is
 * freed; problems may be in another arena. False if there was an error.
 */
bool table_list_make(const struct table_value *values, size_t count,
    enum table_subject subject, const struct table_options *options,
    struct arena *arena, struct table_list *list, struct problems *problems);

/*
 * Looks the key up in all tables of a list, in their order; the first FOUND
 * stands, else FAILED if any look-up failed, else MISSING. With found (not
 * NULL) says what matched: "10.0.0.0/8", ".example.org", "file:/etc/x"; it
 * borrows from the table or the scratch.
 */
enum lookup table_list_find(const struct table_list *list,
    const struct table_key *key, struct table_scratch *scratch,
    struct str *found);

/* ---- for the kinds of tables, one file each ---- */

/* One table while it is built. */
struct table_build {
	enum table_subject subject;
	struct arena *arena; /* the table's own */
	struct arena *load;  /* freed when it is built */
	struct problems *problems;
	unsigned mistakes; /* so far */
	const char *path;  /* of the file, for the places of mistakes */
	const struct table_value *values; /* of table_values only */
	size_t value_count;
	const struct table_options *options; /* of sources only, as below */
	struct str argument;                 /* what stands after the prefix */
	struct place place;                  /* of the value that names it */
};

struct table_kind {
	const char *prefix; /* "file:"; "" for literal values */
	/*
	 * Builds what the text of its file says; NULL after a mistake. The
	 * text lies in load. (Of literal values, there is no text.)
	 */
	void *(*build)(struct table_build *build, struct str text);
	/*
	 * Looks up the key that the scratch was begun with. When it finds it,
	 * found says what matched, or stays empty for the table as a whole.
	 */
	enum lookup (*find)(const void *built, struct table_scratch *scratch,
	    struct str *found);
};

extern const struct table_kind table_values; /* table_values.c */
extern const struct table_kind table_file;   /* table_file.c */
extern const struct table_kind table_cidr;   /* table_cidr.c */
extern const struct table_kind table_pcre;   /* table_pcre.c */

/*
 * Notes a mistake in a line of the file. False when there have been so many
 * that it is better to stop.
 */
bool table_build_mistake(struct table_build *build, unsigned line,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
