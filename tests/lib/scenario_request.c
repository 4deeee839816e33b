/*
 * scenario_request.c - what an MTA would ask the guard at a step of a
 * scenario.
 */
#include "tests/lib/scenario.h"

#include "base/buf.h"

#include <string.h>

/* Reads an address as Postfix does, one byte after the other. */
struct cleaner {
	struct str rest;
	struct buf out;
	bool gap;  /* white space or a comment since the last byte */
	bool atom; /* the last byte was part of a word */
};

static char
take(struct cleaner *cleaner)
{
	char c = cleaner->rest.data[0];

	cleaner->rest = str_slice(cleaner->rest, 1, cleaner->rest.length);
	return c;
}

static void
put(struct cleaner *cleaner, char c)
{
	/* Postfix sends white space inside quotes as a space. */
	buf_add_char(&cleaner->out, c == '\t' || c == '\r' ? ' ' : c);
}

/* Takes a quoted string, or a comment; false: it has no end. */
static bool
take_until(struct cleaner *cleaner, char end, bool keep)
{
	while (cleaner->rest.length > 0) {
		char c = take(cleaner);

		if (c == end)
			return true;
		if (c == '\\') {
			if (cleaner->rest.length == 0)
				return false;
			c = take(cleaner);
		}
		if (keep)
			put(cleaner, c);
	}
	return false;
}

/* Starts a word; two words with nothing between them are two addresses. */
static bool
start_word(struct cleaner *cleaner)
{
	if (cleaner->atom && cleaner->gap)
		return false;
	cleaner->atom = true;
	cleaner->gap = false;
	return true;
}

static bool
clean_byte(struct cleaner *cleaner)
{
	char c = take(cleaner);

	switch (c) {
	case '\0':
	case '<':
	case '>':
	case ',':
	case ';':
		return false;
	case ' ':
	case '\t':
		cleaner->gap = true;
		return true;
	case '(':
		cleaner->gap = true;
		return take_until(cleaner, ')', false);
	case '"':
		return start_word(cleaner) && take_until(cleaner, '"', true);
	case '@':
	case '.':
		cleaner->atom = false;
		cleaner->gap = false;
		put(cleaner, c);
		return true;
	case '\\':
		if (cleaner->rest.length == 0)
			return false;
		c = take(cleaner);
		break;
	}
	if (!start_word(cleaner))
		return false;
	put(cleaner, c);
	return true;
}

/* An address literal is one word, colons and all. */
static bool
clean_literal(struct cleaner *cleaner)
{
	if (cleaner->rest.data[0] != '[')
		return false;
	struct str literal, after;
	if (!str_cut(cleaner->rest, ']', &literal, &after))
		return false;
	buf_add(&cleaner->out, literal);
	buf_add_char(&cleaner->out, ']');
	cleaner->rest = after;
	return true;
}

bool
scenario_internal(struct str argument, char *space, size_t size,
    struct str *internal)
{
	struct cleaner cleaner = {
		.rest = str_trim(argument),
		.out = { .data = space, .capacity = size },
	};
	struct str *rest = &cleaner.rest;
	struct str route, after;

	if (str_starts(*rest, STR("<")) && str_ends(*rest, STR(">")))
		*rest = str_slice(*rest, 1, rest->length - 1);
	if (str_starts(*rest, STR("@")) && str_cut(*rest, ':', &route, &after))
		*rest = after;
	/* One level only: a second route arrives as it is. */
	bool routed = str_starts(*rest, STR("@"));
	while (rest->length > 0) {
		if (clean_literal(&cleaner))
			continue;
		if (rest->data[0] == ':' && !routed)
			return false;
		if (!clean_byte(&cleaner))
			return false;
	}
	*internal = buf_str(&cleaner.out);
	return !cleaner.out.full;
}

/* ---- the macros of the scenario's MTA ---- */

static bool
is_domain(const struct mailbox *mailbox, struct str domain)
{
	return mailbox->kind == MAILBOX_DOMAIN &&
	    str_equal_nocase(mailbox->domain, domain);
}

static bool
row_matches(const struct scenario_mta_row *row, const struct mailbox *mailbox)
{
	struct str local, domain;

	switch (row->kind) {
	case SCENARIO_OURS:
	case SCENARIO_RELAY:
	case SCENARIO_ERROR:
	case SCENARIO_CANONIFIED:
		return is_domain(mailbox, row->key);
	case SCENARIO_FORWARD:
		return str_cut_last(row->key, '@', &local, &domain) &&
		    is_domain(mailbox, domain) &&
		    str_equal_nocase(mailbox->local, local);
	case SCENARIO_MACROS:
		return false;
	}
	return false;
}

