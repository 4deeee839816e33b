/*
 * load.h - what both load generators do: connections, times, what they tell.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

enum {
	LOAD_TIME_UNIT = 250,       /* nanoseconds */
	LOAD_TIME_MAX = 400 * 1000, /* units: 100 ms */
};

struct load {
	const char *name; /* of the program, for messages */
	const char *socket;
	int connections;
	double seconds; /* 0: until count */
	uint64_t count;
	int loop;
	int64_t start;
	int64_t end; /* 0: by count */
	uint64_t done;
	uint64_t refused;
	uint64_t wrong;  /* answers that were not the expected ones */
	uint32_t *times; /* how many took so many units */
};

/* Reads -c CONNECTIONS -t SECONDS -n COUNT SOCKET; returns what is left. */
char **load_options(struct load *load, const char *name, int argc, char **argv);

_Noreturn void load_die(const struct load *load, const char *what);

/* The contents of a file, with a NUL after it. */
char *load_file(const struct load *load, const char *path, size_t *length);

int64_t load_now(void);

/* Connects, and has pointer told when there is something to read. */
int load_connect(const struct load *load, void *pointer);

/*
 * Waits for answers without ever sleeping. To wake a sleeping peer costs a
 * server as much as answering it; a generator that slept whenever it is the
 * faster one would charge that to the slower server alone.
 */
int load_wait(const struct load *load, struct epoll_event *events, int most);

/* Whether another request may begin. */
bool load_goes_on(const struct load *load);

/* Counts one answer. */
void load_answer(struct load *load, int64_t sent, bool refused);

/* Prints what was counted, as NAME=NUMBER words. */
void load_print(const struct load *load, uint64_t transactions);

#endif
