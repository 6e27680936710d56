// Lays the doctor's findings out as a table for a terminal.

export interface Finding {
  readonly name: string
  /** `bad` needs something to be done; `info` is for the operator to judge. */
  readonly status: 'ok' | 'info' | 'bad'
  /** One line, or several: the further ones are indented under the first. */
  readonly detail: string
}

const MARKS: Readonly<Record<Finding['status'], string>> = { ok: '  ok', info: '   -', bad: ' BAD' }

export function layOut(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length))
  const indent = ' '.repeat(width + 8)
  return findings
    .map(
      ({ name, status, detail }) =>
        `${MARKS[status]}  ${name.padEnd(width)}  ${detail.replaceAll('\n', `\n${indent}`)}\n`,
    )
    .join('')
}
