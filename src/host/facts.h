/*
 * facts.h - what can be known of a host beside its MTAs: each fact is found
 * out when it is first asked for, and then kept.
 */
#ifndef HOST_FACTS_H
#define HOST_FACTS_H

#include "base/arena.h"
#include "base/tree.h"
#include "host/accounts.h"
#include "host/auditd.h"
#include "host/mounts.h"
#include "host/packages.h"
#include "host/selinux.h"
#include "host/sockets.h"
#include "host/syslog.h"
#include "host/units.h"

struct host_facts;

/* Of the host that the tree is of; both outlive the facts. */
struct host_facts *facts_new(struct arena *arena, struct tree *tree);

struct tree *facts_tree(struct host_facts *facts);

const struct accounts *facts_accounts(struct host_facts *facts);
const struct auditd *facts_auditd(struct host_facts *facts);
const struct mounts *facts_mounts(struct host_facts *facts);
const struct packages *facts_packages(struct host_facts *facts);
const struct selinux *facts_selinux(struct host_facts *facts);
const struct sockets *facts_sockets(struct host_facts *facts);
const struct syslog *facts_syslog(struct host_facts *facts);
const struct units *facts_units(struct host_facts *facts);

#endif
