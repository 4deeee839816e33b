/*
 * exim_debian.c - the parts of which Debian makes a configuration of Exim.
 *
 * The start of exim4 runs update-exim4.conf(8), so what counts is what it
 * will make of conf.d or the template, and of update-exim4.conf.conf.
 */
#include "mta/exim.h"

#include "base/buf.h"
#include "base/lines.h"

enum {
	SETTINGS = 16,
	VALUE_MAX = 4096,
};

/* The assignments of update-exim4.conf.conf, a shell script by name only. */
struct setting {
	struct str name;
	struct str value;
	struct place place;
};

struct debian {
	struct tree *tree;
	struct arena *arena;
	struct exim_text *text;
	const char *directory;
	struct setting settings[SETTINGS];
	size_t count;
	struct place file;
};

static struct str
unquote(struct str value)
{
	value = str_trim(value);
	if (value.length > 1 &&
	    (value.data[0] == '\'' || value.data[0] == '"') &&
	    value.data[value.length - 1] == value.data[0])
		return str_slice(value, 1, value.length - 1);
	return value;
}

static struct setting
setting(const struct debian *debian, const char *name)
{
	for (size_t i = debian->count; i-- > 0;)
		if (str_equal(debian->settings[i].name, str_from(name)))
			return debian->settings[i];
	return (struct setting){ .place = debian->file };
}

static void
define(struct debian *debian, struct str name, struct str value,
    struct place place)
{
	struct exim_macro *macro = arena_alloc(debian->arena, sizeof(*macro));

	*macro = (struct exim_macro){ debian->text->debian, name,
		arena_lower(debian->arena, value), place };
	debian->text->debian = macro;
}

/* "a ; b" becomes "<; a ; b", as the script makes it. */
static struct str
with_separator(struct debian *debian, struct str list)
{
	if (list.length == 0 || list.data[0] == '<' || !str_has(list, ';'))
		return list;
	return str_from(
	    arena_print(debian->arena, "<; " STR_FORMAT, STR_ARGS(list)));
}

static struct str
colons(struct debian *debian, const char *before, struct str list)
{
	struct buf out = { .data = arena_alloc(debian->arena, VALUE_MAX),
		.capacity = VALUE_MAX };

	buf_add(&out, str_from(before));
	for (size_t i = 0; i < list.length; i++)
		buf_add_char(&out, list.data[i] == ';' ? ':' : list.data[i]);
	struct str made = str_trim(buf_str(&out));
	while (made.length > 0 && made.data[made.length - 1] == ':')
		made = str_trim(str_slice(made, 0, made.length - 1));
	return made;
}

static void
define_networks(struct debian *debian)
{
	struct setting nets = setting(debian, "dc_relay_nets");
	struct str list = with_separator(debian, nets.value);

	define(debian, STR("MAIN_RELAY_NETS"),
	    str_from(arena_print(debian->arena,
		str_starts(list, STR("<;")) ? STR_FORMAT " ; 127.0.0.1 ; ::1"
					    : STR_FORMAT " : 127.0.0.1 : ::::1",
		STR_ARGS(list))),
	    nets.place);
}

static struct str
mail_name(struct debian *debian)
{
	static const char path[] = "/etc/mailname";
	struct error error;
	struct str text = STR(""), first, rest;

	if (tree_read(debian->tree, path, EXIM_FILE_MAX, debian->arena, &text,
		&error) == LOOKUP_FAILED)
		exim_text_unread(debian->text,
		    (struct place){ tree_shown(debian->tree, path), 0 },
		    "cannot be read: %s", error.text);
	str_cut(text, '\n', &first, &rest);
	return str_trim(first);
}

/* What update-exim4.conf(8) defines; later ones come first here. */
static void
define_macros(struct debian *debian, struct str type)
{
	static const struct {
		const char *setting;
		struct str macro;
	} plain[] = {
		{ "dc_localdelivery", STR_INIT("LOCAL_DELIVERY") },
		{ "dc_readhost", STR_INIT("DCreadhost") },
		{ "dc_eximconfig_configtype",
		    STR_INIT("DC_eximconfig_configtype") },
	};
	struct setting own = setting(debian, "dc_other_hostnames");
	struct setting host = setting(debian, "dc_smarthost");
	struct setting to = setting(debian, "dc_relay_domains");
	struct setting at = setting(debian, "dc_local_interfaces");

	define(debian,
	    str_from(arena_print(debian->arena, "DCconfig_" STR_FORMAT,
		STR_ARGS(type))),
	    STR("1"), debian->file);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		struct setting given = setting(debian, plain[i].setting);

		if (given.value.length == 0 && i == 0)
			given.value = STR("mail_spool");
		define(debian, plain[i].macro, given.value, given.place);
	}
	define(debian, STR("DCsmarthost"), colons(debian, "", host.value),
	    host.place);
	define_networks(debian);
	define(debian, STR("ETC_MAILNAME"), mail_name(debian), debian->file);
	define(debian, STR("MAIN_RELAY_TO_DOMAINS"),
	    with_separator(debian, to.value), to.place);
	define(debian, STR("MAIN_LOCAL_DOMAINS"),
	    colons(debian, "@:localhost:", own.value), own.place);
	if (at.value.length > 0)
		define(debian, STR("MAIN_LOCAL_INTERFACES"),
		    with_separator(debian, at.value), at.place);
	if (str_equal(setting(debian, "dc_minimaldns").value, STR("true")))
		define(debian, STR("DC_minimaldns"), STR("1"), debian->file);
	if (str_equal(setting(debian, "dc_hide_mailname").value, STR("true")))
		define(debian, STR("HIDE_MAILNAME"), STR("1"), debian->file);
	/* What begins with a capital letter there becomes a macro, too. */
	for (size_t i = 0; i < debian->count; i++)
		if (debian->settings[i].name.data[0] < 'a' &&
		    !str_equal(debian->settings[i].name, STR("CFILEMODE")))
			define(debian, debian->settings[i].name,
			    debian->settings[i].value,
			    debian->settings[i].place);
}

