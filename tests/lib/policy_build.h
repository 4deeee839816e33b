/*
 * policy_build.h - policies made by hand, for tests of the engine.
 */
#ifndef TESTS_LIB_POLICY_BUILD_H
#define TESTS_LIB_POLICY_BUILD_H

#include "policy/policy.h"

enum {
	POLICY_BUILD_GRANTS = 8,
	POLICY_BUILD_ADDRESSES = 4,
};

struct policy_build {
	struct arena *arena;
	struct table_store *store;
	struct policy policy; /* points into what follows; change it freely */
	struct policy_grant grants[POLICY_BUILD_GRANTS];
	struct policy_clients clients[1];
	struct address addresses[POLICY_BUILD_ADDRESSES];
	struct address gateways[POLICY_BUILD_ADDRESSES];
};

/* A policy that enforces and grants nothing, on a host without addresses. */
void policy_build_init(struct policy_build *build);
void policy_build_free(struct policy_build *build);

/*
 * A list of values with spaces between them; "" is an empty list. The value
 * "fail:" can never be looked up. Gives up on a mistake.
 */
struct table_list policy_build_list(struct policy_build *build,
    enum table_subject subject, const char *values);

/* Adds a grant with such a name and from; the caller adds the rest. */
struct policy_grant *policy_build_grant(struct policy_build *build,
    const char *name, const char *from);

void policy_build_address(struct policy_build *build, const char *text);
void policy_build_gateway(struct policy_build *build, const char *text);

/* What is asked, in words; NULL stands for nothing told. */
struct asked {
	const char *client; /* "local" too; no address: unknown */
	const char *sender;
	const char *recipient;
	const char *login;
	const char *method;
	const char *tls;
	unsigned port;
	enum session_stage stage;
	bool milter; /* sender and recipient are arguments */
};

/* The request in those words, at the second 1000. */
struct request asked_request(const struct asked *asked);

/* What the engine says; borrows nothing of a scratch. */
struct decision policy_build_judge(const struct policy_build *build,
    const struct request *request);
struct decision policy_build_decide(const struct policy_build *build,
    const struct asked *asked);

#endif
