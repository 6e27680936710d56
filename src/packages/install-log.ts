// What a person sees of an installation in the output of the request: lines in upstream's format.
import { groupDigits } from '../core/group-digits.ts'
import type { PackageLock } from '../core/package-lock.ts'
import { formatPackageSpec } from '../core/package-specs.ts'
import type { PackageSpec } from '../core/package-specs.ts'
import type { Failure } from '../errors.ts'
import type { TreeSize } from './measure-tree.ts'

const SHOWN_MAX = 32
const LEVEL_CHARACTERS = 5

export class InstallLog {
  readonly #now: () => number
  #text = ''

  constructor(now: () => number) {
    this.#now = now
  }

  get text(): string {
    return this.#text
  }

  begin(specs: readonly PackageSpec[], isLocked: boolean): void {
    const names = list(specs.map(formatPackageSpec))
    this.#line('INFO', `Installing dependencies${isLocked ? ' as locked' : ''}: ${names}`)
  }

  installed({ specs, packages }: PackageLock, { bytes, files }: TreeSize, tookMs: number): void {
    const versions = new Map(packages.map(({ location, version }) => [location, version]))
    const named = list(specs.map(({ name }) => `${name}@${versions.get(`node_modules/${name}`) ?? '?'}`))
    const count = packages.length === 1 ? '1 package' : `${groupDigits(packages.length)} packages`
    const size = `${count}, ${groupDigits(files)} files, ${groupDigits(bytes)} bytes`
    this.#line('INFO', `Successfully installed ${named} (${size}, ${groupDigits(tookMs)} ms)`)
  }

  failed({ message }: Failure): void {
    this.#line('ERROR', `Failed to install dependencies: ${message}`)
  }

  /** `2026-01-31 12:00:00,000 | INFO  | …` */
  #line(level: 'INFO' | 'ERROR', text: string): void {
    const time = new Date(this.#now()).toISOString().replace('T', ' ').replace('.', ',').slice(0, -1)
    this.#text += `${time} | ${level.padEnd(LEVEL_CHARACTERS)} | ${text.replaceAll(/\s+/gu, ' ')}\n`
  }
}

function list(names: readonly string[]): string {
  const rest = names.length - SHOWN_MAX
  return names.slice(0, SHOWN_MAX).join(', ') + (rest > 0 ? ` and ${groupDigits(rest)} more` : '')
}
