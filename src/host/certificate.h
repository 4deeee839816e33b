/*
 * certificate.h - a TLS key and the certificates that go with it, from files
 * in PEM.
 *
 * Files come from anywhere: what is no key or certificate is LOOKUP_FAILED
 * with the reason; a key under a passphrase is never asked for it. Built
 * without libcrypto, everything is FAILED.
 */
#ifndef HOST_CERTIFICATE_H
#define HOST_CERTIFICATE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/lookup.h"
#include "base/str.h"
#include "base/tree.h"

#include <stdbool.h>
#include <stdint.h>

struct certificate {
	struct str subject; /* "CN=mail.example.com" */
	struct str names;   /* DNS names, separated by blanks */
	int64_t not_before; /* seconds since 1970 */
	int64_t not_after;
	const char *algorithm; /* of its key: "RSA", "EC" */
	unsigned bits;         /* of its key */
	unsigned chain;        /* certificates that follow it in the file */
	bool authority;        /* it may sign others */
	bool self_issued;
};

/* The first certificate of a file. */
enum lookup certificate_read(struct tree *tree, const char *path,
    struct arena *arena, struct certificate *certificate, struct error *error);

/*
 * Whether the private key in a file is that of the first certificate of
 * another, or of the same; false (where FOUND): it is that of another.
 */
enum lookup certificate_matches(struct tree *tree, const char *certificate,
    const char *key, struct arena *arena, bool *matches, struct error *error);

/* The same of texts; false: there is no whole certificate or key in it. */
bool certificate_parse(struct str text, struct arena *arena,
    struct certificate *certificate, struct error *error);
bool certificate_parse_pair(struct str certificate, struct str key,
    bool *matches, struct error *error);

#endif
