/*
 * check_sendmail_program.c - whose sendmail(1) it is with which programs of
 * this host send, and which MTA serves port 25.
 */
#include "check/groups.h"

#include "host/facts.h"

#include <string.h>

enum {
	PROGRAM_MAX = 16 << 20, /* bytes: of a program that is looked at */
	SMTP_PORT = 25,
};

static const char *const programs[] = {
	"/usr/sbin/sendmail",
	"/usr/lib/sendmail",
};

/* Texts that only one kind's sendmail(1) has in it, and its daemon's name. */
static const struct kind_of {
	enum mta_kind kind;
	const char *mark;
	const char *daemon;
} kinds[] = {
	{ MTA_SENDMAIL, "check_rcpt", "sendmail" },
	{ MTA_EXIM, "acl_smtp_rcpt", "exim" },
	{ MTA_POSTFIX, "mail_owner", "master" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
has_mark(struct str text, const char *mark)
{
	return text.length > 0 &&
	    memmem(text.data, text.length, mark, strlen(mark)) != NULL;
}

/* What a sendmail(1) is; MISSING: a relay-only program that is no MTA. */
static enum lookup
find_kind(struct tree *tree, const char *path, enum mta_kind *kind,
    struct error *error)
{
	struct arena *arena = arena_new(0);
	struct str text;
	enum lookup found =
	    tree_read(tree, path, PROGRAM_MAX, arena, &text, error);

	if (found == LOOKUP_FOUND) {
		found = LOOKUP_MISSING;
		for (size_t i = 0; i < COUNT(kinds); i++)
			if (found == LOOKUP_MISSING &&
			    has_mark(text, kinds[i].mark)) {
				*kind = kinds[i].kind;
				found = LOOKUP_FOUND;
			}
	}
	arena_free(arena);
	return found;
}

/* Which kind serves port 25; MISSING: nobody, or nobody that we know. */
static enum lookup
find_server(struct check_run *run, enum mta_kind *kind)
{
	const struct sockets *sockets;

	if (run->context->facts == NULL)
		return LOOKUP_FAILED;
	sockets = facts_sockets(run->context->facts);
	if (sockets->state != LOOKUP_FOUND)
		return sockets->state;
	for (size_t i = 0; i < sockets->count; i++) {
		const struct listening_socket *socket = &sockets->list[i];

		if (socket->port != SMTP_PORT || socket->program == NULL)
			continue;
		for (size_t j = 0; j < COUNT(kinds); j++)
			if (strncmp(socket->program, kinds[j].daemon,
				strlen(kinds[j].daemon)) == 0) {
				*kind = kinds[j].kind;
				return LOOKUP_FOUND;
			}
	}
	return LOOKUP_MISSING;
}

static bool
is_configured(const struct mta_list *mtas, enum mta_kind kind)
{
	for (size_t i = 0; i < mtas->count; i++)
		if (mtas->mtas[i].kind == kind)
			return true;
	return false;
}

static void
judge(struct check_run *run, const char *path, enum mta_kind program)
{
	struct place place = { tree_shown(run->context->host->tree, path), 0 };
	enum mta_kind server;

	if (find_server(run, &server) == LOOKUP_FOUND && server != program)
		check_fail(run, place,
		    "it is that of %s, and %s serves port 25: programs of "
		    "this host send by another MTA",
		    check_kind_title(program), check_kind_title(server));
	else if (!is_configured(run->context->mtas, program))
		check_fail(run, place, "it is that of %s, which is not set up",
		    check_kind_title(program));
	else
		check_pass(run, place, "it is that of %s",
		    check_kind_title(program));
}

static void
program_run(struct check_run *run)
{
	struct tree *tree = run->context->host->tree;
	enum mta_kind kind;
	struct error error;
	bool told = false;

	for (size_t i = 0; i < COUNT(programs) && !told; i++) {
		struct place place = { tree_shown(tree, programs[i]), 0 };

		told = true;
		switch (find_kind(tree, programs[i], &kind, &error)) {
		case LOOKUP_FOUND:
			judge(run, programs[i], kind);
			break;
		case LOOKUP_FAILED:
			check_unknown(run, place, "it cannot be read: %s",
			    error.text);
			break;
		case LOOKUP_MISSING:
			told = false;
			break;
		}
	}
	if (!told)
		check_not_applicable(run,
		    "there is no sendmail(1) of Postfix, Sendmail or Exim");
}

static const struct check checks[] = {
	{
	    .id = "sendmail-program",
	    .title = "sendmail(1) is that of the MTA that runs",
	    .severity = CHECK_MEDIUM,
	    .rationale = "cron and other programs send with sendmail(1). If it "
			 "is that of another MTA, their mail, root's first of "
			 "all, goes by a configuration that nobody looks at, "
			 "or stays in its queue.",
	    .remedy = "Remove the MTA that is not used, or set the "
		      "alternative: update-alternatives --config mta.",
	    .references =
		(const struct check_reference[]){
		    { NULL, NULL },
		},
	    .run = program_run,
	},
};

const struct check_group check_sendmail_program_group = {
	checks,
	sizeof(checks) / sizeof(checks[0]),
};
