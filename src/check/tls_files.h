/*
 * tls_files.h - the keys, certificates and authorities that the configuration
 * of an MTA names.
 */
#ifndef CHECK_TLS_FILES_H
#define CHECK_TLS_FILES_H

#include "check/check.h"

#include <stdbool.h>

enum tls_use {
	TLS_KEY,
	TLS_CERTIFICATE,
	TLS_AUTHORITIES,
};

struct tls_file {
	const struct tls_file *next;
	enum tls_use use;
	bool server;      /* for clients that come; else for servers gone to */
	const char *path; /* as the MTA names it */
	const char *key;  /* of a certificate: where its key is; else NULL */
	const char *name; /* of the setting */
	struct place place; /* file NULL: a default */
};

/*
 * Every file once. A file that holds both a key and certificates is listed as
 * both. What Postfix would die of is told as unknown.
 */
const struct tls_file *tls_files_find(struct check_run *run);

#endif
