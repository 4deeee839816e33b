/*
 * aliases_files.c - the files in which an MTA finds its aliases.
 */
#include "mta/aliases_files.h"

#include "base/tree.h"
#include "mta/exim.h"
#include "mta/postfix.h"
#include "mta/postfix_list.h"
#include "mta/sendmail.h"

#include <string.h>

struct finding {
	const struct mta_host *host;
	struct arena *arena;
	const struct aliases_file **end;
	const struct aliases_file *first;
	enum aliases_dialect dialect;
};

static void
add(struct finding *finding, struct str path, const char *ending,
    struct place place)
{
	struct aliases_file *file = arena_alloc(finding->arena, sizeof(*file));

	*file = (struct aliases_file){
		.source = arena_copy(finding->arena, path).data,
		.place = place,
		.dialect = finding->dialect,
	};
	if (ending != NULL)
		file->built =
		    arena_print(finding->arena, "%s%s", file->source, ending);
	*finding->end = file;
	finding->end = &file->next;
}

static void
add_unknown(struct finding *finding, struct str spec, struct place place)
{
	struct aliases_file *file = arena_alloc(finding->arena, sizeof(*file));

	*file = (struct aliases_file){
		.unknown = arena_print(finding->arena,
		    "aliases of \"" STR_FORMAT "\" are in no file",
		    STR_ARGS(spec)),
		.place = place,
	};
	*finding->end = file;
	finding->end = &file->next;
}

/* A table by its "type:path", as far as it is a file with aliases. */
static void
add_table(struct finding *finding, struct str spec, struct place place)
{
	static const struct {
		struct str type;
		const char *ending;
	} types[] = {
		{ STR_INIT("hash"), ".db" },
		{ STR_INIT("btree"), ".db" },
		{ STR_INIT("lmdb"), ".lmdb" },
		{ STR_INIT("cdb"), ".cdb" },
		{ STR_INIT("dbm"), ".pag" },
		{ STR_INIT("sdbm"), ".pag" },
		{ STR_INIT("texthash"), NULL },
	};
	struct str type, path;

	str_cut(spec, ':', &type, &path);
	if (str_equal(type, STR("proxy"))) {
		add_table(finding, path, place);
		return;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!str_equal(type, types[i].type))
			continue;
		add(finding, path, types[i].ending, place);
		return;
	}
	add_unknown(finding, spec, place);
}

static void
of_postfix(struct finding *finding, const struct mta *mta)
{
	struct postfix_value maps;
	struct error error;
	struct str rest, spec;

	finding->dialect = ALIASES_POSTFIX;
	if (!postfix_value(mta->postfix, NULL, "alias_maps", &maps, &error))
		return;
	rest = maps.text;
	while (postfix_list_next(&rest, &spec))
		add_table(finding, spec, maps.place);
}

static void
of_sendmail(struct finding *finding, const struct mta *mta)
{
	struct str files, file, type, path;
	struct place place;

	finding->dialect = ALIASES_SENDMAIL;
	if (!sendmail_option(mta->sendmail, "AliasFile", &files, &place))
		return;
	while (files.length > 0) {
		str_cut(files, ',', &file, &files);
		file = str_trim(file);
		if (file.length == 0)
			continue;
		if (file.data[0] == '/') {
			add(finding, file, ".db", place);
			continue;
		}
		/* "type:-flag path" */
		str_cut(file, ':', &type, &path);
		path = str_trim(path);
		while (path.length > 0 && path.data[0] == '-' &&
		    str_cut(path, ' ', &file, &path))
			path = str_trim(path);
		add_table(finding,
		    str_from(
			arena_print(finding->arena, STR_FORMAT ":" STR_FORMAT,
			    STR_ARGS(type), STR_ARGS(path))),
		    place);
	}
}

/* Every lsearch{/file} in the data of a redirect router. */
static void
of_exim(struct finding *finding, const struct mta *mta)
{
	static const struct str mark = STR_INIT("lsearch{");
	const struct exim_drivers *routers = &mta->exim->routers;

	finding->dialect = ALIASES_EXIM;
	for (size_t i = 0; i < routers->count; i++) {
		const struct exim_option *data =
		    exim_option(&routers->drivers[i].options, "data");
		struct str rest = data != NULL ? data->value : STR("");
		struct str path;

		while (rest.length > mark.length) {
			if (!str_starts(rest, mark)) {
				rest = str_slice(rest, 1, rest.length);
				continue;
			}
			rest = str_slice(rest, mark.length, rest.length);
			str_cut(rest, '}', &path, &rest);
			if (path.length > 0 && path.data[0] == '/')
				add(finding, path, NULL, data->place);
		}
	}
}

const struct aliases_file *
aliases_files(const struct mta *mta, const struct mta_host *host,
    struct arena *arena)
{
	static void (*const find[MTA_KINDS])(struct finding * finding,
	    const struct mta *mta) = {
		[MTA_POSTFIX] = of_postfix,
		[MTA_SENDMAIL] = of_sendmail,
		[MTA_EXIM] = of_exim,
	};
	struct finding finding = { .host = host, .arena = arena };

	finding.end = &finding.first;
	find[mta->kind](&finding, mta);
	return finding.first;
}
