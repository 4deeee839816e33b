/*
 * milter.c - the Sendmail/Postfix milter over libmilter.
 *
 * libmilter calls back from a pool of threads: one callback of a session at a
 * time, each from any thread. So all that a session knows is in its private
 * data. What has to be known of the one milter of this process lies in the
 * statics below, since libmilter passes no pointer of ours to it.
 */
#include "serve/milter.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/audit.h"
#include "serve/milter_reply.h"
#include "serve/milter_session.h"
#include "serve/milter_socket.h"

#include <assert.h>
#include <errno.h>
#include <libmilter/mfapi.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
	BACKLOG = 256,
	/*
	 * Seconds that libmilter waits for the MTA's next command. Longer than
	 * Sendmail's Timeout.datablock and Timeout.command of an hour each: a
	 * session that we close first makes the MTA defer its message.
	 */
	IDLE_MAX = 7210,
	STOP_MAX = 500, /* milliseconds for decisions to end */
};

/* All that could come and that we do not look at. */
static const unsigned long steps_not_wanted =
    SMFIP_NOBODY | SMFIP_NOHDRS | SMFIP_NOEOH | SMFIP_NODATA | SMFIP_NOUNKNOWN;

/*
 * Steps that need no answer, which saves a round trip each. libmilter offers
 * these whatever the MTA can do, and answers in our place an MTA that waits.
 */
static const unsigned long silent_steps =
    SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL;

static struct slot *policy_slot;
static struct milter_socket own_socket;
static atomic_bool is_serving;

/*
 * Decisions that are being made, and whether new ones may begin. The policy
 * is freed after milter_stop(), while libmilter's threads still live.
 */
static atomic_uint deciding;
static atomic_bool stopped;
static pthread_mutex_t stop_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t decided = PTHREAD_COND_INITIALIZER;

/* libmilter takes these without const, and does not change them. */
static char macro_names[MILTER_MACROS][20] = {
	[MILTER_V] = "v",
	[MILTER_CLIENT_ADDR] = "{client_addr}",
	[MILTER_CLIENT_NAME] = "{client_name}",
	[MILTER_CLIENT_PTR] = "{client_ptr}",
	[MILTER_CLIENT_RESOLVE] = "{client_resolve}",
	[MILTER_DAEMON_PORT] = "{daemon_port}",
	[MILTER_TLS_VERSION] = "{tls_version}",
	[MILTER_CIPHER] = "{cipher}",
	[MILTER_AUTH_TYPE] = "{auth_type}",
	[MILTER_AUTH_AUTHEN] = "{auth_authen}",
	[MILTER_QUEUE_ID] = "i",
	[MILTER_RCPT_MAILER] = "{rcpt_mailer}",
	[MILTER_RCPT_HOST] = "{rcpt_host}",
	[MILTER_RCPT_ADDR] = "{rcpt_addr}",
};

static char connect_macros[] = "v {client_addr} {client_name} {client_ptr} "
			       "{client_resolve} {daemon_port}";
static char helo_macros[] = "{tls_version} {cipher}";
static char mail_macros[] = "i {auth_type} {auth_authen} {tls_version} "
			    "{cipher}";
static char rcpt_macros[] = "i {rcpt_mailer} {rcpt_host} {rcpt_addr}";
static char filter_name[] = "mtaguard";

static const struct {
	int stage;
	char *macros;
} symbol_lists[] = {
	{ SMFIM_CONNECT, connect_macros },
	{ SMFIM_HELO, helo_macros },
	{ SMFIM_ENVFROM, mail_macros },
	{ SMFIM_ENVRCPT, rcpt_macros },
};

static const char *
get_macro(void *pointer, enum milter_macro macro)
{
	return smfi_getsymval(pointer, macro_names[macro]);
}

static void
leave(void)
{
	if (atomic_fetch_sub(&deciding, 1) > 1 || !atomic_load(&stopped))
		return;
	pthread_mutex_lock(&stop_mutex);
	pthread_cond_broadcast(&decided);
	pthread_mutex_unlock(&stop_mutex);
}

/* Begins a decision, unless none may begin any more. */
static bool
enter(void)
{
	atomic_fetch_add(&deciding, 1);
	if (!atomic_load(&stopped))
		return true;
	leave();
	return false;
}

