/*
 * daemon_user.c - the account that the daemon runs as, and its directory.
 */
#include "daemon_user.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* The account that is wanted where the policy file names none. */
static const struct str usual = STR_INIT("mtaguard");

static const struct passwd *
find_user(struct str user, struct error *error)
{
	struct arena *arena = arena_new(0);
	struct str name = arena_copy(arena, user);

	errno = 0;
	const struct passwd *account = getpwnam(name.data);
	int failure = errno;
	/* A guard that nobody has installed yet still guards. */
	if (account == NULL && str_equal(user, usual))
		account = getpwnam("nobody");
	errno = failure;
	if (account == NULL && errno != 0 && errno != ENOENT)
		error_write(error, "account \"%s\": %s", name.data,
		    strerror(errno));
	else if (account == NULL)
		error_write(error,
		    "there is no account \"%s\": make it, or name another "
		    "with the setting \"user\"",
		    name.data);
	else if (account->pw_uid == 0)
		error_write(error,
		    "user = \"%s\": the guard does not stay root; name "
		    "another account",
		    name.data);
	arena_free(arena);
	return account != NULL && account->pw_uid != 0 ? account : NULL;
}

/* Makes the directories above a path, as far as they are missing. */
static void
make_parents(const char *path)
{
	struct arena *arena = arena_new(0);
	struct str rest = str_from(path);
	struct str above, last;

	/* From the longest one on: usually that is there, and all is done. */
	while (str_cut_last(rest, '/', &above, &last) && above.length > 0 &&
	    access(arena_copy(arena, above).data, F_OK) != 0)
		rest = above;
	while (rest.length < strlen(path)) {
		if (mkdir(arena_copy(arena, rest).data, 0755) != 0)
			break; /* whoever wants the path is told why */
		size_t next = rest.length + 1;
		while (path[next] != '\0' && path[next] != '/')
			next++;
		rest.length = next;
	}
	arena_free(arena);
}

/*
 * Only a directory that was not there before is given away: what stands in
 * one that another user can write to may be a trap.
 */
static bool
give_state(const char *state, const struct passwd *account, struct error *error)
{
	if (state == NULL)
		return true;
	make_parents(state);
	if (mkdir(state, 0750) != 0)
		return true;
	if (lchown(state, account->pw_uid, account->pw_gid) != 0)
		return error_set(error, "%s: %s", state, strerror(errno));
	return true;
}

bool
daemon_user_give_socket(struct str user, struct str path, struct error *error)
{
	if (geteuid() != 0)
		return true;

	const struct passwd *account = find_user(user, error);
	if (account == NULL)
		return false;
	struct arena *arena = arena_new(0);
	const char *name = arena_copy(arena, path).data;
	/* The user may own the directory: what we hold is what we give. */
	int socket = open(name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;
	bool done = socket >= 0 && fstat(socket, &status) == 0 &&
	    S_ISSOCK(status.st_mode) &&
	    fchownat(socket, "", account->pw_uid, (gid_t)-1, AT_EMPTY_PATH) ==
		0;
	if (!done)
		error_write(error, "%s: cannot be given to user %s: %s", name,
		    account->pw_name, strerror(errno));
	if (socket >= 0)
		close(socket);
	arena_free(arena);
	return done;
}

/* Whether nothing of root is left, nor can be taken back. */
static bool
is_user(const struct passwd *account)
{
	uid_t uid[3];
	gid_t gid[3];

	if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 ||
	    getresgid(&gid[0], &gid[1], &gid[2]) != 0)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (uid[i] != account->pw_uid || gid[i] != account->pw_gid)
			return false;
	return setuid(0) != 0;
}

bool
daemon_user_become(struct str user, const char *state, struct error *error)
{
	if (geteuid() != 0)
		return true;

	const struct passwd *account = find_user(user, error);
	if (account == NULL || !give_state(state, account, error))
		return false;
	if (initgroups(account->pw_name, account->pw_gid) != 0 ||
	    setresgid(account->pw_gid, account->pw_gid, account->pw_gid) != 0 ||
	    setresuid(account->pw_uid, account->pw_uid, account->pw_uid) != 0)
		return error_set(error, "cannot become user %s: %s",
		    account->pw_name, strerror(errno));
	if (!is_user(account))
		return error_set(error, "cannot become user %s for good",
		    account->pw_name);
	if (!str_equal(user, str_from(account->pw_name)))
		log_say(LOG_LEVEL_WARNING, "daemon",
		    "there is no account \"" STR_FORMAT "\": this runs as %s, "
		    "which others may share; make the account",
		    STR_ARGS(user), account->pw_name);
	/* No program that might be started can give anything back. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_set(error, "no_new_privs: %s", strerror(errno));
	return true;
}

const char *
daemon_user_state(struct arena *arena, const char *state, const char *front)
{
	return arena_print(arena, "%s/%s", state, front);
}

bool
daemon_user_make_state(const char *state, const char *directory,
    struct error *error)
{
	if (mkdir(state, 0750) != 0 && errno != EEXIST)
		return error_set(error, "%s: %s", state, strerror(errno));
	if (mkdir(directory, 0700) != 0 && errno != EEXIST)
		return error_set(error, "%s: %s", directory, strerror(errno));
	if (access(directory, R_OK | W_OK | X_OK) != 0)
		return error_set(error, "%s: %s", directory, strerror(errno));
	return true;
}
