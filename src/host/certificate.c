/*
 * certificate.c - a TLS key and the certificates that go with it, from files
 * in PEM.
 */
#include "host/certificate.h"

#include "base/buf.h"

#ifdef HAVE_CRYPTO
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>
#endif

enum {
	FILE_MAX = 1 << 20, /* a bundle of all public authorities: 220 KiB */
	CHAIN_MAX = 1000,
	TEXT_MAX = 2048,
};

#ifdef HAVE_CRYPTO
static BIO *
memory(struct str text)
{
	if (text.length > FILE_MAX)
		return NULL;
	return BIO_new_mem_buf(text.length > 0 ? text.data : "",
	    (int)text.length);
}

/* No key is worth a prompt on a terminal that nobody sits at. */
static int
no_passphrase(char *buffer, int size, int writing, void *pointer)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)pointer;
	return -1;
}

static X509 *
next_certificate(BIO *bio)
{
	X509 *x509 = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);

	ERR_clear_error();
	return x509;
}

static bool
time_of(const ASN1_TIME *time, int64_t *seconds)
{
	struct tm broken;

	if (time == NULL || ASN1_TIME_to_tm(time, &broken) != 1)
		return false;
	*seconds = (int64_t)timegm(&broken);
	return true;
}

static struct str
subject_of(X509 *x509, struct arena *arena)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct str text = STR("?");
	char *data;

	if (bio == NULL)
		return text;
	/* RFC 2253 escapes whatever a terminal would take for more. */
	X509_NAME_print_ex(bio, X509_get_subject_name(x509), 0,
	    XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_UTF8_CONVERT);
	long length = BIO_get_mem_data(bio, &data);
	if (length > 0 && length < TEXT_MAX)
		text = arena_copy(arena, (struct str){ data, (size_t)length });
	BIO_free(bio);
	return text;
}

static struct str
names_of(X509 *x509, struct arena *arena)
{
	char text[TEXT_MAX];
	struct buf buf = BUF(text);
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS)
			continue;
		if (buf.length > 0)
			buf_add_char(&buf, ' ');
		buf_add_escaped(&buf,
		    (struct str){
			(const char *)ASN1_STRING_get0_data(name->d.dNSName),
			(size_t)ASN1_STRING_length(name->d.dNSName) });
	}
	GENERAL_NAMES_free(names);
	return arena_copy(arena, buf_str(&buf));
}

static void
describe_key(X509 *x509, struct arena *arena, struct certificate *certificate)
{
	const EVP_PKEY *key = X509_get0_pubkey(x509);

	if (key == NULL)
		return;
	const char *name = EVP_PKEY_get0_type_name(key);
	certificate->bits = (unsigned)EVP_PKEY_get_bits(key);
	certificate->algorithm =
	    arena_print(arena, "%s", name != NULL ? name : "unknown");
}

bool
certificate_parse(struct str text, struct arena *arena,
    struct certificate *certificate, struct error *error)
{
	BIO *bio = memory(text);
	X509 *x509 = bio != NULL ? next_certificate(bio) : NULL;
	bool dated = false;

	*certificate = (struct certificate){ .algorithm = "unknown" };
	if (x509 != NULL) {
		certificate->subject = subject_of(x509, arena);
		certificate->names = names_of(x509, arena);
		dated = time_of(X509_get0_notBefore(x509),
			    &certificate->not_before) &&
		    time_of(X509_get0_notAfter(x509), &certificate->not_after);
		describe_key(x509, arena, certificate);
		certificate->authority = X509_check_ca(x509) > 0;
		certificate->self_issued =
		    (X509_get_extension_flags(x509) & EXFLAG_SI) != 0;
	}
	for (X509 *more = x509; more != NULL && certificate->chain < CHAIN_MAX;
	     certificate->chain++) {
		if (more != x509)
			X509_free(more);
		more = next_certificate(bio);
		if (more == NULL)
			break;
	}
	X509_free(x509);
	BIO_free(bio);
	ERR_clear_error();
	if (x509 == NULL)
		return error_set(error, "holds no certificate in PEM");
	return dated || error_set(error, "has a date that is none");
}

bool
certificate_parse_pair(struct str certificate, struct str key, bool *matches,
    struct error *error)
{
	BIO *bio = memory(certificate);
	X509 *x509 = bio != NULL ? next_certificate(bio) : NULL;

	BIO_free(bio);
	bio = memory(key);
	EVP_PKEY *private = bio != NULL
	    ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL)
	    : NULL;
	BIO_free(bio);
	*matches = x509 != NULL && private != NULL &&
	    X509_check_private_key(x509, private) == 1;
	ERR_clear_error();
	EVP_PKEY_free(private);
	X509_free(x509);
	if (x509 == NULL)
		return error_set(error, "holds no certificate in PEM");
	if (private == NULL)
		return error_set(error,
		    "holds no private key that can be read without a "
		    "passphrase");
	return true;
}
#else
bool
certificate_parse(struct str text, struct arena *arena,
    struct certificate *certificate, struct error *error)
{
	(void)text;
	(void)arena;
	*certificate = (struct certificate){ .algorithm = "unknown" };
	return error_set(error, "built without libcrypto");
}

bool
certificate_parse_pair(struct str certificate, struct str key, bool *matches,
    struct error *error)
{
	(void)certificate;
	(void)key;
	*matches = false;
	return error_set(error, "built without libcrypto");
}
#endif

enum lookup
certificate_read(struct tree *tree, const char *path, struct arena *arena,
    struct certificate *certificate, struct error *error)
{
	struct str text;
	enum lookup state =
	    tree_read(tree, path, FILE_MAX, arena, &text, error);

	if (state == LOOKUP_FOUND &&
	    !certificate_parse(text, arena, certificate, error))
		return LOOKUP_FAILED;
	return state;
}

enum lookup
certificate_matches(struct tree *tree, const char *certificate, const char *key,
    struct arena *arena, bool *matches, struct error *error)
{
	struct str text, secret = STR("");
	enum lookup state =
	    tree_read(tree, certificate, FILE_MAX, arena, &text, error);

	if (state == LOOKUP_FOUND)
		state = tree_read(tree, key, FILE_MAX, arena, &secret, error);
	if (state == LOOKUP_FOUND &&
	    !certificate_parse_pair(text, secret, matches, error))
		return LOOKUP_FAILED;
	return state;
}
