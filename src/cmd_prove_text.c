/*
 * cmd_prove_text.c - a proof for people: what is open and how to see it, what
 * is not known, and who may send where.
 */
#include "cmd_prove.h"

#include "report/report.h"

enum {
	NAME = 16, /* columns */
};

/* Places and texts of one print. */
struct text {
	const struct mta_host *host;
	struct arena *arena;
	FILE *stream;
};

struct str
prove_address(struct str path)
{
	if (str_starts(path, STR("<")) && str_ends(path, STR(">")))
		return str_slice(path, 1, path.length - 1);
	return path;
}

static const char *
clean(const struct text *text, struct str dirty)
{
	return report_clean(dirty, text->arena);
}

static void
print_row(const struct text *text, const char *name, const char *value)
{
	fprintf(text->stream, "    %-*s%s\n", NAME, name, value);
}

/* A word that a shell takes as it is. */
static void
print_word(const struct text *text, const char *option, struct str word)
{
	fprintf(text->stream, " %s '", option);
	for (const char *at = clean(text, word); *at != '\0'; at++)
		if (*at == '\'')
			fputs("'\\''", text->stream);
		else
			fputc(*at, text->stream);
	fputc('\'', text->stream);
}

/* How anybody can see it for himself. */
static void
print_command(const struct text *text, const struct proof_service *service,
    const struct session *session)
{
	const char *server = arena_print(text->arena, STR_FORMAT,
	    STR_ARGS(text->host->hostname));

	fprintf(text->stream, "    %-*sswaks", NAME, "try");
	print_word(text, "--server", str_from(server));
	fprintf(text->stream, " --port %u --quit-after RCPT", service->port);
	if (session->tls_version.length > 0)
		fputs(service->port == 465 ? " --tls-on-connect"
					   : " --tls-optional",
		    text->stream);
	if (session->helo.length > 0)
		print_word(text, "--helo", session->helo);
	print_word(text, "--from",
	    session->sender.length > 2 ? prove_address(session->sender)
				       : STR("<>"));
	print_word(text, "--to", prove_address(session->recipient));
	fputc('\n', text->stream);
	if (session->helo.length == 0)
		print_row(text, "",
		    "(by hand, since it has to go without HELO)");
}

static void
print_by(const struct text *text, const struct proof_by *by)
{
	const char *place = report_place(by->place, text->arena);

	fprintf(text->stream, "    %-*s%s", NAME, "let through by",
	    clean(text, by->restriction));
	if (by->argument.length > 0)
		fprintf(text->stream, " %s", clean(text, by->argument));
	fprintf(text->stream, "\n    %-*sin %s", NAME, "",
	    clean(text, by->parameter));
	if (place != NULL)
		fprintf(text->stream, ", %s", place);
	fputc('\n', text->stream);
	if (by->key.length > 0)
		print_row(text, "key", clean(text, by->key));
	if (by->value.length > 0)
		print_row(text, "value", clean(text, by->value));
}

static void
print_path(const struct text *text, const struct proof_service *service,
    const struct proof_path *path, const char *title)
{
	const struct session *session = &path->session;

	fprintf(text->stream, "\n  %s%s\n", title,
	    path->routed ? ", by a route that the next host may take" : "");
	print_by(text, &path->by);
	print_row(text, "client", clean(text, session->client_text));
	print_row(text, "client name",
	    session->client_name.length > 0 ? clean(text, session->client_name)
					    : "none that is verified");
	if (session->client_name.length == 0 &&
	    session->reverse_name.length > 0)
		print_row(text, "reverse name",
		    clean(text, session->reverse_name));
	print_row(text, "helo",
	    session->helo.length > 0 ? clean(text, session->helo)
				     : "none at all");
	print_row(text, "sender", clean(text, session->sender));
	print_row(text, "recipient", clean(text, session->recipient));
	print_command(text, service, session);
}

