/*
 * policy_ceiling.c - the setting networks_ceiling.
 */
#include "policy/policy_ceiling.h"

#include "policy/policy_values.h"
#include "table/network.h"

enum {
	ONE_ADDRESS = 128, /* bits */
};

/* Adds 127.0.0.0/8, ::1 and the host's own addresses. */
static size_t
add_host(const struct host *host, struct netblock *blocks)
{
	static const struct netblock loopback[] = {
		{
		    .address.bytes = { [10] = 0xff, [11] = 0xff, [12] = 127 },
		    .prefix = 104,
		},
		{ .address.bytes = { [15] = 1 }, .prefix = ONE_ADDRESS },
	};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(loopback) / sizeof(loopback[0]); i++)
		blocks[count++] = loopback[i];
	for (size_t i = 0; host != NULL && i < host->address_count; i++)
		blocks[count++] = (struct netblock){
			.address = host->addresses[i],
			.prefix = ONE_ADDRESS,
		};
	return count;
}

void
policy_ceiling_read(struct policy_reader *reader,
    const struct policy_setting *setting, const struct policy_node *node,
    void *object)
{
	const struct host *host = reader->options->host;
	struct policy_strings strings = policy_strings_of(reader, node);
	size_t own = 2 + (host != NULL ? host->address_count : 0);
	struct table_ceiling *ceiling =
	    arena_alloc(reader->load, sizeof(*ceiling));
	struct netblock *blocks =
	    arena_alloc(reader->load, (strings.count + own) * sizeof(*blocks));
	struct error error;

	(void)setting;
	(void)object;
	if (policy_strings_take(&strings, STR("host")))
		ceiling->count = add_host(host, blocks);
	for (size_t i = 0; i < strings.count; i++)
		if (network_parse(strings.values[i].text,
			&blocks[ceiling->count], &error))
			ceiling->count++;
		else
			problems_error(reader->problems,
			    strings.values[i].place,
			    "%s: networks_ceiling has networks, or the word "
			    "\"host\"",
			    error.text);
	ceiling->blocks = blocks;
	reader->tables.ceiling = ceiling;
}
