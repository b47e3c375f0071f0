export const libraryPageStyle = `
:root { color-scheme: light dark; --line: light-dark(#dfe3e6, #32373e); --quiet: light-dark(#5f6673, #9aa3b2);
  --accent: light-dark(#03787c, #4fc3c7); --side: light-dark(#f4f6f7, #16191d); --page: light-dark(#fff, #1d2025);
  --hover: light-dark(#f4f8f8, #23282e); --bad: light-dark(#a3300b, #ff9d76) }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; display: grid; grid-template-columns: 17rem minmax(0, 1fr); min-height: 100vh; background: var(--page) }
nav { background: var(--side); padding: 1.5rem 1.25rem; border-right: 1px solid var(--line) }
main { padding: 1.5rem 2rem 3rem; max-width: 72rem }
h1 { white-space: nowrap; font-size: 1rem; font-weight: 600; margin: 0 0 1.25rem; display: flex; gap: .55rem; align-items: center }
h1 svg { color: var(--accent); width: 1.3rem; height: 1.3rem }
h2 { font-size: 1.5rem; line-height: 1.3; font-weight: 600; margin: 0; overflow-wrap: anywhere }
h2 a { color: var(--quiet) } h2 a:last-child { color: inherit } h2 i { color: var(--quiet); font-weight: 400; padding: 0 .4rem }
h3 { font-size: .8rem; font-weight: 600; margin: 1.25rem 0 .25rem; display: flex; gap: .5rem; justify-content: space-between; align-items: center; color: var(--quiet) }
h4 { font-size: 1.05rem; font-weight: 600; margin: 0 0 .75rem; overflow-wrap: anywhere }
ul { list-style: none; margin: 0; padding: 0 }
li a { display: block; padding: .3rem .6rem; margin: 0 -.6rem; border-radius: .35rem; color: inherit }
li a:hover { background: var(--line); text-decoration: none }
li a[aria-current] { background: color-mix(in srgb, var(--accent) 15%, transparent); color: var(--accent); font-weight: 600 }
p { color: var(--quiet); margin: .25rem 0 1.25rem; overflow-wrap: anywhere }
svg { width: 1.1rem; height: 1.1rem; flex: none; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linejoin: round } svg.icons { display: none }
.empty { border: 2px dashed var(--line); border-radius: .6rem; padding: 4rem 1rem; text-align: center; margin: 0 }
.empty b { display: block; color: light-dark(#222, #eee); font-weight: 600; font-size: 1.05rem }
.tools { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; margin-bottom: 1rem } .tools span { color: var(--quiet); font-size: .9rem }
button { font: inherit; font-size: .9rem; padding: .35rem .85rem; border: 1px solid var(--line); border-radius: .35rem; background: none; color: inherit; cursor: pointer }
button:hover { border-color: var(--accent); color: var(--accent) }
button.main { background: var(--accent); border-color: var(--accent); color: var(--page); font-weight: 600 }
button.main:hover { filter: brightness(1.12) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
.tag { font-size: .7rem; padding: 0 .5rem; border-radius: 1rem; color: var(--quiet); white-space: nowrap; font-weight: 400 }
.tag[data-granted=false] { color: var(--bad); border-color: currentColor }
output { display: block; background: color-mix(in srgb, var(--quiet) 12%, transparent); border-radius: .35rem; padding: .5rem .8rem; margin-bottom: 1rem; overflow-wrap: anywhere }
output.bad { color: var(--bad); background: color-mix(in srgb, var(--bad) 12%, transparent) } output:empty { display: none }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem }
th { text-align: left; font-weight: 500; font-size: .8rem; color: var(--quiet) }
th, td { padding: .45rem .6rem; border-bottom: 1px solid var(--line) }
tbody tr:hover { background: var(--hover) }
td:first-child a { display: flex; gap: .6rem; align-items: center; overflow-wrap: anywhere; color: inherit } td:first-child svg { color: var(--quiet) }
tr.folder svg { color: var(--accent); fill: color-mix(in srgb, var(--accent) 20%, transparent) }
.size { text-align: right; white-space: nowrap } .time { white-space: nowrap; color: var(--quiet) }
.acts { text-align: right; white-space: nowrap; width: 1% }
td button { border-color: transparent; padding: .1rem .4rem; color: var(--quiet) }
a { color: var(--accent); text-decoration: none } a:hover { text-decoration: underline }
dialog { border: 1px solid var(--line); border-radius: .6rem; padding: 1.25rem; width: min(28rem, calc(100vw - 2rem)); box-shadow: 0 1rem 3rem #0005; background: var(--page); color: inherit }
dialog::backdrop { background: #0006 }
dialog p { margin: 0 0 1rem } dialog input { width: 100%; font: inherit; padding: .45rem .6rem; border: 1px solid var(--line); border-radius: .35rem; background: none; color: inherit; margin-bottom: 1rem }
dialog div { display: flex; justify-content: flex-end; gap: .5rem }
.over main { outline: 3px dashed var(--accent); outline-offset: -1rem } .busy { cursor: progress } .busy main { opacity: .6 }
@media (max-width: 45rem) {
  body { display: block }
  nav { border: 0; border-bottom: 1px solid var(--line); padding: 1rem 1.25rem .75rem; display: grid; grid-template-columns: 1fr 1fr; gap: .25rem 1.5rem }
  h1 { grid-column: 1 / -1; margin: 0 } h3 { margin: .5rem 0 .1rem }
  main { padding: 1.25rem } .tools span, thead, .time { display: none }
  tr { display: grid; grid-template-columns: minmax(0, 1fr) auto; align-items: center; border-bottom: 1px solid var(--line); padding: .4rem 0 }
  td { border: 0; padding: .15rem 0 } .size { padding-left: .75rem } .acts { grid-column: 1 / -1; width: auto; text-align: left; padding-left: 1.2rem }
}
`;
