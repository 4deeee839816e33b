/*
 * check_tls.c - the keys and certificates that an MTA names: who may read and
 * change them, and whether they are any good.
 */
#include "check/file_rules.h"
#include "check/groups.h"
#include "check/tls_files.h"
#include "host/certificate.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum {
	DAY = 24 * 60 * 60,
	SOON = 14,      /* days before the end when it is told */
	RSA_MIN = 2048, /* bits (NIST SP 800-131A) */
	EC_MIN = 224,
};

/* The remedy of the check is for what is there, so this one has its own. */
static void
tell_absent(struct check_run *run, const struct tls_file *file,
    const char *path, const char *what)
{
	struct check_finding *finding = check_fail(run, file->place,
	    "%s names %s that is not there", file->name, what);

	finding->value = path;
	finding->wanted = arena_print(run->arena,
	    "that file, or the name of one that is there in %s", file->name);
}

/* Judges the files of one use. */
static void
judge(struct check_run *run, enum tls_use use, const struct file_rule *rule)
{
	static const char *const names[] = {
		[TLS_KEY] = "key",
		[TLS_CERTIFICATE] = "certificate",
		[TLS_AUTHORITIES] = "file of authorities",
	};
	size_t found = 0;

	for (const struct tls_file *file = tls_files_find(run); file != NULL;
	     file = file->next) {
		if (file->use != use)
			continue;
		/* A file that holds its own key is judged as a key. */
		if (use == TLS_CERTIFICATE && file->key != NULL &&
		    strcmp(file->key, file->path) == 0)
			continue;
		found++;
		if (file_rule_judge(run, rule, file->path, file->place) ==
		    LOOKUP_MISSING)
			tell_absent(run, file, file->path,
			    arena_print(run->arena, "a %s", names[use]));
	}
	if (found == 0)
		check_not_applicable(run, "the configuration names no %s",
		    names[use]);
}

static void
key_run(struct check_run *run)
{
	static const struct file_rule rule = {
		.what = "the key",
		.mode = 0600,
		.owner = true,
		.acl = true,
		.parents = true,
	};

	judge(run, TLS_KEY, &rule);
}

static void
certificate_run(struct check_run *run)
{
	static const struct file_rule rule = {
		.what = "the certificate",
		.mode = 0644,
		.owner = true,
		.acl = true,
		.parents = true,
	};

	judge(run, TLS_CERTIFICATE, &rule);
}

static void
authorities_run(struct check_run *run)
{
	static const struct file_rule rule = {
		.what = "the file of authorities",
		.mode = 0644,
		.owner = true,
		.acl = true,
		.parents = true,
	};

	judge(run, TLS_AUTHORITIES, &rule);
}

/* ---- tls-directory ---- */

static const char *
directory_of(struct check_run *run, const char *path)
{
	struct str before, after;

	if (!str_cut_last(str_from(path), '/', &before, &after) ||
	    before.length == 0)
		return "/";
	return arena_copy(run->arena, before).data;
}

static void
directory_run(struct check_run *run)
{
	static const struct file_rule rule = {
		.what = "the directory",
		.mode = 0755,
		.owner = true,
		.acl = true,
	};
	const struct tls_file *files = tls_files_find(run);
	size_t found = 0;

	for (const struct tls_file *file = files; file != NULL;
	     file = file->next) {
		const char *directory = directory_of(run, file->path);
		const struct tls_file *before = files;

		while (before != file &&
		    strcmp(directory_of(run, before->path), directory) != 0)
			before = before->next;
		if (before != file)
			continue;
		found++;
		if (file_rule_judge(run, &rule, directory, file->place) ==
		    LOOKUP_MISSING)
			tell_absent(run, file, directory,
			    "a file in a directory");
	}
	if (found == 0)
		check_not_applicable(run,
		    "the configuration names no key and no certificate");
}

/* ---- tls-key-matches ---- */

