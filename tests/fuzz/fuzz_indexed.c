/*
 * fuzz_indexed.c - any bytes are an indexed file or a told damage, and whoever
 * looks into them comes back.
 *
 * The first byte chooses the format, the rest is the file.
 */
#include "base/indexed.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct indexed_reader *const readers[] = {
	&indexed_hash,
	&indexed_btree,
	&indexed_lmdb,
	&indexed_cdb,
};

struct counts {
	size_t entries;
	size_t bytes;
};

static bool
count(void *state, struct str key, struct str value)
{
	struct counts *counts = state;

	counts->entries++;
	for (size_t i = 0; i < key.length; i++)
		counts->bytes += key.data[i] != 'x';
	for (size_t i = 0; i < value.length; i++)
		counts->bytes += value.data[i] != 'x';
	return counts->bytes < 64 << 20;
}

static void
look(const struct indexed_reader *reader, void *opened, struct arena *arena)
{
	static const char *const keys[] = { "", "a", "key7", "key20", "zz" };
	struct counts counts = { 0 };
	struct error error;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct str key = str_from(keys[i]);
		struct str value = STR("");

		key.length++;
		enum lookup result =
		    reader->find(opened, key, arena, &value, &error);
		if (result == LOOKUP_FOUND)
			count(&counts, key, value);
	}
	reader->each(opened, count, &counts, &error);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int descriptor = memfd_create("indexed", 0);

	if (size == 0 || descriptor < 0) {
		close(descriptor);
		return 0;
	}
	const struct indexed_reader *reader = readers[data[0] % 4];
	struct arena *arena = arena_new(0);
	struct indexed_file file = {
		.descriptor = descriptor,
		.size = size - 1,
		.arena = arena,
	};
	struct error error = { "" };
	bool foreign = false;

	if (write(descriptor, data + 1, size - 1) != (ssize_t)(size - 1))
		abort();
	void *opened = reader->open(&file, &foreign, &error);
	if (opened == NULL && error.text[0] == '\0')
		abort();
	if (opened != NULL)
		look(reader, opened, arena);
	arena_free(arena);
	close(descriptor);
	return 0;
}
