"""The look of the desk, from 320 pixels up, light and dark."""

CSS = """
.gradio-container :is([role=tab], .overflow-menu > button)[data-alarms] { display: inline-flex;
  flex-direction: row-reverse; align-items: center; gap: .4rem; }
:is([role=tab], .overflow-menu > button)[data-alarms]::before { content: attr(data-alarms); padding: 0 .45rem;
  border-radius: 999px; background: #b91c1c; color: #fff; font-size: .8rem; font-weight: 600; line-height: 1.4; }
#desk { gap: .75rem; }
#desk h3 { margin: .75rem 0 .25rem; font-size: 1.05rem; }
#desk :is(.desk-hint, .desk-nothing, .desk-reference, .desk-last) { margin: 0; color: var(--body-text-color-subdued);
  font-size: .88rem; }
.desk-not-safe { margin: 0; padding: .4rem .75rem; border-left: 4px solid #d97706; border-radius: var(--radius-sm);
  background: color-mix(in srgb, #d97706 12%, transparent); }
.desk-warning { margin: .25rem 0; padding: .4rem .75rem; border-left: 4px solid #b91c1c;
  border-radius: var(--radius-sm); background: color-mix(in srgb, #b91c1c 12%, transparent); }
.desk-terms p { max-width: 46rem; margin: 0 0 .5rem; }
.desk-announcement { max-width: 46rem; }
.desk-announcement blockquote { margin: .25rem 0 .5rem; padding: .5rem .75rem; border-left: 4px solid
  var(--primary-600); background: var(--background-fill-secondary); border-radius: var(--radius-sm); }
#desk :is(.desk-announcement, .desk-drop, .desk-player, .desk-choices, .desk-files) button { margin: 0;
  min-height: 32px; padding: .25rem .75rem; font-weight: 400; border: 1px solid var(--border-color-primary);
  border-radius: var(--radius-md); background: var(--background-fill-primary); color: inherit; }
.desk-announcement button:not([data-copy=done]) .copied, .desk-announcement button[data-copy=done] .copy {
  display: none; }
#desk button:focus-visible { outline: 3px solid var(--primary-600); outline-offset: 2px; }

.desk-tools { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; }
.desk-tools label { display: inline-flex; gap: .5rem; align-items: center; min-height: 32px; }
.desk-tools input { width: 1.1rem; height: 1.1rem; accent-color: var(--primary-700); }
.desk-views { display: inline-flex; border: 1px solid var(--border-color-primary); border-radius: var(--radius-md);
  overflow: hidden; }
.desk-views button { margin: 0; padding: .3rem .9rem; min-height: 32px; border: 0; border-radius: 0; font-weight: 400;
  background: none; color: inherit; }
.desk-views button[aria-pressed=true] { background: var(--primary-700); color: #fff; }
.desk-views button[aria-pressed=true] span { color: #fff; }
.desk-lost { display: none; margin: 0; color: #b91c1c; font-weight: 600; }
.dark .desk-lost { color: #fca5a5; }
[data-lost] .desk-lost { display: block; }
#desk-head { align-items: end; }
#desk-head #desk-add { margin-bottom: .25rem; }

.desk-count { margin: 0 0 .5rem; }
.desk-callers { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 16.5rem), 1fr)); }
.desk-caller { position: relative; display: grid; align-content: start; gap: .3rem .75rem; margin: 0;
  grid-template: "name level" auto "emotion emotion" auto "last trend" auto "why why" auto "reference reference" auto
  / minmax(0, 1fr) auto; padding: .75rem .9rem; border-radius: var(--radius-lg); hyphens: auto;
  background: var(--block-background-fill); overflow-wrap: break-word;
  box-shadow: inset 5px 0 var(--of-level, transparent), inset 0 0 0 1px var(--border-color-primary); }
.desk-caller.alarm { --of-level: #b91c1c; }
.desk-caller.asleep { --of-level: #d97706; }
.desk-caller.is-target, .desk-drop.is-target { outline: 3px dashed var(--primary-600); outline-offset: 2px; }
.desk-caller > * { margin: 0; min-width: 0; }
.desk-name { grid-area: name; justify-self: start; margin: 0; padding: 0; border: 0; background: none; color: inherit;
  font-size: 1.05rem; font-weight: 600; text-align: left; }
.desk-name::after { content: ""; position: absolute; inset: 0; border-radius: var(--radius-lg); }
.desk-name[aria-current=true]::after { box-shadow: inset 0 0 0 2px var(--primary-600); }
#desk .desk-name:focus-visible { outline: none; }
.desk-name:focus-visible::after { outline: 3px solid var(--primary-600); outline-offset: 2px; }
.desk-caller .desk-level { grid-area: level; justify-self: end; align-self: start; }
.desk-level { padding: .05rem .55rem; border-radius: 999px; font-size: .8rem; line-height: 1.5;
  color: var(--body-text-color-subdued); box-shadow: inset 0 0 0 1px var(--border-color-primary); }
.desk-level time { color: inherit; }
.desk-level:empty { display: none; }
.desk-level.urgent { background: #b91c1c; color: #fff; box-shadow: none; font-weight: 600; }
.desk-level.raised { background: #fcd34d; color: #1c1917; box-shadow: none; }
.desk-emotion { font-size: 1.05rem; }
.desk-emotion small { white-space: nowrap; }
.desk-caller > .desk-emotion { grid-area: emotion; }
.desk-emotion small, .desk-calls small, .desk-table small { color: var(--body-text-color-subdued);
  font-variant-numeric: tabular-nums; }
.sparkline { grid-area: trend; width: 6.5rem; height: 1.7rem; fill: none; stroke: var(--body-text-color-subdued);
  stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
.sparkline line { stroke: #d97706; stroke-width: 1; stroke-dasharray: 3 3; }
.sparkline circle { fill: var(--body-text-color); stroke: none; }
.desk-caller > .desk-last { grid-area: last; }
.desk-last small { white-space: nowrap; }
.desk-caller > .desk-why { grid-area: why; }
.desk-why { display: flex; gap: .5rem; align-items: center; margin: 0; font-size: .92rem; }
.desk-caller > .desk-reference { grid-area: reference; }
#desk .desk-play { position: relative; z-index: 1; flex: none; width: 32px; height: 32px; margin: 0;
  padding: 0 0 0 2px; border: 0; border-radius: 50%; background: var(--primary-700); color: #fff; font-size: .8rem;
  line-height: 32px; text-align: center; }
[data-view=list] .desk-callers { grid-template-columns: 1fr; gap: .3rem; }
[data-view=list] .desk-caller { padding: .35rem .75rem; border-radius: var(--radius-sm); align-items: center;
  grid-template: "name emotion trend last level" auto "why why why reference reference" auto
  / minmax(7rem, 1.3fr) minmax(8rem, 1fr) 6.5rem 8.5rem minmax(6rem, 12rem); }
[data-view=list] .desk-caller .desk-level { align-self: center; }
[data-view=list] .desk-reference { justify-self: end; }
#desk-stage:has(.desk-who) [data-view=list] .desk-caller { grid-template: "name level" auto "emotion last" auto
  "why why" auto / minmax(0, 1fr) auto; }
#desk-stage:has(.desk-who) [data-view=list] :is(.sparkline, .desk-reference) { display: none; }
@media (max-width: 767px) {
  [data-view=list] .desk-caller { grid-template: "name level" auto "emotion last" auto "why why" auto
    / minmax(0, 1fr) auto; }
  [data-view=list] :is(.sparkline, .desk-reference) { display: none; }
}

#desk-panel { flex: 2 1 320px; flex-wrap: nowrap; align-self: start; padding: .9rem 1rem; gap: .6rem;
  border: 1px solid var(--border-color-primary); border-radius: var(--radius-lg);
  background: var(--block-background-fill); }
#desk-panel > * { flex-shrink: 0; }
@media (min-width: 900px) { #desk-panel { position: sticky; top: .5rem; max-height: calc(100vh - 1rem);
  overflow: hidden auto; } }
@media (max-width: 767px) { #desk-panel { order: -1; } }
#desk .desk-who { margin: 0; font-size: 1.25rem; overflow-wrap: anywhere; }
.desk-calls { list-style: none; margin: .5rem 0 0; padding: 0; }
.desk-calls li { margin: 0; border-top: 1px solid var(--border-color-primary); }
.desk-calls button { display: flex; flex-wrap: wrap; gap: .1rem .75rem; align-items: center; width: 100%; margin: 0;
  padding: .3rem .4rem; border: 0; background: none; color: inherit; font-weight: 400; text-align: left;
  min-height: 32px; }
.desk-calls button > :last-child { margin-left: auto; }
.desk-calls button:hover { background: var(--background-fill-secondary); }
.desk-calls button[aria-current=true] { box-shadow: inset 3px 0 var(--primary-600); }
.desk-call { display: grid; gap: .4rem; }
.desk-call > * { margin: 0; min-width: 0; }
.desk-call .desk-emotion { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; }
.desk-done { margin: 0; padding-left: 1.1rem; font-size: .9rem; overflow-wrap: anywhere; }
.desk-actions { gap: .6rem; }
#desk-panel .row { gap: .5rem; }
#desk-panel .row > button, #desk .row > #desk-recordings-save { align-self: end; margin-bottom: .25rem; }
#desk #desk-really { background: #b91c1c; color: #fff; }
.desk-export { text-decoration: underline; }

.desk-drop { display: grid; gap: .5rem; justify-items: center; padding: 1.75rem 1rem; text-align: center;
  border: 2px dashed var(--border-color-primary); border-radius: var(--radius-lg); }
.desk-drop p { margin: 0; }
#desk-bell, #desk-sender:has(output:empty), #desk-taking:not(:has([role=status], output:not(:empty))) {
  display: none; }
#desk-taking progress { width: 100%; accent-color: var(--primary-700); }
#desk-taking p { margin: .15rem 0; }
.desk-files { max-height: 14rem; overflow-y: auto; margin: .25rem 0; padding-left: 1.1rem; overflow-wrap: anywhere; }
.desk-files .is-bad::marker { color: #b91c1c; }
.desk-choices { display: flex; flex-wrap: wrap; gap: .4rem; margin: .25rem 0; }

.desk-table { width: 100%; border-collapse: collapse; border: 0; font-size: .92rem; }
.desk-table :is(tr, th, td) { border: 0; }
.desk-table :is(th, td) { padding: .35rem .5rem; text-align: left; border-top: 1px solid var(--border-color-primary); }
.desk-table thead th { border-top: 0; font-weight: 600; }
.desk-table tbody tr { cursor: pointer; }
.desk-table tbody tr:hover { background: var(--background-fill-secondary); }
.desk-table td button:not(.desk-play) { margin: 0; padding: 0; border: 0; background: none; color: inherit;
  font-weight: 600; text-align: left; min-height: 24px; }
.desk-table .desk-file { overflow-wrap: anywhere; color: var(--body-text-color-subdued); }
@media (max-width: 767px) {
  .desk-table thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  #desk .desk-table tr { display: flex; flex-wrap: wrap; gap: 0 .9rem; align-items: center; padding: .4rem 0;
    border-top: 1px solid var(--border-color-primary); }
  #desk .desk-table td { border: 0; padding: .1rem 0; }
  .desk-table .desk-file { display: none; }
}
.desk-facts { display: grid; grid-template-columns: auto 1fr; gap: .25rem .9rem; margin: 0; }
.desk-facts dt { font-weight: 600; } .desk-facts dd { margin: 0; overflow-wrap: anywhere; }
.desk-measured { padding: .75rem .9rem; margin-bottom: .75rem; border: 1px solid var(--border-color-primary);
  border-radius: var(--radius-lg); }
.desk-measured h4 { margin: 0 0 .4rem; } .desk-measured .desk-not-safe { margin-top: .6rem; font-size: .9rem; }

.desk-player { position: fixed; left: 0; right: 0; bottom: 0; z-index: 50; display: flex; flex-wrap: wrap;
  gap: .5rem 1rem; align-items: center; justify-content: center; padding: .5rem 1rem;
  background: var(--background-fill-primary); border-top: 1px solid var(--border-color-primary); }
.desk-player[hidden] { display: none; }
.desk-player audio { flex: 1 1 12rem; max-width: 32rem; height: 40px; }
.desk-playing { font-weight: 600; overflow-wrap: anywhere; }
@media (max-width: 767px) { .desk-playing { flex: 1 1 100%; } }
"""
