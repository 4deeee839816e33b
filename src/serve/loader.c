/*
 * loader.c - keeps the policy in force true: loads, reloads, follows.
 *
 * All that stands below the line in struct loader belongs to one thread: to
 * the one that made the loader until loader_start(), then to its own.
 */
#include "serve/loader.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/host.h"
#include "base/log.h"
#include "base/problems.h"
#include "policy/policy.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
	LOOK = 200,      /* milliseconds between two looks at the files */
	QUIET = 2,       /* looks in a row that find what the one before did */
	FIRST_TRIES = 8, /* at the start, while files are being changed */
	FIRST_NAP = 50,  /* milliseconds between those */
	TOLD = 50,       /* problems of one load that are logged one by one */
	RESTLESS = 50,   /* looks at ever other files, after which we say so */
	ENDING = 300,    /* milliseconds for a load under way at the end */
};

struct loader {
	const char *path;
	const char *kept; /* directory of the last good copy, or NULL */
	struct loader_options options;
	struct slot *slot;
	int wake;
	atomic_bool asked;
	atomic_bool ending;
	bool started;
	pthread_t thread;
	pthread_mutex_t lock; /* of status, never held for long */
	struct loader_status status;

	/* ---- */

	struct arena *own; /* of the names above */
	struct table_store *store;
	struct policy *policy; /* in force */
	struct arena *arena;   /* of files: those of the last load */
	struct files *files;
	uint64_t signature; /* what the files of the last load were after it */
	uint64_t seen;      /* what they were at the last look */
	bool unsettled;     /* they changed while they were loaded */
	unsigned quiet;     /* looks in a row at which they were the same */
	unsigned restless;  /* looks since they began to change all the time */
	uint64_t saved;     /* the signature that was kept last */
	int watch;
	bool host_changed;
	bool blind; /* the host could not be read, and we have said so */
};

/* One load, before anybody knows whether it will be used. */
struct attempt {
	struct arena *arena;
	struct files *files;
	struct host host;
	struct problems problems;
	struct policy *policy; /* NULL: it failed */
	struct error error;    /* then the first of the reasons */
};

static void
say_problem(const struct problem *problem)
{
	enum log_level level = problem->kind == PROBLEM_ERROR
	    ? LOG_LEVEL_ERROR
	    : LOG_LEVEL_WARNING;

	if (problem->place.file == NULL)
		log_say(level, "policy", "%s", problem->text);
	else if (problem->place.line == 0)
		log_say(level, "policy", "%s: %s", problem->place.file,
		    problem->text);
	else
		log_say(level, "policy", "%s:%u: %s", problem->place.file,
		    problem->place.line, problem->text);
}

static void
say_problems(const struct problems *problems)
{
	unsigned told = 0;

	for (const struct problem *problem = problems->first; problem != NULL;
	     problem = problem->next)
		if (told++ < TOLD)
			say_problem(problem);
	if (told > TOLD)
		log_say(LOG_LEVEL_ERROR, "policy", "and %u more problems",
		    told - TOLD);
}

/* The first error of a load, for the status. */
static void
first_error(const struct problems *problems, struct error *error)
{
	const struct problem *problem = problems->first;

	error_write(error, "the policy cannot be loaded");
	while (problem != NULL && problem->kind != PROBLEM_ERROR)
		problem = problem->next;
	if (problem == NULL)
		return;
	error_write(error, "%s", problem->text);
	if (problem->place.file != NULL && problem->place.line > 0)
		error_prefix(error, "%s:%u", problem->place.file,
		    problem->place.line);
	else if (problem->place.file != NULL)
		error_prefix(error, "%s", problem->place.file);
}

/* Loads from the files themselves, or from the copies of a directory. */
static void
attempt_make(const struct loader *loader, const char *kept,
    struct attempt *attempt)
{
	*attempt = (struct attempt){ .arena = arena_new(0) };
	attempt->files = files_new(attempt->arena, kept);
	problems_init(&attempt->problems, attempt->arena);

