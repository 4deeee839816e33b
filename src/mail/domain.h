/*
 * domain.h - the name of a mail domain, in the one form in which names are
 * compared.
 *
 * example.com, EXAMPLE.COM, example.com. are one domain, and so are a U-label
 * and its A-label (RFC 5890). The normal form is lower-case ASCII A-labels
 * without the root dot. An address literal is no domain: see mailbox.h.
 */
#ifndef MAIL_DOMAIN_H
#define MAIL_DOMAIN_H

#include "base/str.h"

#include <stdbool.h>

enum {
	DOMAIN_MAX = 253, /* RFC 1035, 2.3.4, less the root label */
};

struct domain_space {
	char bytes[DOMAIN_MAX + 3];
};

/*
 * Puts the normal form into space, and into domain, which borrows it. False
 * for what is no domain, as Postfix's valid_hostname() sees it: nothing,
 * empty or overlong labels, a hyphen at the border of a label, other
 * characters than letters, digits, hyphen and underscore, nothing but digits
 * and dots (192.0.2.1 is an address), and what IDNA 2008 (non-transitional,
 * UTS 46 mapping) refuses. Uses the heap only for names that are not ASCII.
 */
bool domain_normalize(struct str text, struct domain_space *space,
    struct str *domain);

#endif
