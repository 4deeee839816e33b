/*
 * check_postfix_auth.c - who may log in to Postfix, and how.
 */
#include "check/check_postfix.h"
#include "check/groups.h"

enum {
	PORT_SMTPS = 465,
	PORT_SUBMISSION = 587,
};

/* How one smtpd handles TLS and AUTH. */
struct login {
	bool offered;      /* smtpd_sasl_auth_enable */
	bool tls_only;     /* AUTH is not offered in the clear */
	bool tls_possible; /* STARTTLS or TLS from the start */
	bool tls_always;   /* wrapper mode, or encrypt */
	struct postfix_value auth, only, level;
};

static bool
is_level(struct str level, const char *const *levels)
{
	for (; *levels != NULL; levels++)
		if (str_equal_nocase(level, str_from(*levels)))
			return true;
	return false;
}

/*
 * smtpd_tls_security_level wins over the older smtpd_use_tls and
 * smtpd_enforce_tls (postconf(5)). False: told as unknown.
 */
static bool
tls_read(struct check_run *run, const struct postfix_service *service,
    struct login *login)
{
	static const char *const some[] = { "may", "encrypt", NULL };
	static const char *const always[] = { "encrypt", NULL };
	struct postfix_value value;
	bool use, enforce, wrapper;

	if (!check_postfix_value(run, service, "smtpd_tls_security_level",
		&login->level) ||
	    !check_postfix_flag(run, service, "smtpd_use_tls", &use, &value) ||
	    !check_postfix_flag(run, service, "smtpd_enforce_tls", &enforce,
		&value) ||
	    !check_postfix_flag(run, service, "smtpd_tls_wrappermode", &wrapper,
		&value))
		return false;
	if (login->level.text.length > 0) {
		login->tls_possible = is_level(login->level.text, some);
		login->tls_always = is_level(login->level.text, always);
	} else {
		login->tls_possible = use || enforce;
		login->tls_always = enforce;
	}
	login->tls_possible = login->tls_possible || wrapper;
	login->tls_always = login->tls_always || wrapper;
	return true;
}

static bool
login_read(struct check_run *run, const struct postfix_service *service,
    struct login *login)
{
	*login = (struct login){ .offered = false };
	return check_postfix_flag(run, service, "smtpd_sasl_auth_enable",
		   &login->offered, &login->auth) &&
	    check_postfix_flag(run, service, "smtpd_tls_auth_only",
		&login->tls_only, &login->only) &&
	    tls_read(run, service, login);
}

static void
clear_look(struct check_run *run, const struct postfix_listener *listener)
{
	const char *name = check_postfix_name(run, listener);
	struct check_finding *finding;
	struct login login;

	if (!login_read(run, listener->smtpd, &login) || !login.offered)
		return;
	if (login.tls_only || login.tls_always) {
		check_pass(run,
		    check_postfix_place(run,
			login.tls_only ? &login.only : &login.level),
		    "%s takes passwords over TLS only", name);
		if (login.tls_possible)
			return;
		check_fail(run, check_postfix_place(run, &login.level),
		    "%s takes passwords over TLS only, and offers no TLS: "
		    "nobody can log in",
		    name)
		    ->wanted = "smtpd_tls_security_level = may or encrypt";
		return;
	}
	finding = check_fail(run, check_postfix_place(run, &login.only),
	    "%s takes passwords in the clear", name);
	finding->value = "smtpd_tls_auth_only = no";
	finding->wanted = "smtpd_tls_auth_only = yes";
}

static void
clear_run(struct check_run *run)
{
	check_postfix_each(run, true, clear_look);
	if (run->result->findings == NULL)
		check_not_applicable(run, "no smtpd offers AUTH");
}

