/*
 * postfix_defaults.c - the built-in values of main.cf, by version.
 */
#include "mta/postfix_defaults.h"

#include <string.h>

/* Where another version than 3.7 has another value (RELEASE_NOTES). */
static const struct change {
	const char *name;
	unsigned from; /* the first version that has it */
	unsigned to;   /* the last one */
	const char *value;
} changes[] = {
	{ "smtpd_forbid_bare_newline", 309, ~0u, "normalize" },
	{ "smtpd_forbid_unauth_pipelining", 309, ~0u, "yes" },
	{ "smtpd_tls_protocols", 0, 305, "!SSLv2, !SSLv3" },
	{ "smtpd_tls_mandatory_protocols", 0, 305, "!SSLv2, !SSLv3" },
	{ "smtp_tls_protocols", 0, 305, "!SSLv2, !SSLv3" },
	{ "smtp_tls_mandatory_protocols", 0, 305, "!SSLv2, !SSLv3" },
	{ "smtpd_tls_fingerprint_digest", 0, 305, "md5" },
	{ "smtp_tls_fingerprint_digest", 0, 305, "md5" },
	{ "lmtp_tls_fingerprint_digest", 0, 305, "md5" },
};

static int
compare(struct str name, const char *other)
{
	size_t length = strlen(other);
	size_t shorter = name.length < length ? name.length : length;
	int order = memcmp(name.data, other, shorter);

	if (order != 0 || name.length == length)
		return order;
	return name.length < length ? -1 : 1;
}

static const struct postfix_default *
find(const struct postfix_default *rows, size_t count, struct str name)
{
	size_t low = 0;
	size_t high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(name, rows[middle].name);

		if (order == 0)
			return &rows[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static const struct postfix_default *
find_in_parts(struct str name)
{
	const struct postfix_default *found;

	if (name.length == 0)
		return NULL;
	found = find(postfix_defaults_a, postfix_defaults_a_count, name);
	if (found == NULL)
		found =
		    find(postfix_defaults_m, postfix_defaults_m_count, name);
	if (found == NULL)
		found =
		    find(postfix_defaults_s, postfix_defaults_s_count, name);
	return found;
}

bool
postfix_default_find(struct str name, unsigned version, struct str *value)
{
	const struct postfix_default *row = find_in_parts(name);

	if (row == NULL || row->since > version)
		return false;
	*value = str_from(row->value);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if (str_equal(name, str_from(changes[i].name)) &&
		    version >= changes[i].from && version <= changes[i].to)
			*value = str_from(changes[i].value);
	return true;
}
