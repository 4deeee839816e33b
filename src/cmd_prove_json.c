/*
 * cmd_prove_json.c - a proof for programs. Its fields are an interface, which
 * mtaguard(8) describes, and which only grows.
 */
#include "cmd_prove.h"

#include "report/report.h"

#include <jansson.h>

static json_t *
text_of(struct str text, struct arena *arena)
{
	return json_string(report_clean(text, arena));
}

/* Nothing is null. */
static json_t *
text_or_null(struct str text, struct arena *arena)
{
	return text.length > 0 ? text_of(text, arena) : json_null();
}

/* Adds, and takes over what is added. */
static void
set(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, value);
}

static void
set_place(json_t *object, struct place place, struct arena *arena)
{
	set(object, "file",
	    place.file != NULL
		? json_string(report_clean_text(place.file, arena))
		: json_null());
	set(object, "line",
	    place.line > 0 ? json_integer(place.line) : json_null());
}

static json_t *
by_of(const struct proof_by *by, struct arena *arena)
{
	json_t *object = json_object();

	set(object, "parameter", text_or_null(by->parameter, arena));
	set(object, "restriction", text_or_null(by->restriction, arena));
	set(object, "argument", text_or_null(by->argument, arena));
	set(object, "key", text_or_null(by->key, arena));
	set(object, "value", text_or_null(by->value, arena));
	set_place(object, by->place, arena);
	return object;
}

static json_t *
path_of(const struct proof_path *path, struct arena *arena)
{
	const struct session *session = &path->session;
	json_t *object = json_object();

	set(object, "client", text_of(session->client_text, arena));
	set(object, "client_name", text_or_null(session->client_name, arena));
	set(object, "reverse_name", text_or_null(session->reverse_name, arena));
	set(object, "helo", text_or_null(session->helo, arena));
	set(object, "login", text_or_null(session->login, arena));
	set(object, "tls", json_boolean(session->tls_version.length > 0));
	set(object, "sender", text_of(prove_address(session->sender), arena));
	set(object, "recipient",
	    text_of(prove_address(session->recipient), arena));
	set(object, "routed", json_boolean(path->routed));
	set(object, "by", by_of(&path->by, arena));
	return object;
}

static json_t *
paths_of(const struct proof_path *path, struct arena *arena)
{
	json_t *list = json_array();

	for (; path != NULL; path = path->next)
		json_array_append_new(list, path_of(path, arena));
	return list;
}

static json_t *
unknown_of(const struct proof_unknown *unknown, struct arena *arena)
{
	json_t *list = json_array();

	for (; unknown != NULL; unknown = unknown->next) {
		json_t *object = json_object();

		set(object, "restriction",
		    text_of(unknown->restriction, arena));
		set(object, "reason",
		    json_string(report_clean_text(unknown->reason, arena)));
		set_place(object, unknown->place, arena);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *
verdict_of(enum proof_verdict verdict)
{
	return json_string(proof_verdict_name(verdict));
}

static void
set_service_name(json_t *object, const struct proof_service *service,
    struct arena *arena)
{
	set(object, "instance", text_of(service->mta->instance, arena));
	set(object, "service", text_of(service->name, arena));
	set(object, "port", json_integer(service->port));
}

static json_t *
service_of(const struct proof_service *service, struct arena *arena)
{
	json_t *object = json_object();

	set(object, "mta", json_string(mta_kind_name(service->mta->kind)));
	set_service_name(object, service, arena);
	set(object, "reachable", json_boolean(service->reachable));
	set(object, "verdict", verdict_of(service->verdict));
	set(object, "without_guard",
	    service->guarded ? verdict_of(service->without_guard)
			     : json_null());
	set(object, "closed_because",
	    service->closed != NULL
		? json_string(report_clean_text(service->closed, arena))
		: json_null());
	set(object, "paths", paths_of(service->paths, arena));
	set(object, "paths_without_guard", paths_of(service->down, arena));
	set(object, "unknown", unknown_of(service->unknown, arena));
	set(object, "judged", json_integer((json_int_t)service->judged));
	return object;
}

static json_t *
cell_of(const struct proof_cell *cell, struct arena *arena)
{
	json_t *object = json_object();

	set_service_name(object, cell->service, arena);
	set(object, "client", json_string(proof_who_name(cell->who)));
	set(object, "tls", json_boolean(cell->tls));
	set(object, "destination", json_string(proof_where_name(cell->where)));
	set(object, "verdict", verdict_of(cell->verdict));
	set(object, "by",
	    cell->by.restriction.length > 0 ? by_of(&cell->by, arena)
					    : json_null());
	return object;
}

void
prove_print_json(const struct proof *proof, unsigned long child_time,
    struct arena *arena, FILE *stream)
{
	json_t *object = json_object();
	json_t *services = json_array(), *matrix = json_array();

	for (const struct proof_service *service = proof->services;
	     service != NULL; service = service->next)
		json_array_append_new(services, service_of(service, arena));
	for (const struct proof_cell *cell = proof->matrix; cell != NULL;
	     cell = cell->next)
		json_array_append_new(matrix, cell_of(cell, arena));
	set(object, "format", json_integer(1));
	set(object, "verdict", verdict_of(proof->verdict));
	set(object, "without_guard",
	    proof->guarded ? verdict_of(proof->without_guard) : json_null());
	set(object, "services", services);
	set(object, "matrix", matrix);
	if (child_time > 0)
		set(object, "child_time_us",
		    json_integer((json_int_t)child_time));
	json_dumpf(object, stream, JSON_INDENT(2));
	fputc('\n', stream);
	json_decref(object);
}
