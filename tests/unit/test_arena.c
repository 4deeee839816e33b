/*
 * test_arena.c - memory that is freed all at once, and its limit.
 */
#include "base/arena.h"

#include "tests/lib/tap.h"

#include <stdint.h>

static char order[8];
static size_t ordered;

static void
note(void *pointer)
{
	order[ordered++] = *(const char *)pointer;
}

static void
memory_is_zero_aligned_and_apart(void)
{
	static const size_t sizes[] = { 0, 1, 16, 17, 4096, 65536, 1 << 20 };
	struct arena *arena = arena_new(0);
	unsigned char *last = NULL;

	for (size_t i = 0; i < TAP_COUNT(sizes); i++) {
		unsigned char *memory = arena_alloc(arena, sizes[i]);
		size_t nonzero = 0;

		tap_case("%zu bytes", sizes[i]);
		CHECK_INT((uintptr_t)memory % 16, 0);
		for (size_t at = 0; at < sizes[i]; at++)
			nonzero += memory[at] != 0;
		CHECK_INT(nonzero, 0);
		memset(memory, 0xff, sizes[i]);
		CHECK(memory != last);
		last = memory;
	}
	arena_free(arena);
}

static void
a_limit_makes_try_fail(void)
{
	struct arena *arena = arena_new(1 << 20);
	struct error error;

	CHECK(arena_try(arena, 512 * 1024, &error) != NULL);
	CHECK(arena_try(arena, 512 * 1024, &error) == NULL);
	CHECK_STR(error.text, "needs more than its limit of 1 MiB");
	CHECK(arena_try(arena, PTRDIFF_MAX, &error) == NULL);
	CHECK(arena_try(arena, 100, &error) != NULL);
	CHECK(arena_size(arena) <= 1 << 20);
	arena_free(arena);
}

static void
try_fails_without_memory(void)
{
	struct arena *arena = arena_new(0);
	struct error error = { "" };

	CHECK(arena_try(arena, SIZE_MAX / 4, &error) == NULL);
	CHECK(strncmp(error.text, "no memory for ", 14) == 0);
	CHECK(arena_try(arena, 100, &error) != NULL);
	arena_free(arena);
}

static void
cleanups_run_last_first(void)
{
	static char first = '1', second = '2';
	struct arena *arena = arena_new(0);

	arena_cleanup(arena, note, &first);
	arena_cleanup(arena, note, &second);
	arena_free(arena);
	CHECK_STR(order, "21");
	arena_free(NULL);
}

static void
a_reset_arena_is_as_new(void)
{
	static char only = '1';
	struct arena *arena = arena_new(0);
	size_t size = arena_size(arena);

	memset(order, 0, sizeof(order));
	ordered = 0;
	for (int i = 0; i < 3; i++) {
		char *small = arena_alloc(arena, 100);
		char *large = arena_alloc(arena, 1000 * 1000);

		CHECK_INT(small[0] | small[99] | large[999], 0);
		memset(small, 1, 100);
		memset(large, 1, 1000 * 1000);
		arena_cleanup(arena, note, &only);
		arena_reset(arena);
		CHECK_INT(arena_size(arena), size);
	}
	CHECK_STR(order, "111");
	arena_free(arena);
	CHECK_STR(order, "111");
}

static void
a_reset_arena_keeps_little_and_keeps_it_clean(void)
{
	struct arena *arena = arena_new(0);
	size_t first = 0;
	int dirty = 0;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 500; i++) {
			char *piece = arena_alloc(arena, 10000);

			for (int k = 0; k < 10000; k += 500)
				dirty |= piece[k];
			memset(piece, 1, 10000);
		}
		CHECK(arena_size(arena) > (size_t)500 * 10000);
		arena_reset(arena);
		if (round == 0)
			first = arena_size(arena);
		CHECK_INT(arena_size(arena), first);
		CHECK(first <= (size_t)2 << 20);
	}
	CHECK_INT(dirty, 0);
	arena_free(arena);
}

static void
copies_end_in_nul(void)
{
	struct arena *arena = arena_new(0);

	CHECK_STR(arena_copy(arena, STR("mx.example.com")).data,
	    "mx.example.com");
	CHECK_STR(arena_copy(arena, (struct str){ NULL, 0 }).data, "");
	CHECK_STR(arena_print(arena, "%s:%d", "main.cf", 41), "main.cf:41");
	arena_free(arena);
}

static const struct tap_test tests[] = {
	TAP_TEST(memory_is_zero_aligned_and_apart),
	TAP_TEST(a_limit_makes_try_fail),
	TAP_TEST(try_fails_without_memory),
	TAP_TEST(cleanups_run_last_first),
	TAP_TEST(a_reset_arena_is_as_new),
	TAP_TEST(a_reset_arena_keeps_little_and_keeps_it_clean),
	TAP_TEST(copies_end_in_nul),
};

int
main(void)
{
	return TAP_RUN(tests);
}
