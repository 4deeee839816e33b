/*
 * records.c - the rules of a cidr: or pcre: file, in Postfix's own format.
 */
#include "table/records.h"

struct records
records_of(struct str text, struct arena *load)
{
	return (struct records){
		.lines = logical_lines_of(text),
		.load = load,
	};
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
	struct logical_line line;

	switch (logical_lines_next(&records->lines, records->load, &line)) {
	case LOGICAL_END:
		return false;
	case LOGICAL_INDENTED:
		*record = (struct record){
			.text = line.text,
			.line = line.number,
		};
		return true;
	case LOGICAL_LINE:
		break;
	}
	*record = (struct record){ .line = line.number };
	struct str text = str_trim(line.text);
	if (keyword_cut(&text, STR("endif")))
		record->kind = RECORD_ENDIF;
	else if (keyword_cut(&text, STR("if")))
		record->kind = RECORD_IF;
	while (text.length > 0 &&
	    (text.data[0] == '!' || text.data[0] == ' ' ||
		text.data[0] == '\t')) {
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
