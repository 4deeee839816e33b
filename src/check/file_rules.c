/*
 * file_rules.c - who may own, read and change a file.
 */
#include "check/file_rules.h"

enum {
	PERMISSIONS = 0777,
};

/* A file while it is judged. */
struct judged {
	struct check_run *run;
	const struct file_rule *rule;
	const char *path; /* as the MTA names it */
	const char *shown;
	struct place place;
	struct modes modes;
	unsigned wrong;
};

const char *
file_rule_found(struct check_run *run, const struct stat *status)
{
	const struct accounts *accounts = facts_accounts(run->context->facts);

	return arena_print(run->arena, "%s:%s %s",
	    accounts_user_name(accounts, status->st_uid, run->arena),
	    accounts_group_name(accounts, status->st_gid, run->arena),
	    modes_text(status->st_mode, run->arena));
}

static struct check_finding *
wrong(struct judged *judged, const char *text)
{
	struct check_finding *finding = check_fail(judged->run, judged->place,
	    "%s %s %s", judged->rule->what, judged->shown, text);

	finding->value = file_rule_found(judged->run, &judged->modes.status);
	judged->wrong++;
	return finding;
}

static void
judge_owner(struct judged *judged)
{
	if (judged->rule->owner && judged->modes.status.st_uid != 0)
		wrong(judged, "is not owned by root")->wanted = "root";
}

static void
judge_group(struct judged *judged)
{
	const struct accounts *accounts =
	    facts_accounts(judged->run->context->facts);
	gid_t gid = judged->modes.status.st_gid;

	if (judged->rule->groups == NULL || gid == 0)
		return;
	for (const char *const *name = judged->rule->groups; *name != NULL;
	     name++) {
		const struct group *group =
		    accounts_find_group(accounts, str_from(*name));

		if (group != NULL && group->gid == gid)
			return;
	}
	wrong(judged, "belongs to another group than is allowed")->wanted =
	    "group root";
}

/* What somebody beside owner and group may is worse than what the group may. */
static void
judge_mode(struct judged *judged)
{
	mode_t more =
	    judged->modes.status.st_mode & PERMISSIONS & ~judged->rule->mode;
	const char *wanted = arena_print(judged->run->arena, "mode %s or less",
	    modes_text(judged->rule->mode, judged->run->arena));
	struct check_finding *finding;

	if (more == 0)
		return;
	if ((more & S_IWOTH) != 0)
		finding = wrong(judged, "can be changed by everybody");
	else if ((more & S_IROTH) != 0)
		finding = wrong(judged, "can be read by everybody");
	else if ((more & S_IWGRP) != 0)
		finding = wrong(judged, "can be changed by its group");
	else if ((more & S_IRGRP) != 0)
		finding = wrong(judged, "can be read by its group");
	else
		finding = wrong(judged, "has a mode that allows more");
	finding->wanted = wanted;
	if ((more & S_IRWXO) == 0 && finding->severity > CHECK_LOW)
		finding->severity = CHECK_LOW;
}

static void
judge_acl(struct judged *judged)
{
	const struct modes_acl *acl = &judged->modes.acl;
	struct check_finding *finding;

	if (!judged->rule->acl)
		return;
	if (acl->state == LOOKUP_FAILED) {
		check_unknown(judged->run, judged->place,
		    "the ACL of %s %s cannot be read: %s", judged->rule->what,
		    judged->shown, acl->reason);
		judged->wrong++;
	} else if (acl->state == LOOKUP_FOUND) {
		finding = wrong(judged, "has an ACL that lets others in");
		finding->value = acl->text;
		finding->wanted = "no ACL (setfacl --remove-all)";
	}
}

static void
judge_parents(struct judged *judged)
{
	struct check_run *run = judged->run;
	struct check_finding *finding;
	const char *directory;
	struct error error;
	struct stat status;

	if (!judged->rule->parents)
		return;
	enum lookup state = modes_open_parent(facts_tree(run->context->facts),
	    judged->path, 0, run->arena, &directory, &status, &error);
	if (state == LOOKUP_MISSING)
		return;
	judged->wrong++;
	if (state == LOOKUP_FAILED) {
		check_unknown(run, judged->place,
		    "the directories above %s cannot be looked at: %s",
		    judged->shown, error.text);
		return;
	}
	finding = check_fail(run, judged->place,
	    "others may put another file in the place of %s: the directory %s "
	    "is not root's alone",
	    judged->shown, directory);
	finding->value = file_rule_found(run, &status);
	finding->wanted = "writable for root alone";
}

enum lookup
file_rule_judge(struct check_run *run, const struct file_rule *rule,
    const char *path, struct place place)
{
	struct tree *tree = facts_tree(run->context->facts);
	struct judged judged = {
		.run = run,
		.rule = rule,
		.path = path,
		.shown = tree_shown(tree, path),
		.place = place,
	};
	struct error error;
	enum lookup state =
	    modes_read(tree, path, facts_accounts(run->context->facts),
		run->arena, &judged.modes, &error);

	if (place.file == NULL)
		judged.place = (struct place){ .file = judged.shown };
	if (state == LOOKUP_FAILED)
		check_unknown(run, judged.place, "%s %s: %s", rule->what,
		    judged.shown, error.text);
	if (state != LOOKUP_FOUND)
		return state;
	judge_owner(&judged);
	judge_group(&judged);
	judge_mode(&judged);
	judge_acl(&judged);
	judge_parents(&judged);
	if (judged.wrong == 0)
		check_pass(run, judged.place, "%s %s is as it should be",
		    rule->what, judged.shown)
		    ->value = file_rule_found(run, &judged.modes.status);
	return LOOKUP_FOUND;
}
