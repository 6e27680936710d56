// A folder or an archive to a folder that can be loaded, with the patience that a volume needs that is still being mounted.
import { stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { ArtifactLimits } from './artifact-tree.ts'
import { unpackArtifact } from './unpack-artifact.ts'

export interface OpenOptions {
  /** Where archives are unpacked. */
  readonly parent: string
  /** Between two tries; Flash waits 30 s. */
  readonly delayMs: number
  /** 3 unless told otherwise. */
  readonly tries?: number
  readonly limits?: Partial<ArtifactLimits>
  /** Told of each try that failed and is not the last. */
  readonly onRetry?: (message: string, triesLeft: number) => void
}

export type OpenedArtifact =
  | {
      readonly ok: true
      readonly folder: string
      /** True for a folder that was made for this and is its caller's to remove; false for one that was there before. */
      readonly isUnpacked: boolean
    }
  | { readonly ok: false; readonly message: string }

const TRIES = 3

/** A refused artifact is refused at once; one that is absent or cut off is tried again, for it may still be on its way. */
export async function openArtifact(path: string, options: OpenOptions): Promise<OpenedArtifact> {
  const { parent, delayMs, tries = TRIES, limits = {}, onRetry } = options
  if (await isFolder(path)) return { ok: true, folder: path, isUnpacked: false }
  const unpacked = await unpackArtifact(path, parent, limits)
  if (unpacked.ok) return { ok: true, folder: unpacked.folder, isUnpacked: true }
  if (unpacked.isFinal || tries <= 1) return { ok: false, message: unpacked.message }
  onRetry?.(unpacked.message, tries - 1)
  await delay(delayMs)
  return openArtifact(path, { ...options, tries: tries - 1 })
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found?.isDirectory() ?? false
}
