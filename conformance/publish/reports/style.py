"""The style of the page: light and dark, as narrow as a phone."""

from __future__ import annotations

from typing import Final

CSS: Final = """\
:root {
  color-scheme: light dark;
  --back: #ffffff; --front: #1b1f24; --quiet: #57606a; --line: #d0d7de; --band: #f6f8fa;
  --conforms: #116329; --diverges: #b4161b; --unsupported: #0a5a6e; --doubt: #7a4d00; --conflict: #7a2d8f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0d1117; --front: #e6edf3; --quiet: #9aa4ae; --line: #343b44; --band: #161b22;
    --conforms: #56d364; --diverges: #ff8a80; --unsupported: #6cc7dd; --doubt: #e3b341; --conflict: #d9a0ea;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--front); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin-top: 2rem; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--band); padding: 0.5rem; }
p { margin: 0.4rem 0; overflow-wrap: anywhere; }
.facts, .level, .rule, caption, td.none { color: var(--quiet); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
caption { text-align: left; padding-bottom: 0.3rem; }
th, td { padding: 0.25rem 0.7rem; border-bottom: 1px solid var(--line); }
th, td { text-align: right; white-space: nowrap; }
th:first-child { text-align: left; }
tfoot th, tfoot td { font-weight: 600; border-bottom: 0; }
.divergences { margin: 0.4rem 0; padding-left: 1.2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 0.8rem; margin: 0 0 0.4rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
article { border: 1px solid var(--line); border-radius: 0.4rem; padding: 0.6rem 0.8rem; margin: 0.8rem 0; }
.sign { display: inline-block; min-width: 1ch; font-weight: 700; }
.warning { border-left: 0.3rem solid var(--doubt); background: var(--band); padding: 0.4rem 0.8rem; }
.conforms { color: var(--conforms); }
.diverges, .crashed, .hung, .observed { color: var(--diverges); }
.unsupported { color: var(--unsupported); }
.unstable, .excused { color: var(--doubt); }
.conflict { color: var(--conflict); }
summary { cursor: pointer; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  th, td { padding: 0.2rem 0.3rem; font-size: 0.85rem; }
}
:focus-visible { outline: 2px solid var(--unsupported); outline-offset: 2px; }
"""
