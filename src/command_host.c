/*
 * command_host.c - which host a subcommand looks at.
 */
#include "command_host.h"

#include "base/clock.h"
#include "base/lines.h"
#include "mta/postfix_scope.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	GUESS_MAX = 16 << 20, /* bytes of a file that are looked through */
};

/* One option: its name, and where its value goes. */
static const struct row {
	const char *name;
	size_t offset;
} rows[COMMAND_HOST_OPTIONS] = {
	{ "mta", offsetof(struct command_host_options, mta) },
	{ "config", offsetof(struct command_host_options, config) },
	{ "aliases", offsetof(struct command_host_options, aliases) },
	{ "root", offsetof(struct command_host_options, root) },
	{ "hostname", offsetof(struct command_host_options, hostname) },
	{ "interfaces", offsetof(struct command_host_options, interfaces) },
	{ "mta-version", offsetof(struct command_host_options, version) },
};

/* Where the configuration of a kind usually is, by the option --config. */
static const struct usual {
	enum mta_kind kind;
	const char *directory; /* that a directory stands for */
	const char *file;      /* that a file stands for */
} usual[] = {
	{ MTA_POSTFIX, "/etc/postfix", "/etc/postfix/main.cf" },
	{ MTA_SENDMAIL, "/etc/mail", "/etc/mail/sendmail.cf" },
	{ MTA_EXIM, "/etc/exim4", "/etc/exim4/exim4.conf" },
};

/* Names of files that only one kind has. */
static const struct evidence {
	const char *name;
	enum mta_kind kind;
} evidence[] = {
	{ "main.cf", MTA_POSTFIX },
	{ "master.cf", MTA_POSTFIX },
	{ "sendmail.cf", MTA_SENDMAIL },
	{ "submit.cf", MTA_SENDMAIL },
	{ "sendmail.mc", MTA_SENDMAIL },
	{ "exim4.conf", MTA_EXIM },
	{ "exim.conf", MTA_EXIM },
	{ "update-exim4.conf.conf", MTA_EXIM },
	{ "exim4.conf.template", MTA_EXIM },
};

/* Starts of lines that only one kind's file has, whatever its name is. */
static const struct mark {
	const char *start;
	enum mta_kind kind;
} marks[] = {
	{ "V10/", MTA_SENDMAIL }, /* "V10/Berkeley" */
	{ "begin acl", MTA_EXIM },
	{ "begin routers", MTA_EXIM },
};

const char command_host_usage[] =
    "  --mta KIND           look only at postfix, sendmail or exim\n"
    "  --config PATH        the MTA's configuration: a directory or file\n"
    "  --aliases FILE       instead of /etc/aliases\n"
    "  --root DIR           look only below DIR, and run nothing\n"
    "  --hostname NAME      the name of the host whose files these are\n"
    "  --interfaces LIST    its addresses: 192.0.2.1/24,2001:db8::1/64\n"
    "  --mta-version N.N.N  the version of its MTA\n";

void
command_host_long_options(struct option *long_options)
{
	for (size_t i = 0; i < COMMAND_HOST_OPTIONS; i++)
		long_options[i] = (struct option){
			.name = rows[i].name,
			.has_arg = required_argument,
			.val = COMMAND_HOST_OPTION + (int)i,
		};
}

bool
command_host_option(struct command_host_options *options, int option,
    const char *value)
{
	size_t row = (size_t)(option - COMMAND_HOST_OPTION);

	if (option < COMMAND_HOST_OPTION || row >= COMMAND_HOST_OPTIONS)
		return false;
	memcpy((char *)options + rows[row].offset, &value, sizeof(value));
	return true;
}

static enum command_exit
missing(const char *path, const char *why)
{
	fprintf(stderr, "mtaguard: %s: %s\n", path, why);
	return COMMAND_MISSING;
}

/* Opens the tree, which is a directory that can be looked into. */
static enum command_exit
open_tree(const struct command_host_options *options,
    struct command_host *opened)
{
	struct stat status;

