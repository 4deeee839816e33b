/*
 * report_xml.h - XML being written: elements, attributes and text, each
 * escaped by libxml2.
 *
 * A failure is remembered, so that a writer asks once, at the end.
 */
#ifndef REPORT_REPORT_XML_H
#define REPORT_REPORT_XML_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>

struct report_xml;

/*
 * Begins a document; NULL: no memory. A prolog (may be NULL) is written as it
 * is, in the place of an XML declaration. Indented: a line an element.
 */
struct report_xml *report_xml_new(struct arena *arena, const char *prolog,
    bool indented);

/* Ends the document, and frees all but the text, which is in the arena. */
bool report_xml_end(struct report_xml *xml, struct str *text,
    struct error *error);

void report_xml_open(struct report_xml *xml, const char *name);
void report_xml_close(struct report_xml *xml);

/* Closes an element that never has content, such as meta of HTML. */
void report_xml_close_empty(struct report_xml *xml);

/* The value NULL: no attribute. Only right after open. */
void report_xml_attribute(struct report_xml *xml, const char *name,
    const char *value);
void report_xml_number(struct report_xml *xml, const char *name,
    unsigned long value);

/* The text has gone through report_clean(), or is ours. */
void report_xml_text(struct report_xml *xml, const char *text);

/* As it is: a style sheet of ours. */
void report_xml_raw(struct report_xml *xml, const char *text);

/* An element that has only a text; of a text NULL, nothing. */
void report_xml_element(struct report_xml *xml, const char *name,
    const char *text);

#endif
