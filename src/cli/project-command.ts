// The commands that take the folder of a project: `build DIR [--out DIR]` and `dev DIR [flags of serve]`.

export type ProjectCommand =
  | { readonly name: 'build'; readonly folder: string; readonly outFolder: string | undefined }
  | { readonly name: 'dev'; readonly folder: string; readonly rest: readonly string[] }
  | { readonly name: 'invalid'; readonly text: string }

const OUT = '--out'

/** Null when the command is another one. */
export function readProjectCommand([name, ...args]: readonly string[]): ProjectCommand | null {
  if (name !== 'build' && name !== 'dev') return null
  if (args.includes('--help') || args.includes('-h')) return null
  const [folder, ...rest] = args
  if (folder === undefined || folder.startsWith('-')) return invalid(`${name} needs the folder of a project.`)
  if (name === 'dev') return { name, folder, rest }
  const [first, ...others] = rest
  if (first === undefined) return { name, folder, outFolder: undefined }
  const outFolder = first.startsWith(`${OUT}=`) ? first.slice(OUT.length + 1) : others.shift()
  if (!(first === OUT || first.startsWith(`${OUT}=`)))
    return invalid(`${JSON.stringify(first)} is not a flag of build; --out is.`)
  if (outFolder === undefined || outFolder === '') return invalid(`${OUT} needs a folder.`)
  const [extra] = others
  if (extra !== undefined) return invalid(`${JSON.stringify(extra)} is one argument too many.`)
  return { name, folder, outFolder }
}

function invalid(sentence: string): ProjectCommand {
  return { name: 'invalid', text: `${sentence}\n` }
}
