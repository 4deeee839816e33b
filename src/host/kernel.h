/*
 * kernel.h - texts that the kernel of this host makes when they are read:
 * /proc and /sys, whose files have no size.
 */
#ifndef HOST_KERNEL_H
#define HOST_KERNEL_H

#include "base/arena.h"
#include "base/error.h"
#include "base/lookup.h"
#include "base/str.h"

#include <stddef.h>

/* Reads all of it; more than limit bytes are FAILED. */
enum lookup kernel_read(const char *path, size_t limit, struct arena *arena,
    struct str *text, struct error *error);

#endif
