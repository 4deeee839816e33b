/*
 * groups.c - every check that there is: the groups, one a subject.
 */
#include "check/groups.h"

#include "policy/policy_settings.h"

const struct check_group *const check_groups[] = {
	&check_config_group,
	&check_relay_group,
	&check_postfix_listen_group,
	&check_postfix_relay_group,
	&check_postfix_networks_group,
	&check_postfix_elements_group,
	&check_postfix_trust_group,
	&check_postfix_guard_group,
	&check_exim_group,
	&check_aliases_group,
	&check_aliases_files_group,
	&check_route_group,
	&check_postfix_auth_group,
	&check_postfix_talk_group,
	&check_postfix_limits_group,
	&check_guard_socket_group,
	&check_sockets_group,
	&check_units_group,
	&check_tls_group,
	&check_packages_group,
	&check_syslog_group,
	&check_host_group,
	&check_sendmail_group,
	&check_sendmail_relay_group,
	&check_sendmail_guard_group,
	&check_sendmail_files_group,
	&check_sendmail_options_group,
	&check_sendmail_program_group,
	&check_sendmail_queue_group,
};

const size_t check_group_count = sizeof(check_groups) / sizeof(check_groups[0]);

const struct check *
check_find(struct str id)
{
	for (size_t i = 0; i < check_group_count; i++)
		for (size_t j = 0; j < check_groups[i]->count; j++)
			if (str_equal(id,
				str_from(check_groups[i]->checks[j].id)))
				return &check_groups[i]->checks[j];
	return NULL;
}

const char *
check_nearest(struct str id)
{
	struct policy_nearest nearest = { 0 };

	for (size_t i = 0; i < check_group_count; i++)
		for (size_t j = 0; j < check_groups[i]->count; j++)
			policy_nearest_offer(&nearest, id,
			    check_groups[i]->checks[j].id);
	return nearest.name;
}

const struct check **
check_all(struct arena *arena, size_t *count)
{
	size_t total = 0;

	for (size_t i = 0; i < check_group_count; i++)
		total += check_groups[i]->count;
	const struct check **checks =
	    arena_alloc(arena, total * sizeof(const struct check *));
	*count = 0;
	for (size_t i = 0; i < check_group_count; i++)
		for (size_t j = 0; j < check_groups[i]->count; j++)
			checks[(*count)++] = &check_groups[i]->checks[j];
	return checks;
}
