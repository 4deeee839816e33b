/*
 * expected_networks.h - the networks that the site says its MTA may trust:
 * mynetworks of expect, or var_postfix_mynetworks of a profile.
 */
#ifndef CHECK_EXPECTED_NETWORKS_H
#define CHECK_EXPECTED_NETWORKS_H

#include "base/netblock.h"
#include "check/check.h"

enum expected {
	EXPECTED_NOTHING, /* the site has not said any */
	EXPECTED_YES,     /* it lies in one of them, or is loopback */
	EXPECTED_NO,
};

enum expected expected_network(const struct check_run *run,
    const struct netblock *block);

#endif
