/*
 * packages_rpm.h - the part of packages.h that reads rpm's databases.
 */
#ifndef HOST_PACKAGES_RPM_H
#define HOST_PACKAGES_RPM_H

#include "host/packages.h"

/* Fills in packages, with state MISSING where rpm has no database. */
void packages_read_rpm(struct tree *tree, struct arena *arena,
    struct packages *packages);

#endif
