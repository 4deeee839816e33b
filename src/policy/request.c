/*
 * request.c - which facts each protocol carries.
 */
#include "policy/request.h"

const struct request_fact_row request_facts[REQUEST_FACTS] = {
	[REQUEST_CLIENT] = {
	    .name = "client",
	    .policy = true,
	    .milter = true,
	},
	[REQUEST_SENDER] = {
	    .name = "sender",
	    .policy = true,
	    .milter = true,
	},
	[REQUEST_RECIPIENT] = {
	    .name = "recipient",
	    .policy = true,
	    .milter = true,
	},
	[REQUEST_PORT] = {
	    .name = "port",
	    .policy = true,
	    .milter = true,
	},
	[REQUEST_LOGIN] = {
	    .name = "login",
	    .policy = true,
	    .milter = true,
	},
	[REQUEST_TLS] = {
	    .name = "tls",
	    .policy = true,
	    .milter = true,
	},
	[REQUEST_CERTIFICATE] = {
	    .name = "certificate",
	    .policy = true,
	    .reason = "no macro of the milter protocol has the fingerprint "
		      "of a certificate",
	},
};
