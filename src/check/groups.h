/*
 * groups.h - every check that there is: the groups, one a subject.
 *
 * To add a check, write it in check_<subject>.c; to add a subject, declare
 * its group here and list it in groups.c.
 */
#ifndef CHECK_GROUPS_H
#define CHECK_GROUPS_H

#include "check/check.h"

#include <stddef.h>

/* One each in the file of its subject. */
extern const struct check_group check_aliases_files_group;
extern const struct check_group check_aliases_group;
extern const struct check_group check_config_group;
extern const struct check_group check_exim_group;
extern const struct check_group check_postfix_auth_group;
extern const struct check_group check_postfix_guard_group;
extern const struct check_group check_postfix_limits_group;
extern const struct check_group check_postfix_listen_group;
extern const struct check_group check_postfix_networks_group;
extern const struct check_group check_postfix_elements_group;
extern const struct check_group check_postfix_relay_group;
extern const struct check_group check_postfix_talk_group;
extern const struct check_group check_postfix_trust_group;
extern const struct check_group check_guard_socket_group;
extern const struct check_group check_host_group;
extern const struct check_group check_packages_group;
extern const struct check_group check_relay_group;
extern const struct check_group check_sockets_group;
extern const struct check_group check_syslog_group;
extern const struct check_group check_tls_group;
extern const struct check_group check_units_group;
extern const struct check_group check_sendmail_group;
extern const struct check_group check_sendmail_files_group;
extern const struct check_group check_sendmail_guard_group;
extern const struct check_group check_sendmail_options_group;
extern const struct check_group check_sendmail_program_group;
extern const struct check_group check_sendmail_queue_group;
extern const struct check_group check_sendmail_relay_group;
extern const struct check_group check_route_group;

/* All of them, in the order of telling. */
extern const struct check_group *const check_groups[];
extern const size_t check_group_count;

/* The check with an id; NULL: there is none. */
const struct check *check_find(struct str id);

/* The id that is meant by a misspelt one; NULL: none is near. */
const char *check_nearest(struct str id);

/* All checks, in the order of telling, in the arena. */
const struct check **check_all(struct arena *arena, size_t *count);

#endif