	if (!host_read(attempt->arena, &attempt->host, &attempt->error)) {
		problems_error(&attempt->problems, (struct place){ NULL, 0 },
		    "%s", attempt->error.text);
		return;
	}
	const struct policy_options options = {
		.path = loader->path,
		.sources = loader->options.sources,
		.source_count = loader->options.source_count,
		.store = loader->store,
		.files = attempt->files,
		.host = &attempt->host,
		.now = clock_wall(),
		.memory = loader->options.memory,
	};
	attempt->policy = policy_load(&options, &attempt->problems);
	if (attempt->policy == NULL)
		first_error(&attempt->problems, &attempt->error);
}

/* Follows the files of this attempt, whatever has become of it. */
static void
follow(struct loader *loader, struct attempt *attempt)
{
	arena_free(loader->arena);
	loader->arena = attempt->arena;
	loader->files = attempt->files;
	loader->signature = files_signature(loader->files);
	loader->seen = loader->signature;
	loader->unsettled = files_changed(loader->files);
	loader->quiet = 0;
}

/* Puts the policy of an attempt in force. */
static void
take(struct loader *loader, struct policy *policy, bool last_good,
    const struct error *error)
{
	pthread_mutex_lock(&loader->lock);
	struct loader_status *status = &loader->status;
	policy->generation = ++status->generation;
	status->loaded = clock_wall();
	status->stale = status->last_good = last_good;
	snprintf(status->error, sizeof(status->error), "%s",
	    last_good ? error->text : "");
	pthread_mutex_unlock(&loader->lock);

	loader->policy = policy;
	log_adjust((enum log_level)policy->log.level,
	    (enum log_format)policy->log.format);
	struct policy *old = slot_set(loader->slot, policy);
	if (old != NULL)
		policy_free(old);
	log_say(LOG_LEVEL_INFO, "policy", "%s: generation %lu is in force%s",
	    loader->path, policy->generation,
	    last_good ? ", from the last good copy" : "");
}

static void
note_failure(struct loader *loader, const struct error *error)
{
	pthread_mutex_lock(&loader->lock);
	struct loader_status *status = &loader->status;
	status->failures++;
	status->stale = true;
	snprintf(status->error, sizeof(status->error), "%s", error->text);
	unsigned long generation = status->generation;
	pthread_mutex_unlock(&loader->lock);

	if (generation > 0)
		log_say(LOG_LEVEL_ERROR, "policy",
		    "%s is bad: generation %lu stays in force", loader->path,
		    generation);
}

/* Loads anew; what fails changes nothing. */
static void
reload(struct loader *loader)
{
	struct attempt attempt;

	attempt_make(loader, NULL, &attempt);
	if (files_count(attempt.files) == 0) {
		/* Not even the policy file was looked at. */
		say_problems(&attempt.problems);
		note_failure(loader, &attempt.error);
		arena_free(attempt.arena);
		return;
	}
	follow(loader, &attempt);
	if (loader->unsettled) {
		/* Possibly half of a change: what comes next is judged. */
		if (attempt.policy != NULL)
			policy_free(attempt.policy);
		return;
	}
	say_problems(&attempt.problems);
	if (attempt.policy != NULL)
		take(loader, attempt.policy, false, NULL);
	else
		note_failure(loader, &attempt.error);
}

/*
 * Keeps the files of the policy in force. Nothing can be done about a failure
 * but to say so; one that comes from a change is followed by another load.
 */
static void
keep(struct loader *loader)
{
	struct loader_status status;
	struct error error;

	loader_get_status(loader, &status);
	if (loader->kept == NULL || loader->options.keep_nothing ||
	    status.stale || loader->unsettled ||
	    loader->saved == loader->signature)
		return;
	loader->saved = loader->signature;
	if (!files_save(loader->files, loader->kept, &error) &&
	    !files_changed(loader->files))
		log_say(LOG_LEVEL_WARNING, "policy",
		    "cannot keep a copy of the policy: %s", error.text);
}

