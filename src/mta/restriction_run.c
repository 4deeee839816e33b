/*
 * restriction_run.c - one session on its way through a service's lists.
 */
#include "mta/restriction_run.h"

#include "mta/restriction_rules.h"

#include <stdio.h>

struct mail_lookup
restriction_lookup(const struct restriction_run *run)
{
	return (struct mail_lookup){
		.choices = run->choices,
		.arena = run->arena,
	};
}

struct str
restriction_login(const struct restriction_run *run)
{
	bool taken = run->settings->sasl &&
	    (!run->settings->sasl_tls_only ||
		run->session->tls_version.length > 0);

	return taken ? run->session->login : STR("");
}

/* What was refused is told of the first item that did it. */
static enum restriction_status
refuse(struct restriction_run *run, unsigned code, const char *text)
{
	run->code = code;
	run->text = text;
	run->rejected = run->step;
	return STATUS_REJECT;
}

enum restriction_status
restriction_reject(struct restriction_run *run, unsigned code, const char *text)
{
	struct restriction_deferral *earlier = &run->defer_reject;

	if (run->warn > 0) {
		if (run->step != NULL)
			run->step->result = "would reject";
		return STATUS_DUNNO;
	}
	if (code < 400 || code > 599)
		code = 450;
	if (earlier->active && code >= 500) {
		earlier->active = false;
		return refuse(run, earlier->code, earlier->text);
	}
	return refuse(run, code, text);
}

enum restriction_status
restriction_error(struct restriction_run *run, const char *reason)
{
	if (run->step != NULL)
		run->step->reason = reason;
	return refuse(run, 451, "4.3.5 Server configuration error");
}

enum restriction_status
restriction_retry(struct restriction_run *run, struct place place)
{
	if (run->step != NULL && place.file != NULL)
		run->step->place = place;
	return refuse(run, 451, "4.3.0 Temporary lookup failure");
}

void
restriction_defer_if_permit(struct restriction_run *run, unsigned code,
    const char *text)
{
	if (run->warn > 0 || run->defer_permit.active)
		return;
	run->defer_permit = (struct restriction_deferral){
		.active = true,
		.code = code,
		.text = text,
		.step = run->step,
	};
}

unsigned
restriction_choose(struct restriction_run *run, const void *what,
    struct str key, const char *reason, unsigned options)
{
	return choices_take(run->choices,
	    &(struct choice){
		.what = what,
		.key = key,
		.reason = reason,
		.place = run->step->place,
		.options = options,
	    });
}

bool
restriction_ask_dns(struct restriction_run *run, struct str name,
    enum resolver_type type, struct resolver_answer *answer)
{
	const struct restrictions_resolver *resolver = run->options->resolver;

	if (name.length > 1 && str_ends(name, STR(".")))
		name.length--;
	return resolver != NULL &&
	    resolver->find(resolver->state, name, type, run->arena, answer);
}

enum restriction_status
restriction_forbid_permit(struct restriction_run *run,
    enum restriction_status status)
{
	if (status != STATUS_PERMIT || run->discard)
		return status;
	return restriction_error(run, "its table may not say OK");
}

const struct resolution *
restriction_sender(struct restriction_run *run)
{
	struct mail_lookup lookup = restriction_lookup(run);

	if (!run->sender_resolved)
		recipient_resolve(run->resolver,
		    recipient_rewrite(&run->resolver->rules, run->sender,
			run->arena),
		    run->has_recipient ? run->recipient : STR(""), &lookup,
		    &run->sender_resolution);
	run->sender_resolved = true;
	return &run->sender_resolution;
}

const struct resolution *
restriction_recipient(struct restriction_run *run)
{
	struct mail_lookup lookup = restriction_lookup(run);

	if (!run->recipient_resolved)
		recipient_resolve(run->resolver,
		    recipient_rewrite(&run->resolver->rules, run->recipient,
			run->arena),
		    run->sender, &lookup, &run->recipient_resolution);
	run->recipient_resolved = true;
	return &run->recipient_resolution;
}

