"""The look of the page."""

STYLE = """
:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --card: #ffffff; --ink: #17212b; --muted: #56636f; --rule: #dfe4ea; --frame: #eef1f4;
  --accent: #0a5fc4; --good: #08784c; --bad: #b8430a; --before: #8a96a3;
  --good-ground: #e3f4ec; --bad-ground: #fdeee3; --warn: #7a4b00; --warn-ground: #fff4d6; --warn-rule: #e5b93c;
  --series-1: #0072b2; --series-2: #d55e00; --series-3: #00875f; --series-4: #a8569a; --series-5: #5a6b7b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1317; --card: #171d23; --ink: #e7ecf1; --muted: #9dabb8; --rule: #2c3741; --frame: #10161b;
    --accent: #74b6ff; --good: #4fc793; --bad: #ff9d5f; --before: #7d8a97;
    --good-ground: #123326; --bad-ground: #3a2212; --warn: #ffd773; --warn-ground: #332a10; --warn-rule: #7d6420;
    --series-1: #58b4e8; --series-2: #ff9248; --series-3: #4fc793; --series-4: #dd9bd1; --series-5: #a9b7c4;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; background: var(--ground); color: var(--ink); line-height: 1.5;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
.page { max-width: 1160px; margin: 0 auto; padding: 40px 24px 56px; }
h1, h2, h3, p, figure, dl, dd { margin: 0; }
h1 { font-size: clamp(1.6rem, 1.1rem + 2vw, 2.4rem); line-height: 1.15; letter-spacing: -0.015em; }
h2 { font-size: 1.3rem; letter-spacing: -0.01em; margin: 48px 0 16px; }
.brand {
  color: var(--accent); font-size: .78rem; font-weight: 650; letter-spacing: .09em; text-transform: uppercase;
  margin-bottom: 8px;
}
.lead { color: var(--muted); font-size: 1.1rem; max-width: 46em; margin-top: 12px; }
.flag {
  background: var(--warn-ground); border: 1px solid var(--warn-rule); border-radius: 10px; color: var(--warn);
  margin-top: 16px; padding: 12px 16px; max-width: 60em;
}
.flag strong { letter-spacing: .04em; margin-right: 4px; }
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-top: 20px; font-size: .92rem; }
a { color: var(--accent); text-underline-offset: 3px; text-decoration-thickness: 1px; }

.changes { display: flex; flex-wrap: wrap; gap: 16px; margin-top: 28px; }
.change, .scene, .drawing, .scales, .table, .facts {
  background: var(--card); border: 1px solid var(--rule); border-radius: 12px;
}
.change { flex: 1 1 240px; max-width: 420px; padding: 18px 20px; }
.change h3 { color: var(--muted); font-size: .92rem; font-weight: 600; }
.change .number { font-variant-numeric: tabular-nums; margin: 4px 0 10px; white-space: nowrap; line-height: 1.15; }
.change .before, .change .arrow { color: var(--muted); font-size: 1.25rem; }
.change .after { font-size: 2.3rem; font-weight: 680; letter-spacing: -0.02em; }
.change .unit { font-size: 1.1rem; font-weight: 500; letter-spacing: 0; }
.bars span { display: block; height: 6px; border-radius: 3px; margin-top: 4px; min-width: 2px; }
.bar-before { background: var(--before); opacity: .55; }
.bar-after { background: var(--series-1); }
.better .bar-after { background: var(--good); }
.worse .bar-after { background: var(--bad); }
.verdict { font-weight: 600; font-size: .95rem; margin-top: 10px; }
.better .verdict { color: var(--good); }
.worse .verdict { color: var(--bad); }
.note, .measured { color: var(--muted); font-size: .88rem; }
.change .note { margin-top: 4px; }
.measured { margin-top: 12px; max-width: 70em; }
.facts {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 165px), 1fr)); gap: 12px 20px;
  margin-top: 16px; padding: 16px 20px;
}
dt { color: var(--muted); font-size: .8rem; }
dd { font-size: .95rem; overflow-wrap: anywhere; }

.scales {
  display: grid; gap: 18px 32px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 290px), 1fr));
  padding: 16px 20px;
}
.scale { display: flex; flex-direction: column; padding: 0 8px; }
.scale figcaption {
  color: var(--muted); font-size: .82rem; line-height: 1.35; margin: 0 -8px auto; padding-bottom: 8px;
}
.scale img { display: block; width: 100%; height: 14px; border-radius: 3px; }
.places {
  position: relative; height: 1.3em; font-size: .75rem; font-variant-numeric: tabular-nums; color: var(--muted);
}
.places span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.scene { margin-top: 16px; padding: 18px 20px 20px; }
.scene-head { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 10px; margin-bottom: 12px; }
.scene-head h3 { font-size: 1.02rem; margin-right: auto; overflow-wrap: anywhere; }
.scene > .note { margin: -6px 0 12px; }
.scene .scales { border: 0; grid-template-columns: minmax(0, 440px); padding: 14px 0 0; }
.chip {
  background: var(--frame); border-radius: 99px; font-size: .82rem; font-variant-numeric: tabular-nums;
  padding: 2px 10px; white-space: nowrap;
}
.chip.better { background: var(--good-ground); color: var(--good); }
.chip.worse { background: var(--bad-ground); color: var(--bad); }
.pictures { display: grid; gap: 14px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); }
.pictures img { display: block; width: 100%; height: auto; border-radius: 6px; background: #000; }
.pictures figcaption { color: var(--muted); font-size: .85rem; margin-top: 5px; }

.drawings {
  display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr));
}
.drawing { display: flex; flex-direction: column; padding: 16px 18px 12px; max-width: 680px; width: 100%; }
.drawing figcaption, .table figcaption { font-weight: 620; font-size: .98rem; }
.drawing > svg { display: block; width: 100%; height: auto; margin-top: auto; padding-top: 8px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; list-style: none; margin: 6px 0 0; padding: 0; }
.legend li { color: var(--muted); font-size: .85rem; display: flex; align-items: center; gap: 7px; }
.table { margin-top: 16px; padding: 16px 0 6px; }
.table figcaption { padding: 0 20px 8px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: 6px 12px; text-align: left; white-space: nowrap; }
th:first-child { padding-left: 20px; }
th:last-child, td:last-child { padding-right: 20px; }
th.number, td.number { text-align: right; }
th.words, td.words { white-space: normal; min-width: 20em; vertical-align: top; }
thead th { color: var(--muted); font-size: .82rem; font-weight: 600; border-bottom: 1px solid var(--rule); }
tbody th { font-weight: 450; }
table th:first-child { background: var(--card); left: 0; position: sticky; }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
tbody tr.sum > * { font-weight: 680; border-top: 2px solid var(--rule); }

.step { margin-top: 14px; }
pre {
  background: var(--card); border: 1px solid var(--rule); border-radius: 8px; font: .86rem/1.5 ui-monospace,
  SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; margin: 6px 0 0; overflow-x: auto; padding: 10px 14px;
}
.step code { user-select: all; -webkit-user-select: all; }
details {
  background: var(--card); border: 1px solid var(--rule); border-radius: 8px; margin-top: 10px; padding: 0 16px;
}
summary { cursor: pointer; font-weight: 560; padding: 10px 0; }
details pre { background: var(--frame); border: 0; margin: 0 0 14px; max-height: 32em; overflow: auto; }
footer {
  border-top: 1px solid var(--rule); color: var(--muted); font-size: .84rem; margin-top: 56px; padding-top: 14px;
}
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

@media (max-width: 560px) {
  .page { padding: 24px 14px 40px; }
  .scene, .change, .drawing { padding: 14px; }
  .scene-head h3 { width: 100%; }
  .change { max-width: none; }
  h2 { margin-top: 36px; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@page { margin: 14mm; }
@media print {
  :root {
    --ground: #fff; --card: #fff; --ink: #000; --muted: #444; --rule: #ccc; --frame: #f4f4f4; --accent: #000;
    --good: #08683f; --bad: #a33a06; --before: #888; --good-ground: #fff; --bad-ground: #fff; --warn: #000;
    --warn-ground: #fff; --warn-rule: #000;
    --series-1: #0072b2; --series-2: #d55e00; --series-3: #00875f; --series-4: #a8569a; --series-5: #5a6b7b;
  }
  body { font-size: 11pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .page { max-width: none; padding: 0; }
  .pictures, .drawings { grid-template-columns: 1fr 1fr; gap: 8px; }
  .change, .pictures figure, .drawing, .scale, .step, tr { break-inside: avoid; }
  h2, .scene-head, figcaption { break-after: avoid; }
  nav { display: none; }
  .scroll { overflow: visible; }
  table { font-size: 9pt; }
  th, td { padding: 4px 6px; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  details pre { max-height: none; }
  details::details-content { block-size: auto; content-visibility: visible; }
}
"""
