/*
 * exim_cache.c - files and patterns that the lists of an Exim name.
 */
#include "mta/exim_cache.h"

#include "mta/exim_text.h"
#include "table/pattern.h"

struct file {
	struct file *next;
	struct str path, text;
	const char *why;
	enum lookup found;
};

struct compiled {
	struct compiled *next;
	struct str text;
	bool caseless;
	const struct pattern *pattern; /* NULL: it is none */
};

struct exim_cache {
	struct arena *arena;
	struct tree *tree;
	struct file *files;
	struct compiled *patterns;
	struct pattern_scratch *scratch; /* NULL: none was matched yet */
};

static void
scratch_free(void *object)
{
	struct exim_cache *cache = object;

	pattern_scratch_free(cache->scratch);
}

struct exim_cache *
exim_cache_new(struct arena *arena, struct tree *tree)
{
	struct exim_cache *cache = arena_alloc(arena, sizeof(*cache));

	*cache = (struct exim_cache){ .arena = arena, .tree = tree };
	arena_cleanup(arena, scratch_free, cache);
	return cache;
}

static struct file *
file_read(struct exim_cache *cache, struct str path)
{
	struct file *file = arena_alloc(cache->arena, sizeof(*file));
	struct error error = { "" };

	*file = (struct file){ .next = cache->files,
		.path = arena_copy(cache->arena, path),
		.text = STR("") };
	file->found = tree_read(cache->tree, file->path.data, EXIM_FILE_MAX,
	    cache->arena, &file->text, &error);
	file->why = arena_print(cache->arena, "%s",
	    file->found == LOOKUP_MISSING ? "no such file" : error.text);
	cache->files = file;
	return file;
}

enum lookup
exim_cache_file(struct exim_cache *cache, struct str path, struct str *text,
    const char **why)
{
	struct file *file = cache->files;

	while (file != NULL && !str_equal(file->path, path))
		file = file->next;
	if (file == NULL)
		file = file_read(cache, path);
	*text = file->text;
	*why = file->why;
	return file->found;
}

static struct compiled *
pattern_new(struct exim_cache *cache, struct str text, bool caseless)
{
	struct compiled *compiled =
	    arena_alloc(cache->arena, sizeof(*compiled));
	struct error error;

	*compiled = (struct compiled){ cache->patterns,
		arena_copy(cache->arena, text), caseless, NULL };
	compiled->pattern = pattern_compile(compiled->text,
	    caseless ? PATTERN_CASELESS : 0, cache->arena, &error);
	cache->patterns = compiled;
	return compiled;
}

enum lookup
exim_cache_match(struct exim_cache *cache, struct str pattern, bool caseless,
    struct str text)
{
	struct compiled *compiled = cache->patterns;

	while (compiled != NULL &&
	    (compiled->caseless != caseless ||
		!str_equal(compiled->text, pattern)))
		compiled = compiled->next;
	if (compiled == NULL)
		compiled = pattern_new(cache, pattern, caseless);
	if (compiled->pattern == NULL)
		return LOOKUP_FAILED;
	if (cache->scratch == NULL)
		cache->scratch = pattern_scratch_new();
	return pattern_match(compiled->pattern, text, cache->scratch);
}
