/*
 * restriction_access.c - what access maps and policy servers say (access(5)).
 */
#include "mta/restriction_run.h"

#include "base/ascii.h"

#include <string.h>

/* The value of a table, taken apart. */
struct action {
	struct str value;
	struct str word; /* up to the first blank */
	struct str text; /* after it */
};

struct action_row {
	struct str word;
	enum restriction_status (
	    *apply)(struct restriction_run *run, const struct action *action);
};

static bool
all_digits(struct str text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.length > 0;
}

/* A text after a code: with a status of RFC 3463, its own or another. */
static const char *
reply_text(struct restriction_run *run, const struct action *action,
    const char *status, const char *otherwise)
{
	struct str text = action->text;

	if (text.length == 0)
		text = str_from(otherwise);
	if (text.length > 2 && text.data[0] >= '2' && text.data[0] <= '5' &&
	    text.data[1] == '.')
		return arena_print(run->arena, STR_FORMAT, STR_ARGS(text));
	return arena_print(run->arena, "%s " STR_FORMAT, status,
	    STR_ARGS(text));
}

static enum restriction_status
action_dunno(struct restriction_run *run, const struct action *action)
{
	(void)run;
	(void)action;
	return STATUS_DUNNO;
}

static enum restriction_status
action_ok(struct restriction_run *run, const struct action *action)
{
	(void)run;
	(void)action;
	return STATUS_PERMIT;
}

static enum restriction_status
action_reject(struct restriction_run *run, const struct action *action)
{
	return restriction_reject(run, run->settings->access_reject_code,
	    reply_text(run, action, "5.7.1", "Access denied"));
}

static enum restriction_status
action_defer(struct restriction_run *run, const struct action *action)
{
	return restriction_reject(run, run->settings->access_defer_code,
	    reply_text(run, action, "4.7.1", "Access denied"));
}

static enum restriction_status
action_hangup(struct restriction_run *run, const struct action *action)
{
	(void)action;
	return restriction_reject(run, 421, "4.7.1 Connection dropped");
}

/*
 * The message is accepted and thrown away; before there is a message to throw
 * away, or where another server has it, nothing happens.
 */
static enum restriction_status
action_discard(struct restriction_run *run, const struct action *action)
{
	(void)action;
	if (run->settings->proxy_filter || !run->has_sender)
		return STATUS_DUNNO;
	run->discard = true;
	return STATUS_PERMIT;
}

static enum restriction_status
action_defer_if_permit(struct restriction_run *run, const struct action *action)
{
	restriction_defer_if_permit(run, run->settings->access_defer_code,
	    reply_text(run, action, "4.7.1", "Service unavailable"));
	return STATUS_DUNNO;
}

static enum restriction_status
action_defer_if_reject(struct restriction_run *run, const struct action *action)
{
	if (run->defer_reject.active)
		return STATUS_DUNNO;
	run->defer_reject = (struct restriction_deferral){
		.active = true,
		.code = run->settings->access_defer_code,
		.text = reply_text(run, action, "4.7.1", "Service unavailable"),
		.step = run->step,
	};
	return STATUS_DUNNO;
}

/* What changes how mail is handled, but never whether it is accepted. */
static const struct action_row actions[] = {
	{ STR_INIT("DUNNO"), action_dunno },
	{ STR_INIT("REJECT"), action_reject },
	{ STR_INIT("DEFER"), action_defer },
	{ STR_INIT("HANGUP"), action_hangup },
	{ STR_INIT("INFO"), action_dunno },
	{ STR_INIT("WARN"), action_dunno },
	{ STR_INIT("FILTER"), action_dunno },
	{ STR_INIT("HOLD"), action_dunno },
	{ STR_INIT("DISCARD"), action_discard },
	{ STR_INIT("REDIRECT"), action_dunno },
	{ STR_INIT("BCC"), action_dunno },
	{ STR_INIT("DEFER_IF_PERMIT"), action_defer_if_permit },
	{ STR_INIT("DEFER_IF_REJECT"), action_defer_if_reject },
	{ STR_INIT("PREPEND"), action_dunno },
	{ STR_INIT("OK"), action_ok },
	{ STR_INIT("RELAY"), action_ok },
};

