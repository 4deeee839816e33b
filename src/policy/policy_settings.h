/*
 * policy_settings.h - the settings of a policy file, as rows of tables.
 *
 * A group of the file, such as one entry of relay, has a table of its own:
 * what may stand in it, how it is written, what holds without it, and what
 * reads it. From the tables come the checks, the defaults, and the nearest
 * name for one that nobody knows.
 */
#ifndef POLICY_POLICY_SETTINGS_H
#define POLICY_POLICY_SETTINGS_H

#include "policy/policy.h"
#include "policy/policy_file.h"

#include <stdbool.h>
#include <stddef.h>

enum policy_setting_type {
	POLICY_SETTING_FLAG,
	POLICY_SETTING_NUMBER,
	POLICY_SETTING_STRING,
	POLICY_SETTING_WORD,   /* one of its words */
	POLICY_SETTING_WORDS,  /* any of its words */
	POLICY_SETTING_VALUES, /* strings */
	POLICY_SETTING_PORTS,
	POLICY_SETTING_GROUP,
	POLICY_SETTING_GROUPS,    /* a list of groups */
	POLICY_SETTING_LOGIN,     /* a flag or strings */
	POLICY_SETTING_CLIENTS,   /* "granted" or groups */
	POLICY_SETTING_LISTENERS, /* strings or groups */
	POLICY_SETTING_LATER,     /* of a version to come */
};

struct policy_word {
	const char *text; /* NULL: the end of an array of words */
	unsigned value;
};

/* What one load shares among its readers. */
struct policy_reader {
	const struct policy_options *options;
	struct table_options tables;
	struct arena *arena; /* of the policy */
	struct arena *load;  /* of the tree; freed when all is read */
	struct problems *problems;
	const struct policy_node *defaults; /* one group a table of settings */
	struct policy *policy;
	const struct policy_network *networks;
	size_t network_count;
};

struct policy_setting {
	const char *name;
	enum policy_setting_type type;
	bool required;
	const char *preset; /* the default, as it would be written */
	long minimum;       /* of a number */
	long maximum;
	const struct policy_word *words;
	/* Called only with a node of the right type; tells all problems. */
	void (*read)(struct policy_reader *reader,
	    const struct policy_setting *setting,
	    const struct policy_node *node, void *object);
};

/* What may stand in one kind of group. */
struct policy_setting_group {
	const char *name; /* for messages: "relay" */
	const struct policy_setting *settings;
	size_t count;
};

/* All of them; the first is the file itself. */
extern const struct policy_setting_group *const policy_setting_groups[];
extern const size_t policy_setting_group_count;

/* One each in the file of its noun. */
extern const struct policy_setting_group policy_file_settings;
extern const struct policy_setting_group policy_grant_settings;
extern const struct policy_setting_group policy_clients_settings;
extern const struct policy_setting_group policy_listen_settings;
extern const struct policy_setting_group policy_listener_settings;
extern const struct policy_setting_group policy_log_settings;
extern const struct policy_setting_group policy_expect_settings;
extern const struct policy_setting_group policy_waiver_settings;

/* Reads the defaults of all groups into reader->defaults. */
bool policy_settings_init(struct policy_reader *reader);

/*
 * Reads all settings of a group into an object: those that node (NULL: an
 * absent group) has, and the defaults of the others. They are read in the
 * order of the table, not of the file.
 */
void policy_settings_read(struct policy_reader *reader,
    const struct policy_setting_group *group, const struct policy_node *node,
    void *object);

/* The setting of a group node, or NULL. */
const struct policy_node *policy_settings_find(const struct policy_node *group,
    const char *name);

/* Whether a node is written as the setting's type is; false: told. */
bool policy_settings_check(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node);

/* The value of one of the setting's words; false: told. */
bool policy_settings_word(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    unsigned *value);

/*
 * Keeps the nearest of several names to one that is misspelt: begin with
 * a zeroed struct, and offer one name after the other.
 */
struct policy_nearest {
	const char *name; /* NULL: none is near */
	unsigned distance;
};

void policy_nearest_offer(struct policy_nearest *nearest, struct str wrong,
    const char *name);

#endif
