/*
 * test_host_files.c - what mount tables, auditd.conf, SELinux's booleans and
 * group files say.
 */
#include "host/accounts.h"
#include "host/auditd.h"
#include "host/mounts.h"
#include "host/selinux.h"

#include "tests/lib/tap.h"

static const char *
mounted(const struct mount *first, struct arena *arena)
{
	const char *all = "";

	for (const struct mount *mount = first; mount != NULL;
	     mount = mount->next)
		all = arena_print(arena, "%s[%.*s %.*s %.*s%s]", all,
		    STR_ARGS(mount->source), STR_ARGS(mount->target),
		    STR_ARGS(mount->type),
		    mounts_is_network(mount) ? " net" : "");
	return all;
}

static void
file_systems_are_listed(void)
{
	struct arena *arena = arena_new(0);

	CHECK_STR(mounted(mounts_parse_info(STR("36 35 98:0 /m /mnt rw "
						"shared:1 - ext3 "
						"/dev/root rw\n"
						"37 35 0:5 / /net rw - nfs4 "
						"server:/x rw\n"
						"38 35 0:5 / /cut rw "
						"shared:2\n"),
			      "f", arena),
		      arena),
	    "[/dev/root /mnt ext3][server:/x /net nfs4 net]");
	CHECK_STR(mounted(mounts_parse_table(STR("# a comment\n/dev/sda1 / "
						 "ext4 defaults 0 1\n"
						 "server:/home\t/home nfs "
						 "ro,soft\n"
						 "server:/y /y nfs "
						 "noauto,ro\n//win/x /x cifs\n"
						 "half a\n"),
			      "f", arena),
		      arena),
	    "[/dev/sda1 / ext4][server:/home /home nfs net]"
	    "[//win/x /x cifs net]");
	arena_free(arena);
}

static void
the_last_setting_of_auditd_counts(void)
{
	static const struct {
		const char *text;
		const char *value;
		int line;
	} cases[] = {
		{ "action_mail_acct = soc\n", "soc", 1 },
		{ "x = y\nAction_Mail_Acct=root\naction_mail_acct = a\n", "a",
		    3 },
		{ "# action_mail_acct = root\n", "", 0 },
		{ "action_mail_acct\n", "", 0 },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct str value = STR("");
		unsigned line = auditd_parse(str_from(cases[i].text),
		    STR("action_mail_acct"), &value);

		tap_case("%s", cases[i].text);
		CHECK_INT(line, cases[i].line);
		CHECK(str_equal(value, str_from(cases[i].value)));
	}
}

static void
a_boolean_is_on_off_or_not_set(void)
{
	static const struct {
		const char *text;
		int line;
		bool value;
	} cases[] = {
		{ "a=1\nspool=1\n", 2, true },
		{ "spool=0\n", 1, false },
		{ "spool=1\nspool=0\n", 2, false },
		{ "spool=on", 1, true },
		{ "spooler=1\n", 0, false },
		{ "", 0, false },
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		bool value = false;

		tap_case("%s", cases[i].text);
		CHECK_INT(selinux_parse_boolean(str_from(cases[i].text),
			      STR("spool"), &value),
		    cases[i].line);
		CHECK_INT(value, cases[i].value);
	}
}

static void
members_are_those_of_all_lines_of_a_group(void)
{
	struct arena *arena = arena_new(0);
	const struct accounts accounts = {
		.groups = accounts_parse_groups(STR("root:x:0:\nmail:x:8:ann,"
						    "bob\nbad:x:y:ann\n"
						    "mail2:x:8:eve\nshort:x\n"),
		    arena),
	};
	static const struct {
		const char *user;
		gid_t group;
		bool member;
	} cases[] = {
		{ "ann", 8, true }, { "bob", 8, true }, { "eve", 8, true },
		{ "bo", 8, false }, { "ann", 0, false },
		{ "ann", 5, true }, /* her own */
	};

	for (size_t i = 0; i < TAP_COUNT(cases); i++) {
		struct host_user user = { .name = str_from(cases[i].user),
			.gid = 5 };

		tap_case("%s in %u", cases[i].user, (unsigned)cases[i].group);
		CHECK_INT(accounts_in_group(&accounts, &user, cases[i].group),
		    cases[i].member);
	}
	CHECK_STR(accounts_group_name(&accounts, 8, arena), "mail");
	CHECK_STR(accounts_group_name(&accounts, 77, arena), "77");
	arena_free(arena);
}

static const struct tap_test tests[] = {
	TAP_TEST(file_systems_are_listed),
	TAP_TEST(the_last_setting_of_auditd_counts),
	TAP_TEST(a_boolean_is_on_off_or_not_set),
	TAP_TEST(members_are_those_of_all_lines_of_a_group),
};

int
main(void)
{
	return TAP_RUN(tests);
}
