/*
 * syslog_ng.h - the part of syslog.h that reads syslog-ng.conf.
 */
#ifndef HOST_SYSLOG_NG_H
#define HOST_SYSLOG_NG_H

#include "host/syslog.h"

/*
 * Adds the rules in the text of a file in syslog-ng's format, roughly: a log
 * path whose filters name facilities without "not" is decided, others are
 * not.
 */
void syslog_ng_parse(struct syslog_reading *reading, struct str text,
    const char *file);

#endif
