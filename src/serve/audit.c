/*
 * audit.c - the log line of a decision, and the summing up of floods.
 */
#include "serve/audit.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/flood.h"

#include <arpa/inet.h>
#include <string.h>

/* The one table of the process: both front ends log through it. */
static struct flood floods;

/*
 * Clients without an address share one entry each kind, under addresses that
 * no client can have: ff00::/8 is multicast.
 */
static struct address
flood_key(const struct session *session)
{
	struct address key = { .bytes = { 0xff } };

	switch (session->client_kind) {
	case SESSION_CLIENT_ADDRESS:
		return session->client;
	case SESSION_CLIENT_UNKNOWN:
	case SESSION_CLIENT_LOCAL:
		key.bytes[1] = (uint8_t)session->client_kind;
		break;
	}
	return key;
}

static void
say_sum(const struct flood_sum *sum)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN] = "unknown";
	struct log_line line;

	if (sum->count == 0 || !log_begin(&line, LOG_LEVEL_INFO, "flood"))
		return;
	if (memcmp(sum->client.bytes, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, sum->client.bytes + sizeof(mapped), text,
		    sizeof(text));
	else if (sum->client.bytes[0] != 0xff)
		inet_ntop(AF_INET6, sum->client.bytes, text, sizeof(text));
	log_add_text(&line, "ip", text);
	log_add_number(&line, "summed", sum->count);
	log_end(&line);
}

/* Whether one more line about the client may be written. */
static bool
admit(const struct address *client, int64_t now)
{
	struct flood_sum forgotten;
	bool admitted = flood_admit(&floods, client, now, &forgotten);

	say_sum(&forgotten);
	return admitted;
}

static bool
is_refusal(const struct decision *decision)
{
	switch (decision->verdict) {
	case VERDICT_CONTINUE:
	case VERDICT_ASK_MTA:
		return false;
	case VERDICT_REJECT:
	case VERDICT_DEFER:
		return true;
	}
	return true;
}

/* The names and the order of these keys are an interface (mtaguardd(8)). */
static void
add_decision(struct log_line *line, const struct request *request,
    const struct decision *decision, unsigned long generation)
{
	const struct session *session = &request->session;
	struct str id = session->queue_id.length > 0 ? session->queue_id
						     : session->instance;

	log_add(line, "verdict", verdict_name(decision->verdict));
	log_add(line, "ip", session->client_text);
	log_add_number(line, "port", session->server_port);
	log_add(line, "rule", decision->rule);
	log_add(line, "cause", decision_cause_name(decision->cause));
	log_add(line, "rcpt", session->recipient);
	log_add(line, "from", session->sender);
	log_add(line, "helo", session->helo);
	log_add(line, "login", session->login);
	log_add(line, "id", id);
	log_add_text(line, "mode", decision->observe ? "observe" : "enforce");
	log_add_number(line, "policy", generation);
}

void
audit_decision(const struct request *request, const struct decision *decision,
    unsigned long generation)
{
	enum log_level level = LOG_LEVEL_DEBUG;
	struct log_line line;

	if (is_refusal(decision)) {
		struct address client = flood_key(&request->session);

		if (!admit(&client, request->now))
			return;
		level = LOG_LEVEL_INFO;
	}
	if (!log_begin(&line, level, "decision"))
		return;
	add_decision(&line, request, decision, generation);
	log_end(&line);
}

void
audit_malformed(struct str client, const char *reason)
{
	struct session session = { .client_kind = SESSION_CLIENT_UNKNOWN };
	struct error ignored; /* what is no address is nobody's */
	struct log_line line;

	if (address_parse(client, &session.client, &ignored))
		session.client_kind = SESSION_CLIENT_ADDRESS;
	struct address key = flood_key(&session);
	if (!admit(&key, clock_wall()))
		return;
	if (!log_begin(&line, LOG_LEVEL_INFO, "malformed"))
		return;
	log_add(&line, "ip", client);
	log_add_text(&line, "reason", reason);
	log_end(&line);
}

void
audit_tick(int64_t now)
{
	struct flood_sum sum;
	size_t set = 0;

	while (flood_next(&floods, now, &set, &sum))
		say_sum(&sum);
}
