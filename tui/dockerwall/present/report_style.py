"""How an HTML report looks: on a light screen, on a dark one, and on paper."""

from __future__ import annotations

STYLE = """
:root {
  --ground: #fff; --text: #23282f; --faint: #667080; --line: #dfe3e8; --shade: #f5f6f8;
  --red: #b3262e; --amber: #8a5a00; --violet: #6b3fa0; --blue: #1f5fa8; --teal: #1d6b5c;
  --grey: #5b6470;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171c; --text: #d3d9e1; --faint: #8d97a5; --line: #2d343e; --shade: #1c2128;
    --red: #f0787f; --amber: #e8b65a; --violet: #c7a0e8; --blue: #7db4e6; --teal: #7fbfae;
    --grey: #9aa4b1;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif;
}
main { max-width: 68rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; padding-bottom: .3rem;
  border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0 0 .6rem; }
h4 { font-size: .875rem; margin: 1rem 0 .4rem; color: var(--faint); }
p { margin: .4rem 0; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 0 0 1.5rem; font-size: .875rem; }
dl div { max-width: 100%; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
.verdict { border: 1px solid var(--line); border-left: .4rem solid var(--tone, var(--grey));
  background: var(--shade); padding: .8rem 1.1rem; border-radius: .25rem; }
.answer { font-size: 1.1rem; }
.answer strong { color: var(--tone); letter-spacing: .03em; margin-right: .3rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--faint); font-size: .8rem; }
th, td { padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
code, pre { font: .85em/1.45 ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace; }
code { white-space: pre-wrap; }
pre { background: var(--shade); border: 1px solid var(--line); border-radius: .25rem;
  padding: .6rem .8rem; margin: .6rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
ul { margin: .4rem 0; padding-left: 1.2rem; }
article { border: 1px solid var(--line); border-radius: .25rem; padding: .9rem 1.1rem;
  margin: .75rem 0; }
article table { font-size: .85rem; }
article tr:last-child td { border-bottom: 0; }
th, .ports td:nth-child(2), .ports td:nth-child(5) { white-space: nowrap; }
.ports { min-width: 46rem; }
.ways, .deciders { table-layout: fixed; min-width: 34rem; }
.ways th:nth-child(1), .deciders th:nth-child(1) { width: 24%; }
.ways th:nth-child(2) { width: 26%; }
.ways th:nth-child(4) { width: 20%; }
.deciders th:nth-child(3) { width: 10%; }
.aside { color: var(--faint); font-weight: 400; font-size: .9rem; }
.id { font-weight: 400; color: var(--faint); }
.badge { display: inline-block; border: 1px solid var(--tone, var(--grey)); border-radius: .25rem;
  color: var(--tone, var(--grey)); padding: 0 .4rem; font-size: .8rem; font-weight: 600;
  white-space: nowrap; }
.exposed, .critical { --tone: var(--red); }
.allowlisted, .warning { --tone: var(--amber); }
.unknown { --tone: var(--violet); }
.lan { --tone: var(--blue); }
.as-expected, .closed, .local, .notice { --tone: var(--teal); }
@media print {
  :root { --ground: #fff; --text: #000; --faint: #444; --line: #bbb; --shade: #fff;
    --red: #9b1c23; --amber: #6e4800; --violet: #55307f; --blue: #174a84; --teal: #15543f;
    --grey: #444; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  .wide { overflow: visible; }
  table, article table { min-width: 0; font-size: 9.5pt; }
  h2, h3, h4 { break-after: avoid; }
  tr, .verdict, pre, article { break-inside: avoid; }
  thead { display: table-header-group; }
  @page { margin: 16mm 14mm; }
}
"""
