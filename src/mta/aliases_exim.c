/*
 * aliases_exim.c - where mail for a name ends: through the routers of Exim.
 *
 * Each address goes to the first router that does not decline it. A router
 * that has made an address is not asked for it again, so names that lead to
 * themselves end in the mailbox.
 */
#include "mta/aliases.h"

#include "mta/exim.h"
#include "mta/exim_expand.h"
#include "mta/exim_router.h"

static void
settle(struct alias_walk *walk, struct alias_node *node)
{
	const struct exim *exim = walk->state;

	if (node->domain.length == 0)
		node->domain =
		    exim_option(&exim->main, "qualify_recipient") != NULL
		    ? exim_main(exim, "qualify_recipient").value
		    : exim_main(exim, "qualify_domain").value;
	node->domain = arena_lower(walk->arena, node->domain);
	node->local = arena_lower(walk->arena, node->local);
}

/* Whether the router has made this address of itself, on the way. */
static bool
has_routed(const struct alias_node *node, const char *router)
{
	for (const struct alias_node *child = node; child->from != NULL;
	     child = child->from)
		if (child->by != NULL && strcmp(child->by, router) == 0 &&
		    str_equal_nocase(child->from->local, node->local) &&
		    str_equal_nocase(child->from->domain, node->domain))
			return true;
	return false;
}

/* A step of the way: an address at a router. */
struct routing {
	struct alias_walk *walk;
	const struct alias_node *node;
	const struct exim_driver *router;
	struct exim_message message;
	const char *name; /* of the router */
};

static void
end(struct routing *routing, enum alias_end how, struct str text,
    const char *reason)
{
	alias_walk_end(routing->walk, routing->node, how, text,
	    routing->router->place, reason);
}

static struct str
whole(const struct routing *routing)
{
	return str_from(arena_print(routing->walk->arena,
	    STR_FORMAT "@" STR_FORMAT, STR_ARGS(routing->node->local),
	    STR_ARGS(routing->node->domain)));
}

static void
end_unsure(struct routing *routing)
{
	const char *reason = routing->message.reason;

	end(routing, ALIAS_UNKNOWN, whole(routing),
	    arena_print(routing->walk->arena, "router %s: %s", routing->name,
		reason != NULL ? reason : "depends on the sender"));
}

static bool
is_filter(struct routing *routing, const char *path)
{
	struct error error;
	struct str text;

	return tree_read(routing->walk->tree, path, 0, routing->walk->arena,
		   &text, &error) == LOOKUP_FOUND &&
	    (str_starts(text, STR("# Exim filter")) ||
		str_starts(text, STR("# Sieve filter")));
}

static bool
redirect_file(struct routing *routing, struct str file)
{
	const char *path = arena_copy(routing->walk->arena, file).data;
	const struct host_user *user = routing->message.user;
	static const struct host_user nobody;

	if (is_filter(routing, path)) {
		end(routing, ALIAS_UNKNOWN, file,
		    arena_print(routing->walk->arena,
			"%s is a filter, which is not followed", path));
		return true;
	}
	return alias_walk_forward(routing->walk, routing->node,
	    user != NULL ? user : &nobody, path, 0);
}

/* False: it declines. */
static bool
redirect(struct routing *routing)
{
	const struct exim_option *data =
	    exim_option(&routing->router->options, "data");
	const struct exim_option *file =
	    exim_option(&routing->router->options, "file");
	const struct exim_option *given = data != NULL ? data : file;
	struct str value = STR("");

	if (given == NULL)
		return false;
	routing->message.looked = given->place;
	switch (exim_expand(&routing->message, given->value, &value)) {
	case EXIM_NO:
		return false;
	case EXIM_UNSURE:
		end_unsure(routing);
		return true;
	case EXIM_YES:
		break;
	}
	value = str_trim(value);
	if (value.length == 0)
		return false;
	if (data == NULL)
		return redirect_file(routing, value);
	struct alias_by by = { routing->name, routing->message.looked, 0 };
	alias_walk_value(routing->walk, routing->node, value, &by);
	return true;
}

