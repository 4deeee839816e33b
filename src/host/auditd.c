/*
 * auditd.c - whom auditd writes to when its disk fills (auditd.conf(5)).
 */
#include "host/auditd.h"

#include "base/lines.h"

enum {
	FILE_MAX = 1 << 20,
};

unsigned
auditd_parse(struct str text, struct str name, struct str *value)
{
	struct lines lines = lines_of(text);
	struct str line, before, after;
	unsigned found = 0;

	while (lines_next(&lines, &line))
		if (str_cut(str_trim(line), '=', &before, &after) &&
		    str_equal_nocase(str_trim(before), name)) {
			*value = str_trim(after);
			found = lines.number;
		}
	return found;
}

void
auditd_read(struct tree *tree, struct arena *arena, struct auditd *auditd)
{
	static const char path[] = "/etc/audit/auditd.conf";
	struct error error;
	struct str text;

	*auditd = (struct auditd){ .action_mail_acct = STR("root"),
		.place = { .file = tree_shown(tree, path) } };
	auditd->state = tree_read(tree, path, FILE_MAX, arena, &text, &error);
	if (auditd->state == LOOKUP_FOUND)
		auditd->place.line = auditd_parse(text, STR("action_mail_acct"),
		    &auditd->action_mail_acct);
	else if (auditd->state == LOOKUP_FAILED)
		auditd->reason = arena_print(arena, "%s", error.text);
}
