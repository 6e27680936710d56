// The look of charts, light and dark, for the report and for a picture that stands alone.

const LIGHT = `--ink:#1c2430;--soft:#5b6675;--paper:#ffffff;--panel:#f6f7f9;--line:#dfe3e8;--own:#0b7a75;--peer:#9aa5b4;
--slower:#0b7a75;--faster:#c2571a;--rest:#cfd5dd;--c1:#3f6fb5;--c2:#c2571a;--c3:#7a4fb0;--c4:#8a7a12;--c5:#b03a5b;--c6:#2f8a3e;--c7:#6b5344`
const DARK = `--ink:#e8ecf1;--soft:#a3aebc;--paper:#12161c;--panel:#1a2029;--line:#303945;--own:#35c2b5;--peer:#6b7788;
--slower:#35c2b5;--faster:#f0935a;--rest:#3a4554;--c1:#7fabee;--c2:#f0935a;--c3:#b794ea;--c4:#d6c34a;--c5:#ee7f9f;--c6:#6fcf7d;--c7:#c5a48f`

const COLORS = [1, 2, 3, 4, 5, 6, 7]

export const CHART_STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media(prefers-color-scheme:dark){:root{${DARK}}}
svg{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
.label{fill:var(--ink)}.head{font-weight:600;font-size:14px}.axis{fill:var(--soft);font-size:12px}
.value{font-variant-numeric:tabular-nums}.middle{text-anchor:middle}.end{text-anchor:end}
.grid{stroke:var(--line)}.one{stroke:var(--soft);stroke-width:1.5}.whisker{stroke:var(--ink);stroke-width:1.5}
.bar.own{fill:var(--own)}.bar.peer{fill:var(--peer)}.bar.slower{fill:var(--slower)}.bar.faster{fill:var(--faster)}.bar.rest{fill:var(--rest)}
.mark{stroke:var(--ink);stroke-width:1.5}.mark.p99{stroke-dasharray:3 3}
.curve{fill:none;stroke-width:2}
${COLORS.map((at) => `.bar.phase-${at}{fill:var(--c${at})}.curve-${at}{stroke:var(--c${at})}.dot.curve-${at}{fill:var(--c${at})}`).join('\n')}
.curve-own{stroke:var(--own);stroke-width:3}.dot.curve-own{fill:var(--own)}
`

const MARGIN = 20

/** A picture with its style in it, with a margin, on the paper of the reader's theme. */
export function standAlone(svg: string): string {
  return svg.replace(/viewBox="0 0 (\d+) (\d+)"([^>]*)>/u, (_match, width: string, height: string, rest: string) => {
    const box = { width: Number(width) + 2 * MARGIN, height: Number(height) + 2 * MARGIN }
    const size = `width="${box.width}" height="${box.height}"`
    const paper = `<rect x="-${MARGIN}" y="-${MARGIN}" ${size} fill="var(--paper)"/>`
    return `viewBox="-${MARGIN} -${MARGIN} ${box.width} ${box.height}" ${size}${rest}><style>${CHART_STYLE}</style>${paper}`
  })
}
