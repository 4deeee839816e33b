/*
 * check_aliases_files.c - who may change the aliases of a host, and the
 * programs that they run.
 */
#include "check/file_rules.h"
#include "check/groups.h"
#include "mta/aliases_files.h"

#include <string.h>

enum {
	ANY_MODE = 0777,
	FILE_MODE = 0644,
	PROGRAM_MODE = 0755,
};

static const char *const system_groups[] = { "root", "sys", "bin", "system",
	NULL };
static const char *const sendmail_groups[] = { "root", "sys", "bin", "system",
	"smmsp", NULL };

/* Judges every file of aliases by a rule, the built ones, too. */
static void
judge_files(struct check_run *run, const struct file_rule *rule)
{
	const struct aliases_file *file =
	    aliases_files(run->mta, run->context->host, run->arena);
	struct place none = { .file = NULL };
	unsigned count = 0;

	for (; file != NULL; file = file->next) {
		if (file->unknown != NULL)
			continue;
		count += file_rule_judge(run, rule, file->source, none) !=
		    LOOKUP_MISSING;
		if (file->built != NULL)
			count += file_rule_judge(run, rule, file->built,
				     none) != LOOKUP_MISSING;
	}
	if (count == 0)
		check_not_applicable(run, "there is no file of aliases");
}

/* The program of "|/path/to/program arguments"; false: no path. */
static bool
program_of(struct str command, struct str *program)
{
	size_t at = 0;

	command = str_trim(command);
	while (at < command.length && command.data[at] != ' ' &&
	    command.data[at] != '\t')
		at++;
	*program = str_slice(command, 0, at);
	return program->length > 1 && program->data[0] == '/';
}

/* A program and its directory. */
static unsigned
judge_program(struct check_run *run, const struct file_rule *rule,
    struct str path, struct place place)
{
	struct str folder, name;
	struct file_rule of_folder = *rule;

	str_cut_last(path, '/', &folder, &name);
	if (folder.length == 0)
		folder = STR("/");
	of_folder.what = "the directory of a program that an alias runs,";
	enum lookup found = file_rule_judge(run, rule,
	    arena_copy(run->arena, path).data, place);
	if (found == LOOKUP_MISSING)
		check_fail(run, place,
		    "the alias runs " STR_FORMAT ", which is not there",
		    STR_ARGS(path));
	file_rule_judge(run, &of_folder, arena_copy(run->arena, folder).data,
	    place);
	return 1;
}

static unsigned
judge_entries(struct check_run *run, const struct file_rule *rule,
    const struct aliases_file *file)
{
	struct tree *tree = run->context->host->tree;
	struct alias_entries entries;
	struct error error = { "" };
	struct str text, program;
	unsigned count = 0;
	enum lookup found =
	    tree_read(tree, file->source, 0, run->arena, &text, &error);

	if (found == LOOKUP_MISSING)
		return 0;
	const char *shown = tree_shown(tree, file->source);
	if (found == LOOKUP_FAILED) {
		check_unknown(run, (struct place){ shown, 0 },
		    "cannot be read: %s", error.text);
		return 1;
	}
	aliases_text_read(shown, text, file->dialect, run->arena, &entries);
	for (size_t i = 0; i < entries.count; i++) {
		struct str rest = entries.entries[i].value;
		struct alias_target target;

		while (aliases_target_next(&rest, file->dialect, run->arena,
		    &target))
			if (target.kind == ALIAS_TARGET_PIPE &&
			    program_of(target.text, &program))
				count += judge_program(run, rule, program,
				    entries.entries[i].place);
	}
	return count;
}

static void
judge_programs(struct check_run *run, const struct file_rule *rule)
{
	const struct aliases_file *file =
	    aliases_files(run->mta, run->context->host, run->arena);
	unsigned count = 0;

	for (; file != NULL; file = file->next)
		if (file->unknown == NULL)
			count += judge_entries(run, rule, file);
	if (count == 0)
		check_pass(run, (struct place){ .file = run->mta->config },
		    "no alias runs a program");
}

static const char file_name[] = "the file of aliases";
static const char program_name[] = "the program that an alias runs,";

