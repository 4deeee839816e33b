/*
 * load.c - what both load generators do: connections, times, what they tell.
 */
#include "tests/bench/load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

_Noreturn void
load_die(const struct load *load, const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", load->name, what, strerror(errno));
	exit(EXIT_FAILURE);
}

char **
load_options(struct load *load, const char *name, int argc, char **argv)
{
	int option;

	*load = (struct load){ .name = name, .connections = 1 };
	while ((option = getopt(argc, argv, "c:t:n:")) != -1)
		switch (option) {
		case 'c':
			load->connections = (int)strtol(optarg, NULL, 10);
			break;
		case 't':
			load->seconds = strtod(optarg, NULL);
			break;
		case 'n':
			load->count = strtoull(optarg, NULL, 10);
			break;
		default:
			exit(EXIT_FAILURE);
		}
	errno = EINVAL;
	if (optind >= argc)
		load_die(load, "no socket");
	load->socket = argv[optind++];
	load->times = calloc(LOAD_TIME_MAX, sizeof(*load->times));
	load->loop = epoll_create1(EPOLL_CLOEXEC);
	if (load->times == NULL || load->loop < 0)
		load_die(load, "start");
	load->start = load_now();
	if (load->seconds > 0)
		load->end = load->start + (int64_t)(load->seconds * 1e9);
	return argv + optind;
}

char *
load_file(const struct load *load, const char *path, size_t *length)
{
	FILE *file = fopen(path, "rb");
	long size;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 ||
	    (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0)
		load_die(load, path);
	char *bytes = malloc((size_t)size + 1);
	if (bytes == NULL ||
	    fread(bytes, 1, (size_t)size, file) != (size_t)size)
		load_die(load, path);
	fclose(file);
	bytes[size] = '\0';
	*length = (size_t)size;
	return bytes;
}

int64_t
load_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int
load_connect(const struct load *load, void *pointer)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = pointer };
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	    load->socket);
	if (descriptor < 0 ||
	    connect(descriptor, (const struct sockaddr *)&address,
		sizeof(address)) != 0 ||
	    epoll_ctl(load->loop, EPOLL_CTL_ADD, descriptor, &event) != 0)
		load_die(load, load->socket);
	return descriptor;
}

int
load_wait(const struct load *load, struct epoll_event *events, int most)
{
	int count;

	do
		count = epoll_wait(load->loop, events, most, 0);
	while (count == 0);
	return count;
}

bool
load_goes_on(const struct load *load)
{
	return load->end != 0 ? load_now() < load->end
			      : load->done < load->count;
}

void
load_answer(struct load *load, int64_t sent, bool refused)
{
	int64_t units = (load_now() - sent) / LOAD_TIME_UNIT;

	load->times[units < LOAD_TIME_MAX ? units : LOAD_TIME_MAX - 1]++;
	load->done++;
	load->refused += refused;
}

/* The time in nanoseconds within which a share of the answers came. */
static int64_t
time_of_share(const struct load *load, double share)
{
	double wanted = (double)load->done * share;
	uint64_t seen = 0;
	int64_t units = 0;

	while (units < LOAD_TIME_MAX - 1 &&
	    (double)(seen += load->times[units]) < wanted)
		units++;
	return units * LOAD_TIME_UNIT;
}

void
load_print(const struct load *load, uint64_t transactions)
{
	printf("answers=%" PRIu64 " transactions=%" PRIu64 " refused=%" PRIu64
	       " wrong=%" PRIu64 " ns=%" PRId64 " p50=%" PRId64 " p99=%" PRId64
	       "\n",
	    load->done, transactions, load->refused, load->wrong,
	    load_now() - load->start, time_of_share(load, 0.5),
	    time_of_share(load, 0.99));
}