	if (options->root != NULL && stat(options->root, &status) != 0)
		return missing(options->root, strerror(errno));
	if (options->root != NULL && !S_ISDIR(status.st_mode))
		return missing(options->root, "is not a directory");
	opened->host.tree = tree_new(opened->arena, options->root, NULL);
	opened->host.may_run = options->root == NULL;
	return COMMAND_DONE;
}

/* Whether a file that was given may be one of this host's own. */
static bool
is_ours(const char *path)
{
	char *real = path != NULL ? realpath(path, NULL) : NULL;
	bool ours =
	    path == NULL || (real != NULL && strncmp(real, "/etc/", 5) == 0);

	free(real);
	return ours;
}

/* Whether the files that are looked at are said to be another host's. */
static bool
is_elsewhere(const struct command_host_options *options)
{
	return options->root == NULL &&
	    (options->hostname != NULL || options->interfaces != NULL ||
		!is_ours(options->config) || !is_ours(options->aliases));
}

/* Name, version, addresses: as given, else those of this host. */
static enum command_exit
describe(const struct command *command,
    const struct command_host_options *options, struct command_host *opened)
{
	struct mta_host *host = &opened->host;
	struct error error;
	unsigned version;
	char name[256] = "";

	if (options->version != NULL &&
	    !postfix_version_parse(str_from(options->version), &version))
		return command_misused(command,
		    "--mta-version: \"%s\" is no version, as 3.7.11 is",
		    options->version);
	host->version =
	    str_from(options->version != NULL ? options->version : "");
	if (options->hostname == NULL && gethostname(name, sizeof(name)) != 0)
		return missing("the name of this host", strerror(errno));
	name[sizeof(name) - 1] = '\0';
	host->hostname = arena_copy(opened->arena,
	    str_from(options->hostname != NULL ? options->hostname : name));
	host->now = clock_wall();
	host->elsewhere = is_elsewhere(options);
	host->network = &opened->network;
	host->network_unknown =
	    options->root != NULL && options->interfaces == NULL;
	if (options->interfaces == NULL && options->root == NULL) {
		if (!host_read(opened->arena, &opened->network, &error))
			return missing("the interfaces", error.text);
		return COMMAND_DONE;
	}
	if (!host_parse(str_from(options->interfaces != NULL
				? options->interfaces
				: ""),
		opened->arena, &opened->network, &error))
		return command_misused(command, "--interfaces: %s", error.text);
	return COMMAND_DONE;
}

static bool
guess_by_name(const struct command_host *opened, const char *config,
    enum mta_kind *kind)
{
	const char *name = strrchr(config, '/');

	name = name != NULL ? name + 1 : config;
	for (size_t i = 0; i < sizeof(evidence) / sizeof(evidence[0]); i++) {
		if (strcmp(name, evidence[i].name) != 0 &&
		    access(arena_print(opened->arena, "%s/%s", config,
			       evidence[i].name),
			F_OK) != 0)
			continue;
		*kind = evidence[i].kind;
		return true;
	}
	return false;
}

static bool
guess_by_text(const struct command_host *opened, const char *config,
    enum mta_kind *kind)
{
	struct tree *tree = tree_new(opened->arena, NULL, NULL);
	char *path = realpath(config, NULL);
	struct error error;
	struct str text, line;
	bool guessed = false;

	if (path != NULL &&
	    tree_read(tree, path, GUESS_MAX, opened->arena, &text, &error) ==
		LOOKUP_FOUND) {
		struct lines lines = lines_of(text);

		while (!guessed && lines_next(&lines, &line))
			for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]);
			     i++)
				if (str_starts(line,
					str_from(marks[i].start))) {
					*kind = marks[i].kind;
					guessed = true;
				}
	}
	free(path);
	return guessed;
}

