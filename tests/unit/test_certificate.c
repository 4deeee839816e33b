/*
 * test_certificate.c - keys and certificates in PEM, whole and broken.
 */
#include "host/certificate.h"

#include "tests/lib/tap.h"

#include <stdio.h>
#include <stdlib.h>

static struct tree *
data(struct arena *arena)
{
	const char *source = getenv("top_srcdir");

	return tree_new(arena,
	    arena_print(arena, "%s/tests/data/tls",
		source != NULL ? source : "."),
	    NULL);
}

static bool
built_without(void)
{
	struct certificate certificate;
	struct error error;
	struct arena *arena = arena_new(0);

	certificate_parse(STR(""), arena, &certificate, &error);
	arena_free(arena);
	return strcmp(error.text, "built without libcrypto") == 0;
}

static void
a_certificate_is_described(void)
{
	struct arena *arena = arena_new(0);
	struct certificate certificate;
	struct error error;

	if (CHECK_INT(certificate_read(data(arena), "/bundle.pem", arena,
			  &certificate, &error),
		LOOKUP_FOUND)) {
		CHECK_STR(certificate.subject.data, "CN=mail.example.com");
		CHECK_STR(certificate.names.data,
		    "mail.example.com mx.example.com");
		CHECK_STR(certificate.algorithm, "EC");
		CHECK_INT(certificate.bits, 256);
		CHECK_INT(certificate.chain, 1);
		CHECK_INT(certificate.self_issued, true);
	}
	if (CHECK_INT(certificate_read(data(arena), "/expired-certificate.pem",
			  arena, &certificate, &error),
		LOOKUP_FOUND)) {
		CHECK_INT(certificate.not_before, 1577836800);
		CHECK_INT(certificate.not_after, 1609459200);
		CHECK_INT(certificate.chain, 0);
	}
	arena_free(arena);
}

static void
a_key_matches_its_certificate_alone(void)
{
	static const struct {
		const char *certificate, *key;
		enum lookup state;
		bool matches;
	} cases[] = {
		{ "/certificate.pem", "/key.pem", LOOKUP_FOUND, true },
		{ "/certificate.pem", "/other-key.pem", LOOKUP_FOUND, false },
		{ "/certificate.pem", "/weak-key.pem", LOOKUP_FOUND, false },
		{ "/certificate.pem", "/locked-key.pem", LOOKUP_FAILED, false },
		{ "/certificate.pem", "/gone.pem", LOOKUP_MISSING, false },
		{ "/key.pem", "/key.pem", LOOKUP_FAILED, false },
		{ "/certificate.pem", "/certificate.pem", LOOKUP_FAILED,
		    false },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct error error;
		bool matches = false;

		tap_case("%s and %s", cases[i].certificate, cases[i].key);
		CHECK_INT(certificate_matches(data(arena), cases[i].certificate,
			      cases[i].key, arena, &matches, &error),
		    cases[i].state);
		CHECK_INT(matches, cases[i].matches);
		arena_free(arena);
	}
}

static void
what_is_cut_or_changed_is_no_certificate(void)
{
	struct arena *arena = arena_new(0);
	struct certificate certificate;
	struct error error;
	struct str text;

	if (!CHECK_INT(tree_read(data(arena), "/certificate.pem", 0, arena,
			   &text, &error),
		LOOKUP_FOUND))
		return;
	for (size_t i = 0; i + 30 < text.length; i += 7) {
		tap_case("cut after %zu bytes", i);
		CHECK(!certificate_parse(str_slice(text, 0, i), arena,
		    &certificate, &error));
	}
	arena_free(arena);
}

static void
without_libcrypto_nothing_is_known(void)
{
	struct arena *arena = arena_new(0);
	struct certificate certificate;
	struct error error;

	CHECK_INT(certificate_read(data(arena), "/certificate.pem", arena,
		      &certificate, &error),
	    LOOKUP_FAILED);
	CHECK_STR(error.text, "built without libcrypto");
	arena_free(arena);
}

int
main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_certificate_is_described),
		TAP_TEST(a_key_matches_its_certificate_alone),
		TAP_TEST(what_is_cut_or_changed_is_no_certificate),
	};
	static const struct tap_test without[] = {
		TAP_TEST(without_libcrypto_nothing_is_known),
	};

	return built_without() ? TAP_RUN(without) : TAP_RUN(tests);
}
