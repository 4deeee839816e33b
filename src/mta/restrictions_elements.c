/*
 * restrictions_elements.c - what the answers of a service depend on, for
 * whoever looks for the sessions that matter.
 */
#include "mta/restrictions.h"

#include "mta/restriction_rules.h"
#include "mta/restrictions_state.h"

/* What the elements are collected in. */
struct collecting {
	const struct restrictions *restrictions;
	struct restriction_element *elements;
	const struct restriction_item **items;
	size_t count, capacity;
	enum restriction_stage stage;
	unsigned *seen; /* of each class: the stages it is collected for */
};

/* A list or some tables by which recipients are resolved or checked. */
struct part {
	const char *parameter;
	const struct postfix_list *list;
	const struct mail_maps *maps;
};

static struct restriction_element *
element_new(struct collecting *collecting, const struct restriction_item *item)
{
	size_t at = collecting->count;

	if (collecting->elements == NULL || at == collecting->capacity) {
		collecting->count++;
		return NULL;
	}
	collecting->items[at] = item;
	collecting->count++;
	return &collecting->elements[at];
}

static void
collect_item(struct collecting *collecting, const struct restriction_list *list,
    const struct restriction_item *item)
{
	const struct restriction_rule *rule = item->rule;
	struct restriction_element *element = element_new(collecting, item);

	if (element == NULL)
		return;
	if (item->table_alone)
		rule = restriction_rule_of_stage(collecting->stage);
	*element = (struct restriction_element){
		.stage = collecting->stage,
		.parameter = list->name,
		.restriction = rule != NULL ? rule->name : item->name,
		.argument = item->argument,
		.place = item->place,
		.facts = rule != NULL ? rule->facts : 0,
		.table = item->maps.count > 0 ? item->maps.tables[0] : NULL,
		.parents = collecting->restrictions->settings.access_parents,
	};
	if (str_equal(element->restriction, STR("permit_mynetworks")))
		element->list = &collecting->restrictions->settings.networks;
}

static void collect_list(struct collecting *collecting,
    const struct restriction_list *list, bool tables_alone);

/*
 * A class is collected once, for the first stage that names it; and for each
 * other stage, which check_ a table alone in it means is the stage's.
 */
static void
collect_class(struct collecting *collecting,
    const struct restriction_list *class, bool tables_alone)
{
	const struct restriction_classes *classes =
	    &collecting->restrictions->classes;
	unsigned *seen = &collecting->seen[class - classes->classes];
	unsigned stage = 1u << collecting->stage;
	unsigned before = *seen;

	if ((before & stage) != 0)
		return;
	*seen |= stage;
	collect_list(collecting, class, tables_alone || before != 0);
}

static void
collect_list(struct collecting *collecting, const struct restriction_list *list,
    bool tables_alone)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct restriction_item *item = &list->items[i];

		if (item->class != NULL)
			collect_class(collecting, item->class, tables_alone);
		else if (item->table_alone || !tables_alone)
			collect_item(collecting, list, item);
	}
}

/* Classes that results of tables may name, whichever stage asks the table. */
static void
collect_classes(struct collecting *collecting)
{
	const struct restriction_classes *classes =
	    &collecting->restrictions->classes;

	for (int stage = 0; stage < STAGES; stage++) {
		collecting->stage = (enum restriction_stage)stage;
		for (size_t i = 0; i < classes->count; i++)
			collect_class(collecting, &classes->classes[i], false);
	}
}

static void
collect_parts(struct collecting *collecting)
{
	const struct restrictions *restrictions = collecting->restrictions;
	const struct recipient_resolver *resolver = &restrictions->resolver;
	const struct restriction_settings *settings = &restrictions->settings;
	const struct part parts[] = {
		{ "mydestination", &resolver->destination, NULL },
		{ "virtual_alias_domains", &resolver->alias_domains, NULL },
		{ "virtual_mailbox_domains", &resolver->mailbox_domains, NULL },
		{ "relay_domains", &resolver->relay_domains, NULL },
		{ "transport_maps", NULL, &resolver->transport_maps },
		{ "sender_dependent_default_transport_maps", NULL,
		    &resolver->sender_transport_maps },
		{ "relocated_maps", NULL, &resolver->relocated_maps },
		{ "recipient_canonical_maps", NULL,
		    &settings->recipient_canonical },
		{ "canonical_maps", NULL, &settings->canonical },
		{ "virtual_alias_maps", NULL, &settings->aliases },
		{ "local_recipient_maps", NULL, &settings->local_recipients },
		{ "virtual_mailbox_maps", NULL, &settings->mailboxes },
		{ "relay_recipient_maps", NULL, &settings->relay_recipients },
		/* A table's result may be permit_mynetworks. */
		{ "mynetworks", &settings->networks, NULL },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t tables =
		    parts[i].maps != NULL ? parts[i].maps->count : 1;

		for (size_t j = 0; j < tables; j++) {
			struct restriction_element *element =
			    element_new(collecting, NULL);

			if (element == NULL)
				continue;
			*element = (struct restriction_element){
				.stage = STAGE_RECIPIENT,
				.parameter = str_from(parts[i].parameter),
				.facts = FACT_RECIPIENT,
				.list = parts[i].list,
			};
			if (parts[i].maps == &resolver->sender_transport_maps)
				element->facts = FACT_SENDER;
			if (parts[i].list == &settings->networks)
				element->facts = FACT_ADDRESS | FACT_NAME;
			if (parts[i].maps != NULL) {
				element->table = parts[i].maps->tables[j];
				element->place = parts[i].maps->place;
			}
		}
	}
}

