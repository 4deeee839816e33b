/*
 * postfix_print.c - prints the model of a Postfix as postconf(1) prints it.
 *
 * postfix_print DIRECTORY n|P|x [NAME]: the settings of main.cf, those of
 * master.cf, or the expanded value of one. A second line of a problem is no
 * concern here. Exit status 1, and why on standard error: Postfix does not
 * start; 2: that cannot be told.
 */
#include "mta/postfix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
print_value(struct str name, struct str value)
{
	printf(STR_FORMAT " =", STR_ARGS(name));
	if (value.length > 0) {
		putchar(' ');
		fwrite(value.data, 1, value.length, stdout);
	}
	putchar('\n');
}

static void
print_main(const struct postfix *postfix)
{
	const struct postfix_main *main = &postfix->main;

	for (size_t i = 0; i < main->sorted_count; i++)
		if (!postfix->unused[i])
			print_value(main->sorted[i]->name,
			    main->sorted[i]->value);
}

static void
print_master(const struct postfix *postfix)
{
	for (size_t i = 0; i < postfix->master.count; i++) {
		const struct postfix_service *service =
		    &postfix->master.services[i];

		for (size_t k = 0; k < service->override_count; k++) {
			const struct postfix_override *override =
			    &service->overrides[k];

			if (postfix_service_override(service, override->name) !=
			    override)
				continue;
			printf(STR_FORMAT "/" STR_FORMAT "/",
			    STR_ARGS(service->name), STR_ARGS(service->type));
			print_value(override->name, override->value);
		}
	}
}

static void
print_expanded(const struct postfix *postfix, const char *name)
{
	struct postfix_value value;
	struct error error;

	if (!postfix_value(postfix, NULL, name, &value, &error))
		value.text = str_from(error.text);
	print_value(str_from(name), value.text);
}

static int
print(const struct postfix *postfix, char **arguments)
{
	switch (arguments[2][0]) {
	case 'n':
		print_main(postfix);
		break;
	case 'P':
		print_master(postfix);
		break;
	default:
		for (char **name = arguments + 3; *name != NULL; name++)
			print_expanded(postfix, *name);
		break;
	}
	if (postfix->fatal != NULL)
		fprintf(stderr, "%s\n", postfix->fatal);
	else if (postfix->unsure != NULL)
		fprintf(stderr, "%s\n", postfix->unsure);
	return postfix->fatal != NULL ? 1 : postfix->unsure != NULL ? 2 : 0;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(0);
	char name[256] = "";
	struct postfix *postfix;
	struct host network;
	struct error error;

	if (argc < 3 || gethostname(name, sizeof(name) - 1) != 0 ||
	    !host_read(arena, &network, &error))
		return EXIT_FAILURE;
	struct mta_host host = {
		.tree = tree_new(arena, NULL, NULL),
		.network = &network,
		.hostname = str_from(name),
	};
	if (!postfix_read(&host, argv[1], arena, &postfix, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return EXIT_FAILURE;
	}
	int status = print(postfix, argv);
	arena_free(arena);
	return status;
}
