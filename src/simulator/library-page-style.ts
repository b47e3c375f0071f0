export const libraryPageStyle = `
:root { color-scheme: light dark; --line: #8884; --quiet: light-dark(#5f6673, #9aa3b2); --accent: light-dark(#03787c, #4fc3c7);
  --side: light-dark(#f4f6f7, #1b1e22) }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; display: grid; grid-template-columns: 15rem minmax(0, 1fr); min-height: 100vh }
nav { background: var(--side); padding: 1.75rem 1.25rem; border-right: 1px solid var(--line) }
main { padding: 1.75rem 2rem; max-width: 66rem }
h1 { font-size: 1rem; font-weight: 600; margin: 0 0 1.5rem }
h2 { font-size: 1.4rem; font-weight: 600; margin: 0; overflow-wrap: anywhere }
h2 a { color: inherit } h2 i { color: var(--quiet); font-weight: 400; padding: 0 .4rem }
h3 { font-size: .85rem; font-weight: 600; margin: 1.1rem 0 .2rem; display: flex; justify-content: space-between; align-items: center }
ul { list-style: none; margin: 0; padding: 0 }
li a { display: block; padding: .25rem .5rem; margin: 0 -.5rem; border-radius: .3rem }
li a[aria-current] { background: var(--line); font-weight: 500 }
p { color: var(--quiet); margin: .25rem 0 1.25rem; overflow-wrap: anywhere }
.empty { border: 2px dashed var(--line); border-radius: .5rem; padding: 3rem; text-align: center }
.tools { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-bottom: 1rem } .tools span { color: var(--quiet) }
button { font: inherit; font-size: .85rem; padding: .2rem .7rem; border: 1px solid var(--line); border-radius: .3rem; background: none; color: inherit; cursor: pointer }
button:hover { border-color: var(--accent); color: var(--accent) }
.tag { font-size: .7rem; padding: 0 .45rem; border-radius: 1rem; color: var(--quiet) }
.tag[data-granted=false] { color: light-dark(#a3300b, #ff9d76); border-color: currentColor }
td button { border: 0; padding: .1rem .45rem; color: var(--quiet) }
output { display: block; color: light-dark(#a3300b, #ff9d76) } output:empty { display: none }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
th { text-align: left; font-weight: 500; font-size: .85rem; color: var(--quiet) }
th, td { padding: .4rem .5rem; border-bottom: 1px solid var(--line) }
td:first-child { overflow-wrap: anywhere }
th:nth-child(2), td:nth-child(2) { text-align: right; white-space: nowrap }
td:nth-child(3) { white-space: nowrap; color: var(--quiet) }
td:last-child { text-align: right; white-space: nowrap }
a { color: var(--accent); text-decoration: none } a:hover { text-decoration: underline }
.over main { outline: 3px dashed var(--accent); outline-offset: -1rem } .busy { cursor: progress; opacity: .7 }
@media (max-width: 45rem) { body { display: block } nav { border: 0 } main { padding: 1.25rem } td:nth-child(3), th:nth-child(3) { display: none } }
`;