static sfsistat
on_negotiate(SMFICTX *context, unsigned long actions, unsigned long steps,
    unsigned long unused2, unsigned long unused3, unsigned long *wanted_actions,
    unsigned long *wanted_steps, unsigned long *wanted2, unsigned long *wanted3)
{
	(void)unused2;
	(void)unused3;
	if ((steps & silent_steps) != silent_steps)
		return SMFIS_REJECT;
	*wanted_actions = actions & SMFIF_SETSYMLIST;
	*wanted_steps = silent_steps |
	    (steps & (steps_not_wanted | (unsigned long)SMFIP_RCPT_REJ));
	*wanted2 = 0;
	*wanted3 = 0;
	if (*wanted_actions == 0)
		return SMFIS_CONTINUE;

	for (size_t i = 0; i < sizeof(symbol_lists) / sizeof(symbol_lists[0]);
	     i++)
		if (smfi_setsymlist(context, symbol_lists[i].stage,
			symbol_lists[i].macros) != MI_SUCCESS)
			return SMFIS_REJECT;
	return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *context, char *name, struct sockaddr *address)
{
	struct milter_macros macros = { get_macro, context };

	(void)name;
	/* There is one already after QUIT_NC, or a peer that repeats itself. */
	struct milter_session *session = smfi_getpriv(context);
	if (session == NULL) {
		session = milter_session_new();
		smfi_setpriv(context, session);
	}
	/* Without one, each recipient is deferred. */
	if (session != NULL)
		milter_session_connect(session, address, &macros);
	return SMFIS_NOREPLY;
}

static sfsistat
on_helo(SMFICTX *context, char *helo)
{
	struct milter_macros macros = { get_macro, context };
	struct milter_session *session = smfi_getpriv(context);

	if (session != NULL)
		milter_session_helo(session, helo, &macros);
	return SMFIS_NOREPLY;
}

static sfsistat
on_mail(SMFICTX *context, char **arguments)
{
	struct milter_macros macros = { get_macro, context };
	struct milter_session *session = smfi_getpriv(context);

	if (session != NULL)
		milter_session_mail(session, arguments[0], &macros);
	return SMFIS_NOREPLY;
}

/* Sets the reply; the status alone refuses too, in the MTA's own words. */
static sfsistat
refuse(SMFICTX *context, const struct decision *decision, struct str recipient)
{
	struct milter_reply reply;

	milter_reply_write(decision, recipient, &reply);
	smfi_setreply(context, reply.code, reply.dsn, reply.text);
	return decision->code < 500 ? SMFIS_TEMPFAIL : SMFIS_REJECT;
}

static sfsistat
answer(SMFICTX *context, const struct decision *decision, struct str recipient)
{
	switch (decision->verdict) {
	case VERDICT_CONTINUE:
		return SMFIS_CONTINUE;
	case VERDICT_REJECT:
	case VERDICT_DEFER:
		if (decision->observe)
			return SMFIS_CONTINUE;
		return refuse(context, decision, recipient);
	case VERDICT_ASK_MTA:
		break;
	}
	/* A milter cannot ask: the engine knows that from the protocol. */
	assert(false);
	return SMFIS_TEMPFAIL;
}

static sfsistat
judge(SMFICTX *context, struct milter_session *session,
    const struct request *request)
{
	struct slot_lease lease = slot_take(policy_slot);
	struct decision decision;

	if (milter_session_refused(request))
		decision = (struct decision){ .verdict = VERDICT_CONTINUE,
			.cause = DECISION_MTA,
			.rule = STR("refused-by-mta") };
	else
		policy_decide(lease.policy, request,
		    milter_session_scratch(session), NULL, &decision);
	audit_decision(request, &decision, lease.policy->generation);
	/* Before the lease ends: the decision borrows from the policy. */
	sfsistat status =
	    answer(context, &decision, request->session.recipient);
	slot_put(policy_slot, lease);
	return status;
}

static sfsistat
on_recipient(SMFICTX *context, char **arguments)
{
	struct milter_macros macros = { get_macro, context };
	struct milter_session *session = smfi_getpriv(context);
	struct decision unjudged;
	struct error error;

	/* No CONNECT came before, or we had no memory for it. */
	if (session == NULL || !enter())
		return SMFIS_TEMPFAIL;
	const struct request *request = milter_session_rcpt(session,
	    arguments[0], &macros, clock_wall(), &error);
	sfsistat status;
	if (request != NULL) {
		status = judge(context, session, request);
	} else {
		audit_malformed(milter_session_client(session), error.text);
		milter_reply_unjudged(&unjudged);
		status = refuse(context, &unjudged, str_from(arguments[0]));
	}
	leave();
	return status;
}

static sfsistat
on_abort(SMFICTX *context)
{
	struct milter_session *session = smfi_getpriv(context);

	if (session != NULL)
		milter_session_reset(session);
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *context)
{
	milter_session_free(smfi_getpriv(context));
	smfi_setpriv(context, NULL);
	return SMFIS_CONTINUE;
}