/* A port for submission that nobody has to log in at. */
static void
submission_look(struct check_run *run, const struct postfix_listener *listener)
{
	struct check_finding *finding;
	struct login login;

	if (listener->port != PORT_SMTPS && listener->port != PORT_SUBMISSION)
		return;
	if (!login_read(run, listener->smtpd, &login))
		return;
	struct place place = login.auth.place.file != NULL
	    ? login.auth.place
	    : check_postfix_service_place(run, listener->inet);
	if (login.offered) {
		check_pass(run, place, "%s asks for a login",
		    check_postfix_name(run, listener));
		return;
	}
	finding =
	    check_fail(run, place, "%s is for submission, and offers no AUTH",
		check_postfix_name(run, listener));
	finding->value = "smtpd_sasl_auth_enable = no";
	finding->wanted = "smtpd_sasl_auth_enable = yes";
}

static void
submission_run(struct check_run *run)
{
	check_postfix_each(run, false, submission_look);
	if (run->result->findings == NULL)
		check_not_applicable(run,
		    "no smtpd listens for others on port 465 or 587");
}

/* Logins of nobody: ANONYMOUS counts as authenticated in SASL. */
static void
anonymous_look(struct check_run *run, const struct postfix_listener *listener)
{
	struct postfix_value options;
	struct login login;

	if (!login_read(run, listener->smtpd, &login) || !login.offered ||
	    !check_postfix_value(run, listener->smtpd,
		"smtpd_sasl_security_options", &options))
		return;
	struct place place = check_postfix_place(run, &options);
	if (check_postfix_has_word(options.text, "noanonymous"))
		check_pass(run, place, "%s takes no anonymous login",
		    check_postfix_name(run, listener));
	else
		check_fail(run, place, "%s takes anonymous logins",
		    check_postfix_name(run, listener))
		    ->wanted = "smtpd_sasl_security_options = noanonymous";
}

static void
anonymous_run(struct check_run *run)
{
	check_postfix_each(run, true, anonymous_look);
	if (run->result->findings == NULL)
		check_not_applicable(run, "no smtpd offers AUTH");
}

/* Where AUTH is on and TLS is possible, there must be a certificate. */
static void
certificate_look(struct check_run *run, const struct postfix_listener *listener)
{
	static const char *const names[] = { "smtpd_tls_chain_files",
		"smtpd_tls_cert_file", "smtpd_tls_eccert_file",
		"smtpd_tls_dcert_file" };
	const char *name = check_postfix_name(run, listener);
	struct postfix_value value;
	struct login login;

	if (!login_read(run, listener->smtpd, &login) || !login.offered)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct error ignored;

		/* A version that does not know a name has none. */
		if (!postfix_value(run->mta->postfix, listener->smtpd, names[i],
			&value, &ignored) ||
		    value.text.length == 0 ||
		    str_equal_nocase(value.text, STR("none")))
			continue;
		check_pass(run, check_postfix_place(run, &value),
		    "%s has a certificate", name)
		    ->value =
		    arena_print(run->arena, STR_FORMAT, STR_ARGS(value.text));
		return;
	}
	check_fail(run, check_postfix_place(run, &login.auth),
	    "%s asks for passwords, and has no certificate for TLS", name)
	    ->wanted = "smtpd_tls_chain_files, or smtpd_tls_cert_file and "
		       "smtpd_tls_key_file";
}

static void
certificate_run(struct check_run *run)
{
	check_postfix_each(run, true, certificate_look);
	if (run->result->findings == NULL)
		check_not_applicable(run, "no smtpd offers AUTH");
}

/* Whether those who log in may relay, as they expect. */
static void
untrusted_look(struct check_run *run, const struct postfix_listener *listener)
{
	struct postfix_value relay, recipient;
	struct login login;

	if (!login_read(run, listener->smtpd, &login) || !login.offered ||
	    !check_postfix_value(run, listener->smtpd,
		"smtpd_relay_restrictions", &relay) ||
	    !check_postfix_value(run, listener->smtpd,
		"smtpd_recipient_restrictions", &recipient))
		return;
	bool permitted =
	    check_postfix_has_word(relay.text, "permit_sasl_authenticated") ||
	    (relay.text.length == 0 &&
		check_postfix_has_word(recipient.text,
		    "permit_sasl_authenticated"));
	if (permitted)
		check_pass(run, check_postfix_place(run, &relay),
		    "%s relays for those who log in",
		    check_postfix_name(run, listener));
	else
		check_fail(run, check_postfix_place(run, &relay),
		    "%s asks for a login that permits nothing",
		    check_postfix_name(run, listener))
		    ->wanted = "permit_sasl_authenticated before "
			       "reject_unauth_destination";
}

