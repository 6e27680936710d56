// Finds out which system folders the Node.js binary needs, by looking at what this very process has mapped.
import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import type { LibraryMounts } from './bubblewrap.ts'

/** Where programs look for the dynamic loader and libraries; often links into `/usr`. */
const ROOT_FOLDERS = ['/lib', '/lib64', '/lib32', '/libx32']
/** Holds the loader's link on systems where `/lib64` is a link to it. */
const LOADER_FOLDERS = ['/usr/lib64']

/** For a front that runs on the same Node.js binary as its executors; throws without `/proc`. */
export function readLibraryMounts(): LibraryMounts {
  const folders = mappedLibraryFolders(readFileSync('/proc/self/maps', 'latin1'))
  const links = ROOT_FOLDERS.flatMap((path) => {
    const target = linkTarget(path)
    return target === null ? [] : [{ path, target }]
  })
  return {
    paths: [...folders, ...LOADER_FOLDERS.filter((path) => linkTarget(path) === null && exists(path))],
    links,
  }
}

/** Folders of the shared libraries in the text of `/proc/<pid>/maps`. */
export function mappedLibraryFolders(maps: string): string[] {
  const libraries = maps.matchAll(/^\S+ \S+ \S+ \S+ \S+ +(\/.*\.so(?:\.[\w.]+)?)$/gmu)
  return [...new Set([...libraries].map(([, path]) => dirname(path ?? '/')))].filter((folder) => folder !== '/')
}

function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