/* Whether the files have changed, and nobody seems to write them any more. */
static bool
files_have_settled(struct loader *loader)
{
	uint64_t now = files_signature(loader->files);
	bool pending = loader->unsettled || now != loader->signature;

	loader->quiet = now == loader->seen ? loader->quiet + 1 : 0;
	loader->seen = now;
	loader->restless = pending ? loader->restless + 1 : 0;
	if (loader->restless == RESTLESS)
		log_say(LOG_LEVEL_WARNING, "policy",
		    "%s, or a file that it names, changes all the time: "
		    "generation %lu stays in force",
		    loader->path, loader->policy->generation);
	return pending && loader->quiet >= QUIET;
}

/* Whether the policy in force knows the host as it is; if not sure, no. */
static bool
knows_host(struct loader *loader)
{
	struct arena *arena = arena_new(0);
	struct error error;
	struct host host;

	bool read = host_read(arena, &host, &error);
	bool same = read && host_equal(&host, &loader->policy->host);
	arena_free(arena);
	if (!read && !loader->blind)
		log_say(LOG_LEVEL_ERROR, "host", "%s", error.text);
	loader->blind = !read;
	return same;
}

/* Makes a policy for the changed host from the last good copy. */
static void
take_last_good(struct loader *loader, const char *why)
{
	struct attempt attempt;
	struct error reason;

	attempt_make(loader, loader->kept, &attempt);
	error_write(&reason, "%s", why);
	if (attempt.policy != NULL)
		take(loader, attempt.policy, true, &reason);
	else
		log_say(LOG_LEVEL_ERROR, "policy",
		    "the policy in force does not know the host's changed "
		    "addresses and gateways: %s",
		    attempt.error.text);
	arena_free(attempt.arena);
}

/*
 * Makes the policy follow the host. Where the file is bad, it is made from the
 * last good copy: a new gateway must not be trusted because of a typing error.
 * What did not succeed is tried again at the next look, when it may be known
 * that the file is bad.
 */
static void
follow_host(struct loader *loader)
{
	struct loader_status status;

	loader->host_changed = !knows_host(loader);
	if (!loader->host_changed || loader->blind)
		return;
	log_say(LOG_LEVEL_INFO, "host", "addresses or gateways have changed");
	loader_get_status(loader, &status);
	if (!status.stale) {
		reload(loader);
		return;
	}
	loader->host_changed = false;
	if (loader->kept != NULL)
		take_last_good(loader, status.error);
	else
		reload(loader);
}

/* Waits for what is to be done, at most until the next look. */
static void
wait_for_work(struct loader *loader, int64_t until)
{
	int64_t left = until - clock_monotonic();
	struct pollfd ready[] = {
		{ .fd = loader->wake, .events = POLLIN },
		/* A change that is known already must not wake us again. */
		{ .fd = loader->host_changed ? -1 : loader->watch,
		    .events = POLLIN },
	};
	uint64_t count;

	if (left > 0 && poll(ready, 2, (int)(left / 1000000) + 1) < 0)
		return;
	if ((ready[0].revents & POLLIN) != 0 &&
	    read(loader->wake, &count, sizeof(count)) < 0)
		return;
	if (ready[1].revents != 0 && host_watch_read(loader->watch))
		loader->host_changed = true;
}

static void *
loader_main(void *pointer)
{
	struct loader *loader = pointer;
	int64_t next = clock_monotonic();

	while (!atomic_load(&loader->ending)) {
		keep(loader);
		wait_for_work(loader, next);
		if (atomic_exchange(&loader->asked, false))
			reload(loader);
		if (clock_monotonic() < next)
			continue;
		if (files_have_settled(loader))
			reload(loader);
		if (loader->host_changed)
			follow_host(loader);
		next = clock_monotonic() + (int64_t)LOOK * 1000000;
	}
	return NULL;
}

