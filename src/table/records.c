/*
 * records.c - the rules of a cidr: or pcre: file, in Postfix's own format.
 */
#include "table/records.h"

#include "base/buf.h"

struct records
records_of(struct str text, struct arena *load)
{
	return (struct records){ .lines = lines_of(text), .load = load };
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

/* The next line that is neither empty nor a comment, into records->line. */
static bool
line_read(struct records *records)
{
	while (!records->ahead) {
		struct str line;

		if (!lines_next(&records->lines, &line))
			return false;
		struct str bare = str_trim(line);
		records->line = line;
		records->ahead = bare.length > 0 && bare.data[0] != '#';
	}
	return true;
}

/* Takes the next line if it goes on with the one before. */
static bool
line_continues(struct records *records)
{
	if (!line_read(records) || !is_blank(records->line.data[0]))
		return false;
	records->ahead = false;
	return true;
}

/* Adds the lines that go on with a text; it is copied only if there are any. */
static struct str
lines_join(struct records *records, struct str text)
{
	struct records again = *records;
	size_t length = text.length;

	while (line_continues(records))
		length += records->line.length;
	if (length == text.length)
		return text;

	char *joined = arena_alloc(records->load, length);
	struct buf buf = { .data = joined, .capacity = length };
	buf_add(&buf, text);
	while (line_continues(&again))
		buf_add(&buf, again.line);
	return buf_str(&buf);
}

/* Takes a keyword off the start of text if it stands there alone. */
static bool
keyword_cut(struct str *text, struct str keyword)
{
	if (text->length < keyword.length ||
	    !str_equal_nocase(str_slice(*text, 0, keyword.length), keyword))
		return false;
	if (text->length > keyword.length) {
		char c = text->data[keyword.length];

		if ((c >= '0' && c <= '9') ||
		    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
			return false;
	}
	*text = str_trim(str_slice(*text, keyword.length, text->length));
	return true;
}

bool
records_next(struct records *records, struct record *record)
{
	if (!line_read(records))
		return false;
	*record = (struct record){ .line = records->lines.number };
	struct str text = records->line;
	records->ahead = false;
	if (is_blank(text.data[0])) {
		record->text = text;
		return true;
	}
	text = str_trim(lines_join(records, text));
	if (keyword_cut(&text, STR("endif")))
		record->kind = RECORD_ENDIF;
	else if (keyword_cut(&text, STR("if")))
		record->kind = RECORD_IF;
	while (text.length > 0 &&
	    (text.data[0] == '!' || is_blank(text.data[0]))) {
		if (text.data[0] == '!')
			record->negated = !record->negated;
		text = str_slice(text, 1, text.length);
	}
	record->text = text;
	return true;
}

bool
records_check_result(struct str result, struct error *error)
{
	if (result.length == 0 || str_equal_nocase(result, STR("OK")) ||
	    str_equal_nocase(result, STR("RELAY")))
		return true;
	return error_set(error,
	    "result \"" STR_FORMAT "\" in a list: only OK, RELAY or none; "
	    "leave out what is not to be listed",
	    STR_ARGS(result));
}
