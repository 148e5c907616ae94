/** How the page looks: in the reader's own fonts, by day and by night, on paper and on small screens. */
import { Html } from "./html.ts";

export const style: Html = new Html(`
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --quiet: #777; --link: #2563eb; }
@media (prefers-color-scheme: dark) { :root { --link: #8ab4ff; --quiet: #999; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; display: grid; grid-template-columns: 17rem minmax(0, 54rem); gap: 2.5rem; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem 1rem; border-right: 1px solid var(--line); font-size: .86rem; }
nav ul { list-style: none; margin: 0 0 1rem; padding: 0; }
nav li { padding: .1rem 0; overflow-wrap: anywhere; }
main { padding: 1.5rem 1rem 6rem 0; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
h1 { margin: 0 0 .5rem; } h2 { margin: 3.5rem 0 .3rem; } h3 { margin: 0 0 .3rem; font-size: 1.05rem; overflow-wrap: anywhere; }
section { border-top: 1px solid var(--line); padding: 1.3rem 0; scroll-margin-top: .5rem; }
section:target { background: var(--soft); }
code, pre { font: .86em/1.5 ui-monospace, monospace; }
pre { background: var(--soft); padding: .7rem .9rem; border-radius: 6px; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; margin: .6rem 0; }
.method { font: 700 .75rem/1 ui-monospace, monospace; padding: .25rem .45rem; border-radius: 4px; background: #6b7280; color: #fff; }
.method.get { background: #15803d; } .method.post { background: #1d4ed8; } .method.put { background: #a16207; }
.method.patch { background: #7e22ce; } .method.delete { background: #b91c1c; }
.summary { margin: .2rem 0; } .access, .required { color: var(--quiet); font-size: .82rem; } .access::before { content: "· "; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .2rem 1rem; margin: .6rem 0; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .92rem; }
td { border-top: 1px solid var(--line); padding: .35rem .8rem .35rem 0; vertical-align: top; } td:first-child { white-space: nowrap; }
.type { font-size: .9rem; overflow-wrap: anywhere; }
@media (max-width: 60rem) { body { display: block; padding: 0 1rem; } nav { position: static; height: auto; border: 0; padding: 1rem 0; } main { padding: 0 0 4rem; } }
@media print { nav { display: none; } body { display: block; } section { break-inside: avoid; } }
`);
