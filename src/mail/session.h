/*
 * session.h - one SMTP session as far as it has come: who says what to whom.
 *
 * The one description that the decision engine, the proof, explain and the
 * scenario files share, whichever protocol the facts came by. All text is
 * borrowed from whoever fills it.
 */
#ifndef MAIL_SESSION_H
#define MAIL_SESSION_H

#include "base/netblock.h"
#include "base/str.h"
#include "mail/mailbox.h"

#include <stdbool.h>

enum session_client {
	SESSION_CLIENT_UNKNOWN, /* not told or not an address: nobody's */
	SESSION_CLIENT_ADDRESS,
	SESSION_CLIENT_LOCAL, /* a program of this host, without a network */
};

/* Where in the dialogue: protocol_state of SMTPD_POLICY_README. */
enum session_stage {
	SESSION_CONNECT,
	SESSION_HELO, /* EHLO too */
	SESSION_MAIL,
	SESSION_RCPT,
	SESSION_DATA,
	SESSION_END_OF_MESSAGE,
	SESSION_VRFY,
	SESSION_ETRN,
	SESSION_OTHER, /* a state that this version does not know */
};

struct session {
	enum session_stage stage;
	enum session_client client_kind;
	struct address client;   /* if SESSION_CLIENT_ADDRESS */
	struct str client_text;  /* as it was told, for the log */
	unsigned client_port;    /* 0: not told */
	unsigned server_port;    /* that the client connected to; 0: not told */
	struct str client_name;  /* verified name; empty: none */
	struct str reverse_name; /* unverified; empty: none */
	struct str helo;         /* empty: none given */
	struct str login;        /* SASL login; empty: not authenticated */
	struct str login_method; /* SASL mechanism */
	struct str tls_version;  /* TLSv1.3; empty: in the clear */
	struct str tls_cipher;
	struct str certificate;     /* fingerprint of the certificate */
	struct str certificate_key; /* fingerprint of its public key */
	enum mailbox_form form;     /* of sender and recipient */
	struct str sender;
	struct str recipient;
	struct str etrn_domain;
	struct str queue_id;
	struct str instance; /* Postfix's name of this message transaction */
};

/* The name that explain and logs use: "RCPT", "END-OF-MESSAGE". */
struct str session_stage_name(enum session_stage stage);

#endif
