/*
 * arena.c - memory that is freed all at once.
 */
#include "base/arena.h"

#include "base/ascii.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	ALIGNMENT = 16,
	BLOCK_SIZE = 64 * 1024,
	PAGE = 4096,
	SPARE_MAX = 16, /* blocks kept by a reset */
	HUGE_PAGE = 2 * 1024 * 1024,
};

struct block {
	struct block *next;
	size_t size; /* with this header */
	size_t used; /* likewise */
};

struct cleanup {
	struct cleanup *next;
	void (*function)(void *pointer);
	void *pointer;
};

struct arena {
	struct block *blocks; /* the newest first; the arena lies in the last */
	struct block *spare;  /* of BLOCK_SIZE, kept by a reset; zeroed */
	size_t spare_count;
	struct cleanup *cleanups;
	size_t limit;
	size_t size;
};

static size_t
round_up(size_t size, size_t unit)
{
	return (size + unit - 1) / unit * unit;
}

static _Noreturn void
no_memory(size_t size)
{
	fprintf(stderr, "mtaguard: no memory for %zu bytes\n", size);
	abort();
}

/* A new block, or NULL. */
static struct block *
block_try(size_t size)
{
	struct block *block;

	block = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		return NULL;
	/* Tables are read at random: with small pages, each read is also one
	 * of the page table. Where the system has no huge pages, never mind. */
	if (size >= HUGE_PAGE)
		madvise(block, size, MADV_HUGEPAGE);
	block->size = size;
	block->used = round_up(sizeof(*block), ALIGNMENT);
	return block;
}

static struct block *
block_new(size_t size)
{
	struct block *block = block_try(size);

	if (block == NULL)
		no_memory(size);
	return block;
}

static void *
block_take(struct block *block, size_t size)
{
	void *memory = (char *)block + block->used;

	block->used += size;
	return memory;
}

struct arena *
arena_new(size_t limit)
{
	struct block *block = block_new(BLOCK_SIZE);
	struct arena *arena =
	    block_take(block, round_up(sizeof(*arena), ALIGNMENT));

	arena->blocks = block;
	arena->limit = limit;
	arena->size = block->size;
	return arena;
}

void
arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	for (struct cleanup *c = arena->cleanups; c != NULL; c = c->next)
		c->function(c->pointer);

	for (struct block *block = arena->spare, *next; block != NULL;
	     block = next) {
		next = block->next;
		munmap(block, block->size);
	}
	/* The arena itself lies in the block that is freed last. */
	for (struct block *block = arena->blocks, *next; block != NULL;
	     block = next) {
		next = block->next;
		munmap(block, block->size);
	}
}

/* Keeps a block for later, or gives it back. */
static void
block_spare(struct arena *arena, struct block *block)
{
	size_t header = round_up(sizeof(*block), ALIGNMENT);

	if (block->size != BLOCK_SIZE || arena->spare_count == SPARE_MAX) {
		arena->size -= block->size;
		munmap(block, block->size);
		return;
	}
	memset((char *)block + header, 0, block->used - header);
	block->used = header;
	block->next = arena->spare;
	arena->spare = block;
	arena->spare_count++;
}

void
arena_reset(struct arena *arena)
{
	size_t before = round_up(sizeof(struct block), ALIGNMENT);
	size_t kept = before + round_up(sizeof(*arena), ALIGNMENT);
	/* An arena stands in its own first block; see arena_new(). */
	void *start = (char *)arena - before;
	struct block *home = start;

	for (struct cleanup *c = arena->cleanups; c != NULL; c = c->next)
		c->function(c->pointer);
	for (struct block *block = arena->blocks, *next; block != NULL;
	     block = next) {
		next = block->next;
		if (block != home)
			block_spare(arena, block);
	}
	memset((char *)home + kept, 0, home->used - kept);
	home->used = kept;
	home->next = NULL;
	arena->blocks = home;
	arena->cleanups = NULL;
}

/* The size of the block that must be added for this much, or 0 if it fits. */
static size_t
block_wanted(const struct arena *arena, size_t size)
{
	const struct block *block = arena->blocks;

	if (size <= block->size - block->used)
		return 0;
	size += round_up(sizeof(*block), ALIGNMENT);
	return size > BLOCK_SIZE ? round_up(size, PAGE) : BLOCK_SIZE;
}

/* Takes this much from a block that a reset has kept; NULL: there is none. */
static void *
take_spare(struct arena *arena, size_t wanted, size_t size)
{
	struct block *block = arena->spare;

	if (block == NULL || wanted != BLOCK_SIZE)
		return NULL;
	arena->spare = block->next;
	arena->spare_count--;
	block->next = arena->blocks;
	arena->blocks = block;
	return block_take(block, size);
}

/* Adds a block that was made for this much, and takes it from there. */
static void *
take_new(struct arena *arena, struct block *block, size_t size)
{
	arena->size += block->size;
	if (block->size == BLOCK_SIZE) {
		block->next = arena->blocks;
		arena->blocks = block;
	} else {
		/* A block of its own: the current one still has room. */
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	}
	return block_take(block, size);
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 2)
		no_memory(size);
	size = round_up(size > 0 ? size : 1, ALIGNMENT);
	size_t wanted = block_wanted(arena, size);
	if (wanted == 0)
		return block_take(arena->blocks, size);
	void *memory = take_spare(arena, wanted, size);
	if (memory != NULL)
		return memory;
	return take_new(arena, block_new(wanted), size);
}

void *
arena_try(struct arena *arena, size_t size, struct error *error)
{
	size_t wanted = SIZE_MAX / 2;

	if (size <= SIZE_MAX / 2) {
		size = round_up(size > 0 ? size : 1, ALIGNMENT);
		wanted = block_wanted(arena, size);
	}
	if (wanted == 0)
		return block_take(arena->blocks, size);
	void *memory = take_spare(arena, wanted, size);
	if (memory != NULL)
		return memory;
	if (arena->limit > 0 && arena->size + wanted > arena->limit) {
		error_write(error, "needs more than its limit of %zu MiB",
		    arena->limit >> 20);
		return NULL;
	}
	struct block *block = block_try(wanted);
	if (block != NULL)
		return take_new(arena, block, size);
	error_write(error, "no memory for %zu MiB", wanted >> 20);
	return NULL;
}

struct str
arena_copy(struct arena *arena, struct str text)
{
	char *copy = arena_alloc(arena, text.length + 1);

	if (text.length > 0)
		memcpy(copy, text.data, text.length);
	return (struct str){ copy, text.length };
}

const char *
arena_print(struct arena *arena, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		length = 0;

	char *text = arena_alloc(arena, (size_t)length + 1);
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}

struct str
arena_lower(struct arena *arena, struct str text)
{
	size_t at = 0;

	while (at < text.length && !ascii_is_upper(text.data[at]))
		at++;
	if (at == text.length)
		return text;
	char *data = arena_alloc(arena, text.length + 1);
	for (size_t i = 0; i < text.length; i++)
		data[i] = ascii_lower(text.data[i]);
	return (struct str){ data, text.length };
}

void
arena_cleanup(struct arena *arena, void (*function)(void *pointer),
    void *pointer)
{
	struct cleanup *cleanup = arena_alloc(arena, sizeof(*cleanup));

	cleanup->function = function;
	cleanup->pointer = pointer;
	cleanup->next = arena->cleanups;
	arena->cleanups = cleanup;
}

size_t
arena_size(const struct arena *arena)
{
	return arena->size;
}
