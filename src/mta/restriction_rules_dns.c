/*
 * restriction_rules_dns.c - restrictions whose answer only DNS, or the server
 * behind an address, knows.
 */
#include "mta/restriction_rules.h"

#include <string.h>

/* What cannot be known may refuse, or not. */
static enum restriction_status
maybe_reject(struct restriction_run *run, struct str key, const char *reason,
    unsigned code, const char *text)
{
	if (restriction_choose(run, run->step, key, reason, 2) == 0)
		return STATUS_DUNNO;
	return restriction_reject(run, code, text);
}

RULE_FUNCTION(rule_unverified_address)
{
	bool sender = rule->subject == RULE_SENDER;

	(void)item;
	if (sender ? !run->has_sender || run->sender.length == 0
		   : !run->has_recipient)
		return STATUS_DUNNO;
	return maybe_reject(run, STR(""),
	    "only a delivery probe knows whether the address exists", 450,
	    "4.1.1 unverified address");
}

/* The name under which an address stands in a DNS list. */
static struct str
reversed(struct restriction_run *run, struct str domain)
{
	const uint8_t *bytes = run->session->client.bytes;
	char text[128];
	struct buf name = BUF(text);

	if (address_is_ipv4(&run->session->client))
		for (size_t i = 16; i-- > 12;)
			buf_print(&name, "%u.", bytes[i]);
	else
		for (size_t i = 16; i-- > 0;)
			buf_print(&name, "%x.%x.", bytes[i] & 0xfu,
			    bytes[i] >> 4);
	return str_from(arena_print(run->arena, STR_FORMAT STR_FORMAT,
	    STR_ARGS(buf_str(&name)), STR_ARGS(domain)));
}

/* Whether an answer is the one of "list.example=127.0.0.2". */
static bool
answer_matches(const struct resolver_answer *answer, struct str pattern)
{
	struct address wanted;

	if (pattern.length == 0)
		return true;
	for (size_t i = 0; i < answer->count; i++)
		if (recipient_address_valid(pattern, &wanted) &&
		    memcmp(&wanted, &answer->records[i].address,
			sizeof(wanted)) == 0)
			return true;
	return false;
}

/* Whether a name is in a DNS list; false: nobody knows. */
static bool
ask_list(struct restriction_run *run, struct str name, struct str pattern,
    enum lookup *listed)
{
	struct resolver_answer answer;
	struct address address;

	/* Patterns such as 127.0.0.[2..8] are not read. */
	if ((pattern.length > 0 &&
		!recipient_address_valid(pattern, &address)) ||
	    !restriction_ask_dns(run, name, RESOLVER_A, &answer))
		return false;
	*listed = answer.lookup;
	if (*listed == LOOKUP_FOUND && !answer_matches(&answer, pattern))
		*listed = LOOKUP_MISSING;
	return true;
}

static const char *
list_reason(struct restriction_run *run, struct str list)
{
	return arena_print(run->arena, "only the DNS list " STR_FORMAT " knows",
	    STR_ARGS(list));
}

/* Refuses what is in the list. */
static enum restriction_status
reject_listed(struct restriction_run *run, struct str name, struct str list,
    struct str pattern)
{
	enum lookup listed;
	unsigned code = run->settings->rbl_code;
	const char *text = "5.7.1 Service unavailable; blocked";

	if (!ask_list(run, name, pattern, &listed))
		return maybe_reject(run, name, list_reason(run, list), code,
		    text);
	if (listed != LOOKUP_FOUND)
		return STATUS_DUNNO;
	return restriction_reject(run, code, text);
}

RULE_FUNCTION(rule_rbl_address)
{
	struct str list, pattern;

	(void)rule;
	str_cut(item->argument, '=', &list, &pattern);
	if (list.length == 0)
		return STATUS_DUNNO;
	return reject_listed(run, reversed(run, list), list, pattern);
}

/* The domain that a rule is about; false: there is none to ask for. */
static bool
domain_of(const struct restriction_run *run,
    const struct restriction_rule *rule, struct str *domain)
{
	struct str local, after, suffix;
	unsigned long number;

	switch (rule->subject) {
	case RULE_NOTHING:
		return false;
	case RULE_CLIENT:
		*domain = run->client_name;
		break;
	case RULE_REVERSE:
		*domain = run->reverse_name;
		break;
	case RULE_HELO:
		*domain = run->has_helo ? run->helo : STR("");
		break;
	case RULE_SENDER:
		*domain = run->has_sender ? run->sender : STR("");
		break;
	case RULE_RECIPIENT:
		*domain = run->has_recipient ? run->recipient : STR("");
		break;
	}
	if (domain->length == 0 ||
	    ((rule->subject == RULE_CLIENT || rule->subject == RULE_REVERSE) &&
		str_equal_nocase(*domain, STR("unknown"))))
		return false;
	if (str_cut_last(*domain, '@', &local, &after))
		*domain = after;
	if (!str_cut_last(*domain, '.', &local, &suffix))
		suffix = *domain;
	return !str_number(suffix, (unsigned long)-1, &number) &&
	    recipient_host_valid(*domain);
}

static struct str
in_list(struct restriction_run *run, struct str domain, struct str list)
{
	return str_from(arena_print(run->arena, STR_FORMAT "." STR_FORMAT,
	    STR_ARGS(domain), STR_ARGS(list)));
}

RULE_FUNCTION(rule_rbl_domain)
{
	struct str list, pattern, domain;

	str_cut(item->argument, '=', &list, &pattern);
	if (list.length == 0 || !domain_of(run, rule, &domain))
		return STATUS_DUNNO;
	return reject_listed(run, in_list(run, domain, list), list, pattern);
}