static struct action
action_read(struct str value)
{
	struct action action = { .value = value };
	size_t at = 0;

	while (at < value.length && value.data[at] != ' ' &&
	    value.data[at] != '\t')
		at++;
	action.word = str_slice(value, 0, at);
	while (at < value.length && ascii_is_space(value.data[at]))
		at++;
	action.text = str_slice(value, at, value.length);
	return action;
}

/* "550 text"; without a text it would be all digits. */
static bool
is_code(const struct action *action)
{
	return action->word.length == 3 && action->text.length > 0 &&
	    (action->word.data[0] == '4' || action->word.data[0] == '5') &&
	    all_digits(action->word);
}

/* A value that is a list of restrictions. */
static enum restriction_status
run_value(struct restriction_run *run, struct str value)
{
	struct restriction_list list = { .count = 0 };
	struct str rest = value, word;

	if (str_has(value, ':'))
		return restriction_error(run, "a table inside a table");
	if (run->depth > RESTRICTION_DEPTH)
		return restriction_error(run, "lists without end");
	if (!postfix_list_next(&rest, &word))
		return STATUS_PERMIT;
	restriction_list_parse(run->classes, value, value, run->step->place,
	    run->arena, &list);
	return restriction_run_list(run, &list);
}

enum restriction_status
restriction_result(struct restriction_run *run, struct str value)
{
	struct action action = action_read(value);
	char status[] = "5.7.1";
	unsigned long code;

	if (all_digits(value))
		return STATUS_PERMIT;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (str_equal_nocase(action.word, actions[i].word))
			return actions[i].apply(run, &action);
	if (!is_code(&action))
		return run_value(run, value);
	str_number(action.word, 599, &code);
	status[0] = action.word.data[0];
	return restriction_reject(run, (unsigned)code,
	    reply_text(run, &action, status, ""));
}

enum restriction_status
restriction_answer(struct restriction_run *run,
    const struct postfix_answer *answer)
{
	struct restriction_step *step = run->step;

	if (answer->found == POSTFIX_MISSING)
		return STATUS_DUNNO;
	step->key = answer->key;
	if (answer->place.file != NULL)
		step->place = answer->place;
	if (answer->found == POSTFIX_BROKEN) {
		step->reason = answer->reason;
		return restriction_reject(run, 451,
		    "4.3.5 Server configuration error");
	}
	step->value = answer->value;
	return restriction_result(run, answer->value);
}

bool
restriction_find_domain(struct restriction_run *run,
    const struct mail_maps *maps, struct str domain,
    enum restriction_status *status)
{
	struct mail_lookup lookup = restriction_lookup(run);
	struct postfix_answer answer;
	struct address address;

	/* The parents of a number are no domains. */
	if (recipient_address_valid(domain, &address))
		mail_maps_find(maps, domain, false, &lookup, &answer);
	else
		mail_maps_find_domain(maps, domain,
		    !run->settings->access_parents, false, &lookup, &answer);
	*status = restriction_answer(run, &answer);
	return answer.found != POSTFIX_MISSING;
}

bool
restriction_find_address(struct restriction_run *run,
    const struct mail_maps *maps, struct str address,
    enum restriction_status *status)
{
	struct mail_lookup lookup = restriction_lookup(run);
	struct postfix_answer answer;
	bool partial = false;
	char sign = str_has(address, ':') ? ':' : '.';
	struct str before, after;

	for (;;) {
		mail_maps_find(maps, address, partial, &lookup, &answer);
		if (answer.found != POSTFIX_MISSING ||
		    !str_cut_last(address, sign, &before, &after))
			break;
		address = before;
		partial = true;
	}
	*status = restriction_answer(run, &answer);
	return answer.found != POSTFIX_MISSING;
}