/* The row of the scenario's MTA for an address, or NULL: forwards go first. */
static const struct scenario_mta_row *
find_row(const struct scenario *scenario, const struct mailbox *mailbox)
{
	const struct scenario_mta_row *found = NULL;

	for (size_t i = 0; i < scenario->mta_count; i++) {
		const struct scenario_mta_row *row = &scenario->mta[i];

		if (!row_matches(row, mailbox))
			continue;
		if (found == NULL || row->kind == SCENARIO_FORWARD)
			found = row;
	}
	return found;
}

static bool
has_macros(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->mta_count; i++)
		if (scenario->mta[i].kind == SCENARIO_MACROS)
			return false;
	return true;
}

/*
 * An address that is not one plain address is told to be local, the worst
 * that an MTA could say of it.
 */
static bool
is_local(const struct scenario *scenario, const struct mailbox *mailbox)
{
	if (mailbox->routing || mailbox->kind == MAILBOX_NO_DOMAIN)
		return true;
	return mailbox->kind == MAILBOX_LITERAL &&
	    host_has_address(&scenario->host, &mailbox->literal);
}

static const struct scenario_mta_row stranger = {
	.kind = SCENARIO_CANONIFIED,
};
static const struct scenario_mta_row local_row = { .kind = SCENARIO_OURS };

/* Postfix writes addresses without brackets, and resolves no alias here. */
static void
write_postfix(const struct scenario_mta_row *row, struct request *request)
{
	static const struct str mailers[] = {
		[SCENARIO_OURS] = STR_INIT("local"),
		[SCENARIO_RELAY] = STR_INIT("relay"),
		[SCENARIO_ERROR] = STR_INIT("error"),
		[SCENARIO_FORWARD] = STR_INIT("local"),
		[SCENARIO_CANONIFIED] = STR_INIT("smtp"),
	};

	request->mta = REQUEST_MTA_POSTFIX;
	request->rcpt_mailer = mailers[row->kind];
}

/* Sendmail writes the address that it will send to. */
static void
write_sendmail(const struct scenario_mta_row *row,
    const struct mailbox *mailbox, struct scenario_space *space,
    struct request *request)
{
	static const struct str mailers[] = {
		[SCENARIO_OURS] = STR_INIT("local"),
		[SCENARIO_RELAY] = STR_INIT("esmtp"),
		[SCENARIO_ERROR] = STR_INIT("error"),
		[SCENARIO_FORWARD] = STR_INIT("esmtp"),
		[SCENARIO_CANONIFIED] = STR_INIT("esmtp"),
	};
	struct buf buf = BUF(space->address);

	request->mta = REQUEST_MTA_SENDMAIL;
	request->rcpt_mailer = mailers[row->kind];
	if (row->kind == SCENARIO_OURS) {
		request->rcpt_host = (struct str){ "", 0 };
		request->rcpt_addr = mailbox->local;
	} else if (row->kind == SCENARIO_FORWARD) {
		request->rcpt_addr = row->value;
	} else if (row->kind == SCENARIO_CANONIFIED && row->value.length > 0) {
		buf_print(&buf, STR_FORMAT "@" STR_FORMAT,
		    STR_ARGS(mailbox->local), STR_ARGS(row->value));
		request->rcpt_addr = buf_str(&buf);
	}
}

static void
write_macros(const struct scenario *scenario, enum scenario_protocol protocol,
    struct scenario_space *space, struct request *request)
{
	struct mailbox mailbox;
	const struct scenario_mta_row *row;

	if (request->session.stage != SESSION_RCPT || !has_macros(scenario))
		return;
	mailbox_parse(request->session.recipient, MAILBOX_ARGUMENT,
	    &space->mailbox, &mailbox);
	row = is_local(scenario, &mailbox) ? &local_row
					   : find_row(scenario, &mailbox);
	if (row == NULL)
		row = &stranger;
	request->macros = true;
	request->rcpt_host = mailbox.domain;
	request->rcpt_addr = mailbox.text;
	if (mailbox.text.length > 1 && mailbox.text.data[0] == '<')
		request->rcpt_addr =
		    str_slice(mailbox.text, 1, mailbox.text.length - 1);
	if (protocol == SCENARIO_SENDMAIL_MILTER)
		write_sendmail(row, &mailbox, space, request);
	else
		write_postfix(row, request);
}

bool
scenario_request(const struct scenario *scenario,
    const struct scenario_step *step, enum scenario_protocol protocol,
    struct scenario_space *space, struct request *request)
{
	*request = (struct request){
		.protocol = REQUEST_POLICY,
		.session = step->session,
		.now = step->now,
	};
	struct session *session = &request->session;

	if (protocol == SCENARIO_POLICY) {
		session->form = MAILBOX_INTERNAL;
		return scenario_internal(session->sender, space->sender,
			   sizeof(space->sender), &session->sender) &&
		    scenario_internal(session->recipient, space->recipient,
			sizeof(space->recipient), &session->recipient);
	}
	request->protocol = REQUEST_MILTER;
	session->form = MAILBOX_ARGUMENT;
	write_macros(scenario, protocol, space, request);
	return true;
}