static void
owner_run(struct check_run *run)
{
	judge_files(run,
	    &(struct file_rule){ .what = file_name,
		.mode = ANY_MODE,
		.owner = true });
}

static void
group_run(struct check_run *run)
{
	judge_files(run,
	    &(struct file_rule){ .what = file_name,
		.mode = ANY_MODE,
		.groups = run->mta->kind == MTA_SENDMAIL ? sendmail_groups
							 : system_groups });
}

static void
mode_run(struct check_run *run)
{
	judge_files(run,
	    &(struct file_rule){ .what = file_name, .mode = FILE_MODE });
}

static void
acl_run(struct check_run *run)
{
	judge_files(run,
	    &(struct file_rule){ .what = file_name,
		.mode = ANY_MODE,
		.acl = true });
}

static void
program_owner_run(struct check_run *run)
{
	judge_programs(run,
	    &(struct file_rule){ .what = program_name,
		.mode = ANY_MODE,
		.owner = true });
}

static void
program_group_run(struct check_run *run)
{
	judge_programs(run,
	    &(struct file_rule){ .what = program_name,
		.mode = ANY_MODE,
		.groups = system_groups });
}

static void
program_mode_run(struct check_run *run)
{
	judge_programs(run,
	    &(struct file_rule){ .what = program_name, .mode = PROGRAM_MODE });
}

static void
program_acl_run(struct check_run *run)
{
	judge_programs(run,
	    &(struct file_rule){ .what = program_name,
		.mode = ANY_MODE,
		.acl = true });
}

enum {
	EVERY_KIND = 1u << MTA_POSTFIX | 1u << MTA_SENDMAIL | 1u << MTA_EXIM,
};

static const char why_file[] =
    "Whoever can change the aliases can have programs run, and read or "
    "divert everybody's mail.";
static const char why_program[] =
    "The MTA runs the program for everybody who sends mail to the alias; "
    "whoever can change it can have anything run.";

#define ENTRY(name, says, why, level, mends, run_it, gen, stig_id)    \
	{                                                             \
		.id = name, .title = says, .severity = level,         \
		.rationale = why, .remedy = mends,                    \
		.references =                                         \
		    (const struct check_reference[]){ { "gen", gen }, \
			    { "stig", stig_id }, { NULL, NULL } },    \
		.kinds = EVERY_KIND, .run = run_it,                   \
	}

static const struct check checks[] = {
	ENTRY("aliases-owner", "The files of aliases belong to root", why_file,
	    CHECK_MEDIUM, "chown root FILE", owner_run, "GEN004360", "V-831"),
	ENTRY("aliases-group",
	    "The files of aliases belong to a group of the system", why_file,
	    CHECK_MEDIUM, "chgrp root FILE", group_run, "GEN004370", "V-22438"),
	ENTRY("aliases-mode",
	    "Nobody but their owner can write to the files of aliases",
	    why_file, CHECK_MEDIUM, "chmod 0644 FILE", mode_run, "GEN004380",
	    "V-832"),
	ENTRY("aliases-acl", "The files of aliases have no ACL", why_file,
	    CHECK_MEDIUM, "setfacl --remove-all FILE", acl_run, "GEN004390",
	    "V-22439"),
	ENTRY("aliases-program-owner",
	    "Programs that aliases run belong to root", why_program, CHECK_HIGH,
	    "chown root FILE DIRECTORY", program_owner_run, "GEN004400",
	    "V-833"),
	ENTRY("aliases-program-group",
	    "Programs that aliases run belong to a group of the system",
	    why_program, CHECK_MEDIUM, "chgrp root FILE DIRECTORY",
	    program_group_run, "GEN004410", "V-22440"),
	ENTRY("aliases-program-mode",
	    "Nobody but their owner can write to programs that aliases run",
	    why_program, CHECK_MEDIUM, "chmod 0755 FILE DIRECTORY",
	    program_mode_run, "GEN004420", "V-834"),
	ENTRY("aliases-program-acl", "Programs that aliases run have no ACL",
	    why_program, CHECK_MEDIUM, "setfacl --remove-all FILE DIRECTORY",
	    program_acl_run, "GEN004430", "V-22441"),
};

const struct check_group check_aliases_files_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
