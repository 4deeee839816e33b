/*
 * modes.c - who may read and write a file: owner, group, mode, ACL, and the
 * directories above it.
 */
#include "host/modes.h"

#include "base/buf.h"

#include <endian.h>
#include <limits.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>

enum {
	MAY_EXECUTE = 1,
	MAY_WRITE = 2,
	MAY_READ = 4,
	ACL_TEXT = 512,
	LINKS_MAX = 16,
};

static const char acl_name[] = "system.posix_acl_access";

const char *
modes_text(mode_t mode, struct arena *arena)
{
	return arena_print(arena, "%04o", (unsigned)(mode & 07777));
}

/* ---- ACLs ---- */

struct entry {
	unsigned tag;
	unsigned rights;
	uint32_t id;
};

static bool
entry_next(struct str *value, struct entry *entry)
{
	struct posix_acl_xattr_entry stored;

	if (value->length < sizeof(stored))
		return false;
	memcpy(&stored, value->data, sizeof(stored));
	*value = str_slice(*value, sizeof(stored), value->length);
	*entry = (struct entry){ .tag = le16toh(stored.e_tag),
		.rights = le16toh(stored.e_perm),
		.id = le32toh(stored.e_id) };
	return true;
}

/* Takes the header off; false: damaged. */
static bool
acl_start(struct str *value)
{
	struct posix_acl_xattr_header header;

	if (value->length < sizeof(header))
		return false;
	memcpy(&header, value->data, sizeof(header));
	*value = str_slice(*value, sizeof(header), value->length);
	return le32toh(header.a_version) == POSIX_ACL_XATTR_VERSION &&
	    value->length % sizeof(struct posix_acl_xattr_entry) == 0;
}

/* What named users and groups may have at the most. */
static unsigned
acl_mask(struct str entries)
{
	struct entry entry;

	while (entry_next(&entries, &entry))
		if (entry.tag == ACL_MASK)
			return entry.rights;
	return MAY_READ | MAY_WRITE | MAY_EXECUTE;
}

static void
acl_print(const struct entry *entry, unsigned rights,
    const struct accounts *accounts, struct arena *arena, struct buf *buf)
{
	buf_print(buf, "%s%s:%s:%c%c%c", buf->length > 0 ? ", " : "",
	    entry->tag == ACL_USER ? "user" : "group",
	    entry->tag == ACL_USER
		? accounts_user_name(accounts, entry->id, arena)
		: accounts_group_name(accounts, entry->id, arena),
	    (rights & MAY_READ) != 0 ? 'r' : '-',
	    (rights & MAY_WRITE) != 0 ? 'w' : '-',
	    (rights & MAY_EXECUTE) != 0 ? 'x' : '-');
}

bool
modes_parse_acl(struct str value, const struct accounts *accounts,
    struct arena *arena, struct modes_acl *acl)
{
	char text[ACL_TEXT];
	struct buf buf = BUF(text);
	struct entry entry;

	*acl = (struct modes_acl){ .state = LOOKUP_MISSING };
	if (!acl_start(&value))
		return false;
	unsigned mask = acl_mask(value);
	while (entry_next(&value, &entry)) {
		unsigned rights = entry.rights & mask;

		if (entry.tag != ACL_USER && entry.tag != ACL_GROUP)
			continue;
		acl->state = LOOKUP_FOUND;
		acl->writes = acl->writes || (rights & MAY_WRITE) != 0;
		acl->reads = acl->reads || (rights & MAY_READ) != 0;
		acl_print(&entry, rights, accounts, arena, &buf);
	}
	if (acl->state == LOOKUP_FOUND)
		acl->text = arena_copy(arena, buf_str(&buf)).data;
	return true;
}

enum lookup
modes_read(struct tree *tree, const char *path, const struct accounts *accounts,
    struct arena *arena, struct modes *modes, struct error *error)
{
	enum lookup state = tree_stat(tree, path, &modes->status, error);
	struct error reason;
	struct str value;

	modes->acl = (struct modes_acl){ .state = LOOKUP_MISSING };
	if (state != LOOKUP_FOUND)
		return state;
	modes->acl.state =
	    tree_attribute(tree, path, acl_name, arena, &value, &reason);
	if (modes->acl.state == LOOKUP_FAILED) {
		modes->acl.reason = arena_print(arena, "%s", reason.text);
	} else if (modes->acl.state == LOOKUP_FOUND &&
	    !modes_parse_acl(value, accounts, arena, &modes->acl)) {
		modes->acl.state = LOOKUP_FAILED;
		modes->acl.reason = "its ACL is damaged";
	}
	return LOOKUP_FOUND;
}

/* ---- directories above ---- */

struct climb {
	struct tree *tree;
	struct arena *arena;
	uid_t owner;
	unsigned links;
	const char **directory;
	struct stat *status;
	struct error *error;
};

/* Whether somebody else may put another file in the place of one in it. */
static bool
is_open(const struct climb *climb, const struct stat *status)
{
	if (status->st_uid != 0 && status->st_uid != climb->owner)
		return true;
	if ((status->st_mode & S_ISVTX) != 0)
		return false;
	return (status->st_mode & S_IWOTH) != 0 ||
	    ((status->st_mode & S_IWGRP) != 0 && status->st_gid != 0);
}

/* The path that a link leads to. */
static const char *
link_path(const struct climb *climb, struct str link, const char *target)
{
	struct str above, name;

	if (target[0] == '/')
		return target;
	str_cut_last(link, '/', &above, &name);
	return arena_print(climb->arena, STR_FORMAT "/%s", STR_ARGS(above),
	    target);
}

static enum lookup climb_down(struct climb *climb, struct str path);

