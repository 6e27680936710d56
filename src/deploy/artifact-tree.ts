// What an archive may put where: every entry judged by its name and by the entries before it, without touching a disk.
import type { TarEntry } from './read-tar.ts'

export interface ArtifactLimits {
  /** Files, folders and links, folders that only paths imply included. */
  readonly entries: number
  /** All that comes out of the decompressor. */
  readonly totalBytes: number
  readonly entryBytes: number
}

/** Flash limits its archives to 1500 MB. */
export const ARTIFACT_LIMITS: ArtifactLimits = {
  entries: 20_000,
  totalBytes: 1_500 * 1024 * 1024,
  entryBytes: 512 * 1024 * 1024,
}

export type Placement =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }
  /** `source` as the archive has it: relative to the link's folder. */
  | { readonly kind: 'symlink'; readonly path: string; readonly source: string }
  /** `target` is a path below the root. */
  | { readonly kind: 'hardlink'; readonly path: string; readonly target: string }

export type Judged =
  | { readonly ok: true; readonly placement: Placement; readonly isReplacement: boolean }
  | { readonly ok: false; readonly message: string }

type Kind = Placement['kind']

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['File', 'file'],
  ['OldFile', 'file'],
  ['ContiguousFile', 'file'],
  ['Directory', 'folder'],
  ['SymbolicLink', 'symlink'],
  ['Link', 'hardlink'],
])
const MAX_PATH_BYTES = 1_024
const MAX_SEGMENT_BYTES = 255
const MAX_SHOWN_CHARACTERS = 200

export class ArtifactTree {
  readonly #limits: ArtifactLimits
  readonly #kinds = new Map<string, Kind>([['', 'folder']])
  #entryCount = 0

  constructor(limits: ArtifactLimits) {
    this.#limits = limits
  }

  get entryCount(): number {
    return this.#entryCount
  }

  judge(entry: TarEntry): Judged {
    const shown = quoted(entry.path)
    this.#entryCount += 1
    const kind = KINDS.get(entry.type)
    if (kind === undefined)
      return refused(`${shown} is of type ${entry.type}; only files, folders and links are unpacked`)
    const segments = readPath(entry.path)
    if (typeof segments === 'string') return refused(`${shown} ${segments}`)
    if (entry.sizeBytes > this.#limits.entryBytes) {
      return refused(`${shown} has ${entry.sizeBytes} bytes, the limit is ${this.#limits.entryBytes} (entryBytes)`)
    }
    const path = segments.join('/')
    const before = this.#kinds.get(path)
    if (before !== undefined && before !== kind) return refused(`${shown} is a ${before} first and a ${kind} later`)
    const blocked = this.#addFolders(segments)
    if (blocked !== null) return refused(`${shown} goes through ${blocked}, which is not a folder`)
    if (this.#entryCount > this.#limits.entries) {
      return refused(`${shown} is entry ${this.#entryCount}, the limit is ${this.#limits.entries} (entries)`)
    }
    const placement = this.#place(kind, segments, entry.linkPath)
    if (typeof placement === 'string') return refused(`${shown} ${placement}`)
    this.#kinds.set(path, kind)
    return { ok: true, placement, isReplacement: before !== undefined }
  }

  /** The first parent that is no folder; parents that the archive does not list become folders and count as entries. */
  #addFolders(segments: readonly string[]): string | null {
    let parent = ''
    for (const segment of segments.slice(0, -1)) {
      parent = parent === '' ? segment : `${parent}/${segment}`
      const kind = this.#kinds.get(parent)
      if (kind !== undefined && kind !== 'folder') return `the ${kind} ${quoted(parent)}`
      if (kind !== undefined) continue
      this.#kinds.set(parent, 'folder')
      this.#entryCount += 1
    }
    return null
  }

  #place(kind: Kind, segments: readonly string[], linkPath: string): Placement | string {
    const path = segments.join('/')
    if (kind === 'folder') return { kind, path }
    if (path === '') return 'is the folder itself'
    if (kind === 'file') return { kind, path }
    if (kind === 'symlink') {
      const problem = problemOfTarget(linkPath, segments.length - 1)
      return problem === null ? { kind, path, source: linkPath } : `is a link to ${quoted(linkPath)}, which ${problem}`
    }
    const targetSegments = readPath(linkPath)
    if (typeof targetSegments === 'string') return `is a hard link to ${quoted(linkPath)}, which ${targetSegments}`
    const target = targetSegments.join('/')
    const targetKind = this.#kinds.get(target)
    if (target === path || (targetKind !== 'file' && targetKind !== 'hardlink')) {
      return `is a hard link to ${quoted(linkPath)}, which is no earlier file of the archive`
    }
    return { kind, path, target }
  }
}

/** The segments of a path below the root, or what is wrong with it. */
function readPath(path: string): readonly string[] | string {
  if (path.startsWith('/')) return 'is an absolute path'
  if (path.includes('\0') || path.includes('\\')) return 'has a character that no path of an artifact may have'
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (segments.includes('..')) return "leaves its folder with '..'"
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`
  if (segments.some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)) {
    return `has a segment of more than ${MAX_SEGMENT_BYTES} bytes`
  }
  return segments
}

/**
 * The folders above a link are real ones, so `..` at the start counts exactly. After a name it need not: the name may be
 * a link, from which `..` leads elsewhere. With such targets refused no chain of links can lead out of the root.
 */
function problemOfTarget(target: string, depth: number): string | null {
  if (target.startsWith('/')) return 'is an absolute path'
  if (target.includes('\0') || Buffer.byteLength(target) > MAX_PATH_BYTES) return 'is not a usable path'
  const segments = target.split('/').filter((segment) => segment !== '' && segment !== '.')
  const up = segments.findIndex((segment) => segment !== '..')
  const upCount = up === -1 ? segments.length : up
  if (upCount > depth) return 'is outside the artifact'
  return segments.slice(upCount).includes('..') ? "has a '..' after a name" : null
}

function quoted(path: string): string {
  return JSON.stringify(path.length > MAX_SHOWN_CHARACTERS ? `${path.slice(0, MAX_SHOWN_CHARACTERS)}…` : path)
}

function refused(problem: string): Judged {
  return { ok: false, message: `The artifact is refused: ${problem}.` }
}