static void
judge_pair(struct check_run *run, const struct tls_file *file)
{
	struct tree *tree = facts_tree(run->context->facts);
	const char *shown = tree_shown(tree, file->path);
	struct error error = { "" };
	bool matches = false;
	enum lookup state = certificate_matches(tree, file->path, file->key,
	    run->arena, &matches, &error);

	if (state == LOOKUP_FOUND && matches)
		check_pass(run, file->place,
		    "the key in %s is that of the certificate",
		    tree_shown(tree, file->key));
	else if (state == LOOKUP_FOUND)
		check_fail(run, file->place,
		    "the key in %s is not that of the certificate in %s",
		    tree_shown(tree, file->key), shown);
	else
		check_unknown(run, file->place,
		    "%s and its key %s cannot be compared: %s", shown,
		    tree_shown(tree, file->key), error.text);
}

static void
matches_run(struct check_run *run)
{
	size_t found = 0;

	for (const struct tls_file *file = tls_files_find(run); file != NULL;
	     file = file->next)
		if (file->use == TLS_CERTIFICATE && file->key != NULL) {
			judge_pair(run, file);
			found++;
		}
	if (found == 0)
		check_not_applicable(run,
		    "the configuration names no certificate with its key");
}

/* ---- tls-certificate-valid ---- */

/* "2027-01-31" */
static const char *
date(struct check_run *run, int64_t seconds)
{
	time_t time = (time_t)seconds;
	struct tm broken;

	if (gmtime_r(&time, &broken) == NULL)
		return "a day that no calendar has";
	return arena_print(run->arena, "%04d-%02d-%02d", broken.tm_year + 1900,
	    broken.tm_mon + 1, broken.tm_mday);
}

static bool
is_weak(const struct certificate *certificate)
{
	if (strcmp(certificate->algorithm, "RSA") == 0 ||
	    strcmp(certificate->algorithm, "DSA") == 0)
		return certificate->bits < RSA_MIN;
	if (strcmp(certificate->algorithm, "EC") == 0)
		return certificate->bits < EC_MIN;
	return false;
}

/* True: something was said of its dates. */
static bool
judge_dates(struct check_run *run, const struct tls_file *file,
    const struct certificate *certificate)
{
	int64_t now = run->context->host->now;
	struct check_finding *finding;

	if (now < certificate->not_before) {
		finding = check_fail(run, file->place,
		    "the certificate is not valid yet");
		finding->value = date(run, certificate->not_before);
	} else if (now > certificate->not_after) {
		finding =
		    check_fail(run, file->place, "the certificate has expired");
		finding->value = date(run, certificate->not_after);
	} else if (certificate->not_after - now < (int64_t)SOON * DAY) {
		finding = check_fail(run, file->place,
		    "the certificate expires in %" PRId64 " days",
		    (certificate->not_after - now) / DAY);
		finding->value = date(run, certificate->not_after);
		finding->severity = CHECK_LOW;
	} else {
		return false;
	}
	finding->wanted = "a certificate that is valid now and in two weeks";
	return true;
}

static void
judge_certificate(struct check_run *run, const struct tls_file *file)
{
	struct tree *tree = facts_tree(run->context->facts);
	struct certificate certificate;
	struct error error;
	enum lookup state = certificate_read(tree, file->path, run->arena,
	    &certificate, &error);
	bool told;

	if (state != LOOKUP_FOUND) {
		check_unknown(run, file->place, "the certificate %s: %s",
		    tree_shown(tree, file->path), error.text);
		return;
	}
	told = judge_dates(run, file, &certificate);
	if (is_weak(&certificate)) {
		struct check_finding *finding = check_fail(run, file->place,
		    "the key of the certificate is too short");
		finding->value = arena_print(run->arena, "%s, %u bits",
		    certificate.algorithm, certificate.bits);
		finding->wanted = "RSA of 2048 bits or more, or EC";
		finding->severity = CHECK_MEDIUM;
		told = true;
	}
	if (told)
		return;
	check_pass(run, file->place,
	    "the certificate of " STR_FORMAT " is valid until %s",
	    STR_ARGS(certificate.subject), date(run, certificate.not_after))
	    ->value = arena_print(run->arena, "%s, %u bits; names: %s",
	    certificate.algorithm, certificate.bits,
	    certificate.names.length > 0 ? certificate.names.data : "none");
}

