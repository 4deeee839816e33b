/*
 * facts.c - what can be known of a host beside its MTAs.
 */
#include "host/facts.h"

/* Each is NULL until it is asked for. */
struct host_facts {
	struct arena *arena;
	struct tree *tree;
	struct accounts *accounts;
	struct auditd *auditd;
	struct mounts *mounts;
	struct packages *packages;
	struct selinux *selinux;
	struct sockets *sockets;
	struct syslog *syslog;
	struct units *units;
};

struct host_facts *
facts_new(struct arena *arena, struct tree *tree)
{
	struct host_facts *facts = arena_alloc(arena, sizeof(*facts));

	facts->arena = arena;
	facts->tree = tree;
	return facts;
}

struct tree *
facts_tree(struct host_facts *facts)
{
	return facts->tree;
}

const struct accounts *
facts_accounts(struct host_facts *facts)
{
	if (facts->accounts == NULL) {
		facts->accounts =
		    arena_alloc(facts->arena, sizeof(*facts->accounts));
		accounts_read(facts->tree, facts->arena, facts->accounts);
	}
	return facts->accounts;
}

const struct auditd *
facts_auditd(struct host_facts *facts)
{
	if (facts->auditd == NULL) {
		facts->auditd =
		    arena_alloc(facts->arena, sizeof(*facts->auditd));
		auditd_read(facts->tree, facts->arena, facts->auditd);
	}
	return facts->auditd;
}

const struct mounts *
facts_mounts(struct host_facts *facts)
{
	if (facts->mounts == NULL) {
		facts->mounts =
		    arena_alloc(facts->arena, sizeof(*facts->mounts));
		mounts_read(facts->tree, facts->arena, facts->mounts);
	}
	return facts->mounts;
}

const struct packages *
facts_packages(struct host_facts *facts)
{
	if (facts->packages == NULL) {
		facts->packages =
		    arena_alloc(facts->arena, sizeof(*facts->packages));
		packages_read(facts->tree, facts->arena, facts->packages);
	}
	return facts->packages;
}

const struct selinux *
facts_selinux(struct host_facts *facts)
{
	if (facts->selinux == NULL) {
		facts->selinux =
		    arena_alloc(facts->arena, sizeof(*facts->selinux));
		selinux_read(facts->tree, facts->arena, facts->selinux);
	}
	return facts->selinux;
}

const struct sockets *
facts_sockets(struct host_facts *facts)
{
	if (facts->sockets == NULL) {
		facts->sockets =
		    arena_alloc(facts->arena, sizeof(*facts->sockets));
		sockets_read(facts->tree, facts->arena, facts->sockets);
	}
	return facts->sockets;
}

const struct syslog *
facts_syslog(struct host_facts *facts)
{
	if (facts->syslog == NULL) {
		facts->syslog =
		    arena_alloc(facts->arena, sizeof(*facts->syslog));
		syslog_read(facts->tree, facts->arena, facts->syslog);
	}
	return facts->syslog;
}

const struct units *
facts_units(struct host_facts *facts)
{
	if (facts->units == NULL) {
		facts->units = arena_alloc(facts->arena, sizeof(*facts->units));
		units_read(facts->tree, facts->arena, facts->units);
	}
	return facts->units;
}
