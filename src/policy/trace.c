/*
 * trace.c - the steps by which a decision was reached, for explain.
 */
#include "policy/trace.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

/* Escapes all that is not printable; spaces are ours and stay. */
static void
escape(const char *text, struct buf *buf)
{
	for (; *text != '\0'; text++) {
		if (*text == ' ')
			buf_add_char(buf, ' ');
		else
			buf_add_escaped(buf, (struct str){ text, 1 });
	}
}

void
trace_add(struct trace *trace, const char *rule, struct str name,
    const char *outcome, struct place place, const char *detail, ...)
{
	char text[TRACE_DETAIL];
	va_list arguments;

	if (trace == NULL || trace->count == TRACE_STEPS)
		return;
	va_start(arguments, detail);
	vsnprintf(text, sizeof(text), detail, arguments);
	va_end(arguments);

	struct trace_step *step = &trace->steps[trace->count++];
	*step = (struct trace_step){
		.rule = rule,
		.name = name,
		.outcome = outcome,
		.place = place,
	};
	struct buf buf = {
		.data = step->detail,
		.capacity = sizeof(step->detail) - 1,
	};
	escape(text, &buf);
	step->detail[buf.length] = '\0';
}