/* The first load; files that are being changed get a moment to settle. */
static bool
first_load(struct loader *loader, struct error *error)
{
	struct attempt attempt, copy;

	for (unsigned i = 0;; i++) {
		attempt_make(loader, NULL, &attempt);
		follow(loader, &attempt);
		if (!loader->unsettled || i == FIRST_TRIES)
			break;
		if (attempt.policy != NULL)
			policy_free(attempt.policy);
		poll(NULL, 0, FIRST_NAP);
	}
	say_problems(&attempt.problems);
	if (attempt.policy != NULL) {
		take(loader, attempt.policy, false, NULL);
		return true;
	}

	note_failure(loader, &attempt.error);
	*error = attempt.error;
	if (loader->kept == NULL)
		return false;
	attempt_make(loader, loader->kept, &copy);
	if (copy.policy != NULL) {
		log_say(LOG_LEVEL_ERROR, "policy",
		    "%s is bad: the last good copy, from %s, is used",
		    loader->path, loader->kept);
		take(loader, copy.policy, true, &attempt.error);
	} else {
		log_say(LOG_LEVEL_ERROR, "policy", "no last good copy: %s",
		    copy.error.text);
	}
	arena_free(copy.arena);
	return copy.policy != NULL;
}

struct loader *
loader_new(const struct loader_options *options, struct slot *slot,
    struct error *error)
{
	struct arena *own = arena_new(0);
	struct loader *loader = arena_alloc(own, sizeof(*loader));

	*loader = (struct loader){
		.own = own,
		.path = arena_print(own, "%s", options->path),
		.options = *options,
		.slot = slot,
		.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.watch = -1,
		.store = table_store_new(),
	};
	pthread_mutex_init(&loader->lock, NULL);
	if (options->state_directory != NULL)
		loader->kept =
		    arena_print(own, "%s/last-good", options->state_directory);

	/* Watch first: no change may fall between the load and the watch. */
	bool done = loader->wake >= 0 ||
	    error_set(error, "eventfd: %s", strerror(errno));
	if (done)
		done = (loader->watch = host_watch(error)) >= 0;
	if (done && first_load(loader, error))
		return loader;
	loader_free(loader);
	return NULL;
}

bool
loader_start(struct loader *loader, struct error *error)
{
	sigset_t all, before;

	/* Signals belong to the main thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failure =
	    pthread_create(&loader->thread, NULL, loader_main, loader);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failure != 0)
		return error_set(error, "thread of the loader: %s",
		    strerror(failure));
	loader->started = true;
	return true;
}

static void
wake(struct loader *loader)
{
	uint64_t one = 1;
	int saved = errno;

	/* Full: it is awake already. May be called by a signal handler. */
	if (write(loader->wake, &one, sizeof(one)) < 0)
		errno = saved;
}

void
loader_reload(struct loader *loader)
{
	atomic_store(&loader->asked, true);
	wake(loader);
}

void
loader_get_status(struct loader *loader, struct loader_status *status)
{
	pthread_mutex_lock(&loader->lock);
	*status = loader->status;
	pthread_mutex_unlock(&loader->lock);
}

/* Ends the thread; false: a load under way would not end in time. */
static bool
end_thread(struct loader *loader)
{
	struct timespec end;

	atomic_store(&loader->ending, true);
	wake(loader);
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += (long)ENDING * 1000000;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	return pthread_timedjoin_np(loader->thread, NULL, &end) == 0;
}

bool
loader_free(struct loader *loader)
{
	if (loader == NULL)
		return true;
	if (loader->started && !end_thread(loader))
		return false;
	if (loader->policy != NULL)
		policy_free(slot_set(loader->slot, NULL));
	table_store_free(loader->store);
	if (loader->watch >= 0)
		close(loader->watch);
	if (loader->wake >= 0)
		close(loader->wake);
	pthread_mutex_destroy(&loader->lock);
	arena_free(loader->arena);
	arena_free(loader->own);
	return true;
}
