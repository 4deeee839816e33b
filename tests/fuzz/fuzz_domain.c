/*
 * fuzz_domain.c - the normal form of a domain is normal, and the same for
 * each way to write the domain.
 */
#include "mail/domain.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool held)
{
	if (!held)
		abort();
}

/* Whether text, written in another way, has the same normal form or none. */
static void
expect_same(struct str text, bool valid, struct str domain)
{
	struct domain_space space;
	struct str again;

	expect(domain_normalize(text, &space, &again) == valid);
	expect(!valid || str_equal(again, domain));
}

static void
expect_normal(struct str domain)
{
	expect(domain.length > 0 && domain.length <= DOMAIN_MAX);
	for (size_t i = 0; i < domain.length; i++) {
		char c = domain.data[i];

		expect(islower(c) || isdigit(c) || c == '-' || c == '_' ||
		    c == '.');
	}
	for (struct str label, rest = domain; rest.length > 0;)
		expect(!str_cut(rest, '.', &label, &rest) || rest.length > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct domain_space space;
	struct str domain = { NULL, 0 };
	bool valid = domain_normalize(text, &space, &domain);

	if (valid) {
		expect_normal(domain);
		expect_same(domain, true, domain);
	}

	char *other = malloc(size + 1);
	if (other == NULL)
		return 0;
	for (size_t i = 0; i < size; i++)
		other[i] = (char)(data[i] < 0x80 ? toupper(data[i]) : data[i]);
	other[size] = '.';
	expect_same((struct str){ other, size }, valid, domain);
	if (!str_ends(text, STR(".")))
		expect_same((struct str){ other, size + 1 }, valid, domain);
	free(other);
	return 0;
}
