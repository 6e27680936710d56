// Pieces of HTML and SVG as text. Whatever comes from a run is escaped here, and nowhere is it put in as it is.

/** For text and for attributes in double quotes. */
export function escapeMarkup(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (character) => `&#${character.codePointAt(0)};`)
}

export type Attributes = Readonly<Record<string, string | number>>

/** `children` is markup already; text goes through `textNode`. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeMarkup(toText(value))}"`)
  return `<${name}${list.join('')}>${children.join('')}</${name}>`
}

export function textNode(text: string | number): string {
  return escapeMarkup(String(text))
}

/** Coordinates to a tenth of a pixel: more digits are bytes that nobody sees. */
function toText(value: string | number): string {
  return typeof value === 'number' ? String(Math.round(value * 10) / 10) : value
}

export interface ChartOptions {
  readonly title: string
  /** What the chart shows, in words, for who does not see it. */
  readonly description: string
  readonly width: number
  readonly height: number
}

let charts = 0

export function chart({ title, description, width, height }: ChartOptions, children: readonly string[]): string {
  const id = `chart-${++charts}`
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-description`,
    },
    [
      element('title', { id: `${id}-title` }, [textNode(title)]),
      element('desc', { id: `${id}-description` }, [textNode(description)]),
      ...children,
    ],
  )
}

export function label(x: number, y: number, text: string, kind = ''): string {
  return element('text', { x, y, class: `label ${kind}`.trim() }, [textNode(text)])
}

export function bar(box: { x: number; y: number; width: number; height: number }, kind: string): string {
  return element('rect', { ...box, width: Math.max(0, box.width), rx: 2, class: kind })
}

export function line(from: { x: number; y: number }, to: { x: number; y: number }, kind: string): string {
  return element('line', { x1: from.x, y1: from.y, x2: to.x, y2: to.y, class: kind })
}
