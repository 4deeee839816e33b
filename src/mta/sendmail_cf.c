/*
 * sendmail_cf.c - sendmail.cf as it is written: control lines with places.
 */
#include "mta/sendmail_cf.h"

#include "base/ascii.h"

#include <string.h>

/* Options by the letters of old (op.me, 5.6; readcf.c OptionTab). */
static const struct {
	char letter;
	struct str name;
} old_options[] = {
	{ '7', STR_INIT("SevenBitInput") },
	{ '8', STR_INIT("EightBitMode") },
	{ 'A', STR_INIT("AliasFile") },
	{ 'a', STR_INIT("AliasWait") },
	{ 'B', STR_INIT("BlankSub") },
	{ 'b', STR_INIT("MinFreeBlocks") },
	{ 'C', STR_INIT("CheckpointInterval") },
	{ 'c', STR_INIT("HoldExpensive") },
	{ 'd', STR_INIT("DeliveryMode") },
	{ 'E', STR_INIT("ErrorHeader") },
	{ 'e', STR_INIT("ErrorMode") },
	{ 'F', STR_INIT("TempFileMode") },
	{ 'f', STR_INIT("SaveFromLine") },
	{ 'G', STR_INIT("MatchGECOS") },
	{ 'H', STR_INIT("HelpFile") },
	{ 'h', STR_INIT("MaxHopCount") },
	{ 'I', STR_INIT("ResolverOptions") },
	{ 'i', STR_INIT("IgnoreDots") },
	{ 'J', STR_INIT("ForwardPath") },
	{ 'j', STR_INIT("SendMimeErrors") },
	{ 'k', STR_INIT("ConnectionCacheSize") },
	{ 'K', STR_INIT("ConnectionCacheTimeout") },
	{ 'L', STR_INIT("LogLevel") },
	{ 'l', STR_INIT("UseErrorsTo") },
	{ 'm', STR_INIT("MeToo") },
	{ 'n', STR_INIT("CheckAliases") },
	{ 'O', STR_INIT("DaemonPortOptions") },
	{ 'o', STR_INIT("OldStyleHeaders") },
	{ 'P', STR_INIT("PostmasterCopy") },
	{ 'p', STR_INIT("PrivacyOptions") },
	{ 'Q', STR_INIT("QueueDirectory") },
	{ 'q', STR_INIT("QueueFactor") },
	{ 'R', STR_INIT("DontPruneRoutes") },
	{ 'r', STR_INIT("Timeout") },
	{ 'S', STR_INIT("StatusFile") },
	{ 's', STR_INIT("SuperSafe") },
	{ 'T', STR_INIT("Timeout.queuereturn") },
	{ 't', STR_INIT("TimeZoneSpec") },
	{ 'u', STR_INIT("DefaultUser") },
	{ 'V', STR_INIT("FallbackMXhost") },
	{ 'v', STR_INIT("Verbose") },
	{ 'W', STR_INIT("WizardPassword") },
	{ 'w', STR_INIT("TryNullMXList") },
	{ 'X', STR_INIT("RefuseLA") },
	{ 'x', STR_INIT("QueueLA") },
	{ 'Y', STR_INIT("ForkEachJob") },
	{ 'y', STR_INIT("RecipientFactor") },
	{ 'Z', STR_INIT("RetryFactor") },
	{ 'z', STR_INIT("ClassFactor") },
};

bool
sendmail_word_next(struct str *rest, struct str *word)
{
	size_t first = 0, last;

	while (first < rest->length && ascii_is_space(rest->data[first]))
		first++;
	for (last = first; last < rest->length; last++)
		if (ascii_is_space(rest->data[last]))
			break;
	*word = str_slice(*rest, first, last);
	*rest = str_slice(*rest, last, rest->length);
	return word->length > 0;
}

bool
sendmail_part_next(struct str *rest, char separator, struct str *key,
    struct str *value)
{
	struct str part;

	do {
		if (rest->length == 0)
			return false;
		str_cut(*rest, separator, &part, rest);
		part = str_trim(part);
	} while (part.length == 0);
	str_cut(part, '=', key, value);
	*key = str_trim(*key);
	*value = str_trim(*value);
	return true;
}

/* Takes a folded line, its line ends included, from the front of text. */
static struct str
take_folded(struct str *text, unsigned *lines)
{
	size_t end = 0;

	*lines = 0;
	while (end < text->length) {
		const char *newline =
		    memchr(text->data + end, '\n', text->length - end);

		++*lines;
		if (newline == NULL) {
			end = text->length;
			break;
		}
		end = (size_t)(newline - text->data) + 1;
		if (end == text->length ||
		    (text->data[end] != ' ' && text->data[end] != '\t'))
			break;
	}
	struct str line = str_slice(*text, 0, end);

	*text = str_slice(*text, end, text->length);
	return line;
}

