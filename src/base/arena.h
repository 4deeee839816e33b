/*
 * arena.h - memory that is freed all at once.
 *
 * Each thing with a lifetime of its own has one arena: a table, a policy
 * snapshot, a connection, a run of the checker. What is allocated from an
 * arena is never freed alone, so nothing below has to say who frees it.
 * Blocks come straight from the system and go straight back to it: a guard
 * that has reloaded a hundred times is as small as on its first day.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/error.h"
#include "base/str.h"

#include <stddef.h>

struct arena;

/*
 * Makes an empty arena. With a limit (in bytes, 0: none) arena_try() fails
 * beyond it; arena_alloc() does not heed it.
 */
struct arena *arena_new(size_t limit);

/* Runs the clean-ups, last first, and frees all. NULL is allowed. */
void arena_free(struct arena *arena);

/*
 * Runs the clean-ups and frees all that was allocated, but keeps some memory:
 * for work that is done thousands of times.
 */
void arena_reset(struct arena *arena);

/*
 * Returns zeroed memory, aligned for any type. Never NULL: without memory,
 * the process says so and ends.
 */
void *arena_alloc(struct arena *arena, size_t size)
    __attribute__((malloc, returns_nonnull, alloc_size(2)));

/*
 * The same, but NULL and an error when the arena's limit would be passed, or
 * the system has not so much.
 */
void *arena_try(struct arena *arena, size_t size, struct error *error)
    __attribute__((malloc, alloc_size(2)));

/* Returns a copy with a NUL after it, which its length does not count. */
struct str arena_copy(struct arena *arena, struct str text);
const char *arena_print(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));

/* Returns the text in lower case of ASCII: itself, or a copy. */
struct str arena_lower(struct arena *arena, struct str text);

/* Has function(pointer) called when the arena is freed. */
void arena_cleanup(struct arena *arena, void (*function)(void *pointer),
    void *pointer);

/* Bytes taken from the system. */
size_t arena_size(const struct arena *arena);

#endif
