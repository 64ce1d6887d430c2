import { html } from './markup.ts';

/** The report's style sheet: both colour schemes, no fonts or files from elsewhere. */
export const PAGE_STYLE = html`
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1f2933; --soft: #52606d; --line: #d9dee4; --panel: #f5f7f9;
  --candidate: #2b73c4; --baseline: #b3561b; --held: #14713d; --failed: #b3261e; --wrong: #d9822b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181d; --text: #e6eaef; --soft: #a3adb9; --line: #353d47; --panel: #1d232a;
    --candidate: #4c93e0; --baseline: #e79a5f; --held: #5fc98c; --failed: #ff8a80; --wrong: #d9822b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
p { margin: .25rem 0; }
.soft, .note { color: var(--soft); }
.verdict { font-weight: 650; }
.held { color: var(--held); }
.failed { color: var(--failed); }
.skipped { color: var(--soft); }
ul.reasons { margin: .75rem 0 0; padding: .75rem 1rem .75rem 2rem; background: var(--panel); border-left: 4px solid var(--failed); }
.scroll { overflow-x: auto; margin-top: .75rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; color: var(--soft); padding-bottom: .35rem; font-size: .9rem; }
th, td { padding: .35rem .75rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { font-weight: 600; color: var(--soft); font-size: .9rem; }
tbody th { font-weight: 400; }
th:first-child, td:first-child { padding-left: 0; }
.number { text-align: right; white-space: nowrap; }
.confusion { font-size: .85rem; }
.confusion th, .confusion td { padding: .25rem .3rem; min-width: 2.4rem; text-align: right; border: 1px solid var(--line); }
.confusion .none { color: var(--soft); }
.confusion .right { background: color-mix(in srgb, var(--candidate) calc(var(--shade) * .4), transparent); }
.confusion .wrong { background: color-mix(in srgb, var(--wrong) calc(var(--shade) * .5), transparent); }
.matrices { display: flex; flex-wrap: wrap; gap: 0 2rem; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: 1.25rem 1rem; margin-top: .75rem; }
figure { margin: 0; font-size: .85rem; line-height: 1.35; }
figure img { display: block; margin-bottom: .35rem; border: 1px solid var(--line); background: var(--panel); }
img.pixels { image-rendering: pixelated; }
svg { display: block; width: 100%; height: auto; max-width: 45rem; font: 13px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; }
svg text { fill: var(--text); }
svg text.note { fill: var(--soft); }
svg text.mark { paint-order: stroke; stroke: var(--page); stroke-width: 5px; stroke-linejoin: round; }
.rule { stroke: var(--line); }
.axis { stroke: var(--soft); }
.candidate-bars { fill: var(--candidate); fill-opacity: .55; }
.baseline-line { fill: none; stroke: var(--baseline); stroke-width: 2; }
.candidate-mark { stroke: var(--candidate); stroke-width: 1.5; stroke-dasharray: 4 3; }
.baseline-mark { stroke: var(--baseline); stroke-width: 1.5; stroke-dasharray: 1 3; }
.key { display: inline-flex; align-items: center; gap: .4rem; margin-right: 1.25rem; }
.swatch { display: inline-block; width: 1.1rem; height: .8rem; }
.swatch.candidate { background: var(--candidate); opacity: .55; }
.swatch.baseline { border: 2px solid var(--baseline); border-bottom: 0; }
@media print { body { max-width: none; padding: 0; } h2 { break-after: avoid; } figure { break-inside: avoid; } }
`;
