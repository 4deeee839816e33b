/*
 * report_xml.c - XML being written.
 */
#include "report/report_xml.h"

#include <libxml/xmlwriter.h>
#include <stdlib.h>

struct report_xml {
	struct arena *arena;
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer;
	bool failed;
};

/* libxml2's characters are unsigned. */
static const xmlChar *
of(const char *text)
{
	return (const xmlChar *)text;
}

static void
note(struct report_xml *xml, int result)
{
	if (result < 0)
		xml->failed = true;
}

struct report_xml *
report_xml_new(struct arena *arena, const char *prolog, bool indented)
{
	struct report_xml *xml = arena_alloc(arena, sizeof(*xml));

	xml->arena = arena;
	xml->buffer = xmlBufferCreate();
	if (xml->buffer == NULL)
		return NULL;
	/* Else each element that is added copies all before it. */
	xmlBufferSetAllocationScheme(xml->buffer, XML_BUFFER_ALLOC_DOUBLEIT);
	xml->writer = xmlNewTextWriterMemory(xml->buffer, 0);
	if (xml->writer == NULL) {
		xmlBufferFree(xml->buffer);
		return NULL;
	}
	if (indented) {
		note(xml, xmlTextWriterSetIndent(xml->writer, 1));
		note(xml, xmlTextWriterSetIndentString(xml->writer, of("  ")));
	}
	if (prolog != NULL)
		note(xml, xmlTextWriterWriteRaw(xml->writer, of(prolog)));
	else
		note(xml,
		    xmlTextWriterStartDocument(xml->writer, NULL, "UTF-8",
			NULL));
	return xml;
}

bool
report_xml_end(struct report_xml *xml, struct str *text, struct error *error)
{
	note(xml, xmlTextWriterEndDocument(xml->writer));
	note(xml, xmlTextWriterFlush(xml->writer));
	xmlFreeTextWriter(xml->writer);
	if (!xml->failed)
		*text = arena_copy(xml->arena,
		    (struct str){ (const char *)xmlBufferContent(xml->buffer),
			(size_t)xmlBufferLength(xml->buffer) });
	xmlBufferFree(xml->buffer);
	xmlCleanupParser();
	return !xml->failed || error_set(error, "no memory for the report");
}

void
report_xml_open(struct report_xml *xml, const char *name)
{
	note(xml, xmlTextWriterStartElement(xml->writer, of(name)));
}

/* HTML knows no <p/>: an element that may have content has an end. */
void
report_xml_close(struct report_xml *xml)
{
	note(xml, xmlTextWriterFullEndElement(xml->writer));
}

void
report_xml_close_empty(struct report_xml *xml)
{
	note(xml, xmlTextWriterEndElement(xml->writer));
}

void
report_xml_attribute(struct report_xml *xml, const char *name,
    const char *value)
{
	if (value != NULL)
		note(xml,
		    xmlTextWriterWriteAttribute(xml->writer, of(name),
			of(value)));
}

void
report_xml_number(struct report_xml *xml, const char *name, unsigned long value)
{
	report_xml_attribute(xml, name, arena_print(xml->arena, "%lu", value));
}

void
report_xml_text(struct report_xml *xml, const char *text)
{
	if (text != NULL)
		note(xml, xmlTextWriterWriteString(xml->writer, of(text)));
}

void
report_xml_raw(struct report_xml *xml, const char *text)
{
	note(xml, xmlTextWriterWriteRaw(xml->writer, of(text)));
}

void
report_xml_element(struct report_xml *xml, const char *name, const char *text)
{
	if (text == NULL)
		return;
	report_xml_open(xml, name);
	report_xml_text(xml, text);
	report_xml_close(xml);
}
