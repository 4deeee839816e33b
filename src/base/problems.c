/*
 * problems.c - all that is wrong with what somebody wrote, each in its place.
 */
#include "base/problems.h"

#include <stdarg.h>

void
problems_init(struct problems *problems, struct arena *arena)
{
	*problems = (struct problems){ .arena = arena };
	problems->end = &problems->first;
}

__attribute__((format(printf, 4, 0))) static void
add(struct problems *problems, enum problem_kind kind, struct place place,
    const char *format, va_list arguments)
{
	struct problem *problem;
	char text[1024];

	vsnprintf(text, sizeof(text), format, arguments);
	problem = arena_alloc(problems->arena, sizeof(*problem));
	problem->kind = kind;
	problem->place.line = place.line;
	if (place.file != NULL)
		problem->place.file =
		    arena_print(problems->arena, "%s", place.file);
	problem->text = arena_print(problems->arena, "%s", text);
	*problems->end = problem;
	problems->end = &problem->next;
}

bool
problems_error(struct problems *problems, struct place place,
    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(problems, PROBLEM_ERROR, place, format, arguments);
	va_end(arguments);
	problems->errors++;
	return false;
}

void
problems_warning(struct problems *problems, struct place place,
    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(problems, PROBLEM_WARNING, place, format, arguments);
	va_end(arguments);
	problems->warnings++;
}

void
problems_print(const struct problems *problems, FILE *stream)
{
	for (const struct problem *problem = problems->first; problem != NULL;
	     problem = problem->next) {
		if (problem->place.file != NULL)
			fprintf(stream, "%s:", problem->place.file);
		if (problem->place.line > 0)
			fprintf(stream, "%u:", problem->place.line);
		if (problem->place.file != NULL)
			fprintf(stream, " ");
		if (problem->kind == PROBLEM_WARNING)
			fprintf(stream, "warning: ");
		fprintf(stream, "%s\n", problem->text);
	}
}
