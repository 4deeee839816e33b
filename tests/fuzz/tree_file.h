/*
 * tree_file.h - one file, /t, whose text is the input, in a tree of its own.
 */
#ifndef TESTS_FUZZ_TREE_FILE_H
#define TESTS_FUZZ_TREE_FILE_H

#include "base/arena.h"
#include "base/tree.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char tree_file_root[] = "/tmp/fuzz-tree-XXXXXX";

static inline void
tree_file_remove(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/t", tree_file_root);
	unlink(path);
	rmdir(tree_file_root);
}

static inline struct tree *
tree_file(struct arena *arena, const uint8_t *data, size_t size)
{
	static int descriptor = -1;
	char path[64];

	if (descriptor < 0) {
		if (mkdtemp(tree_file_root) == NULL)
			abort();
		atexit(tree_file_remove);
		snprintf(path, sizeof(path), "%s/t", tree_file_root);
		descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	}
	if (ftruncate(descriptor, 0) != 0 ||
	    pwrite(descriptor, data, size, 0) != (ssize_t)size)
		abort();
	return tree_new(arena, tree_file_root, NULL);
}

#endif