/* Where the comment of a physical line begins, or its length. */
static size_t
comment_start(struct str line, bool *escaped)
{
	for (size_t i = 1; i < line.length; i++) {
		if (line.data[i] != '#')
			continue;
		if (line.data[i - 1] == '\\')
			*escaped = true;
		else if (line.data[i - 1] != '$' ||
		    (i > 1 && line.data[i - 2] == '$'))
			return i;
	}
	return line.length;
}

/* Copies what is no comment, and \# as #. */
static struct str
without_comments(struct str folded, struct arena *arena)
{
	char *copy = arena_alloc(arena, folded.length + 1);
	size_t length = 0;

	while (folded.length > 0) {
		struct str line;
		bool escaped = false;

		str_cut(folded, '\n', &line, &folded);
		size_t end = comment_start(line, &escaped);
		for (size_t i = 0; i < end; i++)
			if (line.data[i] != '\\' || i + 1 == end ||
			    line.data[i + 1] != '#')
				copy[length++] = line.data[i];
		copy[length++] = '\n';
	}
	return (struct str){ copy, length };
}

static struct str
clean(struct str folded, struct arena *arena)
{
	while (folded.length > 0 &&
	    (folded.data[folded.length - 1] == '\n' ||
		folded.data[folded.length - 1] == '\r'))
		folded.length--;
	if (folded.length < 2 ||
	    memchr(folded.data + 1, '#', folded.length - 1) == NULL)
		return folded;
	return without_comments(folded, arena);
}

/* A macro's or class's name: one character, or some in braces. */
static struct str
take_name(struct str *rest)
{
	struct str name, after;

	if (rest->length == 0)
		return *rest;
	if (rest->data[0] == '{' && str_has(*rest, '}')) {
		str_cut(str_slice(*rest, 1, rest->length), '}', &name, &after);
		*rest = after;
		return name;
	}
	name = str_slice(*rest, 0, 1);
	*rest = str_slice(*rest, 1, rest->length);
	return name;
}

static void
read_option(struct str text, struct sendmail_line *line)
{
	if (text.length > 0 && text.data[0] == ' ') {
		str_cut(text, '=', &line->name, &line->value);
		line->name = str_trim(line->name);
		line->value = str_trim(line->value);
		return;
	}
	line->name = str_slice(text, 0, text.length > 0 ? 1 : 0);
	line->value = str_trim(str_slice(text, line->name.length, text.length));
	for (size_t i = 0; i < sizeof(old_options) / sizeof(old_options[0]);
	     i++)
		if (text.length > 0 && text.data[0] == old_options[i].letter)
			line->name = old_options[i].name;
}

/* The sides of a rule stand between tabs; what follows them is a comment. */
static void
read_rule(struct str text, struct sendmail_line *line)
{
	struct str rest;

	str_cut(text, '\t', &line->name, &rest);
	while (rest.length > 0 && rest.data[0] == '\t')
		rest = str_slice(rest, 1, rest.length);
	str_cut(rest, '\t', &line->value, &rest);
	line->name = str_trim(line->name);
	line->value = str_trim(line->value);
}

static void
read_line(struct str text, struct sendmail_line *line)
{
	struct str rest = str_slice(text, 1, text.length);

	line->value = rest;
	switch (line->kind) {
	case 'C':
	case 'D':
	case 'F':
		line->name = take_name(&rest);
		line->value = str_trim(rest);
		break;
	case 'K':
		sendmail_word_next(&rest, &line->name);
		line->value = str_trim(rest);
		break;
	case 'M':
	case 'Q':
	case 'X':
		str_cut(rest, ',', &line->name, &line->value);
		line->name = str_trim(line->name);
		line->value = str_trim(line->value);
		break;
	case 'O':
		read_option(rest, line);
		break;
	case 'R':
		read_rule(rest, line);
		break;
	case 'S':
		sendmail_word_next(&rest, &line->name);
		str_cut(line->name, '=', &line->name, &line->value);
		break;
	}
}

static bool
is_known(char kind)
{
	static const char kinds[] = "CDEFHKLMOPQRSTVXn";

	return kind != '\0' && strchr(kinds, kind) != NULL;
}

static struct sendmail_ruleset *
find_ruleset(struct sendmail_ruleset *rulesets, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal_nocase(rulesets[i].name, name))
			return &rulesets[i];
	return NULL;
}

enum {
	RULESETS_MAX = 250, /* Sendmail has room for 200 */
};

/* Which rule set each line belongs to: an index, or none. */
struct gathering {
	struct sendmail_ruleset *rulesets;
	size_t count;
};

static struct sendmail_ruleset *
enter_ruleset(struct gathering *gathering, const struct sendmail_line *line)
{
	struct sendmail_ruleset *ruleset =
	    find_ruleset(gathering->rulesets, gathering->count, line->name);

	if (ruleset != NULL || gathering->count == RULESETS_MAX)
		return ruleset;
	ruleset = &gathering->rulesets[gathering->count++];
	ruleset->name = line->name;
	ruleset->line = line->line;
	return ruleset;
}

