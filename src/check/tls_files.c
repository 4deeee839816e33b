/*
 * tls_files.c - the keys, certificates and authorities that the configuration
 * of an MTA names.
 */
#include "check/tls_files.h"

#include "mta/postfix.h"
#include "mta/sendmail.h"

/* Files while they are found. */
struct finding {
	struct check_run *run;
	const struct tls_file *first;
	const struct tls_file **end;
};

static bool
is_known(const struct finding *finding, const struct tls_file *file)
{
	for (const struct tls_file *each = finding->first; each != NULL;
	     each = each->next)
		if (each->use == file->use &&
		    strcmp(each->path, file->path) == 0 &&
		    (each->key == NULL) == (file->key == NULL) &&
		    (file->key == NULL || strcmp(each->key, file->key) == 0))
			return true;
	return false;
}

static void
add(struct finding *finding, struct tls_file found)
{
	if (is_known(finding, &found))
		return;
	struct tls_file *file = arena_alloc(finding->run->arena, sizeof(*file));
	*file = found;
	*finding->end = file;
	finding->end = &file->next;
}

/* ---- Postfix ---- */

/* Settings that go together, of smtpd, smtp and lmtp. */
static const struct pair {
	const char *certificate, *key;
	bool server;
} postfix_pairs[] = {
	{ "smtpd_tls_cert_file", "smtpd_tls_key_file", true },
	{ "smtpd_tls_eccert_file", "smtpd_tls_eckey_file", true },
	{ "smtpd_tls_dcert_file", "smtpd_tls_dkey_file", true },
	{ "smtp_tls_cert_file", "smtp_tls_key_file", false },
	{ "smtp_tls_eccert_file", "smtp_tls_eckey_file", false },
	{ "smtp_tls_dcert_file", "smtp_tls_dkey_file", false },
	{ "lmtp_tls_cert_file", "lmtp_tls_key_file", false },
};

static const struct {
	const char *name;
	bool server;
} postfix_chains[] = {
	{ "smtpd_tls_chain_files", true },
	{ "smtp_tls_chain_files", false },
	{ "lmtp_tls_chain_files", false },
};

static const struct {
	const char *name;
	bool server;
} postfix_authorities[] = {
	{ "smtpd_tls_CAfile", true },
	{ "smtp_tls_CAfile", false },
	{ "lmtp_tls_CAfile", false },
};

/* A value that names files; false: it is empty, or "none", or fatal. */
static bool
postfix_file(struct finding *finding, const struct postfix_service *service,
    const char *name, struct postfix_value *value)
{
	struct error error;

	if (!postfix_value(finding->run->mta->postfix, service, name, value,
		&error)) {
		check_unknown(finding->run, (struct place){ 0 }, "%s: %s", name,
		    error.text);
		return false;
	}
	value->text = str_trim(value->text);
	return value->text.length > 0 && !str_equal(value->text, STR("none"));
}

static void
postfix_pair(struct finding *finding, const struct postfix_service *service,
    const struct pair *pair)
{
	struct arena *arena = finding->run->arena;
	struct postfix_value certificate, key;

	if (!postfix_file(finding, service, pair->certificate, &certificate))
		return;
	const char *path = arena_copy(arena, certificate.text).data;
	const char *key_path = path;
	struct place place = certificate.place;
	if (postfix_file(finding, service, pair->key, &key)) {
		key_path = arena_copy(arena, key.text).data;
		if (key.place.file != NULL)
			place = key.place;
	}
	add(finding,
	    (struct tls_file){ .use = TLS_KEY,
		.server = pair->server,
		.path = key_path,
		.name = pair->key,
		.place = place });
	add(finding,
	    (struct tls_file){ .use = TLS_CERTIFICATE,
		.server = pair->server,
		.path = path,
		.key = key_path,
		.name = pair->certificate,
		.place = certificate.place });
}

