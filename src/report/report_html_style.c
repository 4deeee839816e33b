/*
 * report_html_style.c - how the page of a report looks.
 *
 * Colours are named once, by day and by night. Contrast of text is at least
 * 4.5:1 (WCAG 2.1, 1.4.3); an outcome is a word as well as a colour.
 */
#include "report/report_html_style.h"

#include <stddef.h>

/* clang-format off */
const char *const report_html_style[] = {
"\n:root{color-scheme:light dark;--page:#f5f6f8;--card:#fff;--ink:#1b1f27;"
"--soft:#5a6372;--line:#dfe3ea;--code:#eef1f5;--fail:#b3131b;"
"--fail-soft:#fdecec;--unknown:#8a5300;--unknown-soft:#fdf3df;"
"--pass:#176639;--pass-soft:#e5f4ea;--waived:#1c5a92;--waived-soft:#e6f0fa}\n",
"@media (prefers-color-scheme:dark){:root{--page:#12151b;--card:#1b2029;"
"--ink:#e7eaf0;--soft:#a2abba;--line:#303743;--code:#262d38;--fail:#ff8f8f;"
"--fail-soft:#3a1d21;--unknown:#f2bd63;--unknown-soft:#352a15;"
"--pass:#7ed4a0;--pass-soft:#17301f;--waived:#8fc1f2;"
"--waived-soft:#182b3f}}\n",
"*{box-sizing:border-box}\n",
"body{margin:0;background:var(--page);color:var(--ink);"
"font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\","
"sans-serif;overflow-wrap:anywhere}\n",
"main{max-width:58rem;margin:0 auto;padding:1.5rem 1rem 4rem}\n",
"h1{font-size:1.75rem;line-height:1.2;margin:0;letter-spacing:-.01em}\n",
"h2{font-size:1.15rem;line-height:1.3;margin:2.75rem 0 1rem;"
"padding-bottom:.5rem;border-bottom:1px solid var(--line)}\n",
"h3{font-size:1.05rem;line-height:1.35;margin:0 0 .15rem}\n",
"h4{font-size:.8rem;margin:0;color:var(--soft);font-weight:600}\n",
"p,ul,dl,dd{margin:0;padding:0}\n",
"ul{list-style:none}\n",
"code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"
"\"DejaVu Sans Mono\",monospace;font-size:.85em}\n",
".kicker{color:var(--soft);font-size:.85rem;font-weight:600;"
"margin-bottom:.15rem}\n",
".verdict{margin:1.1rem 0 1rem;padding:.8rem 1rem;border-radius:.6rem;"
"font-size:1.1rem;font-weight:650}\n",
".verdict.fail{background:var(--fail-soft);color:var(--fail)}\n",
".verdict.unknown{background:var(--unknown-soft);color:var(--unknown)}\n",
".verdict.pass{background:var(--pass-soft);color:var(--pass)}\n",
".tiles{display:grid;grid-template-columns:repeat(5,1fr);gap:.6rem}\n",
".tile{background:var(--card);border:1px solid var(--line);"
"border-radius:.6rem;padding:.6rem .8rem}\n",
".tile b{display:block;font-size:1.5rem;line-height:1.2;"
"font-variant-numeric:tabular-nums}\n",
".tile span{font-size:.82rem;color:var(--soft);overflow-wrap:normal}\n",
".tile.fail b{color:var(--fail)}.tile.unknown b{color:var(--unknown)}"
".tile.pass b{color:var(--pass)}.tile.waived b{color:var(--waived)}"
".tile.none b{color:var(--soft);font-weight:400}\n",
".facts{display:grid;grid-template-columns:max-content 1fr;"
"gap:.2rem 1rem;margin-top:1.1rem;font-size:.92rem}\n",
"dt{color:var(--soft)}\n",
".card{background:var(--card);border:1px solid var(--line);"
"border-radius:.7rem;padding:1rem 1.15rem;margin-bottom:1rem}\n",
".card.fail{border-top:4px solid var(--fail)}"
".card.unknown{border-top:4px solid var(--unknown)}"
".card.waived{border-top:4px solid var(--waived)}\n",
".badges{display:flex;flex-wrap:wrap;gap:.4rem;margin-bottom:.5rem}\n",
".badges span{font-size:.78rem;font-weight:650;padding:.1rem .55rem;"
"border-radius:1rem;border:1px solid var(--line);color:var(--soft)}\n",
".badges .severity::first-letter{text-transform:uppercase}\n",
".card.fail .outcome{background:var(--fail-soft);color:var(--fail);"
"border-color:transparent}"
".card.unknown .outcome{background:var(--unknown-soft);"
"color:var(--unknown);border-color:transparent}"
".card.waived .outcome{background:var(--waived-soft);color:var(--waived);"
"border-color:transparent}\n",
".card.fail.s-critical .severity,.card.fail.s-high .severity{"
"color:var(--fail);border-color:currentColor}\n",
".id{color:var(--soft)}\n",
".findings{margin:.85rem 0 0;display:grid;gap:.75rem}\n",
".finding{padding:.1rem 0 .1rem .8rem;border-left:3px solid var(--line)}\n",
".finding.fail{border-color:var(--fail)}"
".finding.unknown{border-color:var(--unknown)}"
".finding.pass{border-color:var(--pass)}\n",
".place{display:inline-block;background:var(--code);border-radius:.3rem;"
"padding:.08rem .4rem;margin-bottom:.2rem;font-weight:600}\n",
".values{display:grid;grid-template-columns:max-content 1fr;"
"gap:.1rem .8rem;margin-top:.35rem;font-size:.9rem}\n",
".values dd{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"
"\"DejaVu Sans Mono\",monospace;font-size:.92em}\n",
".waiver{margin-top:.85rem;padding:.5rem .8rem;border-radius:.4rem;"
"background:var(--waived-soft);color:var(--waived);font-size:.92rem}\n",
".rationale{margin-top:.85rem;color:var(--soft);font-size:.92rem}\n",
".remedy{margin-top:.85rem;padding:.6rem .85rem;border-radius:.4rem;"
"background:var(--code)}\n",
".remedy p{white-space:pre-line;font-size:.95rem}\n",
".references{display:flex;flex-wrap:wrap;gap:.25rem .9rem;"
"margin-top:.85rem;font-size:.82rem;color:var(--soft)}\n",
".folded{margin:1.5rem 0 0}\n",
".folded h3{margin-bottom:.5rem}\n",
"details{border-top:1px solid var(--line)}"
"details:last-child{border-bottom:1px solid var(--line)}\n",
"summary{cursor:pointer;padding:.55rem .1rem;display:flex;flex-wrap:wrap;"
"justify-content:space-between;gap:0 1rem}\n",
"summary span::before{content:\"\\25b8\";color:var(--soft);"
"display:inline-block;width:1.1em}\n",
"details[open] summary span::before{content:\"\\25be\"}\n",
"summary::-webkit-details-marker{display:none}\n",
"summary:focus-visible{outline:2px solid var(--waived);"
"outline-offset:2px;border-radius:.2rem}\n",
"details .findings,details .references{margin:.1rem 0 .8rem 1.2rem}\n",
"@media (max-width:36rem){main{padding:1rem .8rem 3rem}"
"h1{font-size:1.4rem}.tiles{grid-template-columns:repeat(3,1fr)}"
".card{padding:.85rem .9rem}summary .id{padding-left:1.4em}}\n",
"@media print{:root{--page:#fff;--card:#fff;--ink:#000;--soft:#444;"
"--line:#bbb;--code:#f2f2f2;--fail:#b3131b;--fail-soft:#fff;"
"--unknown:#7a4a00;--unknown-soft:#fff;--pass:#176639;--pass-soft:#fff;"
"--waived:#1c5a92;--waived-soft:#fff}"
"body{font-size:10pt}main{max-width:none;padding:0}"
".verdict{border:1px solid currentColor}"
".card{box-decoration-break:clone;-webkit-box-decoration-break:clone}"
".finding,.remedy,.references,details,.tile{break-inside:avoid}"
"h2,h3,.badges,.card .id{break-after:avoid}"
"summary{padding:.25rem 0}summary span::before{content:\"\"}}\n",
NULL,
};
/* clang-format on */
