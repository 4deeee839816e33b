/*
 * check_guard_socket.c - whether the MTA's user comes to the sockets that the
 * guard listens on.
 */
#include "check/groups.h"
#include "host/facts.h"
#include "host/modes.h"
#include "mta/postfix.h"

enum {
	READ_WRITE = 6, /* what connect(2) needs of a socket */
	SEARCH = 1,
};

/* As whom the MTA connects; NULL: that was said not to be known. */
static const struct host_user *
visitor(struct check_run *run)
{
	const struct accounts *accounts = facts_accounts(run->context->facts);
	struct str name = STR("root");
	struct postfix_value value;
	struct error error;

	if (run->mta->postfix != NULL) {
		if (!postfix_value(run->mta->postfix, NULL, "mail_owner",
			&value, &error)) {
			check_unknown(run, (struct place){ 0 }, "%s",
			    error.text);
			return NULL;
		}
		name = str_trim(value.text);
	}
	const struct host_user *user = host_users_find(&accounts->users, name);
	if (user == NULL)
		check_unknown(run, (struct place){ 0 },
		    "who the MTA's user " STR_FORMAT
		    " is cannot be found in /etc/passwd",
		    STR_ARGS(name));
	return user;
}

/* What the guard will give the socket that is not there yet. */
static bool
will_be_open(const struct check_run *run,
    const struct policy_listener *listener, const struct host_user *user)
{
	const struct accounts *accounts = facts_accounts(run->context->facts);
	const struct group *group =
	    accounts_find_group(accounts, listener->group);

	if (user->uid == 0 || (listener->mode & READ_WRITE) == READ_WRITE)
		return true;
	return (listener->mode >> 3 & READ_WRITE) == READ_WRITE &&
	    group != NULL && accounts_in_group(accounts, user, group->gid);
}

static void
judge_new(struct check_run *run, const struct policy_listener *listener,
    const char *path, const struct host_user *user)
{
	if (will_be_open(run, listener, user))
		check_pass(run, listener->place,
		    "%s, when the guard has made it, is open to " STR_FORMAT,
		    path, STR_ARGS(user->name));
	else if (listener->group.length == 0)
		check_unknown(run, listener->place,
		    "%s is not there, and which group it will have is not "
		    "said",
		    path);
	else
		check_fail(run, listener->place,
		    STR_FORMAT " is not in the group " STR_FORMAT
			       " that %s will have",
		    STR_ARGS(user->name), STR_ARGS(listener->group), path)
		    ->wanted = arena_print(run->arena, "a group of " STR_FORMAT,
		    STR_ARGS(user->name));
}

static void
judge_path(struct check_run *run, const struct policy_listener *listener,
    const char *path, const struct host_user *user)
{
	struct tree *tree = facts_tree(run->context->facts);
	const struct accounts *accounts = facts_accounts(run->context->facts);
	const char *directory, *where = path;
	struct str above, name;
	struct error error;
	struct stat status;
	bool there = tree_stat(tree, path, &status, &error) == LOOKUP_FOUND;

	str_cut_last(str_from(path), '/', &above, &name);
	directory = arena_copy(run->arena, above).data;
	enum lookup state =
	    modes_reach(tree, there ? path : directory, accounts, user,
		there ? READ_WRITE : SEARCH, run->arena, &where, &error);
	if (state == LOOKUP_FAILED)
		check_unknown(run, listener->place,
		    "whether " STR_FORMAT " comes to %s is not known: %s: %s",
		    STR_ARGS(user->name), path, where, error.text);
	else if (state == LOOKUP_MISSING)
		check_fail(run, listener->place,
		    STR_FORMAT " does not come to %s: it is stopped at %s",
		    STR_ARGS(user->name), path, where);
	else if (there)
		check_pass(run, listener->place, STR_FORMAT " comes to %s",
		    STR_ARGS(user->name), path);
	else
		judge_new(run, listener, path, user);
}

static size_t
judge_all(struct check_run *run, const struct policy_listener *listeners,
    size_t count, const struct host_user *user)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		struct str at = listeners[i].at;
		size_t start = STR("unix:").length;

		if (!str_starts(at, STR("unix:")))
			continue;
		found++;
		judge_path(run, &listeners[i],
		    arena_copy(run->arena, str_slice(at, start, at.length))
			.data,
		    user);
	}
	return found;
}

static void
reachable_run(struct check_run *run)
{
	const struct policy *policy = run->context->policy;
	const struct host_user *user;
	size_t found = 0;

	if (policy == NULL) {
		check_not_applicable(run,
		    "there is no policy file, so no guard listens");
		return;
	}
	user = visitor(run);
	if (user == NULL)
		return;
	if (run->mta->kind == MTA_POSTFIX)
		found += judge_all(run, policy->policy_listeners,
		    policy->policy_listener_count, user);
	found += judge_all(run, policy->milter_listeners,
	    policy->milter_listener_count, user);
	if (found == 0)
		check_not_applicable(run,
		    "the guard listens on no socket of the file system");
}

static const struct check checks[] = {
	{
	    .id = "guard-socket-reachable",
	    .title = "The MTA can reach the sockets of the guard",
	    .severity = CHECK_HIGH,
	    .rationale = "While the MTA cannot ask the guard, mail goes "
			 "unguarded or is deferred, as when_down says.",
	    .remedy = "Let the MTA's user into the directories above the "
		      "socket (chmod o+x), and give the listener a group of "
		      "its own.",
	    .references =
		(const struct check_reference[]){
		    { NULL, NULL },
		},
	    .kinds = 1u << MTA_POSTFIX | 1u << MTA_SENDMAIL,
	    .run = reachable_run,
	},
};

const struct check_group check_guard_socket_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