/* Calls twice: once to count, and once to fill what was counted. */
static void
gather_rules(const struct sendmail_cf *cf, struct gathering *gathering)
{
	struct sendmail_ruleset *current = NULL;

	for (size_t i = 0; i < cf->count; i++) {
		const struct sendmail_line *line = &cf->lines[i];

		if (line->kind == 'S')
			current = enter_ruleset(gathering, line);
		if (line->kind != 'R' || current == NULL)
			continue;
		if (current->rules != NULL)
			current->rules[current->count] = line;
		current->count++;
	}
}

static void
gather(struct sendmail_cf *cf, struct arena *arena)
{
	struct gathering gathering = {
		.rulesets = arena_alloc(arena,
		    RULESETS_MAX * sizeof(struct sendmail_ruleset)),
	};

	gather_rules(cf, &gathering);
	for (size_t i = 0; i < gathering.count; i++) {
		struct sendmail_ruleset *ruleset = &gathering.rulesets[i];

		ruleset->rules = arena_alloc(arena,
		    (ruleset->count + 1) * sizeof(*ruleset->rules));
		ruleset->count = 0;
	}
	gather_rules(cf, &gathering);
	cf->rulesets = gathering.rulesets;
	cf->ruleset_count = gathering.count;
}

/* At most as many as are read. */
static size_t
count_lines(struct str text)
{
	size_t count = 1;

	for (size_t i = 0; i < text.length && count < SENDMAIL_LINES_MAX; i++)
		count += text.data[i] == '\n';
	return count;
}

void
sendmail_cf_read(const char *path, struct str text, struct arena *arena,
    struct sendmail_cf *cf, struct problems *problems)
{
	struct sendmail_line *lines =
	    arena_alloc(arena, count_lines(text) * sizeof(*lines));
	unsigned next = 1, taken, unknown = 0;

	*cf = (struct sendmail_cf){ .path = path, .lines = lines };
	for (; text.length > 0; next += taken) {
		struct str folded = take_folded(&text, &taken);

		if (folded.data[0] == '#')
			continue;
		folded = clean(folded, arena);
		if (folded.length == 0)
			continue;
		if (cf->count == SENDMAIL_LINES_MAX) {
			cf->cut = true;
			break;
		}
		struct sendmail_line *line = &lines[cf->count];

		*line = (struct sendmail_line){ folded.data[0], .line = next };
		read_line(folded, line);
		if (is_known(line->kind))
			cf->count++;
		else if (unknown++ < 10)
			problems_warning(problems, (struct place){ path, next },
			    "Sendmail knows no control line of this kind");
	}
	gather(cf, arena);
}

struct place
sendmail_place(const struct sendmail_cf *cf, const struct sendmail_line *line)
{
	return (struct place){ cf->path, line != NULL ? line->line : 0 };
}

static bool
has_name(const struct sendmail_line *line, struct str name)
{
	if (name.length == 0)
		return true;
	if (line->kind == 'O')
		return str_equal_nocase(line->name, name);
	return str_equal(line->name, name);
}

const struct sendmail_line *
sendmail_cf_next(const struct sendmail_cf *cf, char kind, struct str name,
    const struct sendmail_line *after)
{
	size_t i = after != NULL ? (size_t)(after - cf->lines) + 1 : 0;

	for (; i < cf->count; i++)
		if (cf->lines[i].kind == kind && has_name(&cf->lines[i], name))
			return &cf->lines[i];
	return NULL;
}

static const struct sendmail_line *
last_line(const struct sendmail_cf *cf, char kind, struct str name)
{
	for (size_t i = cf->count; i > 0; i--)
		if (cf->lines[i - 1].kind == kind &&
		    has_name(&cf->lines[i - 1], name))
			return &cf->lines[i - 1];
	return NULL;
}

const struct sendmail_line *
sendmail_cf_option(const struct sendmail_cf *cf, struct str name)
{
	return last_line(cf, 'O', name);
}

const struct sendmail_line *
sendmail_cf_macro(const struct sendmail_cf *cf, struct str name)
{
	return last_line(cf, 'D', name);
}

bool
sendmail_cf_flag(const struct sendmail_cf *cf, struct str name, bool otherwise)
{
	const struct sendmail_line *line = sendmail_cf_option(cf, name);

	if (line == NULL)
		return otherwise;
	/* readcf.c, atobool(): nothing is true, and so are t, T, y, Y. */
	return line->value.length == 0 ||
	    memchr("tTyY", line->value.data[0], 4) != NULL;
}

const struct sendmail_ruleset *
sendmail_cf_ruleset(const struct sendmail_cf *cf, struct str name)
{
	for (size_t i = 0; i < cf->ruleset_count; i++)
		if (str_equal_nocase(cf->rulesets[i].name, name))
			return &cf->rulesets[i];
	return NULL;
}