/* Collects all, or, without room for them, counts them. */
static void
collect(struct collecting *collecting, struct arena *arena)
{
	const struct restrictions *restrictions = collecting->restrictions;
	size_t classes = restrictions->classes.count;

	collecting->seen =
	    arena_alloc(arena, (classes + 1) * sizeof(*collecting->seen));
	collecting->count = 0;
	for (int i = 0; i < STAGES; i++) {
		collecting->stage = (enum restriction_stage)i;
		collect_list(collecting, &restrictions->lists[i], false);
	}
	collect_classes(collecting);
	collect_parts(collecting);
}

void
restrictions_collect(struct restrictions *restrictions)
{
	struct collecting collecting = { .restrictions = restrictions };
	struct arena *arena = restrictions->arena;

	collect(&collecting, arena);
	collecting.capacity = collecting.count;
	collecting.elements = arena_alloc(arena,
	    (collecting.count + 1) * sizeof(*collecting.elements));
	collecting.items = arena_alloc(arena,
	    (collecting.count + 1) * sizeof(*collecting.items));
	collect(&collecting, arena);
	restrictions->elements = collecting.elements;
	restrictions->items = collecting.items;
	restrictions->element_count = collecting.count;
}

void
restrictions_elements(const struct restrictions *restrictions,
    const struct restriction_element **elements, size_t *count)
{
	*elements = restrictions->elements;
	*count = restrictions->element_count;
}

/* What becomes of the recipient, in words. */
static struct str
ask_recipient(struct restriction_run *run)
{
	const struct resolution *recipient = restriction_recipient(run);
	struct restriction_step step = { .stage = STAGE_RECIPIENT };

	if (recipient->error || recipient->failed)
		return recipient->error ? STR("no address") : STR("failed");
	run->step = &step;
	enum restriction_status listed = restriction_listed(run, false);
	return str_from(arena_print(run->arena, "%d %s %d " STR_FORMAT,
	    (int)recipient->class, recipient->routed ? "routed" : "plain",
	    (int)listed, STR_ARGS(recipient->transport)));
}

/* Whether permit_mynetworks trusts the client, in a word. */
static struct str
ask_networks(struct restriction_run *run)
{
	struct restriction_step step = { .stage = STAGE_CLIENT };

	run->step = &step;
	return restriction_trusted(run) == POSTFIX_FOUND ? STR("trusted")
							 : STR("not trusted");
}

/* What one restriction says alone, and what its table has. */
static struct str
ask_item(struct restriction_run *run, const struct restriction_item *item)
{
	struct restriction_item copy = *item;
	struct restriction_list list = { .items = &copy, .count = 1 };

	copy.warn = false;
	run->trace = true;
	restriction_run_list(run, &list);
	const struct restriction_step *step = run->steps;
	return str_from(arena_print(run->arena, "%s " STR_FORMAT, step->result,
	    STR_ARGS(step->value)));
}

void
restrictions_ask(struct restrictions *restrictions, size_t element,
    const struct session *session, struct arena *arena, struct str *answer)
{
	struct choices choices = { .count = 0 };
	struct restriction_run run;

	restrictions_run_new(restrictions, session, &choices, arena, &run);
	if (session->form == MAILBOX_ARGUMENT) {
		bool strict = restrictions->settings.strict_envelopes;

		recipient_argument_read(run.sender, strict, arena, &run.sender);
		recipient_argument_read(run.recipient, strict, arena,
		    &run.recipient);
	}
	run.stage = restrictions->elements[element].stage;
	const struct restriction_item *item = restrictions->items[element];
	if (item != NULL)
		*answer = ask_item(&run, item);
	else if (restrictions->elements[element].list ==
	    &restrictions->settings.networks)
		*answer = ask_networks(&run);
	else
		*answer = ask_recipient(&run);
	if (choices.count > 0)
		*answer = STR("unknown");
}
