/** The one style sheet. Contrast of text at least 7:1, of borders and focus at least 3:1 (WCAG 2.2). */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #ffffff; --accent: #0a4a78; --on-accent: #ffffff; --wrong: #8c1d18; --line: #5c5f66; --soft: #44474e; }
@media (prefers-color-scheme: dark) { :root { --ink: #f2f2f5; --paper: #16171a; --accent: #9fd0f5; --on-accent: #10212e; --wrong: #ffb4ab; --line: #9a9da5; --soft: #c9ccd3; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1.0625rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
main { max-width: 34rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.2rem; }
a { color: var(--accent); }
.field { margin: 1.25rem 0; }
label { display: block; font-weight: 600; }
.hint { margin: .25rem 0; color: var(--soft); }
.error { margin: .25rem 0; color: var(--wrong); font-weight: 600; }
.errors { border: 2px solid var(--wrong); padding: .5rem 1rem; }
input:not([type=checkbox]):not([type=radio]), select { display: block; width: 100%; min-height: 2.75rem; margin-top: .25rem; padding: .4rem .6rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .3rem; }
input[aria-invalid=true] { border: 2px solid var(--wrong); }
input[type=checkbox], input[type=radio] { width: 1.5rem; height: 1.5rem; margin: .35rem .6rem .35rem 0; accent-color: var(--accent); flex: none; }
.choice { display: flex; align-items: flex-start; margin: .5rem 0; }
.choice label { font-weight: 400; padding-top: .35rem; overflow-wrap: anywhere; }
fieldset { border: 1px solid var(--line); border-radius: .3rem; margin: 1rem 0; }
legend { font-weight: 600; padding: 0 .3rem; }
button { min-height: 2.75rem; padding: .5rem 1.25rem; font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 2px solid var(--accent); border-radius: .3rem; cursor: pointer; }
button.second { color: var(--accent); background: var(--paper); }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .5rem .5rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
code, .code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
svg.qr { width: 14rem; height: 14rem; background: #ffffff; }
[hidden] { display: none; }
`;
