/*
 * cmd_explain_mta.c - what the MTA's own restrictions say to a session.
 */
#include "cmd_explain_mta.h"

#include "check/guard.h"
#include "mta/postfix.h"

#include <stdlib.h>

/* A service that was judged before. */
struct service {
	struct service *next;
	const struct postfix_service *smtpd;
	struct restrictions *restrictions;
};

struct explain_mta {
	struct explain_mta_options options;
	const struct postfix *postfix;
	const struct postfix_listener *listeners;
	size_t listener_count;
	struct arena *arena;   /* of the host */
	struct arena *rulings; /* of the last session */
	struct service *services;
	struct ruling ruling;
	struct session session;
	struct restriction_step step; /* where no restriction decided */
};

static void
rulings_free(void *pointer)
{
	struct explain_mta *mta = pointer;

	arena_free(mta->rulings);
}

struct explain_mta *
explain_mta_new(const struct command *command,
    const struct explain_mta_options *options)
{
	const struct mta_list *mtas = &options->host->mtas;
	struct explain_mta *explain =
	    arena_alloc(options->host->arena, sizeof(*explain));

	explain->options = *options;
	explain->arena = options->host->arena;
	for (size_t i = 0; i < mtas->count && explain->postfix == NULL; i++)
		if (mtas->mtas[i].kind == MTA_POSTFIX)
			explain->postfix = mtas->mtas[i].postfix;
	if (explain->postfix == NULL) {
		fprintf(stderr,
		    "mtaguard %s: --mta judges by the restrictions of "
		    "Postfix, and there is none; Sendmail and Exim are asked "
		    "by mtaguard prove\n",
		    command->name);
		return NULL;
	}
	postfix_listeners(explain->postfix, &explain->listeners,
	    &explain->listener_count);
	explain->rulings = arena_new(0);
	arena_cleanup(explain->arena, rulings_free, explain);
	return explain;
}

/* Whether an endpoint is one that the client can have connected to. */
static bool
is_reached(const struct explain_mta *mta,
    const struct postfix_endpoint *endpoint, const struct session *session)
{
	bool address = session->client_kind == SESSION_CLIENT_ADDRESS;
	bool loopback = !address || address_is_loopback(&session->client);

	if (endpoint->port != session->server_port)
		return false;
	if (address && endpoint->ipv6 == address_is_ipv4(&session->client))
		return false;
	/* From an address of loopback nothing but loopback is reached. */
	if (address && loopback && !mta->options.outside)
		return endpoint->any || endpoint->loopback;
	return endpoint->any || !endpoint->loopback ||
	    (!mta->options.outside && loopback);
}

static const struct postfix_listener *
find_listener(const struct explain_mta *mta, const struct session *session,
    const char **unsure)
{
	*unsure = NULL;
	for (size_t i = 0; i < mta->listener_count; i++) {
		const struct postfix_listener *listener = &mta->listeners[i];

		for (size_t j = 0; j < listener->endpoint_count; j++)
			if (is_reached(mta, &listener->endpoints[j], session))
				return listener;
		if (listener->unsure != NULL && *unsure == NULL)
			*unsure = listener->unsure;
	}
	return NULL;
}

/* The lists of a service, compiled when it is first needed. */
static struct restrictions *
restrictions_of(struct explain_mta *mta, const struct postfix_service *smtpd)
{
	struct service *service = mta->services;

	while (service != NULL && service->smtpd != smtpd)
		service = service->next;
	if (service != NULL)
		return service->restrictions;
	struct restrictions_options options = {
		.postfix = mta->postfix,
		.service = smtpd,
	};
	if (mta->options.guard != NULL)
		options.guard =
		    guard_restrictions(guard_new(
					   &(struct guard_options){
					       .policy = mta->options.guard,
					       .postfix = mta->postfix,
					       .service = smtpd,
					       .now = mta->postfix->host->now,
					   },
					   mta->arena),
			false);
	service = arena_alloc(mta->arena, sizeof(*service));
	*service = (struct service){
		.next = mta->services,
		.smtpd = smtpd,
		.restrictions = restrictions_new(&options, mta->arena),
	};
	mta->services = service;
	return service->restrictions;
}

/* Rules without a restriction: nobody listens, or nobody knows. */
static void
rule(struct explain_mta *mta, enum ruling_kind kind, const char *name,
    const char *reason, struct place place)
{
	mta->step = (struct restriction_step){
		.restriction = str_from(name),
		.place = place,
		.result = kind == RULING_UNKNOWN ? "unknown" : "reject",
		.reason = reason,
	};
	mta->ruling = (struct ruling){
		.kind = kind,
		.text = reason,
		.decided = &mta->step,
		.steps = &mta->step,
	};
	if (kind == RULING_UNKNOWN)
		mta->ruling.unknown = &mta->step;
}

static void
judge(struct explain_mta *mta)
{
	const struct postfix *postfix = mta->postfix;
	struct session *session = &mta->session;
	const char *unsure;

	if (postfix->unread != NULL) {
		rule(mta, RULING_UNKNOWN, "configuration", postfix->unread,
		    postfix->unread_place);
		return;
	}
	if (postfix->fatal != NULL) {
		rule(mta, RULING_REJECT, "does-not-start", postfix->fatal,
		    postfix->fatal_place);
		mta->ruling.fatal = true;
		return;
	}
	const struct postfix_listener *listener =
	    find_listener(mta, session, &unsure);
	if (listener == NULL && unsure != NULL) {
		rule(mta, RULING_UNKNOWN, "listener", unsure,
		    (struct place){ 0 });
		return;
	}
	if (listener == NULL) {
		rule(mta, RULING_REJECT, "nobody-listens",
		    "no smtpd can be reached at this port",
		    (struct place){ 0 });
		return;
	}
	struct restrictions *restrictions =
	    restrictions_of(mta, listener->smtpd);
	restrictions_judge(restrictions, session, true, mta->rulings,
	    &mta->ruling);
	/* Who does not say whether it has TLS has it where it must. */
	if (mta->ruling.code == 530 && session->tls_version.length == 0) {
		session->tls_version = STR("yes");
		restrictions_judge(restrictions, session, true, mta->rulings,
		    &mta->ruling);
	}
	if (postfix->unsure != NULL && !mta->ruling.fatal)
		rule(mta, RULING_UNKNOWN, "configuration", postfix->unsure,
		    postfix->unsure_place);
}

void
explain_mta_judge(struct explain_mta *mta, const struct session *session,
    struct explain_ruling *ruling)
{
	arena_reset(mta->rulings);
	mta->session = *session;
	judge(mta);
	*ruling = (struct explain_ruling){
		.session = &mta->session,
		.ruling = &mta->ruling,
		.instance = mta->postfix->directory,
	};
}
