"""The style sheet: one for all pages, in both themes, on paper too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LIGHT: Final[Mapping[str, str]] = {
    "paper": "#fdfcf9",
    "panel": "#f5f3ed",
    "ink": "#1c1e21",
    "faint": "#5a5d61",
    "line": "#d8d4c9",
    "link": "#1d4f80",
    "ok": "#1d6637",
    "bad": "#9b1c16",
    "bad-tint": "#fae4e0",
    "known": "#754600",
    "known-tint": "#faeed3",
    "odd": "#6b2c83",
    "odd-tint": "#f2e6f6",
    "older": "#23577f",
    "older-tint": "#e6eef5",
    "key": "#1d4f80",
    "word": "#6d3b00",
    "here": "#e9e5d9",
    "shade": "#0004",
}
DARK: Final[Mapping[str, str]] = {
    "paper": "#15171a",
    "panel": "#1e2125",
    "ink": "#e4e2dc",
    "faint": "#a5a6a3",
    "line": "#3a3e44",
    "link": "#8fbdea",
    "ok": "#82c995",
    "bad": "#ff9d92",
    "bad-tint": "#43201d",
    "known": "#efbf67",
    "known-tint": "#3a2d12",
    "odd": "#dba9ee",
    "odd-tint": "#352040",
    "older": "#92c1e8",
    "older-tint": "#1c2f40",
    "key": "#8fbdea",
    "word": "#e0b27c",
    "here": "#2b3036",
    "shade": "#fff5",
}

CLASSES: Final[Mapping[str, str]] = {
    "nothing": "no",
    "unsupported": "un",
    "not-shown": "ns",
    "conforms": "ok",
    "elsewhere": "ol",
    "expected": "ex",
    "unmet": "um",
    "conflict": "co",
    "unstable": "us",
    "diverges": "di",
    "hung": "hu",
    "crashed": "cr",
}
"""The class of each standing; short, since a table has thousands."""

_INKS: Final[Mapping[str, tuple[str, str]]] = {
    "no": ("faint", ""),
    "un": ("faint", ""),
    "ns": ("faint", ""),
    "ok": ("ok", ""),
    "ol": ("older", "older-tint"),
    "ex": ("known", "known-tint"),
    "um": ("odd", "odd-tint"),
    "co": ("odd", "odd-tint"),
    "us": ("odd", "odd-tint"),
    "di": ("bad", "bad-tint"),
    "hu": ("bad", "bad-tint"),
    "cr": ("bad", "bad-tint"),
}


def _variables(palette: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in palette.items())


def _standings() -> str:
    rules = []
    for name, (ink, tint) in _INKS.items():
        background = f";background:var(--{tint})" if tint else ""
        rules.append(f".{name}{{color:var(--{ink}){background}}}")
        if tint:
            rules.append(f"svg rect.{name}{{fill:var(--{tint});stroke:var(--{ink})}}")
        rules.append(f"svg text.{name}{{fill:var(--{ink})}}")
    return "\n".join(rules)


_SHEET: Final = """\
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 Charter,"Bitstream Charter",
 "Iowan Old Style",
 "Source Serif 4",Georgia,"DejaVu Serif",serif;overflow-wrap:break-word}
.bar,main,.foot{max-width:84rem;margin:0 auto;padding:0 1.25rem}
.bar{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;align-items:baseline;padding-top:.8rem;
 padding-bottom:.7rem}