/* Each file of a chain holds a key, and certificates after it. */
static void
postfix_chain(struct finding *finding, const struct postfix_service *service,
    const char *name, bool server)
{
	struct postfix_value value;
	struct str rest;

	if (!postfix_file(finding, service, name, &value))
		return;
	rest = value.text;
	while (rest.length > 0) {
		size_t end = 0;

		while (end < rest.length &&
		    strchr(", \t\r\n", rest.data[end]) == NULL)
			end++;
		struct str word = str_slice(rest, 0, end);
		rest = str_slice(rest, end < rest.length ? end + 1 : end,
		    rest.length);
		if (word.length == 0)
			continue;
		struct tls_file file = { .use = TLS_KEY,
			.server = server,
			.path = arena_copy(finding->run->arena, word).data,
			.name = name,
			.place = value.place };
		add(finding, file);
		file.use = TLS_CERTIFICATE;
		file.key = file.path;
		add(finding, file);
	}
}

static void
postfix_scope(struct finding *finding, const struct postfix_service *service)
{
	for (size_t i = 0; i < sizeof(postfix_pairs) / sizeof(postfix_pairs[0]);
	     i++)
		postfix_pair(finding, service, &postfix_pairs[i]);
	for (size_t i = 0;
	     i < sizeof(postfix_chains) / sizeof(postfix_chains[0]); i++)
		postfix_chain(finding, service, postfix_chains[i].name,
		    postfix_chains[i].server);
	for (size_t i = 0;
	     i < sizeof(postfix_authorities) / sizeof(postfix_authorities[0]);
	     i++) {
		struct postfix_value value;

		if (postfix_file(finding, service, postfix_authorities[i].name,
			&value))
			add(finding,
			    (struct tls_file){ .use = TLS_AUTHORITIES,
				.server = postfix_authorities[i].server,
				.path =
				    arena_copy(finding->run->arena, value.text)
					.data,
				.name = postfix_authorities[i].name,
				.place = value.place });
	}
}

/* Whether a service sees other files than the instance. */
static bool
overrides_tls(const struct postfix_service *service)
{
	for (size_t i = 0; i < service->override_count; i++) {
		struct str name = service->overrides[i].name, before, after;

		if (str_cut(name, '_', &before, &after) &&
		    str_starts(after, STR("tls_")))
			return true;
	}
	return false;
}

static void
find_postfix(struct finding *finding)
{
	const struct postfix *postfix = finding->run->mta->postfix;

	postfix_scope(finding, NULL);
	for (size_t i = 0; i < postfix->master.count; i++)
		if (overrides_tls(&postfix->master.services[i]))
			postfix_scope(finding, &postfix->master.services[i]);
}

/* ---- Sendmail ---- */

static bool
sendmail_file(struct finding *finding, const char *name, const char **path,
    struct place *place)
{
	struct str value;

	if (!sendmail_option(finding->run->mta->sendmail, name, &value, place))
		return false;
	value = str_trim(value);
	*path = arena_copy(finding->run->arena, value).data;
	return value.length > 0;
}

static void
sendmail_pair(struct finding *finding, const struct pair *pair)
{
	struct tls_file certificate = { .use = TLS_CERTIFICATE,
		.server = pair->server,
		.name = pair->certificate };
	struct tls_file key = { .use = TLS_KEY,
		.server = pair->server,
		.name = pair->key };
	bool has_key = sendmail_file(finding, pair->key, &key.path, &key.place);

	if (has_key)
		add(finding, key);
	if (!sendmail_file(finding, pair->certificate, &certificate.path,
		&certificate.place))
		return;
	certificate.key = has_key ? key.path : NULL;
	add(finding, certificate);
}

static void
find_sendmail(struct finding *finding)
{
	static const struct pair pairs[] = {
		{ "ServerCertFile", "ServerKeyFile", true },
		{ "ClientCertFile", "ClientKeyFile", false },
	};
	struct tls_file authorities = { .use = TLS_AUTHORITIES,
		.server = true,
		.name = "CACertFile" };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		sendmail_pair(finding, &pairs[i]);
	if (sendmail_file(finding, authorities.name, &authorities.path,
		&authorities.place))
		add(finding, authorities);
}

const struct tls_file *
tls_files_find(struct check_run *run)
{
	struct finding finding = { .run = run, .end = &finding.first };

	finding.end = &finding.first;
	if (run->mta->postfix != NULL)
		find_postfix(&finding);
	if (run->mta->sendmail != NULL)
		find_sendmail(&finding);
	return finding.first;
}
