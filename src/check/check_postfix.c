/*
 * check_postfix.c - what the checks of Postfix share.
 */
#include "check/check_postfix.h"

#include "check/role.h"
#include "mta/postfix_list.h"

struct place
check_postfix_place(const struct check_run *run,
    const struct postfix_value *value)
{
	if (value->place.file != NULL)
		return value->place;
	return (struct place){ .file = run->mta->postfix->main.path };
}

struct place
check_postfix_service_place(const struct check_run *run,
    const struct postfix_service *service)
{
	return (struct place){
		.file = run->mta->postfix->master.path,
		.line = service->line,
	};
}

bool
check_postfix_value(struct check_run *run,
    const struct postfix_service *service, const char *name,
    struct postfix_value *value)
{
	struct error error;

	if (postfix_value(run->mta->postfix, service, name, value, &error))
		return true;
	check_unknown(run, check_postfix_place(run, value), "%s", error.text);
	return false;
}

bool
check_postfix_flag(struct check_run *run, const struct postfix_service *service,
    const char *name, bool *flag, struct postfix_value *value)
{
	struct error error;

	if (postfix_flag(run->mta->postfix, service, name, flag, value, &error))
		return true;
	check_unknown(run, check_postfix_place(run, value), "%s", error.text);
	return false;
}

bool
check_postfix_number(struct check_run *run,
    const struct postfix_service *service, const char *name,
    unsigned long *number, struct postfix_value *value)
{
	if (!check_postfix_value(run, service, name, value))
		return false;
	if (str_number(value->text, (unsigned long)-1 / 16, number))
		return true;
	check_unknown(run, check_postfix_place(run, value),
	    "%s = " STR_FORMAT " is not a number", name, STR_ARGS(value->text));
	return false;
}

const char *
check_postfix_name(struct check_run *run,
    const struct postfix_listener *listener)
{
	struct str name = listener->inet->name;

	return arena_print(run->arena, "service " STR_FORMAT " (port %u)",
	    STR_ARGS(name), listener->port);
}

bool
check_postfix_has_word(struct str list, const char *word)
{
	struct str token;

	while (postfix_list_next(&list, &token))
		if (str_equal_nocase(token, str_from(word)))
			return true;
	return false;
}

size_t
check_postfix_each(struct check_run *run, bool all,
    void (
	*look)(struct check_run *run, const struct postfix_listener *listener))
{
	const struct postfix_listener *listeners;
	size_t count, looked = 0;

	postfix_listeners(run->mta->postfix, &listeners, &count);
	for (size_t i = 0; i < count; i++) {
		if (!all && !listeners[i].reachable)
			continue;
		look(run, &listeners[i]);
		looked++;
	}
	return looked;
}

/*
 * Whether main.cf names domains of others. mydestination is no such sign,
 * since distributions fill it in; nor is a list that stands for another.
 */
static bool
has_mail_domains(const struct check_run *run)
{
	static const char *const lists[] = {
		"virtual_mailbox_domains",
		"virtual_alias_domains",
		"relay_domains",
	};
	struct postfix_value value;
	struct error error;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (postfix_value(run->mta->postfix, NULL, lists[i], &value,
			&error) &&
		    value.origin == POSTFIX_FROM_MAIN &&
		    value.text.length > 0 && !str_starts(value.raw, STR("$")))
			return true;
	return false;
}

bool
check_postfix_is_server(struct check_run *run)
{
	const struct check_context *context = run->context;
	unsigned servers = context->roles & ~(unsigned)POLICY_ROLE_NULL_CLIENT;

	if (servers == 0 || (context->roles_derived && !has_mail_domains(run)))
		return false;
	check_not_applicable(run,
	    "this host is meant to serve others (%s, %s), so it cannot be "
	    "held to what a host is that only sends its own mail",
	    role_names(context->roles, ", ", run->arena), context->roles_from);
	return true;
}
