/*
 * fuzz_postfix_main.c - any text is a main.cf, and every value in it expands
 * or is refused with a reason.
 */
#include "mta/postfix_scope.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_value(const struct postfix_scope *scope, struct str name)
{
	struct arena *arena = arena_new(0);
	struct postfix_value value;
	struct error error;

	if (postfix_scope_value(scope, name, arena, &value, &error)) {
		if (value.origin == POSTFIX_FROM_MAIN && value.place.line == 0)
			abort();
	} else if (error.text[0] == '\0') {
		abort();
	}
	arena_free(arena);
}

/* One place for each setting; the last one with a name is found. */
static void
check_setting(const struct postfix_main *main, size_t i)
{
	const struct postfix_setting *setting = &main->settings[i];
	const struct postfix_setting *found =
	    postfix_main_find(main, setting->name);

	if (found == NULL || (found == setting) == setting->overridden)
		abort();
	for (size_t at = 0; at <= setting->value.length; at++)
		if (postfix_setting_place(main, setting, at).line == 0)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const built_in[] = { "mynetworks", "mydestination",
		"smtpd_relay_restrictions", "mydomain", "relay_domains" };
	const struct postfix_site site = {
		.hostname = STR("mail.ours.test"),
		.config_directory = STR("/etc/postfix"),
		.mail_version = STR("3.7.11"),
		.mynetworks = STR("127.0.0.0/8 [::1]/128"),
		.version = 307,
	};
	struct arena *arena = arena_new(0);
	struct problems problems;
	struct postfix_main main;

	problems_init(&problems, arena);
	postfix_main_read("main.cf", (struct str){ (const char *)data, size },
	    arena, &main, &problems);
	const struct postfix_scope scope = { &main, "master.cf", NULL, &site };

	for (size_t i = 0; i < main.count; i++)
		check_setting(&main, i);
	for (size_t i = 0; i < main.sorted_count; i++)
		check_value(&scope, main.sorted[i]->name);
	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++)
		check_value(&scope, str_from(built_in[i]));
	arena_free(arena);
	return 0;
}
