// The command line of bubblewrap: what an executor sees of the machine, and which namespaces it does not share with it.

export interface BubblewrapSetup {
  /** The bubblewrap binary. */
  readonly path: string
  /** Whether the front is root: then no user namespace is used, since `--uid` in one is still root outside. */
  readonly isRoot: boolean
  readonly libraries: LibraryMounts
}

/** What the Node.js binary needs of the system to start. */
export interface LibraryMounts {
  /** Folders and files to show read-only under the same path. */
  readonly paths: readonly string[]
  /** Symbolic links of the root folder, such as `/lib64` → `usr/lib64`. */
  readonly links: readonly { readonly path: string; readonly target: string }[]
}

export interface BubblewrapOptions {
  readonly setup: BubblewrapSetup
  readonly nodePath: string
  /** Real paths of files and folders to show read-only. */
  readonly readPaths: readonly string[]
  /** Whether the executor changes its user after loading; needs a front that is root. */
  readonly dropsUser: boolean
}

/**
 * What the executor needs until it has loaded: to change its user, and to read a checkout that only its owner may
 * read. The kernel takes all of them when the user changes.
 */
const LOADING_CAPABILITIES = ['CAP_SETUID', 'CAP_SETGID', 'CAP_DAC_READ_SEARCH']

const NAMESPACES = ['--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try']

/**
 * Arguments before the command. There is no `/proc`, no `/dev` and no `/etc` inside: Node.js starts without them.
 * A process beside the executor is pid 1 of its namespace, since pid 1 could not kill itself.
 */
export function bubblewrapArguments(options: BubblewrapOptions): string[] {
  const { setup, nodePath, readPaths, dropsUser } = options
  const capabilities = setup.isRoot && dropsUser ? LOADING_CAPABILITIES : []
  return [
    ...(setup.isRoot ? [] : ['--unshare-user']),
    ...NAMESPACES,
    '--die-with-parent',
    '--new-session',
    '--clearenv',
    '--cap-drop',
    'ALL',
    ...capabilities.flatMap((name) => ['--cap-add', name]),
    ...withoutCovered([...setup.libraries.paths, nodePath, ...readPaths]).flatMap((path) => ['--ro-bind', path, path]),
    ...setup.libraries.links.flatMap(({ path, target }) => ['--symlink', target, path]),
    '--remount-ro',
    '/',
    '--chdir',
    '/',
  ]
}

/** Drops paths inside others of the list, and doubles; parents come first. */
export function withoutCovered(paths: readonly string[]): string[] {
  const sorted = [...new Set(paths)].toSorted((one, other) => one.length - other.length)
  return sorted.filter((path, index) => !sorted.slice(0, index).some((other) => isInside(path, other)))
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}
