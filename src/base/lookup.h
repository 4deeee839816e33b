/*
 * lookup.h - the answer of a look-up: "could not look" is not "not found".
 */
#ifndef BASE_LOOKUP_H
#define BASE_LOOKUP_H

enum lookup {
	LOOKUP_MISSING,
	LOOKUP_FOUND,
	LOOKUP_FAILED, /* could not look: whoever asked must defer */
};

#endif