/* One component: a directory to be judged, or a link to go along. */
static enum lookup
climb_step(struct climb *climb, struct str path, bool last)
{
	struct stat status;
	const char *target;
	const char *name =
	    path.length == 0 ? "/" : arena_copy(climb->arena, path).data;
	enum lookup state = tree_lstat(climb->tree, name, climb->arena, &status,
	    &target, climb->error);

	if (state == LOOKUP_FAILED || state == LOOKUP_MISSING)
		return state == LOOKUP_FAILED ? LOOKUP_FAILED : LOOKUP_MISSING;
	if (target != NULL && climb->links++ < LINKS_MAX)
		return climb_down(climb,
		    str_from(arena_print(climb->arena, "%s%s",
			link_path(climb, path, target), last ? "" : "/.")));
	if (last || !S_ISDIR(status.st_mode) || !is_open(climb, &status))
		return LOOKUP_MISSING;
	*climb->directory = tree_shown(climb->tree, name);
	*climb->status = status;
	return LOOKUP_FOUND;
}

static enum lookup
climb_down(struct climb *climb, struct str path)
{
	for (size_t i = 0; i <= path.length; i++) {
		bool last = i == path.length;

		if (!last && path.data[i] != '/')
			continue;
		enum lookup state =
		    climb_step(climb, str_slice(path, 0, i), last);
		if (state != LOOKUP_MISSING)
			return state;
	}
	return LOOKUP_MISSING;
}

enum lookup
modes_open_parent(struct tree *tree, const char *path, uid_t owner,
    struct arena *arena, const char **directory, struct stat *status,
    struct error *error)
{
	struct climb climb = {
		.tree = tree,
		.arena = arena,
		.owner = owner,
		.directory = directory,
		.status = status,
		.error = error,
	};

	return climb_down(&climb, str_from(path));
}

/* ---- may a user come there ---- */

struct visitor {
	struct tree *tree;
	const struct accounts *accounts;
	const struct host_user *user;
	struct arena *arena;
	struct error *error;
};

/* posix_acl_permission() of the kernel: the class decides, not the sum. */
static bool
acl_allows(const struct visitor *visitor, const struct stat *status,
    struct str entries, unsigned wanted)
{
	unsigned mask = acl_mask(entries);
	bool is_owner = visitor->user->uid == status->st_uid;
	bool in_group = false;
	struct entry entry;

	while (entry_next(&entries, &entry)) {
		unsigned rights = entry.rights & mask;
		gid_t group =
		    entry.tag == ACL_GROUP ? entry.id : status->st_gid;

		if (entry.tag == ACL_USER_OBJ && is_owner)
			return (wanted & ~entry.rights) == 0;
		if (entry.tag == ACL_USER && !is_owner &&
		    entry.id == visitor->user->uid)
			return (wanted & ~rights) == 0;
		if ((entry.tag == ACL_GROUP_OBJ || entry.tag == ACL_GROUP) &&
		    accounts_in_group(visitor->accounts, visitor->user,
			group)) {
			in_group = true;
			if ((wanted & ~rights) == 0)
				return true;
		}
		if (entry.tag == ACL_OTHER && !in_group)
			return (wanted & ~entry.rights) == 0;
	}
	return false;
}

static bool
mode_allows(const struct visitor *visitor, const struct stat *status,
    unsigned wanted)
{
	unsigned shift = 0;

	if (visitor->user->uid == status->st_uid)
		shift = 6;
	else if (accounts_in_group(visitor->accounts, visitor->user,
		     status->st_gid))
		shift = 3;
	return (wanted & ~(status->st_mode >> shift)) == 0;
}

/* FOUND: it may; MISSING: it may not. */
static enum lookup
allows(const struct visitor *visitor, const char *path, unsigned wanted,
    struct stat *status)
{
	struct str value;
	enum lookup state =
	    tree_stat(visitor->tree, path, status, visitor->error);

	if (state != LOOKUP_FOUND) {
		/* Of whom it is asked there is nothing to walk to. */
		return LOOKUP_FAILED;
	}
	if (visitor->user->uid == 0)
		return LOOKUP_FOUND;
	state = tree_attribute(visitor->tree, path, acl_name, visitor->arena,
	    &value, visitor->error);
	if (state == LOOKUP_FAILED)
		return LOOKUP_FAILED;
	if (state == LOOKUP_FOUND) {
		if (!acl_start(&value)) {
			error_write(visitor->error, "its ACL is damaged");
			return LOOKUP_FAILED;
		}
		return acl_allows(visitor, status, value, wanted)
		    ? LOOKUP_FOUND
		    : LOOKUP_MISSING;
	}
	return mode_allows(visitor, status, wanted) ? LOOKUP_FOUND
						    : LOOKUP_MISSING;
}

enum lookup
modes_reach(struct tree *tree, const char *path,
    const struct accounts *accounts, const struct host_user *user,
    unsigned wanted, struct arena *arena, const char **where,
    struct error *error)
{
	struct visitor visitor = { tree, accounts, user, arena, error };

	for (size_t i = 0;; i++) {
		bool last = path[i] == '\0';
		struct stat status;

		if (!last && path[i] != '/')
			continue;
		const char *part = i == 0
		    ? "/"
		    : arena_copy(arena, (struct str){ path, i }).data;
		enum lookup state = allows(&visitor, part,
		    last ? wanted : MAY_EXECUTE, &status);
		*where = tree_shown(tree, part);
		if (state == LOOKUP_MISSING)
			*where = arena_print(arena, "%s (%s:%s, %s)", *where,
			    accounts_user_name(accounts, status.st_uid, arena),
			    accounts_group_name(accounts, status.st_gid, arena),
			    modes_text(status.st_mode, arena));
		if (state != LOOKUP_FOUND || last)
			return state;
	}
}
