/*
 * sendmail.c - one Sendmail as it is really configured.
 */
#include "mta/sendmail.h"

#include "base/lines.h"

#include <string.h>

enum {
	/* The newest that its own cf files are of (readcf.c). */
	VERSION_LEVEL_MAX = 10,
};

static const char *
beside(struct arena *arena, const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	int length = slash != NULL ? (int)(slash - path) + 1 : 0;

	return arena_print(arena, "%.*s%s", length, path, name);
}

static bool
has_suffix(const char *path, const char *suffix)
{
	return str_ends(str_from(path), str_from(suffix));
}

/* The .mc of which a .cf is made, and whether it was changed since. */
static void
look_for_source(struct sendmail *sendmail)
{
	struct tree *tree = sendmail->host->tree;
	struct stat built, source;
	struct error error;

	if (!has_suffix(sendmail->path, ".cf"))
		return;
	const char *path = arena_print(sendmail->arena, "%.*s.mc",
	    (int)strlen(sendmail->path) - 3, sendmail->path);
	if (tree_stat(tree, path, &source, &error) != LOOKUP_FOUND ||
	    tree_stat(tree, sendmail->path, &built, &error) != LOOKUP_FOUND)
		return;
	sendmail->source = path;
	sendmail->source_newer = source.st_mtim.tv_sec > built.st_mtim.tv_sec ||
	    (source.st_mtim.tv_sec == built.st_mtim.tv_sec &&
		source.st_mtim.tv_nsec > built.st_mtim.tv_nsec);
}

/* Whether a line of hosts(5) has a name, and the first one with a domain. */
static bool
find_in_hosts_line(struct str line, struct str name, struct str *full)
{
	struct str word, rest;
	bool named = false;

	str_cut(line, '#', &line, &rest);
	*full = STR("");
	sendmail_word_next(&line, &word); /* the address */
	while (sendmail_word_next(&line, &word)) {
		named = named || str_equal_nocase(word, name);
		if (full->length == 0 && str_has(word, '.'))
			*full = word;
	}
	return named && full->length > 0;
}

/* The host's name with a domain, as libc would find it in hosts(5). */
static struct str
full_name(const struct mta_host *host, struct arena *arena)
{
	struct str name = host->hostname, text, line, full;
	struct error error;

	if (name.length == 0 || str_has(name, '.') ||
	    tree_read(host->tree, "/etc/hosts", 1 << 20, arena, &text,
		&error) != LOOKUP_FOUND)
		return name;
	struct lines lines = lines_of(text);
	while (lines_next(&lines, &line))
		if (find_in_hosts_line(line, name, &full))
			return full;
	return name;
}

static void
read_submit(struct sendmail *sendmail)
{
	const char *path = beside(sendmail->arena, sendmail->path, "submit.cf");
	struct error error;
	struct str text;

	if (strcmp(path, sendmail->path) == 0)
		return;
	switch (tree_read(sendmail->host->tree, path, SENDMAIL_FILE_MAX,
	    sendmail->arena, &text, &error)) {
	case LOOKUP_FOUND:
		sendmail_cf_read(tree_shown(sendmail->host->tree, path), text,
		    sendmail->arena, &sendmail->submit, &sendmail->problems);
		break;
	case LOOKUP_FAILED:
		sendmail->submit_unread = arena_print(sendmail->arena,
		    "cannot be read: %s", error.text);
		sendmail->submit_place =
		    (struct place){ tree_shown(sendmail->host->tree, path), 0 };
		problems_error(&sendmail->problems, sendmail->submit_place,
		    "%s", sendmail->submit_unread);
		break;
	case LOOKUP_MISSING:
		break;
	}
}

/* That of the cf files, which come with the program, if none is given. */
static void
find_version(struct sendmail *sendmail)
{
	const struct sendmail_line *line =
	    sendmail_cf_macro(&sendmail->cf, STR("Z"));
	struct str rest;

	sendmail->version = sendmail->host->version;
	if (sendmail->version.length == 0 && line != NULL)
		str_cut(line->value, '/', &sendmail->version, &rest);
}

static void
fatal_at(struct sendmail *sendmail, struct place place, const char *text)
{
	if (sendmail->fatal != NULL)
		return;
	sendmail->fatal = text;
	sendmail->fatal_place = place;
	problems_error(&sendmail->problems, place, "%s", text);
}

/* What no daemon starts with. */
static void
find_fatal(struct sendmail *sendmail)
{
	const struct sendmail_cf *cf = &sendmail->cf;
	const struct sendmail_line *version =
	    sendmail_cf_next(cf, 'V', STR(""), NULL);
	struct str level, vendor;
	unsigned long number;

	if (cf->ruleset_count == 0)
		fatal_at(sendmail, (struct place){ cf->path, 0 },
		    "there is no rule set in it: not a sendmail.cf");
	if (sendmail_cf_next(cf, 'M', STR("local"), NULL) == NULL)
		fatal_at(sendmail, (struct place){ cf->path, 0 },
		    "there is no mailer local");
	if (version != NULL) {
		str_cut(version->value, '/', &level, &vendor);
		if (str_number(str_trim(level), 1000, &number) &&
		    number > VERSION_LEVEL_MAX)
			problems_warning(&sendmail->problems,
			    sendmail_place(cf, version),
			    "the file is of a newer kind than Sendmail knows");
	}
	if (sendmail->classes.missing != NULL)
		fatal_at(sendmail, sendmail->classes.missing_place,
		    sendmail->classes.missing);
	if (sendmail_cf_flag(cf, STR("UseMSP"), false))
		fatal_at(sendmail,
		    sendmail_place(cf, sendmail_cf_option(cf, STR("UseMSP"))),
		    "with UseMSP it is for submission alone: no daemon "
		    "starts with it");
}

