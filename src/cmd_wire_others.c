/*
 * cmd_wire_others.c - the lines for sendmail.mc, and for systemd.
 */
#include "cmd_wire.h"

#include <stdio.h>
#include <string.h>

bool
wire_sendmail(const struct policy *policy)
{
	char bytes[WIRE_ADDRESS] = "";
	struct buf address = { .data = bytes, .capacity = sizeof(bytes) - 1 };

	if (!wire_find(policy->milter_listeners, policy->milter_listener_count,
		wire_write_sendmail, &address)) {
		fprintf(stderr,
		    "mtaguard wire: listen.milter names no address, and "
		    "Sendmail speaks with milters only: listen = { milter = "
		    "\"unix:/run/mtaguard/milter\"; };\n");
		return false;
	}
	printf("\n");
	wire_comment("dnl", "---- sendmail.mc, before other milters ----\n");
	if (strncmp(bytes, "inet", strlen("inet")) == 0)
		wire_comment("dnl",
		    "WARNING: over inet, Sendmail takes about 44 ms for each "
		    "command (Nagle's\n"
		    "algorithm against delayed acknowledgements). A unix "
		    "socket "
		    "does not.\n");
	wire_comment("dnl", wire_fallback(policy)->meaning);
	printf("INPUT_MAIL_FILTER(`mtaguard', `S=%s%s, "
	       "T=C:3s;S:5s;R:10s;E:30s')dnl\n",
	    bytes, wire_fallback(policy)->sendmail);
	wire_comment("dnl",
	    "Without F= Sendmail goes on without the filter; with F=T it "
	    "answers\n"
	    "4xx. DAEMON_OPTIONS with InputFilter= takes the guard away from "
	    "its\n"
	    "port. A unix socket must not lie below a directory that all may "
	    "write.\n"
	    "Then build sendmail.cf and restart Sendmail.\n");
	return true;
}

/* The check before the start of an MTA, and while it runs. */
static void
print_gate(void)
{
	wire_comment("#",
	    "Looks at the configuration before the MTA starts. With \"-\" it "
	    "only tells;\n"
	    "without, the MTA does not start for what is proven and "
	    "critical, such as\n"
	    "relaying for strangers. What is not known never stops it.\n");
	printf("[Service]\n"
	       "ExecStartPre=-" SBINDIR
	       "/mtaguard check --gate --deadline 10s\n\n");
	wire_comment("#",
	    "And while it runs, daily and when a configuration changes:\n"
	    "systemctl enable --now mtaguard-check.timer "
	    "mtaguard-check.path\n");
}

bool
wire_systemd(const struct policy *policy)
{
	bool asked = policy->policy_listener_count > 0;
	bool milter = policy->milter_listener_count > 0;
	char bytes[WIRE_ADDRESS] = "";
	struct buf units = { .data = bytes, .capacity = sizeof(bytes) - 1 };

	if (!asked && !milter) {
		fprintf(stderr,
		    "mtaguard wire: listen names no address, so there is "
		    "nothing to start\n");
		return false;
	}
	buf_print(&units, "%s%s%s", asked ? "mtaguard-policy.service" : "",
	    asked && milter ? " " : "",
	    milter ? "mtaguard-milter.service" : "");
	printf("\n# ---- once ----\n"
	       "systemctl enable --now %s%s\n\n",
	    asked ? "mtaguard-policy.socket " : "", bytes);
	wire_comment("#",
	    "---- /etc/systemd/system/UNIT.d/50-mtaguard.conf ----\n"
	    "UNIT is the one that runs the MTA: postfix@-.service (Debian 12, "
	    "Ubuntu\n"
	    "24.04), postfix.service (others), sendmail.service. The MTA waits "
	    "for\n"
	    "the guard when it starts; if the guard fails, it starts all the "
	    "same.\n");
	printf("[Unit]\n"
	       "Wants=%s\n"
	       "After=%s\n\n",
	    bytes, bytes);
	print_gate();
	printf("# Then: systemctl daemon-reload\n");
	return true;
}
