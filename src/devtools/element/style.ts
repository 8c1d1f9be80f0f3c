/** The style of the tools. The colours follow the user's preference, not the page's: the tools have a background of their own. */
export const STYLE = `
:host {
  --text: #23211c;
  --soft: #66625a;
  --line: #dcd9d0;
  --card: #fff;
  --accent: #14655c;
  --on-accent: #fff;
  --good: #17795f;
  --bad: #b3261e;
  --renewal: #b45f06;
  --lock: #6b4fbb;
  --warning: #8a6a00;
  color-scheme: light;
  display: block;
  color: var(--text);
  font: 14px/1.45 system-ui, sans-serif;
  text-align: start;
}
@media (prefers-color-scheme: dark) {
  :host {
    --text: #eceae4;
    --soft: #a9a69d;
    --line: #3a3d38;
    --card: #20221f;
    --accent: #6fc9ba;
    --on-accent: #10211e;
    --good: #6fc9ba;
    --bad: #ff9d94;
    --renewal: #f0a94b;
    --lock: #b9a3ff;
    --warning: #f5df6b;
    color-scheme: dark;
  }
}
* { box-sizing: border-box }
[hidden] { display: none !important }
h2, h3, p, ol, ul, dl, dd, fieldset { margin: 0; padding: 0; border: 0; min-width: 0 }
h2 { font-size: 1.1em }
h3 { font-size: 1em }
ol, ul { list-style: none }
:host(:not([embedded])) {
  position: fixed;
  z-index: 2147483646;
  inset: auto .75rem .75rem auto;
  width: min(60rem, calc(100vw - 1.5rem));
  pointer-events: none;
}
:host(:not([embedded])) :is(#toggle, #panel) { pointer-events: auto }
#toggle { display: block; margin-left: auto; background: var(--card); box-shadow: 0 1px 6px #0004 }
#panel {
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  gap: .75rem;
  background: var(--card);
}
:host(:not([embedded])) #panel {
  max-height: min(46rem, calc(100vh - 5rem));
  margin-bottom: .5rem;
  padding: 1rem;
  overflow: auto;
  border: 1px solid var(--line);
  border-radius: 10px;
  box-shadow: 0 4px 24px #0005;
}
.row { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .6rem }
.row > h2 { flex: 1 }
button {
  min-height: 2.2rem;
  padding: .15rem .7rem;
  border: 1px solid var(--accent);
  border-radius: 7px;
  background: none;
  color: var(--accent);
  font: inherit;
  cursor: pointer;
}
[aria-pressed=true] {
  background: color-mix(in srgb, var(--accent) 18%, transparent);
  box-shadow: inset 0 0 0 1px var(--accent);
}
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
label { display: flex; align-items: center; gap: .35rem; min-height: 2rem }
input { accent-color: var(--accent); width: 1.1rem; height: 1.1rem; margin: 0 }
legend { float: left; padding: 0; margin-right: .4rem; color: var(--soft) }
.soft { color: var(--soft); font-size: .93em }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
#imported, #problem { padding: .5rem .75rem; border-left: 4px solid var(--warning) }
#problem { border-color: var(--bad) }
#frame { border-radius: 4px }
canvas { display: block; width: 100%; touch-action: pan-y; cursor: grab }
#detail { min-height: 1.5em }
#key { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem }
#key li { display: flex; align-items: center; gap: .4rem }
#key i { width: 1.4rem; height: .7rem; border-radius: 2px }
#key .token { border-radius: 4px; background: var(--accent) }
#key .renewal { background: var(--renewal) }
#key .lock { height: 4px; border-radius: 0; background: var(--lock) }
#key .queue { height: 2px; background: repeating-linear-gradient(90deg, var(--lock) 0 3px, transparent 3px 7px) }
#key .call { height: 5px; background: var(--good) }
#key .refused { height: 5px; background: var(--bad) }
#key .lost { border: 1.5px solid var(--bad) }
#key .activity { height: 6px; border-radius: 99px; background: color-mix(in srgb, var(--text) 55%, transparent) }
#key .warning { border-bottom: 3px solid var(--warning); background: color-mix(in srgb, var(--warning) 30%, transparent) }
summary { color: var(--accent); cursor: pointer; padding: .2rem 0 }
details > div { display: grid; grid-template-columns: minmax(0, 1fr); gap: .6rem; padding-top: .4rem }
#story, #beliefs { display: grid; gap: .2rem }
#list { max-height: 16rem; overflow: auto; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
#states { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); gap: .75rem 1.5rem }
#states dl { display: grid; grid-template-columns: auto 1fr; gap: 0 .75rem; font-variant-numeric: tabular-nums }
#states dt { color: var(--soft) }
#states dd { overflow-wrap: anywhere }
`