bool
sendmail_read(const struct mta_host *host, const char *path,
    struct arena *arena, struct sendmail **result, struct error *error)
{
	struct sendmail *sendmail = arena_alloc(arena, sizeof(*sendmail));
	struct str text;

	*sendmail =
	    (struct sendmail){ .arena = arena, .host = host, .path = path };
	problems_init(&sendmail->problems, arena);
	if (tree_read(host->tree, path, SENDMAIL_FILE_MAX, arena, &text,
		error) != LOOKUP_FOUND)
		return false;
	sendmail->site =
	    (struct sendmail_site){ full_name(host, arena), host->network };
	sendmail_cf_read(tree_shown(host->tree, path), text, arena,
	    &sendmail->cf, &sendmail->problems);
	if (sendmail->cf.cut)
		return error_set(error, "has more than %d control lines",
		    SENDMAIL_LINES_MAX);
	sendmail_classes_read(&sendmail->cf, &sendmail->site, host->tree, arena,
	    &sendmail->classes, &sendmail->problems);
	sendmail->tables = postfix_tables_new(arena, host->tree);
	sendmail_read_maps(sendmail);
	sendmail_read_listeners(sendmail);
	sendmail_read_filters(sendmail);
	read_submit(sendmail);
	look_for_source(sendmail);
	find_version(sendmail);
	find_fatal(sendmail);
	*result = sendmail;
	return true;
}

bool
sendmail_option(const struct sendmail *sendmail, const char *name,
    struct str *value, struct place *place)
{
	const struct sendmail_names names = { &sendmail->site,
		sendmail_site_macro };
	const struct sendmail_line *line =
	    sendmail_cf_option(&sendmail->cf, str_from(name));

	*value = STR("");
	*place = sendmail_place(&sendmail->cf, line);
	if (line == NULL)
		return false;
	/* Where a macro is set by the message, the text itself says enough. */
	if (!sendmail_cf_expand(&sendmail->cf, NULL, &names, line->value,
		sendmail->arena, value))
		*value = line->value;
	return true;
}

/* ---- finding it ---- */

static const char *const usual[] = {
	"/etc/mail/sendmail.cf",
	"/etc/sendmail.cf",
};

/* One whose file is there and cannot be read is in the list as such. */
static void
add_unreadable(const char *path, struct arena *arena, struct mta_list *list,
    const char *why)
{
	struct problems *problems = arena_alloc(arena, sizeof(*problems));
	struct place place = { path, 0 };
	const char *unread = arena_print(arena, "cannot be read: %s", why);

	problems_init(problems, arena);
	problems_error(problems, place, "%s", unread);
	mta_list_add(list, arena,
	    &(struct mta){
		.kind = MTA_SENDMAIL,
		.config = path,
		.unread = unread,
		.unread_place = place,
		.problems = problems,
	    });
}

static void
add_sendmail(const struct sendmail *sendmail, struct arena *arena,
    struct mta_list *list)
{
	mta_list_add(list, arena,
	    &(struct mta){
		.kind = MTA_SENDMAIL,
		.version = sendmail->version,
		.config = sendmail->cf.path,
		.fatal = sendmail->fatal,
		.fatal_place = sendmail->fatal_place,
		.problems = &sendmail->problems,
		.sendmail = sendmail,
	    });
}

/* The file that the user has chosen, or the directory that it is in. */
static const char *
chosen_file(const struct mta_host *host, const char *config,
    struct arena *arena)
{
	struct stat status;
	struct error error;

	if (tree_stat(host->tree, config, &status, &error) == LOOKUP_FOUND &&
	    S_ISDIR(status.st_mode))
		return arena_print(arena, "%s/sendmail.cf", config);
	return config;
}

static bool
read_sendmail(const struct mta_host *host, const char *config,
    struct arena *arena, struct mta_list *list, struct error *error)
{
	struct sendmail *sendmail;
	struct stat status;

	if (config != NULL) {
		config = chosen_file(host, config, arena);
		if (!sendmail_read(host, config, arena, &sendmail, error)) {
			error_prefix(error, "%s",
			    tree_shown(host->tree, config));
			return false;
		}
		add_sendmail(sendmail, arena, list);
		return true;
	}
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (tree_stat(host->tree, usual[i], &status, error) ==
		    LOOKUP_MISSING)
			continue;
		if (sendmail_read(host, usual[i], arena, &sendmail, error))
			add_sendmail(sendmail, arena, list);
		else
			add_unreadable(tree_shown(host->tree, usual[i]), arena,
			    list, error->text);
		return true;
	}
	return true;
}

const struct mta_reader sendmail_reader = {
	.kind = MTA_SENDMAIL,
	.read = read_sendmail,
};
