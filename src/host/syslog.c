/*
 * syslog.c - what becomes of messages of the facility mail.
 */
#include "host/syslog.h"

#include "base/lines.h"
#include "host/syslog_ng.h"

#include <ctype.h>
#include <fnmatch.h>

enum {
	FILE_MAX = 4 << 20,
	FILES_MAX = 200,
	DEPTH_MAX = 8,
	SEVERITIES = 8,
};

static const struct {
	struct str name;
	unsigned severity;
} severities[] = {
	{ STR_INIT("emerg"), 0 },
	{ STR_INIT("panic"), 0 },
	{ STR_INIT("alert"), 1 },
	{ STR_INIT("crit"), SYSLOG_CRIT },
	{ STR_INIT("err"), 3 },
	{ STR_INIT("error"), 3 },
	{ STR_INIT("warning"), 4 },
	{ STR_INIT("warn"), 4 },
	{ STR_INIT("notice"), 5 },
	{ STR_INIT("info"), SYSLOG_INFO },
	{ STR_INIT("debug"), 7 },
};

/* ---- selectors ---- */

static bool
severity_parse(struct str name, unsigned *severity)
{
	for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++)
		if (str_equal_nocase(name, severities[i].name)) {
			*severity = severities[i].severity;
			return true;
		}
	return false;
}

static bool
names_mail(struct str facilities)
{
	struct str facility;

	while (facilities.length > 0) {
		str_cut(facilities, ',', &facility, &facilities);
		facility = str_trim(facility);
		if (str_equal(facility, STR("*")) ||
		    str_equal_nocase(facility, STR("mail")) ||
		    str_equal(facility, STR("2")))
			return true;
	}
	return false;
}

/* syslog.conf(5): a priority and all above it; "=" it alone; "!" not. */
static bool
priority_parse(struct str text, unsigned *bits)
{
	bool none = false, alone = false;
	unsigned severity, meant;

	if (str_starts(text, STR("!"))) {
		none = true;
		text = str_slice(text, 1, text.length);
	}
	if (str_starts(text, STR("="))) {
		alone = true;
		text = str_slice(text, 1, text.length);
	}
	bool nothing = str_equal_nocase(text, STR("none"));
	none = none || nothing;
	if (nothing || str_equal(text, STR("*")))
		meant = SYSLOG_ALL;
	else if (!severity_parse(text, &severity))
		return false;
	else
		meant = alone ? 1u << severity : (2u << severity) - 1;
	*bits = none ? *bits & ~meant : *bits | meant;
	return true;
}

bool
syslog_parse_selector(struct str selector, unsigned *bits)
{
	struct str part, facilities, priority;

	*bits = 0;
	if (selector.length == 0)
		return false;
	while (selector.length > 0) {
		unsigned ignored = 0;

		str_cut(selector, ';', &part, &selector);
		part = str_trim(part);
		if (part.length == 0)
			continue;
		if (!str_cut_last(part, '.', &facilities, &priority) ||
		    facilities.length == 0)
			return false;
		if (!priority_parse(str_trim(priority),
			names_mail(facilities) ? bits : &ignored))
			return false;
	}
	return true;
}

/* ---- lines ---- */

void
syslog_uncertain(struct syslog_reading *reading, struct place place,
    const char *text)
{
	if (reading->syslog->uncertain != NULL)
		return;
	reading->syslog->uncertain = text;
	reading->syslog->uncertain_place = place;
}

static void
add_rule(struct syslog_reading *reading, enum syslog_action action,
    struct str target, struct place place)
{
	unsigned bits = reading->severities & ~reading->discarded;

	if (bits == 0)
		return;
	struct syslog_rule *rule = arena_alloc(reading->arena, sizeof(*rule));
	*rule = (struct syslog_rule){
		.severities = bits,
		.action = action,
		.target = arena_copy(reading->arena, target),
		.place = place,
	};
	*reading->end = rule;
	reading->end = &rule->next;
}

/* The value of file="..." in action(...); false: there is none. */
static bool
quoted_value(struct str text, struct str name, struct str *value)
{
	for (size_t i = 0; i + name.length < text.length; i++) {
		struct str rest = str_slice(text, i, text.length);
		struct str before;

		if (!str_equal_nocase(str_slice(rest, 0, name.length), name) ||
		    (i > 0 && isalpha((unsigned char)text.data[i - 1])))
			continue;
		rest = str_trim(str_slice(rest, name.length, rest.length));
		if (!str_starts(rest, STR("=")))
			continue;
		rest = str_trim(str_slice(rest, 1, rest.length));
		return str_starts(rest, STR("\"")) &&
		    str_cut(str_slice(rest, 1, rest.length), '"', value,
			&before);
	}
	return false;
}

static void
new_style_action(struct syslog_reading *reading, struct str text,
    struct place place)
{
	struct str type, file;

