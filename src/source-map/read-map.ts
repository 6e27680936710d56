// Positions of a bundle to those of its sources. Reading a map takes time and room, so that few are kept as they were read.
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'

export interface Place {
  /** The source by its name in the map. */
  readonly source: string
  /** Counts from 1. */
  readonly line: number
  /** Counts from 1. */
  readonly column: number
}

export type FindPlace = (line: number, column: number) => Place | null

/** Characters of the maps that are kept as they were read, which takes about twenty bytes for each. */
const MAX_KEPT_CHARACTERS = 4 * 1024 * 1024

/** By their text; insertion order is the order of use. */
const kept = new Map<string, FindPlace>()
let keptCharacters = 0

/** @param json a map that this service had made, or an artifact brought along; of one that is none, nothing is found. */
export function readMap(json: string): FindPlace {
  const known = kept.get(json)
  kept.delete(json)
  if (known === undefined) keptCharacters += json.length
  const find = known ?? toFindPlace(json)
  kept.set(json, find)
  for (const oldest of kept.keys()) {
    if (keptCharacters <= MAX_KEPT_CHARACTERS) break
    kept.delete(oldest)
    keptCharacters -= oldest.length
  }
  return find
}

function toFindPlace(json: string): FindPlace {
  let map: TraceMap
  try {
    map = new TraceMap(json)
  } catch {
    return () => null
  }
  return (line, column) => {
    try {
      const found = originalPositionFor(map, { line, column: column - 1 })
      // Whatever the types say, a map can name a source that it does not have.
      if (typeof found.source !== 'string') return null
      return { source: found.source, line: found.line, column: found.column + 1 }
    } catch {
      return null
    }
  }
}
