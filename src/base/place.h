/*
 * place.h - where something stands: a file and a line.
 */
#ifndef BASE_PLACE_H
#define BASE_PLACE_H

struct place {
	const char *file; /* NULL: no file, as for a default */
	unsigned line;    /* from 1; 0: the file as a whole */
};

#endif