static void
untrusted_run(struct check_run *run)
{
	check_postfix_each(run, false, untrusted_look);
	if (run->result->findings == NULL)
		check_not_applicable(run, "no smtpd offers AUTH to others");
}

#define SSG_REFERENCE(rule)              \
	(const struct check_reference[]) \
	{                                \
		{ "ssg", rule },         \
		{                        \
			NULL, NULL       \
		}                        \
	}

static const struct check checks[] = {
	{
	    .id = "postfix-auth-tls",
	    .title = "Postfix takes passwords over TLS only",
	    .severity = CHECK_HIGH,
	    .rationale = "A password sent in the clear can be read by anybody "
			 "on the path, who may then relay with it.",
	    .remedy = "Set smtpd_tls_auth_only = yes, and "
		      "smtpd_tls_security_level = may (encrypt for "
		      "submission).",
	    .references = SSG_REFERENCE("postfix_server_relay_require_tls"),
	    .kinds = 1u << MTA_POSTFIX,
	    .run = clear_run,
	},
	{
	    .id = "postfix-submission-auth",
	    .title = "A port for submission asks for a login",
	    .severity = CHECK_HIGH,
	    .rationale = "Whoever reaches a submission service without AUTH "
			 "is judged by address alone (RFC 6409, 4.3).",
	    .remedy = "Give the service -o smtpd_sasl_auth_enable=yes in "
		      "master.cf, or remove it.",
	    .references =
		SSG_REFERENCE("postfix_server_relay_smtp_auth_for_untrusted"),
	    .kinds = 1u << MTA_POSTFIX,
	    .run = submission_run,
	},
	{
	    .id = "postfix-auth-relays",
	    .title = "A login permits to relay",
	    .severity = CHECK_LOW,
	    .rationale = "Where users cannot relay after a login, somebody "
			 "widens mynetworks for them.",
	    .remedy = "Put permit_sasl_authenticated before "
		      "reject_unauth_destination.",
	    .references =
		SSG_REFERENCE("postfix_server_relay_smtp_auth_for_untrusted"),
	    .kinds = 1u << MTA_POSTFIX,
	    .run = untrusted_run,
	},
	{
	    .id = "postfix-auth-anonymous",
	    .title = "Anonymous logins are not accepted",
	    .severity = CHECK_HIGH,
	    .rationale = "Without noanonymous a SASL library may offer "
			 "ANONYMOUS to everybody.",
	    .remedy = "Set smtpd_sasl_security_options = noanonymous.",
	    .references = (const struct check_reference[]){ { NULL, NULL } },
	    .kinds = 1u << MTA_POSTFIX,
	    .run = anonymous_run,
	},
	{
	    .id = "postfix-auth-certificate",
	    .title = "Where passwords are asked for, there is a certificate",
	    .severity = CHECK_MEDIUM,
	    .rationale = "Without one there is no TLS, and passwords go in "
			 "the clear or not at all.",
	    .remedy = "Set smtpd_tls_chain_files, or smtpd_tls_cert_file and "
		      "smtpd_tls_key_file.",
	    .references = SSG_REFERENCE("postfix_configure_ssl_certs"),
	    .kinds = 1u << MTA_POSTFIX,
	    .run = certificate_run,
	},
};

const struct check_group check_postfix_auth_group = {
	.checks = checks,
	.count = sizeof(checks) / sizeof(checks[0]),
};
