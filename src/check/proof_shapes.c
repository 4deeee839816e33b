/*
 * proof_shapes.c - what the things that a stranger chooses look like.
 *
 * A stranger can have any name below a domain that nobody else has: so names
 * of clients have a word in them that nobody else would choose. So have the
 * first recipients, since a pattern that also matches such a one lets through
 * more than the domains that it was written for.
 */
#include "check/proof_shapes.h"

#define LABEL  "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
#define BELOW  "(" LABEL "\\.)*"
#define TOP    "\\.[a-z]+"
#define LOCAL  "[a-z0-9+=_.-]+"
#define ANY    "[!-?A-~]*"
#define QUOTED "[ -~]+"
#define AROUND "[a-z0-9-]*"

/* What is not ASCII, or does not print, is taken, too (SMTPUTF8, RFC 6531). */
#define ODD       "[\001-\011\013\014\016-\377]+"
#define ODD_LABEL "[a-z0-9\200-\377]([a-z0-9\200-\377-]*[a-z0-9\200-\377])?"
#define ODD_BELOW "(" ODD_LABEL "\\.)*"
#define ODD_TOP   "\\.[a-z\200-\377]+"

#define OCTET "([0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])"

/* The addresses of the Internet without those for special use. */
#define PUBLIC                                                         \
	"(([1-9]|1[1-9]|[2-9][0-9]|10[1-9]|11[0-9]|12[0-6]|12[89]|"    \
	"1[3-5][0-9]|16[0-8]|17[013-9]|18[0-9]|19[013-79]|20[0-9]|"    \
	"21[0-9]|22[0-3])\\." OCTET                                    \
	"|100\\.([0-9]|[1-5][0-9]|6[0-3]|12[89]|1[3-9][0-9]|2[0-9]+)"  \
	"|169\\.([0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-35])"   \
	"|172\\.([0-9]|1[0-5]|3[2-9]|[4-9][0-9]|1[0-9][0-9]|2[0-9]+)"  \
	"|192\\.([1-9]|[1-9][0-9]|1[0-5][0-9]|16[0-79]|1[7-9][0-9]|"   \
	"2[0-9]+)"                                                     \
	"|198\\.([0-9]|1[0-7]|2[0-9]|[3-9][0-9]|1[0-9][0-9]|2[0-9]+))" \
	"\\." OCTET "\\." OCTET

#define GROUP "[0-9a-f]|[1-9a-f][0-9a-f]?[0-9a-f]?[0-9a-f]?"

const char *const proof_shapes[PROOF_ATTRIBUTES][PROOF_SHAPES] = {
	[PROOF_ADDRESS] = {
	    "^" PUBLIC "$",
	    "^2[0-9a-f][0-9a-f][0-9a-f](:(" GROUP "))*::(" GROUP ")$",
	},
	[PROOF_NAME] = {
	    "^" BELOW AROUND PROOF_STRANGER_LABEL AROUND "\\.example$",
	    "^" BELOW AROUND PROOF_STRANGER_LABEL AROUND TOP "$",
	},
	[PROOF_REVERSE] = {
	    "^(" BELOW LABEL TOP ")$",
	    "^[a-z0-9._-]+$",
	},
	[PROOF_HELO] = {
	    "^(" BELOW LABEL "\\.example)$",
	    "^(" BELOW LABEL TOP ")$",
	    "^[!#-'*-:=?A-\\[\\]-~]+$",
	    "^[!#-'*-:=?A-\\[\\]-~\200-\377]+$",
	},
	[PROOF_SENDER] = {
	    "^" LOCAL "@" BELOW LABEL "\\.example$",
	    "^" LOCAL "@" BELOW LABEL TOP "$",
	    "^" ANY "@" BELOW LABEL TOP "$",
	    "^" QUOTED "@" BELOW LABEL "\\.example$",
	    "^" ODD "@" ODD_BELOW ODD_LABEL ODD_TOP "$",
	},
	[PROOF_RECIPIENT] = {
	    "^" LOCAL "@" BELOW AROUND PROOF_VICTIM_LABEL AROUND
	    "\\.example$",
	    "^" LOCAL "@" BELOW AROUND PROOF_VICTIM_LABEL AROUND TOP "$",
	    "^" LOCAL "@" BELOW LABEL TOP "$",
	    "^" QUOTED "@" BELOW LABEL "\\.example$",
	    "^" ODD "@" ODD_BELOW ODD_LABEL ODD_TOP "$",
	},
};
