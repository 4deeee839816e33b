/*
 * sources.c - what a policy file may name of the lists of the host's MTA.
 */
#include "sources.h"

#include "mta/postfix_source.h"
#include "mta/sendmail_source.h"

#include <stdlib.h>
#include <unistd.h>

/*
 * Who may change the environment of the guard may change its policy as well,
 * so MAIL_CONFIG is heeded as Postfix's own programs do.
 */
static const char *
postfix_directory(void)
{
	const char *directory = secure_getenv("MAIL_CONFIG");

	return directory != NULL ? directory : "/etc/postfix";
}

const struct table_source *
sources_of_host(size_t *count)
{
	static char hostname[256];
	static struct postfix_source postfix;
	static struct sendmail_source sendmail = {
		.path = "/etc/mail/sendmail.cf",
	};
	static const struct table_source sources[] = {
		{
		    .prefix = "postfix:",
		    .state = &postfix,
		    .open = postfix_source_open,
		    .find = postfix_source_find,
		},
		{
		    .prefix = "sendmail:",
		    .state = &sendmail,
		    .open = sendmail_source_open,
		    .find = sendmail_source_find,
		},
	};

	if (gethostname(hostname, sizeof(hostname) - 1) != 0)
		hostname[0] = '\0';
	postfix.hostname = str_from(hostname);
	sendmail.hostname = postfix.hostname;
	postfix.directory = postfix_directory();
	*count = sizeof(sources) / sizeof(sources[0]);
	return sources;
}
