// PLACEHOLDER by the lead.
import { installGlobal, toText } from '../intrinsics.ts'
export function installConsole(write: (t: string) => void): void { installGlobal('console', { log: (x: unknown) => write(toText(x) + '\n') }) }
