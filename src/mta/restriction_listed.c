/*
 * restriction_listed.c - whether an address is one that mail is taken for
 * (reject_unlisted_recipient; postconf(5) local_recipient_maps and its like).
 */
#include "mta/restriction_run.h"

/* One look-up of an address that is being checked. */
struct checking {
	struct restriction_run *run;
	const struct resolution *address;
	bool failed;
};

static bool
is_in(struct checking *checking, const struct mail_maps *maps)
{
	struct restriction_run *run = checking->run;
	const struct resolution *address = checking->address;
	struct mail_lookup lookup = restriction_lookup(run);
	unsigned keys = MAIL_KEY_AT_DOMAIN;
	struct postfix_answer answer;

	if (checking->failed)
		return false;
	if (address->class == RECIPIENT_LOCAL)
		keys |= MAIL_KEY_LOCAL;
	mail_maps_find_address(maps, address->recipient,
	    run->settings->delimiters, keys, &lookup, &answer);
	checking->failed = answer.found == POSTFIX_BROKEN;
	if (checking->failed && answer.place.file != NULL)
		run->step->place = answer.place;
	return answer.found == POSTFIX_FOUND;
}

/* Where another address may come of it, it is taken for a good one. */
static bool
is_rewritten(struct checking *checking, bool sender)
{
	const struct restriction_settings *settings = checking->run->settings;

	return is_in(checking, &settings->recipient_canonical) ||
	    (sender && is_in(checking, &settings->sender_canonical)) ||
	    is_in(checking, &settings->canonical) ||
	    is_in(checking, &settings->aliases);
}

/* What every host must receive mail for, and what comes back to it. */
static bool
is_reserved(struct str address)
{
	static const struct str names[] = {
		STR_INIT("double-bounce"),
		STR_INIT("postmaster"),
		STR_INIT("mailer-daemon"),
	};
	struct str local, domain;

	str_cut(address, '@', &local, &domain);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_equal_nocase(local, names[i]))
			return true;
	return false;
}

/* The reply code if the address is not listed; 0: it is. */
static unsigned
unlisted_code(struct checking *checking)
{
	const struct restriction_settings *settings = checking->run->settings;
	const struct resolution *address = checking->address;
	const struct mail_maps *maps = NULL;
	unsigned code = 0;

	switch (address->class) {
	case RECIPIENT_LOCAL:
		if (!is_reserved(address->recipient))
			maps = &settings->local_recipients;
		code = settings->local_code;
		break;
	case RECIPIENT_VIRTUAL:
		maps = &settings->mailboxes;
		code = settings->mailbox_code;
		break;
	case RECIPIENT_RELAY:
		maps = &settings->relay_recipients;
		code = settings->relayed_code;
		break;
	case RECIPIENT_ALIAS:
	case RECIPIENT_OTHER:
		break;
	}
	if (maps == NULL || maps->count == 0 || is_in(checking, maps))
		return 0;
	return code;
}

static enum restriction_status
check_listed(struct restriction_run *run, const struct resolution *address,
    bool sender)
{
	struct checking checking = { .run = run, .address = address };

	if (address->failed)
		return restriction_retry(run, address->failed_place);
	bool rewritten = is_rewritten(&checking, sender);
	if (checking.failed)
		return restriction_retry(run, (struct place){ 0 });
	if (rewritten)
		return STATUS_DUNNO;
	if (str_equal(address->transport, STR("error")))
		return restriction_reject(run,
		    address->class == RECIPIENT_ALIAS
			? run->settings->alias_code
			: 550,
		    arena_print(run->arena, "5.1.1 " STR_FORMAT,
			STR_ARGS(address->nexthop)));
	if (str_equal(address->transport, STR("retry")))
		return restriction_reject(run, 450,
		    arena_print(run->arena, "4.1.1 " STR_FORMAT,
			STR_ARGS(address->nexthop)));
	unsigned code = unlisted_code(&checking);
	if (checking.failed)
		return restriction_retry(run, (struct place){ 0 });
	if (code == 0)
		return STATUS_DUNNO;
	return restriction_reject(run, code, "5.1.1 User unknown");
}

enum restriction_status
restriction_listed(struct restriction_run *run, bool sender)
{
	bool *checked = sender ? &run->sender_checked : &run->recipient_checked;

	if (run->settings->any_listed || *checked)
		return STATUS_DUNNO;
	if (run->warn == 0)
		*checked = true;
	run->facts |= sender ? FACT_SENDER : FACT_RECIPIENT;
	return check_listed(run,
	    sender ? restriction_sender(run) : restriction_recipient(run),
	    sender);
}