static void
valid_run(struct check_run *run)
{
	size_t found = 0;

	for (const struct tls_file *file = tls_files_find(run); file != NULL;
	     file = file->next)
		if (file->use == TLS_CERTIFICATE) {
			judge_certificate(run, file);
			found++;
		}
	if (found == 0)
		check_not_applicable(run,
		    "the configuration names no certificate");
}

enum {
	WITH_TLS = 1u << MTA_POSTFIX | 1u << MTA_SENDMAIL,
};

static const struct check checks[] = {
	{
	    .id = "tls-key-file",
	    .title = "TLS keys are root's alone",
	    .severity = CHECK_HIGH,
	    .rationale = "Whoever can read the key can pass for this server "
			 "and read what others send to it.",
	    .remedy = "chown root:root KEY; chmod 0600 KEY. The MTA reads it "
		      "as root before it gives up its rights.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_install_ssl_cert" },
		    { NULL, NULL },
		},
	    .kinds = WITH_TLS,
	    .run = key_run,
	},
	{
	    .id = "tls-certificate-file",
	    .title = "TLS certificates can be changed by root alone",
	    .severity = CHECK_MEDIUM,
	    .rationale = "Whoever can change the certificate can shut the "
			 "server out, or put another in its place.",
	    .remedy = "chown root:root CERTIFICATE; chmod 0644 CERTIFICATE",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_install_ssl_cert" },
		    { NULL, NULL },
		},
	    .kinds = WITH_TLS,
	    .run = certificate_run,
	},
	{
	    .id = "tls-ca-file",
	    .title = "The authorities that are trusted can be changed by "
		     "root alone",
	    .severity = CHECK_MEDIUM,
	    .rationale = "An authority that somebody adds may certify any "
			 "server, and clients that relay by certificate.",
	    .remedy = "chown root:root FILE; chmod 0644 FILE",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_install_ssl_cert" },
		    { NULL, NULL },
		},
	    .kinds = WITH_TLS,
	    .run = authorities_run,
	},
	{
	    .id = "tls-directory",
	    .title = "The directories of keys and certificates are root's",
	    .severity = CHECK_MEDIUM,
	    .rationale = "In a directory that others may write, any file can "
			 "be put in the place of another.",
	    .remedy = "chown root:root DIRECTORY; chmod 0755 DIRECTORY",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_install_ssl_cert" },
		    { NULL, NULL },
		},
	    .kinds = WITH_TLS,
	    .run = directory_run,
	},
	{
	    .id = "tls-key-matches",
	    .title = "Each TLS key is that of its certificate",
	    .severity = CHECK_HIGH,
	    .rationale = "With another key the server starts and then "
			 "refuses TLS, so that mail comes in the clear or "
			 "not at all.",
	    .remedy = "Name the key with which the certificate was made.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_configure_ssl_certs" },
		    { NULL, NULL },
		},
	    .kinds = WITH_TLS,
	    .run = matches_run,
	},
	{
	    .id = "tls-certificate-valid",
	    .title = "TLS certificates are valid now and for two weeks more",
	    .severity = CHECK_HIGH,
	    .rationale = "Clients that verify certificates do not deliver to "
			 "a server whose own has expired.",
	    .remedy = "Renew the certificate, and reload the server.",
	    .references =
		(const struct check_reference[]){
		    { "ssg", "postfix_configure_ssl_certs" },
		    { NULL, NULL },
		},
	    .kinds = WITH_TLS,
	    .run = valid_run,
	},
};

const struct check_group check_tls_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
