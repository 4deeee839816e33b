/*
 * milter_reply.c - a refusal in the words that the MTA passes to its client.
 */
#include "serve/milter_reply.h"

#include "base/buf.h"

#include <assert.h>

static const char hex[] = "0123456789abcdef";

/*
 * Adds what the client will see as one byte or as \xNN. Both MTAs use the
 * text as a format: a lone percent sign loses the whole reply in Sendmail,
 * and the next byte in Postfix.
 */
static void
add_byte(struct buf *text, char byte)
{
	unsigned char code = (unsigned char)byte;

	if (byte == '%') {
		buf_add(text, STR("%%"));
	} else if (code >= 0x20 && code < 0x7f) {
		buf_add_char(text, byte);
	} else {
		buf_add(text, STR("\\x"));
		buf_add_char(text, hex[code >> 4]);
		buf_add_char(text, hex[code & 0xf]);
	}
}

/* How many bytes of it the client will see. */
static size_t
seen(char byte)
{
	unsigned char code = (unsigned char)byte;

	return code >= 0x20 && code < 0x7f ? 1 : sizeof("\\xNN") - 1;
}

static struct str
without_brackets(struct str recipient)
{
	if (recipient.length >= 2 && recipient.data[0] == '<' &&
	    recipient.data[recipient.length - 1] == '>')
		return str_slice(recipient, 1, recipient.length - 1);
	return recipient;
}

/* Adds as much of the recipient as there is room for. */
static void
add_recipient(struct buf *text, struct str recipient, size_t room)
{
	static const size_t dots = sizeof("...") - 1;
	size_t whole = 0;

	for (size_t i = 0; i < recipient.length; i++)
		whole += seen(recipient.data[i]);

	bool cut = whole > room;
	if (cut)
		room -= dots;
	for (size_t i = 0; i < recipient.length; i++) {
		if (seen(recipient.data[i]) > room)
			break;
		room -= seen(recipient.data[i]);
		add_byte(text, recipient.data[i]);
	}
	if (cut)
		buf_add(text, STR("..."));
}

void
milter_reply_write(const struct decision *decision, struct str recipient,
    struct milter_reply *reply)
{
	static const size_t frame = sizeof("<>: ") - 1;
	struct buf code = { .data = reply->code,
		.capacity = sizeof(reply->code) - 1 };
	struct buf dsn = { .data = reply->dsn,
		.capacity = sizeof(reply->dsn) - 1 };
	struct buf text = { .data = reply->text,
		.capacity = sizeof(reply->text) - 1 };

	assert(decision->code >= 400 && decision->code <= 599);
	assert(decision->dsn.length > 0 &&
	    decision->dsn.data[0] == (char)('0' + decision->code / 100));
	buf_add_number(&code, decision->code);
	reply->code[code.length] = '\0';
	buf_add(&dsn, decision->dsn);
	reply->dsn[dsn.length] = '\0';

	size_t reason = 0;
	for (size_t i = 0; i < decision->text.length; i++)
		reason += seen(decision->text.data[i]);
	/* A reason that leaves no room for the recipient stands alone. */
	if (reason + frame + sizeof("...") <= DECISION_TEXT) {
		buf_add_char(&text, '<');
		add_recipient(&text, without_brackets(recipient),
		    DECISION_TEXT - frame - reason);
		buf_add(&text, STR(">: "));
	}
	for (size_t i = 0; i < decision->text.length; i++)
		add_byte(&text, decision->text.data[i]);
	assert(!dsn.full && !text.full);
	reply->text[text.length] = '\0';
}

void
milter_reply_unjudged(struct decision *decision)
{
	*decision = (struct decision){
		.verdict = VERDICT_DEFER,
		.cause = DECISION_MALFORMED,
		.code = 451,
		.dsn = STR("4.3.0"),
		.text = STR("The relay guard cannot judge this request"),
	};
}
