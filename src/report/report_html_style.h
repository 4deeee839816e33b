/*
 * report_html_style.h - how the page of a report looks.
 */
#ifndef REPORT_REPORT_HTML_STYLE_H
#define REPORT_REPORT_HTML_STYLE_H

/*
 * The rules of a style sheet, up to a NULL. Without "<" and "&": they stand
 * in the page as they are.
 */
extern const char *const report_html_style[];

#endif
