/*
 * postfix_model.c - a small model of Postfix's reject_unauth_destination, to
 * hold the engine against.
 */
#include "tests/lib/postfix_model.h"

#include <string.h>
#include <strings.h>

static bool
cut_line(struct str *text, struct str *line)
{
	if (text->length == 0)
		return false;
	str_cut(*text, '\n', line, text);
	if (line->length > 0 && line->data[line->length - 1] == '\r')
		line->length--;
	return true;
}

struct str
postfix_model_value(struct str request, const char *name)
{
	struct str line, attribute, value;

	while (cut_line(&request, &line))
		if (str_cut(line, '=', &attribute, &value) &&
		    str_equal(attribute, str_from(name)))
			return value;
	return (struct str){ "", 0 };
}

static bool
is_among(struct str text, const char *const *list)
{
	for (; *list != NULL; list++)
		if (str_equal_nocase(text, str_from(*list)))
			return true;
	return false;
}

static bool
has_any(struct str text, const char *bytes)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] != '\0' && strchr(bytes, text.data[i]) != NULL)
			return true;
	return false;
}

static bool
is_own_domain(const struct postfix_model *model, struct str domain)
{
	if (is_among(domain, model->literals))
		return true;
	if (str_ends(domain, STR(".")))
		domain.length--;
	return is_among(domain, model->domains);
}

/* The domain is after the last @; what is before it must not route. */
static enum postfix_verdict
judge_recipient(const struct postfix_model *model, struct str recipient)
{
	struct str local, domain;

	if (recipient.length == 0)
		return POSTFIX_REFUSES;
	if (!str_cut_last(recipient, '@', &local, &domain))
		return has_any(recipient, "%!") ? POSTFIX_REFUSES
						: POSTFIX_PERMITS;
	if (has_any(local, "@%!"))
		return POSTFIX_REFUSES;
	return is_own_domain(model, domain) ? POSTFIX_PERMITS : POSTFIX_REFUSES;
}

enum postfix_verdict
postfix_model_judge(const struct postfix_model *model, struct str request)
{
	static const char *const silent[] = { "CONNECT", "EHLO", "HELO", "MAIL",
		"DATA", "END-OF-MESSAGE", NULL };
	struct str state = postfix_model_value(request, "protocol_state");
	struct str recipient = postfix_model_value(request, "recipient");

	for (size_t i = 0; silent[i] != NULL; i++)
		if (str_equal(state, str_from(silent[i])))
			return POSTFIX_SILENT;
	if (is_among(postfix_model_value(request, "client_address"),
		model->clients))
		return POSTFIX_PERMITS;
	if (str_equal(state, STR("ETRN"))) {
		struct str domain = postfix_model_value(request, "etrn_domain");

		return is_own_domain(model, domain) ? POSTFIX_PERMITS
						    : POSTFIX_REFUSES;
	}
	if (recipient.length == 0 && !str_equal(state, STR("RCPT")))
		return POSTFIX_SILENT;
	return judge_recipient(model, recipient);
}

static bool
has_control(struct str text)
{
	for (size_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		if (byte < 0x20 || byte == 0x7f)
			return true;
	}
	return false;
}

static bool
has_high(struct str text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.data[i] >= 0x80)
			return true;
	return false;
}

const char *
postfix_model_stricter(struct str request)
{
	struct str recipient = postfix_model_value(request, "recipient");
	struct str local, domain;

	if (recipient.length == 0)
		return NULL;
	if (!str_cut_last(recipient, '@', &local, &domain))
		return "a local part without a domain, but postmaster";
	if (has_control(recipient))
		return "control characters";
	if (has_any(local, "\\\":,;()<>"))
		return "what could name a route, a list or a mailer";
	if (local.length == 0)
		return "nothing before the @";
	if (local.data[0] == ' ' || local.data[local.length - 1] == ' ')
		return "a space at the end of the local part";
	/* Valid UTF-8 is plain; a change of one byte makes it invalid. */
	return has_high(local) ? "bytes that are not UTF-8" : NULL;
}