/* Lets in what is in the list, but never to a destination of others. */
static enum restriction_status
permit_listed(struct restriction_run *run, const struct restriction_item *item,
    const struct restriction_rule *rule, struct str name)
{
	struct str list, pattern;
	enum lookup listed;

	if (run->has_recipient) {
		enum restriction_status status =
		    rule_permit_auth_destination(run, item, rule);

		if (status != STATUS_PERMIT)
			return status;
	}
	str_cut(item->argument, '=', &list, &pattern);
	if (!ask_list(run, name, pattern, &listed))
		listed = restriction_choose(run, run->step, name,
			     list_reason(run, list), 2) == 0
		    ? LOOKUP_MISSING
		    : LOOKUP_FOUND;
	return listed == LOOKUP_FOUND ? STATUS_PERMIT : STATUS_DUNNO;
}

RULE_FUNCTION(rule_dnswl_address)
{
	struct str list, pattern;

	str_cut(item->argument, '=', &list, &pattern);
	if (list.length == 0)
		return STATUS_DUNNO;
	return permit_listed(run, item, rule, reversed(run, list));
}

RULE_FUNCTION(rule_dnswl_domain)
{
	struct str list, pattern, domain;

	str_cut(item->argument, '=', &list, &pattern);
	if (list.length == 0 || !domain_of(run, rule, &domain))
		return STATUS_DUNNO;
	return permit_listed(run, item, rule, in_list(run, domain, list));
}

/* ---- check_*_{ns,mx,a}_access ---- */

/* The servers of a domain; false: nobody knows. */
static bool
find_servers(struct restriction_run *run, struct str domain,
    enum resolver_type type, struct resolver_answer *servers)
{
	static const struct resolver_answer none = { .lookup = LOOKUP_MISSING };
	struct str label;

	if (!restriction_ask_dns(run, domain, type, servers))
		return false;
	while (type == RESOLVER_NS && servers->lookup == LOOKUP_MISSING &&
	    str_cut(domain, '.', &label, &domain) && domain.length > 0)
		if (!restriction_ask_dns(run, domain, type, servers))
			return false;
	if (servers->lookup != LOOKUP_MISSING || type != RESOLVER_MX) {
		if (servers->lookup != LOOKUP_FOUND)
			*servers = none;
		return true;
	}
	/* A domain without MX is its own. */
	struct resolver_record *self = arena_alloc(run->arena, sizeof(*self));
	self->text = domain;
	*servers = (struct resolver_answer){ LOOKUP_FOUND, self, 1 };
	return true;
}

/* Looks the addresses of one server up; true: one is in the table. */
static bool
check_server_addresses(struct restriction_run *run,
    const struct restriction_item *item, struct str host,
    enum restriction_status *status)
{
	static const enum resolver_type types[] = { RESOLVER_A, RESOLVER_AAAA };

	for (size_t i = 0; i < 2; i++) {
		struct resolver_answer answer;

		if (!restriction_ask_dns(run, host, types[i], &answer) ||
		    answer.lookup != LOOKUP_FOUND)
			continue;
		for (size_t j = 0; j < answer.count; j++) {
			char text[64];
			struct buf buf = BUF(text);

			address_print(&answer.records[j].address, &buf);
			if (restriction_find_address(run, &item->maps,
				arena_copy(run->arena, buf_str(&buf)), status))
				return true;
		}
	}
	return false;
}

/* A literal is its own server, but has none for its name. */
static enum restriction_status
check_literal(struct restriction_run *run, const struct restriction_item *item,
    const struct restriction_rule *rule, struct str domain)
{
	enum restriction_status status = STATUS_DUNNO;
	struct str tag = STR("IPv6:"), inside;
	struct address address;

	if (rule->type == RESOLVER_NS || !str_ends(domain, STR("]")))
		return STATUS_DUNNO;
	inside = str_slice(domain, 1, domain.length - 1);
	if (!recipient_literal_valid(inside, &address))
		return STATUS_DUNNO;
	if (inside.length > tag.length &&
	    str_equal_nocase(str_slice(inside, 0, tag.length), tag))
		inside = str_slice(inside, tag.length, inside.length);
	restriction_find_address(run, &item->maps, inside, &status);
	return status;
}

static enum restriction_status
check_servers(struct restriction_run *run, const struct restriction_item *item,
    const struct restriction_rule *rule, struct str domain)
{
	struct resolver_answer servers;
	enum restriction_status status = STATUS_DUNNO;

	if (!find_servers(run, domain, rule->type, &servers))
		return maybe_reject(run, domain,
		    arena_print(run->arena,
			"only DNS knows the servers of " STR_FORMAT,
			STR_ARGS(domain)),
		    run->settings->access_reject_code, "5.7.1 Access denied");
	for (size_t i = 0; i < servers.count; i++) {
		struct str host =
		    rule->type == RESOLVER_A ? domain : servers.records[i].text;

		if (rule->type != RESOLVER_A &&
		    restriction_find_domain(run, &item->maps, host, &status))
			return status;
		if (check_server_addresses(run, item, host, &status))
			return status;
		if (rule->type == RESOLVER_A)
			break;
	}
	return status;
}

RULE_FUNCTION(rule_check_server)
{
	enum restriction_status status;
	struct str domain, local, after;
	bool there = domain_of(run, rule, &domain);

	if (domain.length == 0 || str_equal_nocase(domain, STR("unknown")))
		return STATUS_DUNNO;
	if (str_cut_last(domain, '@', &local, &after))
		domain = after;
	if (str_starts(domain, STR("[")))
		status = check_literal(run, item, rule, domain);
	else if (there || rule->subject != RULE_NOTHING)
		status = check_servers(run, item, rule, domain);
	else
		status = STATUS_DUNNO;
	return restriction_forbid_permit(run, status);
}
