/*
 * check_postfix_elements.c - whether mynetworks says what was meant.
 */
#include "check/check_postfix.h"
#include "check/groups.h"

#include <string.h>

/*
 * Debian's stock main.cf has loopback both ways. What matches no client there
 * is meant by nobody to match another, and 127.0.0.0/8 does what is meant.
 */
static bool
is_spare_loopback(const struct postfix_list *list,
    const struct postfix_element *element)
{
	static const struct netblock loopback = {
		.address = { { [10] = 0xff, [11] = 0xff, [12] = 127 } },
		.prefix = 96 + 8, /* of IPv4, inside IPv6 */
	};

	if (element->kind != POSTFIX_ELEMENT_BLOCK || element->negated ||
	    !check_postfix_is_mapped(element->text) ||
	    !netblock_is_within(&element->block, &loopback))
		return false;
	for (size_t i = 0; i < list->count; i++) {
		const struct postfix_element *other = &list->elements[i];

		if (other->kind == POSTFIX_ELEMENT_BLOCK && !other->negated &&
		    !check_postfix_is_mapped(other->text) &&
		    netblock_is_within(&element->block, &other->block))
			return true;
	}
	return false;
}

/* Elements that do not say what somebody meant. */
static void
odd_element(struct check_run *run, const struct postfix_list *list,
    const struct postfix_element *element, struct place place)
{
	bool named = element->kind == POSTFIX_ELEMENT_TEXT;

	if (element->place.file != NULL)
		place = element->place;
	if (is_spare_loopback(list, element))
		check_pass(run, place,
		    STR_FORMAT " matches no client, and need not: the IPv4 "
			       "network stands beside it",
		    STR_ARGS(element->text));
	else if (check_postfix_is_mapped(element->text))
		check_fail(run, place,
		    STR_FORMAT " matches no client, since Postfix takes such "
			       "an address for one of IPv4",
		    STR_ARGS(element->text));
	else if (element->kind == POSTFIX_ELEMENT_BROKEN)
		check_fail(run, place,
		    STR_FORMAT ": %s; Postfix defers every client that is not "
			       "found before it",
		    STR_ARGS(element->text), element->reason);
	else if (named && !element->negated)
		check_fail(run, place,
		    STR_FORMAT " trusts clients by their names, which whoever "
			       "has the zone of their address chooses",
		    STR_ARGS(element->text));
}

static void
elements_look(struct check_run *run, const struct postfix_service *service)
{
	struct postfix_list list;
	struct place place;
	struct problems problems;
	bool set;

	problems_init(&problems, run->arena);
	if (!check_postfix_networks(run, service, &place, &list, &set,
		&problems) ||
	    !set)
		return;
	/* Of elements, odd_element() tells; the rest is of what is none. */
	for (const struct problem *problem = problems.first; problem != NULL;
	     problem = problem->next)
		if (strstr(problem->text, "comment") != NULL)
			check_fail(run, problem->place, "%s", problem->text);
	for (size_t i = 0; i < list.count; i++)
		odd_element(run, &list, &list.elements[i], place);
}

static void
elements_run(struct check_run *run)
{
	const struct postfix_listener *listeners;
	struct postfix_value value;
	size_t count;

	elements_look(run, NULL);
	postfix_listeners(run->mta->postfix, &listeners, &count);
	for (size_t i = 0; i < count; i++)
		if (postfix_service_override(listeners[i].smtpd,
			STR("mynetworks")) != NULL)
			elements_look(run, listeners[i].smtpd);
	if (run->result->findings == NULL &&
	    check_postfix_value(run, NULL, "mynetworks", &value))
		check_pass(run, check_postfix_place(run, &value),
		    "every element of mynetworks is an address or network");
}

static const struct check checks[] = {
	{
	    .id = "postfix-mynetworks-elements",
	    .title = "Every element of mynetworks says what was meant",
	    .severity = CHECK_MEDIUM,
	    .rationale =
		"An element with bits after its prefix defers clients, one "
		"that is a name trusts whoever controls that name, and an "
		"IPv4 address inside IPv6 matches nobody; loopback in that "
		"form, beside 127.0.0.0/8, is Debian's default and passes.",
	    .remedy = "Write addresses and networks, with the host bits zero.",
	    .references = (const struct check_reference[]){ { NULL, NULL } },
	    .kinds = 1u << MTA_POSTFIX,
	    .run = elements_run,
	},
};

const struct check_group check_postfix_elements_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
