/*
 * expected_networks.c - the networks that the site says its MTA may trust.
 */
#include "check/expected_networks.h"

#include "base/netblock_use.h"
#include "mta/postfix_list.h"

enum expected
expected_network(const struct check_run *run, const struct netblock *block)
{
	struct check_parameter parameter;
	struct str rest, word;

	if (!check_parameter(run, "var_postfix_mynetworks", &parameter))
		return EXPECTED_NOTHING;
	if (netblock_use(block) == NETBLOCK_LOOPBACK)
		return EXPECTED_YES;
	rest = parameter.value;
	while (postfix_list_next(&rest, &word)) {
		struct netblock expected;
		struct error ignored;

		if (postfix_block_parse(word, &expected, &ignored) &&
		    netblock_is_within(block, &expected))
			return EXPECTED_YES;
	}
	return EXPECTED_NO;
}