	if (!quoted_value(text, STR("type"), &type))
		syslog_uncertain(reading, place, "an action without a type");
	else if (!str_equal(type, STR("omfile")))
		add_rule(reading,
		    str_equal(type, STR("omfwd")) ? SYSLOG_REMOTE
						  : SYSLOG_OTHER,
		    type, place);
	else if (quoted_value(text, STR("file"), &file))
		add_rule(reading, SYSLOG_FILE, file, place);
	else
		syslog_uncertain(reading, place,
		    "a file whose name is computed");
}

static bool
is_stop(struct str action)
{
	return str_equal(action, STR("~")) || str_equal(action, STR("stop"));
}

static void
take_action(struct syslog_reading *reading, struct str action,
    struct place place)
{
	struct str file, template;

	if (is_stop(action)) {
		reading->discarded |= reading->severities;
		return;
	}
	if (str_starts(action, STR("action("))) {
		new_style_action(reading, action, place);
		return;
	}
	/* "-": not synced after each message. */
	if (str_starts(action, STR("-")))
		action = str_slice(action, 1, action.length);
	str_cut(action, ';', &file, &template);
	if (str_starts(action, STR("/dev/")))
		add_rule(reading, SYSLOG_OTHER, file, place);
	else if (str_starts(action, STR("/")))
		add_rule(reading, SYSLOG_FILE, str_trim(file), place);
	else if (str_starts(action, STR("@")))
		add_rule(reading, SYSLOG_REMOTE, file, place);
	else if (str_starts(action, STR("?")))
		syslog_uncertain(reading, place,
		    "a file whose name is computed");
	else
		add_rule(reading, SYSLOG_OTHER, file, place);
}

/* ---- included files ---- */

static void
include_file(struct syslog_reading *reading, const char *path,
    struct place place)
{
	struct error error;
	struct str text;

	if (reading->depth >= DEPTH_MAX || reading->files >= FILES_MAX) {
		syslog_uncertain(reading, place, "too many files are included");
		return;
	}
	reading->depth++;
	reading->files++;
	if (tree_read(reading->tree, path, FILE_MAX, reading->arena, &text,
		&error) == LOOKUP_FOUND)
		reading->parse(reading, text, tree_shown(reading->tree, path));
	else
		syslog_uncertain(reading, place,
		    arena_print(reading->arena, "%s, which is included: %s",
			tree_shown(reading->tree, path), error.text));
	reading->depth--;
}

/* A pattern in the last component, as in /etc/rsyslog.d/(star).conf. */
void
syslog_include(struct syslog_reading *reading, struct str pattern,
    struct place place)
{
	struct str above, last;
	struct error error;
	const char **names;
	size_t count;

	if (reading->tree == NULL)
		return;
	if (!str_has(pattern, '*')) {
		include_file(reading, arena_copy(reading->arena, pattern).data,
		    place);
		return;
	}
	str_cut_last(pattern, '/', &above, &last);
	const char *directory = arena_copy(reading->arena, above).data;
	const char *wanted = arena_copy(reading->arena, last).data;
	enum lookup state = tree_list(reading->tree, directory, reading->arena,
	    &names, &count, &error);
	if (state == LOOKUP_FAILED)
		syslog_uncertain(reading, place,
		    arena_print(reading->arena, "%s: %s", directory,
			error.text));
	for (size_t i = 0; state == LOOKUP_FOUND && i < count; i++)
		if (fnmatch(wanted, names[i], FNM_PERIOD) == 0)
			include_file(reading,
			    arena_print(reading->arena, "%s/%s", directory,
				names[i]),
			    place);
}

/* ---- a file ---- */

/* rsyslog's own directives; true: the line is one. */
static bool
directive(struct syslog_reading *reading, struct str line, struct place place)
{
	static const struct str legacy = STR_INIT("$IncludeConfig");
	static const struct str quiet[] = {
		STR_INIT("module("),
		STR_INIT("global("),
		STR_INIT("input("),
		STR_INIT("template("),
		STR_INIT("main_queue("),
		STR_INIT("timezone("),
		STR_INIT("parser("),
	};
	struct str file;

	if (str_starts(line, legacy)) {
		syslog_include(reading,
		    str_trim(str_slice(line, legacy.length, line.length)),
		    place);
		return true;
	}
	if (str_starts(line, STR("include("))) {
		if (quoted_value(line, STR("file"), &file))
			syslog_include(reading, file, place);
		else
			syslog_uncertain(reading, place, "what it includes");
		return true;
	}
	for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
		if (str_starts(line, quiet[i]))
			return true;
	return line.data[0] == '$' || line.data[0] == '}' ||
	    line.data[0] == ')';
}

/* What decides about messages by more than facility and severity. */
static bool
is_script(struct str line)
{
	static const struct str words[] = {
		STR_INIT("if "),
		STR_INIT("if("),
		STR_INIT("else"),
		STR_INIT("set "),
		STR_INIT("call "),
		STR_INIT("ruleset("),
		STR_INIT("foreach"),
		STR_INIT("unset "),
		STR_INIT("{"),
		STR_INIT("!"),
		STR_INIT("+"),
		STR_INIT(":"),
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_starts(line, words[i]))
			return true;
	return false;
}

static size_t
end_of_selector(struct str line)
{
	size_t end = 0;

	while (end < line.length && line.data[end] != ' ' &&
	    line.data[end] != '\t')
		end++;
	return end;
}

