/*
 * fuzz_postfix_master.c - any text is a master.cf, each of its services has
 * all of its columns, and what a service overrides is what it sees.
 */
#include "mta/postfix_scope.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_override(const struct postfix_scope *scope,
    const struct postfix_override *override, struct arena *arena)
{
	const struct postfix_override *found =
	    postfix_service_override(scope->service, override->name);
	struct postfix_value value;
	struct error error;

	if (found == NULL || override->line < scope->service->line)
		abort();
	if (postfix_scope_value(scope, override->name, arena, &value, &error) &&
	    (value.origin != POSTFIX_FROM_MASTER ||
		!str_equal(value.raw, found->value)))
		abort();
}

static void
check_service(const struct postfix_service *service)
{
	const struct str columns[] = { service->name, service->type,
		service->private_column, service->unprivileged, service->chroot,
		service->wakeup, service->maxproc, service->command };

	if (service->line == 0)
		abort();
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (columns[i].length == 0)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
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
	struct postfix_master master;

	problems_init(&problems, arena);
	postfix_main_read("main.cf", STR("mine = $myhostname\n"), arena, &main,
	    &problems);
	postfix_master_read("master.cf",
	    (struct str){ (const char *)data, size }, arena, &master,
	    &problems);
	for (size_t i = 0; i < master.count; i++) {
		const struct postfix_service *service = &master.services[i];
		const struct postfix_scope scope = { &main, "master.cf",
			service, &site };

		check_service(service);
		for (size_t j = 0; j < service->override_count; j++)
			check_override(&scope, &service->overrides[j], arena);
	}
	arena_free(arena);
	return 0;
}