/* Begins the account of one item. */
static struct restriction_step *
step_begin(struct restriction_run *run, const struct restriction_item *item,
    const struct restriction_rule *rule)
{
	struct restriction_step *step = arena_alloc(run->arena, sizeof(*step));

	*step = (struct restriction_step){
		.stage = run->stage,
		.depth = run->depth - 1,
		.parameter = run->parameter,
		.restriction = rule != NULL ? rule->name : item->name,
		.argument = item->argument,
		.place = item->place,
	};
	if (run->trace) {
		*run->end = step;
		run->end = &step->next;
	}
	return step;
}

/* Classes may name each other in a way that doubles at each. */
static enum restriction_status
run_class(struct restriction_run *run, const struct restriction_item *item)
{
	if (run->depth > RESTRICTION_DEPTH)
		return restriction_error(run, "classes without end");
	if (run->classes_run < RESTRICTION_CLASSES) {
		run->classes_run++;
		return restriction_run_list(run, item->class);
	}
	return (enum restriction_status)restriction_choose(run, run->classes,
	    STR(""),
	    "a session goes through too many classes: let them name each "
	    "other less often",
	    STATUS_REJECT + 1);
}

/* What an item whose rule is found says. */
static enum restriction_status
apply(struct restriction_run *run, const struct restriction_item *item,
    const struct restriction_rule *rule)
{
	if (item->broken != NULL)
		return restriction_error(run, item->broken);
	if (item->unknown != NULL)
		return (enum restriction_status)restriction_choose(run, item,
		    STR(""), item->unknown, STATUS_REJECT + 1);
	if (item->class != NULL)
		return run_class(run, item);
	if (rule->argument != RULE_POLICY)
		run->facts |= rule->facts;
	return rule->apply(run, item, rule);
}

static const char *
status_name(enum restriction_status status)
{
	switch (status) {
	case STATUS_DUNNO:
		return "dunno";
	case STATUS_PERMIT:
		return "permit";
	case STATUS_REJECT:
		return "reject";
	}
	return NULL;
}

/* Says in the step what came of it, and what nobody knew. */
static void
step_end(struct restriction_run *run, const struct restriction_item *item,
    size_t asked, enum restriction_status status)
{
	struct restriction_step *step = run->step;
	const struct choices *choices = run->choices;

	if (step->result == NULL)
		step->result = status_name(status);
	if (choices->count == asked)
		return;
	step->result = "unknown";
	step->reason = choices->asked[asked].reason;
	if (item->class == NULL && choices->asked[asked].place.file != NULL)
		step->place = choices->asked[asked].place;
	if (run->unknown == NULL)
		run->unknown = step;
}

static enum restriction_status
run_item(struct restriction_run *run, const struct restriction_item *item)
{
	const struct restriction_rule *rule = item->rule;
	struct restriction_step *outer = run->step;
	size_t asked = run->choices->count;

	if (item->table_alone)
		rule = restriction_rule_of_stage(run->stage);
	struct restriction_step *step = step_begin(run, item, rule);
	run->step = step;
	enum restriction_status status = apply(run, item, rule);
	step_end(run, item, asked, status);
	/* Of a list inside a list, the inner item is what ended it. */
	if (status != STATUS_PERMIT)
		run->permit[run->stage] = NULL;
	else if (run->permit[run->stage] == NULL)
		run->permit[run->stage] = step;
	run->step = outer;
	return status;
}

enum restriction_status
restriction_run_list(struct restriction_run *run,
    const struct restriction_list *list)
{
	enum restriction_status status = STATUS_DUNNO;
	unsigned depth = ++run->depth;

	for (size_t i = 0; i < list->count && !run->discard; i++) {
		if (list->items[i].warn && run->warn == 0)
			run->warn = depth;
		status = run_item(run, &list->items[i]);
		if (run->warn >= depth)
			run->warn = 0;
		if (status != STATUS_DUNNO)
			break;
		if (run->defer_permit.active && run->defer_reject.active)
			break;
	}
	run->depth = depth - 1;
	return status;
}
