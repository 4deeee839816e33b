/*
 * proof.c - whether a stranger can relay through an MTA, and how.
 */
#include "check/proof.h"

static const struct prover *const provers[] = {
	&proof_postfix,
	&proof_sendmail,
	&proof_exim,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *
proof_verdict_name(enum proof_verdict verdict)
{
	static const char *const names[] = {
		[PROOF_CLOSED] = "closed",
		[PROOF_UNKNOWN] = "unknown",
		[PROOF_OPEN] = "open",
	};

	return names[verdict];
}

const char *
proof_who_name(enum proof_who who)
{
	static const char *const names[] = {
		[PROOF_STRANGER] = "stranger",
		[PROOF_NEIGHBOUR] = "neighbour",
		[PROOF_TRUSTED] = "trusted",
		[PROOF_LOGIN] = "login",
		[PROOF_CERTIFICATE] = "certificate",
	};

	return names[who];
}

const char *
proof_where_name(enum proof_where where)
{
	static const char *const names[] = {
		[PROOF_OURS] = "ours",
		[PROOF_RELAY] = "relay",
		[PROOF_ANYWHERE] = "anywhere",
	};

	return names[where];
}

struct proof_service *
proof_service_add(const struct proof_task *task, struct str name, unsigned port)
{
	struct proof_service *service =
	    arena_alloc(task->arena, sizeof(*service));

	service->mta = task->mta;
	service->name = name;
	service->port = port;
	service->reachable = true;
	*task->proof->service_end = service;
	task->proof->service_end = &service->next;
	return service;
}

static enum proof_verdict
worse(enum proof_verdict a, enum proof_verdict b)
{
	return a > b ? a : b;
}

void
proof_service_done(const struct proof_task *task,
    const struct proof_service *service)
{
	struct proof *proof = task->proof;

	proof->verdict = worse(proof->verdict, service->verdict);
	proof->without_guard = worse(proof->without_guard,
	    service->guarded ? service->without_guard : service->verdict);
	proof->guarded |= service->guarded;
}

static bool
same_place(struct place a, struct place b)
{
	return a.line == b.line &&
	    (a.file == NULL || b.file == NULL
		    ? a.file == b.file
		    : str_equal(str_from(a.file), str_from(b.file)));
}

static bool
same_rule(const struct proof_by *a, const struct proof_by *b)
{
	return same_place(a->place, b->place) &&
	    str_equal(a->restriction, b->restriction) &&
	    str_equal(a->argument, b->argument) &&
	    str_equal(a->value, b->value);
}

void
proof_path_add(struct proof_path **list, const struct proof_path *path,
    struct arena *arena)
{
	struct proof_path *copy;

	for (; *list != NULL; list = &(*list)->next)
		if (same_rule(&(*list)->by, &path->by) &&
		    (*list)->routed == path->routed) {
			struct proof_path *next = (*list)->next;

			if (!(*list)->by_dns || path->by_dns)
				return;
			**list = *path;
			(*list)->next = next;
			return;
		}
	copy = arena_alloc(arena, sizeof(*copy));
	*copy = *path;
	copy->next = NULL;
	*list = copy;
}

void
proof_unknown_add(struct proof_service *service, struct str restriction,
    const char *reason, struct place place, struct arena *arena)
{
	struct proof_unknown **end = &service->unknown;
	struct proof_unknown *unknown;

	for (; *end != NULL; end = &(*end)->next)
		if (same_place((*end)->place, place) &&
		    str_equal((*end)->restriction, restriction) &&
		    str_equal(str_from((*end)->reason), str_from(reason)))
			return;
	unknown = arena_alloc(arena, sizeof(*unknown));
	unknown->restriction = restriction;
	unknown->reason = reason;
	unknown->place = place;
	*end = unknown;
}

struct proof_cell *
proof_cell_add(const struct proof_task *task,
    const struct proof_service *service, enum proof_who who,
    enum proof_where where)
{
	struct proof_cell *cell = arena_alloc(task->arena, sizeof(*cell));

	cell->service = service;
	cell->who = who;
	cell->where = where;
	*task->proof->cell_end = cell;
	task->proof->cell_end = &cell->next;
	return cell;
}

/* An MTA of a kind that nobody here can ask: nothing is known of it. */
static void
prove_nothing(const struct proof_task *task)
{
	struct proof_service *service = proof_service_add(task,
	    str_from(mta_kind_name(task->mta->kind)), 25);

	proof_unknown_add(service, service->name,
	    "no proof of this kind of MTA has been built in",
	    (struct place){ task->mta->config, 0 }, task->arena);
	service->verdict = PROOF_UNKNOWN;
	proof_service_done(task, service);
}

void
proof_run(const struct proof_options *options, const struct mta_list *mtas,
    struct arena *arena, struct proof *proof)
{
	*proof = (struct proof){ 0 };
	proof->service_end = &proof->services;
	proof->cell_end = &proof->matrix;
	for (size_t i = 0; i < mtas->count; i++) {
		struct proof_task task = {
			.options = options,
			.mta = &mtas->mtas[i],
			.arena = arena,
			.proof = proof,
		};
		const struct prover *prover = NULL;

		for (size_t p = 0; p < COUNT(provers); p++)
			if (provers[p]->kind == task.mta->kind)
				prover = provers[p];
		if (prover == NULL)
			prove_nothing(&task);
		else
			prover->prove(&task);
	}
}