header{border-bottom:1px solid var(--line)}
.bar,.foot,table,form,.facts dt,.legend,.box,figcaption,.crumbs,.tag{
 font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans","DejaVu Sans",sans-serif}
.bar,.foot,.crumbs{font-size:.9rem}
.bar .home{font-weight:650;color:var(--ink);margin-right:auto}
.bar a,.crumbs a,.foot a{text-decoration:none}
.bar a:hover,.crumbs a:hover,.foot a:hover{text-decoration:underline}
.bar a[aria-current]{color:var(--ink);font-weight:600}
.foot{border-top:1px solid var(--line);margin-top:3rem;padding-top:1rem;padding-bottom:2rem;
 color:var(--faint)}
.crumbs{margin:1.4rem 0 0;color:var(--faint)}
a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:1px}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.3rem .6rem;z-index:9}
h1,h2,h3{line-height:1.25;font-weight:600;text-wrap:balance}
h1{font-size:1.9rem;margin:1.1rem 0 .5rem;letter-spacing:-.01em}
h2{font-size:1.25rem;margin:2.4rem 0 .6rem}
h3{font-size:1.05rem;margin:1.6rem 0 .4rem}
p,ul,dl{margin:.6rem 0}
p,.prose{max-width:46rem}
.lead{font-size:1.14rem;line-height:1.5}
.faint{color:var(--faint)}
.number{font-variant-numeric:tabular-nums}
code,pre,svg text,kbd{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",
 "DejaVu Sans Mono",monospace}
code{font-size:.88em}
pre{background:var(--panel);border:1px solid var(--line);border-radius:4px;padding:.8rem 1rem;
 overflow-x:auto;
 font-size:.84rem;line-height:1.5;margin:.6rem 0;max-width:100%;tab-size:4}
pre .k{color:var(--key)} pre .s{color:var(--word)} pre .c{color:var(--faint);font-style:italic}
.warn{border-left:4px solid var(--bad);background:var(--bad-tint);padding:.6rem 1rem;max-width:60rem}
.warn strong{color:var(--bad)}
.warn.mild{border-color:var(--faint);background:var(--panel)} .warn.mild strong{color:var(--ink)}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.4rem;max-width:60rem}
.facts dt{color:var(--faint);font-size:.9rem;line-height:1.7}
.facts dd{margin:0;min-width:0}
.facts ul{margin:0;padding:0;list-style:none}
.legend{display:grid;grid-template-columns:repeat(auto-fill,minmax(20rem,1fr));gap:.35rem 1.6rem;
 font-size:.88rem;
 line-height:1.4;padding:0;list-style:none}
.legend li{display:grid;grid-template-columns:1.9rem 1fr;gap:.6rem;align-items:start}
.legend .g{text-align:center;border-radius:3px;font-weight:600}
.legend b{font-weight:600}
.box{position:relative;overflow:auto;border:1px solid var(--line);border-radius:4px;margin:.7rem 0;
 max-width:100%;
 width:fit-content;scroll-padding-left:9rem;background:
 linear-gradient(to right,var(--paper) 40%,transparent) left/3rem 100% no-repeat local,
 linear-gradient(to left,var(--paper) 40%,transparent) right/3rem 100% no-repeat local,
 linear-gradient(to right,var(--shade),transparent) left/1rem 100% no-repeat scroll,
 linear-gradient(to left,var(--shade),transparent) right/1rem 100% no-repeat scroll}