static bool
read_settings(struct debian *debian)
{
	const char *path = arena_print(debian->arena,
	    "%s/update-exim4.conf.conf", debian->directory);
	struct error error;
	struct str text = STR(""), line;
	enum lookup found = tree_read(debian->tree, path, EXIM_FILE_MAX,
	    debian->arena, &text, &error);

	if (found == LOOKUP_MISSING)
		return false;
	debian->file = (struct place){ tree_shown(debian->tree, path), 0 };
	if (found == LOOKUP_FAILED)
		exim_text_unread(debian->text, debian->file,
		    "cannot be read: %s", error.text);
	struct lines lines = lines_of(text);
	while (lines_next(&lines, &line) && debian->count < SETTINGS) {
		struct setting *next = &debian->settings[debian->count];

		if (line.length == 0 || line.data[0] == '#' ||
		    !str_cut(line, '=', &next->name, &next->value))
			continue;
		next->name = str_trim(next->name);
		next->value = unquote(next->value);
		next->place = (struct place){ debian->file.file, lines.number };
		debian->count += next->name.length > 0;
	}
	return true;
}

/* Adds a file to the sources; false: it is not there. */
static bool
add(struct debian *debian, const char *path)
{
	struct exim_text *text = debian->text;
	struct error error = { "" };
	struct str content;
	enum lookup found = tree_read(debian->tree, path, EXIM_FILE_MAX,
	    debian->arena, &content, &error);

	if (found == LOOKUP_MISSING)
		return false;
	const char *shown = tree_shown(debian->tree, path);
	if (found == LOOKUP_FAILED) {
		return exim_text_unread(text, (struct place){ shown, 0 },
		    "cannot be read: %s", error.text);
	}
	struct exim_source *sources = arena_alloc(debian->arena,
	    (text->source_count + 1) * sizeof(*sources));
	if (text->source_count > 0)
		memcpy(sources, text->sources,
		    text->source_count * sizeof(*sources));
	sources[text->source_count++] = (struct exim_source){ shown, content };
	text->sources = sources;
	return true;
}

/* Names of letters, digits, _ and - alone, as run-parts(8) has it. */
static bool
is_part(const char *name)
{
	for (; *name != '\0'; name++)
		if ((*name < 'a' || *name > 'z') &&
		    (*name < 'A' || *name > 'Z') &&
		    (*name < '0' || *name > '9') && *name != '_' &&
		    *name != '-')
			return false;
	return true;
}

static bool
add_split(struct debian *debian)
{
	static const char *const sections[] = { "main", "acl", "router",
		"transport", "retry", "rewrite", "auth" };
	bool any = false;

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		const char *folder = arena_print(debian->arena, "%s/conf.d/%s",
		    debian->directory, sections[i]);
		const char **names;
		struct error error;
		size_t count = 0;

		enum lookup found = tree_list(debian->tree, folder,
		    debian->arena, &names, &count, &error);
		if (found == LOOKUP_FAILED)
			exim_text_unread(debian->text,
			    (struct place){ tree_shown(debian->tree, folder),
				0 },
			    "cannot be read: %s", error.text);
		if (found != LOOKUP_FOUND)
			continue;
		for (size_t j = 0; j < count; j++) {
			const char *path = arena_print(debian->arena, "%s/%s",
			    folder, names[j]);

			if (!is_part(names[j]))
				continue;
			any |=
			    add(debian,
				arena_print(debian->arena, "%s.rul", path)) ||
			    add(debian, path);
		}
	}
	return any;
}

bool
exim_debian_read(struct tree *tree, const char *directory, struct arena *arena,
    struct exim_text *text, const char **path)
{
	struct debian debian = { .tree = tree,
		.arena = arena,
		.text = text,
		.directory = directory };

	if (!read_settings(&debian))
		return false;
	*path = arena_print(arena, "%s/update-exim4.conf.conf", directory);
	struct str type = arena_lower(arena,
	    setting(&debian, "dc_eximconfig_configtype").value);
	if (!str_equal(type, STR("none")) && type.length > 0)
		define_macros(&debian, type);
	if (str_equal(arena_lower(arena,
			  setting(&debian, "dc_use_split_config").value),
		STR("true")))
		return add_split(&debian);
	add(&debian,
	    arena_print(arena, "%s/exim4.conf.localmacros", directory));
	return add(&debian,
	    arena_print(arena, "%s/exim4.conf.template", directory));
}