static void
parse_line(struct syslog_reading *reading, struct str line, struct place place)
{
	size_t end = end_of_selector(line);
	struct str selector = str_slice(line, 0, end);
	struct str action = str_trim(str_slice(line, end, line.length));

	if (directive(reading, line, place))
		return;
	if (str_starts(line, STR("&"))) {
		take_action(reading, str_trim(str_slice(line, 1, line.length)),
		    place);
	} else if (is_script(line)) {
		reading->severities = 0;
		syslog_uncertain(reading, place,
		    "a filter that looks at more than facility and severity");
	} else if (str_starts(line, STR("action("))) {
		reading->severities = SYSLOG_ALL;
		take_action(reading, line, place);
	} else if (syslog_parse_selector(selector, &reading->severities)) {
		take_action(reading, action, place);
	} else {
		reading->severities = 0;
		syslog_uncertain(reading, place, "a line that is no selector");
	}
}

/* How many more brackets are opened than closed, outside of quotes. */
static int
open_brackets(struct str line)
{
	bool quoted = false;
	int open = 0;

	for (size_t i = 0; i < line.length; i++)
		if (line.data[i] == '"')
			quoted = !quoted;
		else if (!quoted && line.data[i] == '(')
			open++;
		else if (!quoted && line.data[i] == ')')
			open--;
	return open;
}

/* A copy with backslashes at ends of lines, and those ends, as blanks. */
static struct str
on_one_line(struct str text, struct arena *arena)
{
	char *copy = arena_alloc(arena, text.length + 1);

	memcpy(copy, text.data, text.length);
	for (size_t i = 0; i < text.length; i++)
		if (copy[i] == '\n') {
			copy[i] = ' ';
			if (i > 0 && copy[i - 1] == '\\')
				copy[i - 1] = ' ';
		}
	return (struct str){ copy, text.length };
}

/*
 * A line goes on after a backslash at its end, and a bracket of a new-style
 * statement until it is closed.
 */
static struct str
join(struct syslog_reading *reading, struct lines *lines, struct str line)
{
	const char *start = line.data;
	const char *end = start + line.length;
	int open = open_brackets(line);
	struct str more = line;

	while ((open > 0 || str_ends(more, STR("\\"))) &&
	    lines_next(lines, &more)) {
		more = str_trim(more);
		if (more.length == 0)
			continue;
		end = more.data + more.length;
		if (more.data[0] != '#')
			open += open_brackets(more);
	}
	if (end == start + line.length)
		return line;
	return on_one_line((struct str){ start, (size_t)(end - start) },
	    reading->arena);
}

void
syslog_parse(struct syslog_reading *reading, struct str text, const char *file)
{
	struct lines lines = lines_of(text);
	struct str line;

	if (reading->end == NULL)
		reading->end = &reading->syslog->first;
	while (lines_next(&lines, &line)) {
		struct place place = { file, lines.number };

		line = str_trim(line);
		if (line.length == 0 || line.data[0] == '#')
			continue;
		line = join(reading, &lines, line);
		parse_line(reading, line, place);
	}
}

/* ---- the host ---- */

static const struct {
	const char *path;
	const char *daemon;
	void (*parse)(struct syslog_reading *reading, struct str text,
	    const char *file);
} configurations[] = {
	{ "/etc/rsyslog.conf", "rsyslog", syslog_parse },
	{ "/etc/syslog-ng/syslog-ng.conf", "syslog-ng", syslog_ng_parse },
	{ "/etc/syslog.conf", "syslogd", syslog_parse },
};

static bool
has_journal(struct tree *tree)
{
	static const char *const paths[] = {
		"/usr/lib/systemd/systemd-journald",
		"/lib/systemd/systemd-journald",
	};
	struct error error;
	struct stat status;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (tree_stat(tree, paths[i], &status, &error) == LOOKUP_FOUND)
			return true;
	return false;
}

void
syslog_read(struct tree *tree, struct arena *arena, struct syslog *syslog)
{
	struct syslog_reading reading = { .tree = tree,
		.arena = arena,
		.syslog = syslog,
		.end = &syslog->first };

	*syslog = (struct syslog){ .state = LOOKUP_MISSING };
	syslog->journal = has_journal(tree);
	for (size_t i = 0;
	     i < sizeof(configurations) / sizeof(configurations[0]) &&
	     syslog->state == LOOKUP_MISSING;
	     i++) {
		const char *path = configurations[i].path;
		struct error error;
		struct str text;

		syslog->state =
		    tree_read(tree, path, FILE_MAX, arena, &text, &error);
		if (syslog->state == LOOKUP_MISSING)
			continue;
		syslog->daemon = configurations[i].daemon;
		syslog->file = tree_shown(tree, path);
		if (syslog->state == LOOKUP_FAILED)
			syslog->reason = arena_print(arena, "%s: %s",
			    tree_shown(tree, path), error.text);
		else {
			reading.parse = configurations[i].parse;
			reading.parse(&reading, text, tree_shown(tree, path));
		}
	}
}
