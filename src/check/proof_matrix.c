/*
 * proof_matrix.c - who may send where, by which line: one service of Postfix.
 */
#include "check/proof_matrix.h"

#include "check/proof_search.h"

enum {
	CLIENTS_MAX = 24, /* of trusted networks that are tried */
	RECIPIENTS_MAX = 16,
};

/* A row of the matrix: what such a client has. */
struct row {
	enum proof_who who;
	bool login, tls, certificate;
};

static const struct row rows[] = {
	{ .who = PROOF_STRANGER },
	{ .who = PROOF_NEIGHBOUR },
	{ .who = PROOF_TRUSTED },
	{ .who = PROOF_LOGIN, .login = true },
	{ .who = PROOF_LOGIN, .login = true, .tls = true },
	{ .who = PROOF_CERTIFICATE, .tls = true, .certificate = true },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct filling {
	const struct proof_task *task;
	const struct proof_space *space;
	struct guard *guard;
	struct proof_cell *cell;
	bool unknown;
};

/* Whether an accepted recipient is one of those that a cell is about. */
static bool
is_destination(const struct filling *filling, const struct ruling *ruling)
{
	bool foreign = proof_is_foreign(filling->space, ruling);

	switch (filling->cell->where) {
	case PROOF_OURS:
		return !ruling->outside;
	case PROOF_RELAY:
		return ruling->class == RECIPIENT_RELAY && !foreign;
	case PROOF_ANYWHERE:
		return foreign && !ruling->routed;
	}
	return false;
}

static bool
judged(void *state, const struct session *session, const struct ruling *ruling)
{
	struct filling *filling = state;

	if (ruling->kind == RULING_UNKNOWN) {
		filling->unknown = true;
		return true;
	}
	if (ruling->kind != RULING_ACCEPT || !is_destination(filling, ruling) ||
	    guard_milter_refuses(filling->guard, session, ruling, false))
		return true;
	if (ruling->unknown != NULL) {
		filling->unknown = true;
		return true;
	}
	filling->cell->verdict = PROOF_OPEN;
	proof_by_ruling(filling->space, ruling, filling->task->arena,
	    &filling->cell->by);
	return false;
}

/* ---- what the cells are tried with ---- */

static void
text_add(const struct proof_space *space, struct proof_atoms *atoms,
    const char *local, struct str domain)
{
	struct proof_atom *atom = &atoms->atoms[atoms->count];

	if (domain.length == 0 || atoms->count == RECIPIENTS_MAX)
		return;
	atom->text = str_from(arena_print(space->arena, "<%s@" STR_FORMAT ">",
	    local, STR_ARGS(domain)));
	atoms->count++;
}

static void
recipients_of(const struct proof_space *space, enum proof_where where,
    struct proof_atoms *atoms)
{
	static const char *const locals[] = { "postmaster", "root", "user" };

	atoms->atoms =
	    arena_alloc(space->arena, RECIPIENTS_MAX * sizeof(*atoms->atoms));
	for (size_t i = 0; i < COUNT(locals); i++)
		switch (where) {
		case PROOF_OURS:
			text_add(space, atoms, locals[i], space->ours);
			text_add(space, atoms, locals[i], space->aliased);
			text_add(space, atoms, locals[i], space->mailboxes);
			break;
		case PROOF_RELAY:
			text_add(space, atoms, locals[i], space->relayed);
			break;
		case PROOF_ANYWHERE:
			text_add(space, atoms, locals[i],
			    STR(PROOF_VICTIM_NAME));
			break;
		}
}

static void
client_add(const struct proof_space *space, struct proof_atoms *atoms,
    struct address address)
{
	char text[64];
	struct buf buf = BUF(text);

	if (atoms->count == CLIENTS_MAX)
		return;
	address_print(&address, &buf);
	atoms->atoms[atoms->count++] = (struct proof_atom){
		.text = arena_copy(space->arena, buf_str(&buf)),
		.address = address,
	};
}

/* Another address of a network that this host is in. */
static void
neighbours_of(const struct proof_space *space, struct proof_atoms *atoms)
{
	const struct host *host = space->options->host->network;

	for (size_t i = 0; i < host->interface_count; i++) {
		struct address address = host->interfaces[i].address;
		struct netblock network = { address,
			host->interfaces[i].prefix };

		if (host->interfaces[i].loopback)
			continue;
		address.bytes[15] ^= 1;
		if (address.bytes[15] == 0)
			address.bytes[15] = 2;
		netblock_mask(&network);
		if (netblock_contains(&network, &address) &&
		    !host_has_address(host, &address))
			client_add(space, atoms, address);
	}
}

/* This host itself, and the networks that the configuration names. */
static void
trusted_of(const struct proof_space *space, struct proof_atoms *atoms)
{
	static const char *const loopback[] = { "127.0.0.1", "::1" };
	struct address address;
	struct error error;

	for (size_t i = 0; i < COUNT(loopback); i++)
		if (address_parse(str_from(loopback[i]), &address, &error))
			client_add(space, atoms, address);
	for (size_t i = 0; i < space->blocks.count; i++)
		if (proof_block_is_narrow(&space->blocks.blocks[i]) ||
		    proof_address_is_special(&space->blocks.blocks[i].address))
			client_add(space, atoms,
			    space->blocks.blocks[i].address);
}

static void
clients_of(const struct proof_space *space, enum proof_who who,
    struct proof_atoms *atoms)
{
	atoms->atoms =
	    arena_alloc(space->arena, CLIENTS_MAX * sizeof(*atoms->atoms));
	switch (who) {
	case PROOF_NEIGHBOUR:
		neighbours_of(space, atoms);
		return;
	case PROOF_TRUSTED:
		trusted_of(space, atoms);
		return;
	case PROOF_STRANGER:
	case PROOF_LOGIN:
	case PROOF_CERTIFICATE:
		for (size_t i = 0; i < space->atoms[PROOF_ADDRESS].count; i++)
			client_add(space, atoms,
			    space->atoms[PROOF_ADDRESS].atoms[i].address);
		return;
	}
}

static bool
first_key(void *state, const struct postfix_entry *entry)
{
	struct str *key = state;

	if (entry->kind == POSTFIX_ENTRY_KEY)
		*key = entry->key;
	return key->length == 0;
}

/* A fingerprint that some table names, or one that none does. */
static struct str
certificate_of(const struct proof_space *space)
{
	struct str key = STR("");
	const char *reason;

	for (size_t i = 0; i < space->element_count; i++)
		if ((space->elements[i].facts & FACT_CERTIFICATE) != 0 &&
		    space->elements[i].table != NULL && key.length == 0)
			postfix_table_each(space->elements[i].table, first_key,
			    &key, &reason);
	return key.length > 0 ? arena_copy(space->arena, key)
			      : STR("00:11:22:33:44:55:66:77:88:99:AA:BB:CC:"
				    "DD:EE:FF");
}

static bool
asks(const struct proof_space *space, const char *parameter)
{
	struct postfix_value value;
	struct error error;
	bool flag;

	return postfix_flag(space->postfix, space->smtpd, parameter, &flag,
		   &value, &error) &&
	    flag;
}

/* Whether there are such clients at all. */
static bool
row_is_possible(const struct proof_space *space, const struct row *row)
{
	if (row->login && !asks(space, "smtpd_sasl_auth_enable"))
		return false;
	if (row->login && !row->tls && asks(space, "smtpd_tls_auth_only"))
		return false;
	if (row->tls && space->base.tls_version.length == 0)
		return false;
	return !row->certificate || asks(space, "smtpd_tls_ask_ccert") ||
	    asks(space, "smtpd_tls_req_ccert");
}

static void
session_of(const struct proof_space *space, const struct row *row,
    struct session *session)
{
	*session = space->base;
	if (!row->tls && row->who == PROOF_LOGIN)
		session->tls_version = STR("");
	if (row->login) {
		session->login = STR("user");
		session->login_method = STR("PLAIN");
	}
	if (row->certificate) {
		session->certificate = certificate_of(space);
		session->certificate_key = session->certificate;
	}
}

static void
cell_fill(struct filling *filling, const struct row *row,
    const struct proof_atoms *clients)
{
	struct proof_atoms recipients = { 0 };
	struct proof_search search = {
		.space = filling->space,
		.state = filling,
		.judged = judged,
	};

	session_of(filling->space, row, &search.base);
	recipients_of(filling->space, filling->cell->where, &recipients);
	search.atoms[PROOF_ADDRESS] = clients;
	search.atoms[PROOF_RECIPIENT] = &recipients;
	if (clients->count == 0 || recipients.count == 0)
		return;
	proof_search_run(&search);
	if (filling->cell->verdict != PROOF_OPEN &&
	    (filling->unknown || !search.complete))
		filling->cell->verdict = PROOF_UNKNOWN;
}

void
proof_matrix_fill(const struct proof_task *task,
    const struct proof_service *service, struct proof_space *space,
    struct guard *guard, enum proof_verdict verdict)
{
	for (size_t r = 0; r < COUNT(rows); r++) {
		struct proof_atoms clients = { 0 };

		clients_of(space, rows[r].who, &clients);
		for (unsigned w = 0; w < PROOF_WHERE; w++) {
			struct filling filling = {
				.task = task,
				.space = space,
				.guard = guard,
				.cell = proof_cell_add(task, service,
				    rows[r].who, (enum proof_where)w),
			};

			filling.cell->tls = rows[r].tls;
			if (rows[r].who == PROOF_STRANGER &&
			    w == PROOF_ANYWHERE) {
				filling.cell->verdict = verdict;
				if (service->paths != NULL)
					filling.cell->by = service->paths->by;
			} else if (row_is_possible(space, &rows[r])) {
				cell_fill(&filling, &rows[r], &clients);
			}
		}
	}
}