static const struct smfiDesc filter = {
	.xxfi_name = filter_name,
	.xxfi_version = SMFI_VERSION,
	.xxfi_flags = SMFIF_NONE,
	.xxfi_connect = on_connect,
	.xxfi_helo = on_helo,
	.xxfi_envfrom = on_mail,
	.xxfi_envrcpt = on_recipient,
	.xxfi_abort = on_abort,
	.xxfi_close = on_close,
	.xxfi_negotiate = on_negotiate,
};

static bool
open_socket(const struct policy_listener *listener, struct error *error)
{
	if (!milter_socket_claim(&own_socket, error))
		return false;
	/* Nobody connects before the file has its group and mode. */
	mode_t mask = umask(S_IXUSR | S_IRWXG | S_IRWXO);
	int opened = smfi_opensocket(true);
	umask(mask);
	if (opened != MI_SUCCESS)
		return error_set(error, "libmilter cannot listen at %s",
		    own_socket.connection);
	if (milter_socket_adopt(&own_socket, listener, error))
		return true;
	milter_socket_remove(&own_socket);
	return false;
}

bool
milter_open(struct slot *slot, const struct policy_listener *listener,
    struct error *error)
{
	if (policy_slot != NULL)
		return error_set(error,
		    "libmilter has one socket a process: one listen.milter");
	if (!milter_socket_parse(listener->at, &own_socket, error))
		return false;
	if (smfi_register(filter) != MI_SUCCESS ||
	    smfi_setconn(own_socket.connection) != MI_SUCCESS ||
	    smfi_settimeout(IDLE_MAX) != MI_SUCCESS ||
	    smfi_setbacklog(BACKLOG) != MI_SUCCESS)
		return error_set(error, "libmilter refuses to be set up for %s",
		    own_socket.connection);
	if (!open_socket(listener, error))
		return false;
	policy_slot = slot;
	return true;
}

static void *
serve(void *unused)
{
	(void)unused;
	if (smfi_main() != MI_SUCCESS)
		log_say(LOG_LEVEL_ERROR, "milter", "libmilter has given up");
	atomic_store(&is_serving, false);
	return NULL;
}

/*
 * Stands in for the function of the C library, which nothing here calls but
 * libmilter: a thread of its own waits for HUP, TERM and INT, each of which
 * would end the milter. That the main thread has them unblocked does not
 * suffice: while one is pending there and it does not run, the kernel gives
 * the next one to whoever waits. Now nobody else does.
 */
int
sigwait(const sigset_t *set, int *number)
{
	sigset_t left = *set;

	sigdelset(&left, SIGHUP);
	sigdelset(&left, SIGTERM);
	sigdelset(&left, SIGINT);
	for (;;) {
		int caught = sigwaitinfo(&left, NULL);

		if (caught > 0) {
			*number = caught;
			return 0;
		}
		if (errno != EINTR)
			return errno;
	}
}

/*
 * No signal is delivered in the thread, nor in those that libmilter starts
 * from it.
 */
bool
milter_start(struct error *error)
{
	sigset_t all, before;
	pthread_t thread;

	assert(policy_slot != NULL);
	atomic_store(&is_serving, true);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failure = pthread_create(&thread, NULL, serve, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failure == 0) {
		pthread_detach(thread);
		return true;
	}
	atomic_store(&is_serving, false);
	return error_set(error, "no thread: %s", strerror(failure));
}

bool
milter_running(void)
{
	return atomic_load(&is_serving);
}

bool
milter_answers(unsigned milliseconds, struct error *error)
{
	return milter_socket_negotiate(&own_socket, milliseconds, error);
}

static struct timespec
after(long milliseconds)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_nsec += milliseconds * 1000000;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	return time;
}

static void
wait_decided(struct timespec deadline)
{
	int waited = 0;

	pthread_mutex_lock(&stop_mutex);
	while (atomic_load(&deciding) > 0 && waited == 0)
		waited =
		    pthread_cond_timedwait(&decided, &stop_mutex, &deadline);
	pthread_mutex_unlock(&stop_mutex);
}

/*
 * smfi_stop() is not called: on its way out libmilter destroys the locks of
 * its pool under the threads that wait with them. They end with the process,
 * and until then defer each recipient.
 */
void
milter_stop(void)
{
	milter_socket_remove(&own_socket);
	atomic_store(&stopped, true);
	wait_decided(after(STOP_MAX));
}
