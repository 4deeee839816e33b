/*
 * exim_cache.h - files and patterns that the lists of an Exim name, each read
 * or compiled once, however many messages are judged.
 */
#ifndef MTA_EXIM_CACHE_H
#define MTA_EXIM_CACHE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/lookup.h"
#include "base/str.h"
#include "base/tree.h"

#include <stdbool.h>

struct exim_cache;

/* Lives as long as the arena, as does all that it returns. */
struct exim_cache *exim_cache_new(struct arena *arena, struct tree *tree);

/* The text of a file; why it is not to be had lies in *why. */
enum lookup exim_cache_file(struct exim_cache *cache, struct str path,
    struct str *text, const char **why);

/* Whether a pattern matches; FAILED: it is none, or too much. */
enum lookup exim_cache_match(struct exim_cache *cache, struct str pattern,
    bool caseless, struct str text);

#endif