static bool
is_dropped(struct routing *routing, struct str transport)
{
	const struct exim_drivers *all = &routing->message.exim->transports;

	for (size_t i = 0; i < all->count; i++) {
		const struct exim_option *file =
		    exim_option(&all->drivers[i].options, "file");

		if (str_equal(all->drivers[i].name, transport) &&
		    file != NULL && str_equal(file->value, STR("/dev/null")))
			return true;
	}
	return false;
}

static bool
accept(struct routing *routing)
{
	const struct exim_option *transport =
	    exim_option(&routing->router->options, "transport");
	struct str name = transport != NULL ? transport->value : STR("");
	const char *how = arena_print(routing->walk->arena,
	    "by transport " STR_FORMAT, STR_ARGS(name));

	if (is_dropped(routing, name))
		end(routing, ALIAS_NOWHERE, name, "thrown away: /dev/null");
	else if (routing->message.user != NULL)
		alias_walk_mailbox(routing->walk, routing->node,
		    routing->node->local, how);
	else
		end(routing, ALIAS_FILE, whole(routing), how);
	return true;
}

static bool
send_out(struct routing *routing)
{
	struct str hosts = STR("");

	if (str_equal(exim_router_driver(routing->router),
		STR("manualroute"))) {
		switch (exim_router_hosts(&routing->message, routing->router,
		    &hosts)) {
		case EXIM_NO:
			return false;
		case EXIM_UNSURE:
			end_unsure(routing);
			return true;
		case EXIM_YES:
			break;
		}
	}
	end(routing, ALIAS_OFFHOST, whole(routing), NULL);
	return true;
}

/* False: the router declines. */
static bool
run(struct routing *routing)
{
	static const struct {
		struct str name;
		bool (*run)(struct routing *routing);
	} drivers[] = {
		{ STR_INIT("accept"), accept },
		{ STR_INIT("redirect"), redirect },
		{ STR_INIT("manualroute"), send_out },
		{ STR_INIT("dnslookup"), send_out },
	};
	struct str driver = exim_router_driver(routing->router);

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (str_equal(driver, drivers[i].name))
			return drivers[i].run(routing);
	/* An address literal is never meant by a name. */
	if (str_equal(driver, STR("ipliteral")))
		return false;
	routing->message.reason = "a driver that is not followed";
	end_unsure(routing);
	return true;
}

static void
step(struct alias_walk *walk, const struct alias_node *node)
{
	const struct exim *exim = walk->state;
	struct routing routing = { .walk = walk, .node = node };

	routing.message = exim_message_new(exim, walk->arena, NULL, node->local,
	    node->domain);
	for (size_t i = 0; i < exim->routers.count; i++) {
		routing.router = &exim->routers.drivers[i];
		routing.name =
		    arena_copy(walk->arena, routing.router->name).data;
		if (has_routed(node, routing.name))
			continue;
		switch (exim_router_takes(&routing.message, routing.router,
		    &walk->users)) {
		case EXIM_NO:
			continue;
		case EXIM_UNSURE:
			end_unsure(&routing);
			return;
		case EXIM_YES:
			break;
		}
		if (run(&routing))
			return;
		if (exim_router_is_last(routing.router))
			break;
	}
	alias_walk_end(walk, node,
	    exim->unread != NULL ? ALIAS_UNKNOWN : ALIAS_NOWHERE, node->local,
	    node->place,
	    exim->unread != NULL ? "a part of the configuration cannot be read"
				 : "no router takes the address");
}

void
aliases_exim_follow(const struct mta *mta, const struct mta_host *host,
    struct str name, struct alias_walk *walk)
{
	(void)host;
	walk->state = mta->exim;
	walk->dialect = ALIASES_EXIM;
	walk->goes_on = true;
	walk->settle = settle;
	walk->step = step;
	alias_walk_run(walk, name);
}
