/*
 * check_postfix.h - what the checks of Postfix share.
 */
#ifndef CHECK_CHECK_POSTFIX_H
#define CHECK_CHECK_POSTFIX_H

#include "base/netblock.h"
#include "check/check.h"
#include "mta/postfix.h"
#include "mta/postfix_list.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The effective value of a parameter for a service (NULL: the instance).
 * False where Postfix would die of it, which was told as unknown.
 */
bool check_postfix_value(struct check_run *run,
    const struct postfix_service *service, const char *name,
    struct postfix_value *value);

/* The same of a parameter that says yes or no. */
bool check_postfix_flag(struct check_run *run,
    const struct postfix_service *service, const char *name, bool *flag,
    struct postfix_value *value);

/* The same of a number. */
bool check_postfix_number(struct check_run *run,
    const struct postfix_service *service, const char *name,
    unsigned long *number, struct postfix_value *value);

/* Where a value stands; of a default, main.cf as a whole. */
struct place check_postfix_place(const struct check_run *run,
    const struct postfix_value *value);

/*
 * Reads mynetworks as a service (NULL: the instance) sees it, and where it
 * stands; set is false where a default holds, and the list is then not read.
 * False: it cannot be read, which was told. problems may be NULL.
 */
bool check_postfix_networks(struct check_run *run,
    const struct postfix_service *service, struct place *place,
    struct postfix_list *list, bool *set, struct problems *problems);

/*
 * Whether an element of a list is an IPv4 address inside IPv6: Postfix takes
 * such a client for one of IPv4, and compares the element as IPv6.
 */
bool check_postfix_is_mapped(struct str text);

/* The line of a service in master.cf. */
struct place check_postfix_service_place(const struct check_run *run,
    const struct postfix_service *service);

/* "smtp" or "submission (port 587)": a service as findings name it. */
const char *check_postfix_name(struct check_run *run,
    const struct postfix_listener *listener);

/* Whether a list has a word, in any case, as one of its elements. */
bool check_postfix_has_word(struct str list, const char *word);

/*
 * Calls with every listener that strangers reach; loopback-only ones too if
 * all is true. How many there were.
 */
size_t check_postfix_each(struct check_run *run, bool all,
    void (
	*look)(struct check_run *run, const struct postfix_listener *listener));

/*
 * Whether the host was said to do more than send its own mail, or receives
 * mail for domains that are named: then what is asked of a host without that
 * role is not applicable, and was told so.
 */
bool check_postfix_is_server(struct check_run *run);

#endif
