// The ids of jobs in an answer that is too large to be parsed, or that was cut off: each of them waits for a result.
import { depthChange, endOfString, QUOTE } from '../protocol/json-text.ts'

const ID = /[ \t\n\r]*:[ \t\n\r]*"/uy

/** @param text one JSON object or a list of them, of which the end may be missing. Ids in their order, none twice. */
export function findJobIds(text: string): readonly string[] {
  const found = new Set<string>()
  const jobDepth = text.trimStart().startsWith('[') ? 2 : 1
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (character !== QUOTE) {
      depth += depthChange(character)
      continue
    }
    const end = endOfString(text, at)
    if (end === -1) break
    if (depth === jobDepth && text.slice(at, end + 1) === '"id"') {
      const id = readString(text, end + 1)
      if (id !== null) found.add(id)
    }
    at = end
  }
  return [...found]
}

function readString(text: string, from: number): string | null {
  ID.lastIndex = from
  if (!ID.test(text)) return null
  const start = ID.lastIndex - 1
  const end = endOfString(text, start)
  if (end === -1) return null
  try {
    return JSON.parse(text.slice(start, end + 1)) as string
  } catch {
    return null
  }
}