.box.wide{width:auto}
table{border-collapse:separate;border-spacing:0;font-size:.86rem;line-height:1.4}
caption{text-align:left;padding:.55rem .8rem;color:var(--faint);border-bottom:1px solid var(--line)}
th,td{padding:.32rem .7rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
tr:last-child>th,tr:last-child>td{border-bottom:0}
thead+tbody tr:last-child>*{border-bottom:0}
tbody+tbody>tr:first-child>*,tfoot>tr:first-child>*{border-top:1px solid var(--line)}
.spans tbody th,.spans td[rowspan]{border-bottom:0} .spans tbody th{min-width:9rem;max-width:24rem}
thead th{background:var(--panel);font-weight:600;vertical-align:bottom;
 border-bottom:1px solid var(--line)}
thead small,tbody th small{display:block;font-weight:400;color:var(--faint)}
tbody th{font-weight:500;background:var(--paper)}
th:first-child{position:sticky;left:0;z-index:1;border-right:1px solid var(--line)}
thead th:first-child{z-index:3}
tfoot th,tfoot td{background:var(--panel);font-weight:600}
th.group{background:var(--panel);font-weight:600;color:var(--faint);position:static;border-right:0}
td.w{min-width:17rem;max-width:40rem}
td code,th code{white-space:nowrap}
td.v{font-family:ui-monospace,Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace;
 font-size:.93em;
 min-width:6rem;max-width:22rem}
.cell a{display:block;margin:-.32rem -.7rem;padding:.32rem .7rem;color:inherit;text-decoration:none;
 white-space:nowrap;font-variant-numeric:tabular-nums}
.cell a:hover{text-decoration:underline}
.cell>span,.cell a>span{display:block;background:none;white-space:nowrap}
.areas{width:100%} .areas caption>span{position:sticky;left:.8rem;display:inline-block;
 max-width:min(46rem,82vw)} .sideways{display:none}
.areas th,.areas td{padding:.32rem .5rem} .areas .cell a{margin:-.32rem -.5rem;padding:.32rem .5rem}
.areas thead th{overflow-wrap:anywhere;min-width:5.5rem;line-height:1.25}
.areas thead th+th{background:none} .areas thead small{margin-top:.15rem}
.areas i{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.areas .cell .g{min-width:1.2em}
.signs{max-width:none;font-size:.88rem;display:flex;flex-wrap:wrap;gap:.3rem .6rem;align-items:baseline;
 font-family:system-ui,sans-serif}
.n{display:inline-block;margin-right:.9rem;padding:0 .2rem;border-radius:2px;white-space:nowrap}
.g{display:inline-block;min-width:1em}
.tag{display:inline-block;padding:.02rem .5rem;border-radius:3px;font-size:.98em;white-space:nowrap}
.m{width:100%}
.m td{padding:.26rem .55rem}
.m thead th.t{vertical-align:bottom;padding:.6rem .2rem;text-align:center;width:2rem;min-width:2rem}
.m thead th.t span{writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap;line-height:1.2;
 max-height:12.5rem;display:inline-block;overflow:hidden;text-overflow:ellipsis}
.m thead th.on{background:var(--link);color:var(--paper)} .m thead th.on small{color:inherit}
.m thead th.t small{display:inline;font-weight:700;color:var(--bad)}
.m td.ok,.m td.di,.m td.ex,.m td.un,.m td.ns,.m td.no,.m td.ol,.m td.um,.m td.co,.m td.us,.m td.hu,
 .m td.cr{
 text-align:center;padding:.26rem 0;border-left:1px solid var(--line);width:2rem;min-width:2rem;
 vertical-align:middle}
.m .di,.m .hu,.m .cr{font-weight:700}
.m i,.hide{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.m tbody th{min-width:10rem;max-width:22rem;overflow-wrap:anywhere}
#rules tbody th{min-width:0} a.id,.nw,#rules th a{white-space:nowrap}
.m small{color:var(--faint);font-size:1em}
.m col.on{background:var(--here)}
tr.off{display:none}
form{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:end;background:var(--panel);
 border:1px solid var(--line);
 border-radius:4px;padding:.8rem 1rem;font-size:.88rem}
form[hidden]{display:none}
form label{display:grid;gap:.15rem;color:var(--faint)}
form label.check{display:flex;gap:.45rem;align-items:center;color:var(--ink);min-height:2rem}
form .grow{flex:1 1 16rem}
input,select,button{font:inherit;color:var(--ink);background:var(--paper);border:1px solid var(--faint);
 border-radius:3px;
 padding:.25rem .5rem;min-height:2.1rem;max-width:100%;min-width:0}
input[type=search]{width:100%} input[type=checkbox]{min-height:0;width:1.1rem;height:1.1rem;
 accent-color:var(--link)}
button{cursor:pointer}
output{display:block;color:var(--faint);font-family:system-ui,sans-serif;font-size:.9rem;
 margin:.6rem 0 .2rem}
details{margin:.6rem 0}
summary{cursor:pointer;color:var(--link);font-family:system-ui,sans-serif;font-size:.95rem}
td details,th details{margin:0} td summary,th summary{font-size:1em;font-weight:400}
figure{margin:.8rem 0}
figcaption{font-size:.84rem;color:var(--faint);display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;
 margin-top:.4rem}
figcaption span{white-space:nowrap}
figcaption svg{width:1rem;height:1rem;vertical-align:-.2rem;margin-right:.35rem}
.box svg{display:block}
svg text{fill:var(--ink);font-size:12px;white-space:pre}
svg .name{font-weight:700;font-size:13px} svg .num{fill:var(--faint)} svg .ret{fill:var(--faint)}
svg .sig{fill:var(--older)} svg .end{fill:var(--faint);font-style:italic}
svg .band{fill:var(--panel)} svg rect{stroke-width:1}
svg .l{stroke:var(--ink);fill:none;stroke-width:1.5}
svg .blocked{stroke-width:4.5} svg .stopped{stroke-width:2.5;stroke-dasharray:7 4}
svg .ptrace-stop{stroke-width:2.5;stroke-dasharray:3 3} svg .zombie{stroke-width:2;stroke-dasharray:1 5}
svg .mark{font-weight:700}
.seq{display:flex;flex-wrap:wrap;justify-content:space-between;gap:1rem;margin-top:2.5rem;
 font-family:system-ui,sans-serif;font-size:.9rem}
@media(min-width:48rem) and (min-height:30rem){.tall{max-height:82vh;
 scroll-padding-top:14.5rem}.tall thead th{position:sticky;
 top:0;z-index:2}
 .tall thead th:first-child{z-index:3}}
@media(max-width:40rem){.bar,main,.foot{padding-left:.9rem;padding-right:.9rem}h1{font-size:1.5rem}
 .facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:.5rem}th,td{padding:.3rem .5rem}
 .legend{grid-template-columns:1fr}td.w{min-width:16rem}.m tbody th{min-width:7rem;max-width:9rem}
 .bar .home{width:100%}
 .slim{overflow:visible;border:0}.m,.m thead,.m tbody{display:block}
 .m tr:not(.off){display:grid;grid-template-columns:repeat(var(--n),minmax(0,1fr));
 border-bottom:1px solid var(--line);padding:.25rem 0}
 .m thead th:not(.t){display:none}.m thead tr:not(.off){background:var(--panel);padding:0}
 .m thead th.t{width:auto;min-width:0;padding:.4rem 0;border:0;display:flex;align-items:end;
 justify-content:center}.m thead th.t span{max-height:11.5rem;font-size:.8rem}
 .m tbody th,.m tbody td,.m tbody th.group{border:0;padding:.1rem .2rem}
 .m tbody th,.m td.w,.m th.group{grid-column:1/-1;position:static;min-width:0;max-width:none}
 .m tbody th,.m td.w{order:-1} .m td.w~td{grid-column:span var(--h);color:var(--faint);font-size:.8rem}
 .m td.ok,.m td.di,.m td.ex,.m td.un,.m td.ns,.m td.no,.m td.ol,.m td.um,.m td.co,.m td.us,.m td.hu,
 .m td.cr{width:auto;min-width:0;padding:.15rem 0;border:0}
 .m a{scroll-margin-top:13rem}}
@media(max-width:40rem) and (min-height:30rem){.slim thead{position:sticky;top:0;z-index:2}}
@media(max-width:64rem){.sideways{display:inline}}
@media print{:root{@LIGHT@}body{font-size:10pt}.bar,form,.skip,.seq,output{display:none}.box,
 .tall{overflow:visible;max-height:none;
 border:0}table{font-size:8pt}th:first-child,.tall thead th{position:static}tr,svg{break-inside:avoid}
 pre{white-space:pre-wrap}a{color:inherit;text-decoration:none}.box svg{max-width:100%;height:auto}
 *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


def style_sheet() -> str:
    """Return the style sheet."""
    light, dark = _variables(LIGHT), _variables(DARK)
    themes = (
        f":root{{color-scheme:light dark;{light}}}\n@media(prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )
    return themes + _standings() + "\n" + _SHEET.replace("@LIGHT@", light)