/* Puts the configuration where that of its kind usually is. */
static void
mount_config(struct command_host *opened, struct mta_choice *choice,
    const char *config, bool directory)
{
	const char *slash = strrchr(config, '/');

	/* Of Postfix, the one file is nothing without the other. */
	if (choice->kind == MTA_POSTFIX && !directory) {
		config = slash == NULL ? "."
				       : arena_print(opened->arena, "%.*s",
					     (int)(slash - config), config);
		directory = true;
	}
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (usual[i].kind != choice->kind)
			continue;
		choice->config = directory ? usual[i].directory : usual[i].file;
		tree_mount(opened->host.tree, choice->config, config);
	}
}

static enum command_exit
choose(const struct command *command,
    const struct command_host_options *options, struct command_host *opened,
    struct mta_choice *choice)
{
	struct stat status;

	*choice = (struct mta_choice){ .kind_given = options->mta != NULL };
	if (options->mta != NULL &&
	    !mta_kind_parse(str_from(options->mta), &choice->kind))
		return command_misused(command,
		    "--mta is none of postfix, sendmail, exim: \"%s\"",
		    options->mta);
	if (options->config == NULL)
		return COMMAND_DONE;
	if (stat(options->config, &status) != 0)
		return missing(options->config, strerror(errno));
	if (!choice->kind_given &&
	    !guess_by_name(opened, options->config, &choice->kind) &&
	    !guess_by_text(opened, options->config, &choice->kind))
		return missing(options->config,
		    "whose configuration is it? There is no main.cf, "
		    "sendmail.cf or exim4.conf; say --mta postfix, sendmail or "
		    "exim");
	choice->kind_given = true;
	mount_config(opened, choice, options->config, S_ISDIR(status.st_mode));
	return COMMAND_DONE;
}

static enum command_exit
mount_aliases(const struct command_host_options *options,
    struct command_host *opened)
{
	static const char *const compiled[] = { ".db", ".lmdb", ".cdb" };
	const char *aliases = options->aliases;

	if (aliases != NULL && access(aliases, F_OK) != 0)
		return missing(aliases, strerror(errno));
	if (aliases == NULL && options->config != NULL) {
		aliases =
		    arena_print(opened->arena, "%s/aliases", options->config);
		if (access(aliases, F_OK) != 0)
			return COMMAND_DONE;
	}
	if (aliases == NULL)
		return COMMAND_DONE;
	/* With them what is made of them, or the lack of it. */
	tree_mount(opened->host.tree, "/etc/aliases", aliases);
	for (size_t i = 0; i < sizeof(compiled) / sizeof(compiled[0]); i++)
		tree_mount(opened->host.tree,
		    arena_print(opened->arena, "/etc/aliases%s", compiled[i]),
		    arena_print(opened->arena, "%s%s", aliases, compiled[i]));
	return COMMAND_DONE;
}

enum command_exit
command_host_open(const struct command *command,
    const struct command_host_options *options, struct command_host *opened)
{
	struct mta_choice choice;
	struct error error;
	enum command_exit status;

	opened->arena = arena_new(0);
	if ((status = open_tree(options, opened)) != COMMAND_DONE ||
	    (status = describe(command, options, opened)) != COMMAND_DONE ||
	    (status = choose(command, options, opened, &choice)) !=
		COMMAND_DONE ||
	    (status = mount_aliases(options, opened)) != COMMAND_DONE)
		return status;
	if (!mta_find(&opened->host, &choice, opened->arena, &opened->mtas,
		&error)) {
		fprintf(stderr, "mtaguard: %s\n", error.text);
		return COMMAND_MISSING;
	}
	if (opened->mtas.count == 0) {
		fprintf(stderr, "mtaguard: there is no %s %s%s\n",
		    options->mta != NULL ? options->mta : "MTA",
		    options->root != NULL ? "below " : "on this host",
		    options->root != NULL ? options->root : "");
		return COMMAND_NO_MTA;
	}
	return COMMAND_DONE;
}

void
command_host_free(struct command_host *opened)
{
	arena_free(opened->arena);
	*opened = (struct command_host){ .arena = NULL };
}
