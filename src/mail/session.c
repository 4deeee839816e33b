/*
 * session.c - one SMTP session as far as it has come.
 */
#include "mail/session.h"

static const struct str names[] = {
	[SESSION_CONNECT] = STR_INIT("CONNECT"),
	[SESSION_HELO] = STR_INIT("HELO"),
	[SESSION_MAIL] = STR_INIT("MAIL"),
	[SESSION_RCPT] = STR_INIT("RCPT"),
	[SESSION_DATA] = STR_INIT("DATA"),
	[SESSION_END_OF_MESSAGE] = STR_INIT("END-OF-MESSAGE"),
	[SESSION_VRFY] = STR_INIT("VRFY"),
	[SESSION_ETRN] = STR_INIT("ETRN"),
	[SESSION_OTHER] = STR_INIT("OTHER"),
};

struct str
session_stage_name(enum session_stage stage)
{
	return names[stage];
}
