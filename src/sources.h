/*
 * sources.h - what a policy file may name of the lists of the host's MTA:
 * postfix:PARAMETER and sendmail:CLASS.
 */
#ifndef SOURCES_H
#define SOURCES_H

#include "table/table.h"

#include <stddef.h>

/*
 * All sources of this host, made once; they live as long as the process. To
 * be called before there are threads.
 */
const struct table_source *sources_of_host(size_t *count);

#endif
