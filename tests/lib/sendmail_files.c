/*
 * sendmail_files.c - a Sendmail in a directory that a test makes.
 */
#include "tests/lib/sendmail_files.h"

#include "tests/lib/tap.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
remove_one(const char *path, const struct stat *status, int kind,
    struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

void
sendmail_files_begin(struct sendmail_files *files)
{
	struct error error;

	*files = (struct sendmail_files){ .arena = arena_new(0) };
	snprintf(files->root, sizeof(files->root),
	    "/tmp/mtaguard-sendmail-XXXXXX");
	if (mkdtemp(files->root) == NULL)
		tap_bail("no directory for the test");
	if (!host_parse(STR("198.51.100.25/24,2001:db8:25::25/64"),
		files->arena, &files->network, &error))
		tap_bail("host: %s", error.text);
	files->host = (struct mta_host){
		.tree = tree_new(files->arena, files->root, NULL),
		.network = &files->network,
		.hostname = STR("mx.example.test"),
	};
}

void
sendmail_files_end(struct sendmail_files *files)
{
	nftw(files->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(files->arena);
}

void
sendmail_files_put(struct sendmail_files *files, const char *path,
    const char *text)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s/%s", files->root, path);
	for (char *slash = strchr(whole + strlen(files->root) + 1, '/');
	     slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(whole, 0755);
		*slash = '/';
	}
	FILE *file = fopen(whole, "w");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		tap_bail("cannot write %s", whole);
}

const struct sendmail *
sendmail_files_read(struct sendmail_files *files)
{
	struct sendmail *sendmail;
	struct error error;

	if (!sendmail_read(&files->host, "/etc/mail/sendmail.cf", files->arena,
		&sendmail, &error))
		tap_bail("sendmail.cf: %s", error.text);
	return sendmail;
}

static const char * or (const char *text, const char *otherwise)
{
	return text != NULL ? text : otherwise;
}

const char *
sendmail_files_cf(struct sendmail_files *files,
    const struct sendmail_rules *rules)
{
	return arena_print(files->arena,
	    "V10/Berkeley\n"
	    "DZ8.17.1\n"
	    "Cwlocalhost example.test\n"
	    "%s"
	    "SLocal_check_rcpt\n"
	    "Scheck_rcpt\n"
	    "R$*\t$: $1 $| $>\"Local_check_rcpt\" $1\n"
	    "R$* $| $#$*\t$#$2\n"
	    "R$* $| $*\t$@ $>\"Basic_check_rcpt\" $1\n"
	    "SBasic_check_rcpt\n"
	    "R$*\t$: $1 $| @ $>\"Rcpt_ok\" $1\n"
	    "R$* $| @ RELAY\t$@ RELAY\n"
	    "R$* $| @ $*\t$: O $| $>\"Relay_ok\" $1\n"
	    "R$* $| RELAY\t$@ RELAY\n"
	    "%s"
	    "SRcpt_ok\n"
	    "%s"
	    "R$+ < @ $=w >\t$@ RELAY\n"
	    "%s"
	    "R<?> $* < @ $+ >\t$: <REMOTE> $1 < @ $2 >\n"
	    "R<?> $+\t$@ RELAY\n"
	    "SRelay_ok\n"
	    "R127.0.0.1\t$@ RELAY\n"
	    "R$=R $*\t$@ RELAY\n"
	    "R$=w\t$@ RELAY\n"
	    "%s"
	    "Mlocal,\tP=/bin/false\n"
	    "SLocal_check_rcpt\n"
	    "%s",
	    or (rules->head, ""), or
		(rules->last,
		    "R$*\t$#error $@ 5.7.1 $: \"550 Relaying denied\"\n"),
	    or (rules->rcpt_first, "R$*\t$: $>ParseRecipient $1\n"),
	    or (rules->rcpt, ""), or (rules->relay, ""), or (rules->local, ""));
}
