// Writes the generated tables into the docs: run it after a change of the settings or the error codes.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderDocs, replacePart } from './render-docs.ts'

const root = join(import.meta.dirname, '..')

for (const part of renderDocs()) {
  const path = join(root, part.path)
  writeFileSync(path, replacePart(readFileSync(path, 'utf8'), part))
}
