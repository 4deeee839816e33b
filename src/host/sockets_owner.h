/*
 * sockets_owner.h - the part of sockets.h that finds the processes.
 */
#ifndef HOST_SOCKETS_OWNER_H
#define HOST_SOCKETS_OWNER_H

#include "host/sockets.h"

/*
 * Fills in process and program of each socket whose owner can be seen. Returns
 * what could not be looked at; NULL: nothing.
 */
const char *sockets_find_owners(struct listening_socket *sockets, size_t count,
    struct arena *arena);

#endif