static void
print_unknown(const struct text *text, const struct proof_unknown *unknown)
{
	const char *place = report_place(unknown->place, text->arena);

	fprintf(text->stream, "\n  Cannot know: %s\n",
	    clean(text, unknown->restriction));
	print_row(text, "because",
	    report_clean_text(unknown->reason, text->arena));
	if (place != NULL)
		print_row(text, "place", place);
}

static const char *
cell_text(const struct proof_cell *cell)
{
	static const char *const words[] = {
		[PROOF_CLOSED] = "refused",
		[PROOF_UNKNOWN] = "unknown",
		[PROOF_OPEN] = "accepted",
	};

	return words[cell->verdict];
}

/* One line for each kind of client, and why it may send anywhere. */
static void
print_matrix(const struct text *text, const struct proof *proof,
    const struct proof_service *service)
{
	bool first = true;

	for (const struct proof_cell *cell = proof->matrix; cell != NULL;
	     cell = cell->next) {
		if (cell->service != service)
			continue;
		if (first)
			fprintf(text->stream, "\n  %-20s%-10s%-10s%s\n", "who",
			    "ours", "relay", "anywhere");
		first = false;
		if (cell->where == PROOF_OURS)
			fprintf(text->stream, "  %-20s",
			    arena_print(text->arena, "%s%s",
				proof_who_name(cell->who),
				cell->tls ? ", TLS" : ""));
		if (cell->where != PROOF_ANYWHERE) {
			fprintf(text->stream, "%-10s", cell_text(cell));
			continue;
		}
		fputs(cell_text(cell), text->stream);
		if (cell->by.restriction.length > 0) {
			const char *place =
			    report_place(cell->by.place, text->arena);

			fprintf(text->stream, "  %s%s%s",
			    clean(text, cell->by.restriction),
			    place != NULL ? "  " : "",
			    place != NULL ? place : "");
		}
		fputc('\n', text->stream);
	}
}

static void
print_service(const struct text *text, const struct proof *proof,
    const struct proof_service *service)
{
	fprintf(text->stream, "%s %s, port %u: %s",
	    mta_kind_name(service->mta->kind), clean(text, service->name),
	    service->port, proof_verdict_name(service->verdict));
	if (service->guarded)
		fprintf(text->stream, "; without the guard %s",
		    proof_verdict_name(service->without_guard));
	if (service->closed != NULL)
		fprintf(text->stream, " (%s)",
		    report_clean_text(service->closed, text->arena));
	fputc('\n', text->stream);
	for (const struct proof_path *path = service->paths; path != NULL;
	     path = path->next)
		print_path(text, service, path, "A stranger can relay");
	for (const struct proof_path *path = service->down; path != NULL;
	     path = path->next)
		print_path(text, service, path,
		    "Without the guard a stranger can relay");
	for (const struct proof_unknown *unknown = service->unknown;
	     unknown != NULL; unknown = unknown->next)
		print_unknown(text, unknown);
	print_matrix(text, proof, service);
	fputc('\n', text->stream);
}

void
prove_print_text(const struct proof *proof, unsigned long child_time,
    const struct mta_host *host, struct arena *arena, FILE *stream)
{
	static const char *const meanings[] = {
		[PROOF_CLOSED] = "closed: no stranger can relay",
		[PROOF_UNKNOWN] = "unknown: what cannot be known is above",
		[PROOF_OPEN] = "open: strangers can relay",
	};
	struct text text = { host, arena, stream };

	for (const struct proof_service *service = proof->services;
	     service != NULL; service = service->next)
		print_service(&text, proof, service);
	fprintf(stream, "%s\n", meanings[proof->verdict]);
	if (proof->guarded)
		fprintf(stream, "without the guard %s\n",
		    meanings[proof->without_guard]);
	if (child_time > 0)
		fprintf(stream, "programs that were asked: %.3f s\n",
		    (double)child_time / 1e6);
}
