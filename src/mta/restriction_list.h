/*
 * restriction_list.h - lists of restrictions, as smtpd takes them apart: words
 * with their arguments, classes with their lists.
 */
#ifndef MTA_RESTRICTION_LIST_H
#define MTA_RESTRICTION_LIST_H

#include "base/arena.h"
#include "base/error.h"
#include "base/place.h"
#include "base/str.h"
#include "mta/mail_maps.h"
#include "mta/postfix.h"
#include "mta/restrictions.h"

#include <stdbool.h>
#include <stddef.h>

struct restriction_rule; /* mta/restriction_rules.h */
struct restriction_list;

/* One word of a list, with its argument. */
struct restriction_item {
	struct str name;     /* as it is written */
	struct str argument; /* empty: none */
	/* NULL: a class, a table alone, or no such restriction. */
	const struct restriction_rule *rule;
	struct restriction_list *class;
	struct mail_maps maps; /* the table of check_*_access */
	bool table_alone;      /* "hash:/x": which check_ the list says */
	const char *broken;    /* Postfix says 451 when it comes to it */
	const char *unknown;   /* why we do not know what it does */
	bool warn;             /* after warn_if_reject */
	struct place place;
};

struct restriction_list {
	struct str name; /* of the parameter, class, or table entry */
	struct str text;
	struct restriction_item *items;
	size_t count;
	/* For a required word: by now, or with none found. */
	bool being_searched, searched;
};

/* What lists are read with: the service's classes. */
struct restriction_classes {
	const struct postfix *postfix;
	const struct postfix_service *service;
	struct arena *arena;
	struct restriction_list *classes;
	size_t count;
};

/*
 * Reads smtpd_restriction_classes and each of them. False: smtpd dies of it;
 * the place is that of what it dies of.
 */
bool restriction_classes_read(struct restriction_classes *classes,
    struct place *place, struct error *error);

/* The class of a name, or NULL. */
struct restriction_list *restriction_class_find(const struct restriction_classes
						    *classes,
    struct str name);

/* Reads the list that a parameter is; false as postfix_value(). */
bool restriction_list_read(const struct restriction_classes *classes,
    const char *parameter, struct restriction_list *list, struct error *error);

/* Reads a text, such as the result of an access map, into the arena. */
void restriction_list_parse(const struct restriction_classes *classes,
    struct str name, struct str text, struct place place, struct arena *arena,
    struct restriction_list *list);

/*
 * Goes through the words of a list as smtpd does when it starts. False: it
 * dies of one: a table without type or name, a policy server without type.
 */
bool restriction_list_check(struct str text, struct error *error);

enum restriction_required {
	REQUIRED_MISSING,
	REQUIRED_FOUND,
	REQUIRED_ENDLESS, /* classes that name each other: smtpd crashes */
};

/*
 * Whether a word is one of those that smtpd must find to start: a refusal of
 * foreign destinations, or of everything (src/smtpd/smtpd_check.c).
 */
bool restriction_is_required(struct str word);

/*
 * Whether smtpd finds a word in it without which it does not start, as it
 * looks for one: whatever can be reached. To be asked once of a list.
 */
enum restriction_required restriction_list_has_required(const struct
    restriction_classes *classes,
    struct restriction_list *list);

#endif
