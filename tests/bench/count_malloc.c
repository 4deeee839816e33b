/*
 * count_malloc.c - a library to preload: counts what takes from the heap.
 *
 * The count stands in the first eight bytes of the file that COUNT_MALLOC
 * names, which is mapped, so that it can be read while the program runs. With
 * NO_JIT in the environment patterns are interpreted, as where memory may not
 * become code.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	JIT_NO_MEMORY = -48, /* PCRE2_ERROR_NOMEMORY */
};

static _Atomic uint64_t nowhere;
static _Atomic uint64_t *count = &nowhere;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *memory, size_t size);
int pcre2_jit_compile_8(void *code, uint32_t options);

__attribute__((constructor)) static void
map_count(void)
{
	const char *path = getenv("COUNT_MALLOC");
	int file = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;

	if (file < 0)
		return;
	void *mapped = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE,
	    MAP_SHARED, file, 0);
	if (mapped != MAP_FAILED)
		count = mapped;
	close(file);
}

void *
malloc(size_t size)
{
	atomic_fetch_add(count, 1);
	return __libc_malloc(size);
}

void *
calloc(size_t number, size_t size)
{
	atomic_fetch_add(count, 1);
	return __libc_calloc(number, size);
}

void *
realloc(void *memory, size_t size)
{
	atomic_fetch_add(count, 1);
	return __libc_realloc(memory, size);
}

int
pcre2_jit_compile_8(void *code, uint32_t options)
{
	int (*real)(void *, uint32_t);

	if (getenv("NO_JIT") != NULL)
		return JIT_NO_MEMORY;
	*(void **)&real = dlsym(RTLD_NEXT, "pcre2_jit_compile_8");
	return real != NULL ? real(code, options) : JIT_NO_MEMORY;
}
