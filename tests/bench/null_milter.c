/*
 * null_milter.c - the milter that does nothing: libmilter and minimal steps.
 *
 * It negotiates what the guard does, so that an MTA sends both the same, and
 * continues. What it costs is what libmilter costs.
 *
 * With a word, it refuses recipients that have it in them: then libmilter's
 * own part in a refusal is seen too.
 *
 *	null_milter SOCKET [WORD]
 */
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sfsistat
on_negotiate(SMFICTX *context, unsigned long actions, unsigned long steps,
    unsigned long unused2, unsigned long unused3, unsigned long *wanted_actions,
    unsigned long *wanted_steps, unsigned long *wanted2, unsigned long *wanted3)
{
	(void)context;
	(void)actions;
	(void)unused2;
	(void)unused3;
	*wanted_actions = 0;
	*wanted_steps = steps &
	    (SMFIP_NOBODY | SMFIP_NOHDRS | SMFIP_NOEOH | SMFIP_NODATA |
		SMFIP_NOUNKNOWN | SMFIP_NR_CONN | SMFIP_NR_HELO |
		SMFIP_NR_MAIL | SMFIP_RCPT_REJ);
	*wanted2 = 0;
	*wanted3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *context, char *name, struct sockaddr *address)
{
	(void)context;
	(void)name;
	(void)address;
	return SMFIS_NOREPLY;
}

static sfsistat
on_helo(SMFICTX *context, char *helo)
{
	(void)context;
	(void)helo;
	return SMFIS_NOREPLY;
}

static sfsistat
on_mail(SMFICTX *context, char **arguments)
{
	(void)context;
	(void)arguments;
	return SMFIS_NOREPLY;
}

static const char *refused; /* libmilter passes no pointer of ours */

static sfsistat
on_rcpt(SMFICTX *context, char **arguments)
{
	static char code[] = "554", dsn[] = "5.7.1", text[] = "no";

	if (refused == NULL || strstr(arguments[0], refused) == NULL)
		return SMFIS_CONTINUE;
	smfi_setreply(context, code, dsn, text);
	return SMFIS_REJECT;
}

static char filter_name[] = "null";

int
main(int argc, char **argv)
{
	struct smfiDesc description = {
		.xxfi_name = filter_name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_negotiate = on_negotiate,
	};

	if (argc < 2 || smfi_setconn(argv[1]) != MI_SUCCESS ||
	    smfi_register(description) != MI_SUCCESS) {
		fprintf(stderr, "usage: null_milter SOCKET [WORD]\n");
		return EXIT_FAILURE;
	}
	refused = argv[2];
	return smfi_main() == MI_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
