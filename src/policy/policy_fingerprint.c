/*
 * policy_fingerprint.c - fingerprints of certificates, as they are listed and
 * as Postfix sends them.
 */
#include "policy/policy_fingerprint.h"

#include "base/buf.h"
#include "base/lines.h"

enum {
	DIGEST_MAX = 64, /* bytes of a sha512 */
	LINE_MAX_LENGTH = 256,
};

static const struct algorithm {
	struct str prefix;
	size_t length; /* bytes of the digest */
	bool weak;
} algorithms[] = {
	{ .prefix = STR_INIT("sha256:"), .length = 32 },
	{ .prefix = STR_INIT("sha384:"), .length = 48 },
	{ .prefix = STR_INIT("sha512:"), .length = 64 },
	{ .prefix = STR_INIT("sha1:"), .length = 20, .weak = true },
	{ .prefix = STR_INIT("md5:"), .length = 16, .weak = true },
};

static const struct algorithm *
find_algorithm(struct str text)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (str_starts(text, algorithms[i].prefix))
			return &algorithms[i];
	return NULL;
}

/* The digit in upper case, or 0 for what is none. */
static char
hex_digit(char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'))
		return c;
	return c >= 'a' && c <= 'f' ? (char)(c - 'a' + 'A') : '\0';
}

/* Writes digits with a colon after every second; counts the bytes. */
static bool
write_digest(struct str digits, struct buf *buf, size_t *bytes)
{
	*bytes = 0;
	while (digits.length >= 2) {
		char high = hex_digit(digits.data[0]);
		char low = hex_digit(digits.data[1]);

		if (high == '\0' || low == '\0')
			return false;
		if (buf->length > 0)
			buf_add_char(buf, ':');
		buf_add_char(buf, high);
		buf_add_char(buf, low);
		++*bytes;
		digits = str_slice(digits, 2, digits.length);
		if (digits.length > 1 && digits.data[0] == ':')
			digits = str_slice(digits, 1, digits.length);
	}
	return digits.length == 0;
}

/* Replaces one fingerprint by what Postfix sends for it. */
static bool
normalize(struct policy_reader *reader, struct table_value *value)
{
	const struct algorithm *algorithm = find_algorithm(value->text);
	char space[3 * DIGEST_MAX];
	struct buf buf = BUF(space);
	size_t bytes;

	if (algorithm == NULL)
		return problems_error(reader->problems, value->place,
		    "\"" STR_FORMAT "\" is no fingerprint: it begins with the "
		    "algorithm, as in \"sha256:AB:CD:...\"",
		    STR_ARGS(value->text));
	struct str digits = str_slice(value->text, algorithm->prefix.length,
	    value->text.length);
	if (!write_digest(digits, &buf, &bytes))
		return problems_error(reader->problems, value->place,
		    "\"" STR_FORMAT "\" is no fingerprint: two hexadecimal "
		    "digits a byte are wanted, with colons between",
		    STR_ARGS(value->text));
	if (bytes != algorithm->length)
		return problems_error(reader->problems, value->place,
		    "a fingerprint of " STR_FORMAT " has %zu bytes, not %zu",
		    (int)algorithm->prefix.length - 1, algorithm->prefix.data,
		    algorithm->length, bytes);
	if (algorithm->weak)
		problems_warning(reader->problems, value->place,
		    STR_FORMAT " fingerprints can be forged: use sha256, and "
			       "smtpd_tls_fingerprint_digest = sha256 in "
			       "main.cf",
		    (int)algorithm->prefix.length - 1, algorithm->prefix.data);
	value->text = arena_copy(reader->load, buf_str(&buf));
	return true;
}

/* The path of a file that a value names. */
static const char *
path_of(struct policy_reader *reader, struct str name)
{
	const char *directory = reader->tables.directory;

	if (directory == NULL || (name.length > 0 && name.data[0] == '/'))
		return arena_print(reader->load, STR_FORMAT, STR_ARGS(name));
	return arena_print(reader->load, "%s/" STR_FORMAT, directory,
	    STR_ARGS(name));
}

static size_t
count_lines(struct str text)
{
	size_t count = 1;

	for (size_t i = 0; i < text.length; i++)
		count += text.data[i] == '\n';
	return count;
}

/* Reads the fingerprints of a file, one a line. */
static bool
read_file(struct policy_reader *reader, const struct table_value *value,
    struct policy_strings *read)
{
	struct str name = str_slice(value->text, 5, value->text.length);
	const char *path = path_of(reader, name);
	struct error error;
	struct str text, line;
	bool good = true;

	if (!files_read(reader->tables.files, path, reader->tables.file_limit,
		reader->load, &text, NULL, &error))
		return problems_error(reader->problems, value->place, "%s: %s",
		    path, error.text);
	read->values = arena_alloc(reader->load,
	    count_lines(text) * sizeof(*read->values));
	struct lines lines = lines_of(text);
	while (lines_next(&lines, &line)) {
		line = str_trim(line);
		if (line.length == 0 || line.data[0] == '#')
			continue;
		struct table_value *one = &read->values[read->count++];
		*one = (struct table_value){
			.text = line,
			.place = { path, lines.number },
		};
		if (!normalize(reader, one))
			good = false;
	}
	/* No fingerprint is this one: an empty file is a list of nobody. */
	if (read->count == 0)
		read->values[read->count++] = (struct table_value){
			.text = STR("none"),
			.place = value->place,
		};
	return good;
}

static bool
append(struct policy_reader *reader, const struct policy_node *node,
    const struct policy_strings *strings, struct table_list *list)
{
	struct table_list more = { .subject = TABLE_WORDS };

	if (strings->count > 0 &&
	    !policy_values_make(reader, node, strings, TABLE_WORDS, &more))
		return false;
	policy_values_append(reader, list, &more);
	return true;
}

bool
policy_fingerprints_make(struct policy_reader *reader,
    const struct policy_node *node, const struct policy_strings *strings,
    struct table_list *list)
{
	struct policy_strings literals = *strings;
	bool good = true;

	*list = (struct table_list){
		.subject = TABLE_WORDS,
		.place = node->place,
	};
	literals.count = 0;
	for (size_t i = 0; i < strings->count; i++) {
		struct table_value *value = &strings->values[i];
		struct policy_strings read = { .count = 0 };

		if (!str_starts(value->text, STR("file:"))) {
			if (normalize(reader, value))
				literals.values[literals.count++] = *value;
			else
				good = false;
		} else if (!read_file(reader, value, &read) ||
		    !append(reader, node, &read, list)) {
			good = false;
		}
	}
	return append(reader, node, &literals, list) && good;
}
