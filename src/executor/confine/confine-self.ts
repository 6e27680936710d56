// Takes from a process that has loaded its program everything that running guests does not need.
import type { ExecutorArguments } from '../../ipc/executor-arguments.ts'
import { dropPermissions } from './drop-permissions.ts'
import { dropUser } from './drop-user.ts'
import { hardenProcess, lowerPriority } from './harden-process.ts'
import { enterLandlock } from './landlock.ts'
import { limitResources } from './limit-resources.ts'
import { openNative } from './native.ts'
import { enterSeccomp } from './seccomp.ts'
import { currentArchitecture } from './syscall-numbers.ts'

export type ConfinementLevel = ExecutorArguments['confinement']

export interface ConfineOptions {
  /** What the parent started: `permission` applies nothing that needs node:ffi. */
  readonly level: ConfinementLevel
  /** The user and group to become; null to stay what the parent is. */
  readonly uid: number | null
  readonly gid: number | null
  readonly dropPermissions: boolean
  /** Throw when the system call filter or no_new_privs cannot be had, as when the operator demands the level. */
  readonly strict?: boolean
}

export interface ConfinementState {
  readonly level: ConfinementLevel
  /** The user that the process now is, in the numbers of its own namespace. */
  readonly uid: number
  /** False when the process stayed the user that started it. */
  readonly ownUser: boolean
  readonly noNewPrivileges: boolean
  readonly landlock: { readonly abi: number; readonly everyThread: boolean } | null
  readonly seccomp: boolean
  /** Scopes of Node's permission model that were given back. */
  readonly droppedPermissions: readonly string[]
  /** One sentence for each layer of the level that could not be applied. */
  readonly problems: readonly string[]
}

const EXECUTOR_NICE = 10
/** An isolate lives on several threads; an arena for each would keep to itself what isolates before have freed. */
const MALLOC_ARENAS = 2
/**
 * Left to itself the allocator takes blocks of up to 32 MiB out of its arenas once one has been freed, and keeps them: with the
 * windows of brotli decoders, which threads in turn allocate, a process grows by a hundred megabytes that nothing uses.
 */
const MAPPED_BYTES = 1024 * 1024

interface KernelLayers {
  readonly noNewPrivileges: boolean
  readonly landlock: ConfinementState['landlock']
  readonly seccomp: boolean
  readonly problems: readonly string[]
}

/**
 * Confines this process for good. To be called once, after everything is imported and read, with nothing asynchronous
 * under way (no isolate, no pending file operation), and before anything of a guest is touched.
 *
 * The order is forced: the change of user needs a right that no_new_privs leaves but seccomp takes; it clears
 * the death signal, which is set after it; Landlock and seccomp need no_new_privs; the filter forbids all of this and
 * comes last of what the kernel does; the permission model guards node:ffi and comes after it.
 *
 * A layer that the machine lacks is a sentence in `problems`. Throws when the change of user or the permission drop
 * fails, or `strict` asks for more than there is: then the process must end.
 */
export function confineSelf(options: ConfineOptions): ConfinementState {
  // The getter looks at the descriptor, which the filter forbids later.
  void process.stderr.writable
  const kernel = options.level === 'permission' ? applyUser(options, NO_LAYERS) : applyKernelLayers(options)
  if (options.strict === true && options.level !== 'permission' && !(kernel.seccomp && kernel.noNewPrivileges)) {
    throw new Error(`The confinement that is demanded cannot be had: ${kernel.problems.join('; ')}.`)
  }
  return {
    level: options.level,
    uid: process.geteuid?.() ?? -1,
    ownUser: options.uid !== null,
    ...kernel,
    droppedPermissions: options.dropPermissions ? dropPermissions() : [],
  }
}

const NO_LAYERS: KernelLayers = {
  noNewPrivileges: false,
  landlock: null,
  seccomp: false,
  problems: [],
}

function applyUser(options: ConfineOptions, layers: KernelLayers): KernelLayers {
  if (options.uid !== null) dropUser({ uid: options.uid, gid: options.gid ?? options.uid })
  return layers
}

function applyKernelLayers(options: ConfineOptions): KernelLayers {
  const opened = openNative()
  const architecture = currentArchitecture()
  if (!opened.ok) return applyUser(options, { ...NO_LAYERS, problems: [opened.reason] })
  const { native } = opened
  if (architecture === null || process.platform !== 'linux') {
    return applyUser(options, {
      ...NO_LAYERS,
      problems: [`no filter exists for ${process.platform} on ${process.arch}`],
    })
  }
  lowerPriority(native, architecture, EXECUTOR_NICE)
  native.tuneAllocator('arenas', MALLOC_ARENAS)
  native.tuneAllocator('mappedBytes', MAPPED_BYTES)
  const limits = limitResources(native, architecture, options.uid !== null)
  applyUser(options, NO_LAYERS)
  const hardening = hardenProcess(native, architecture)
  const landlock = enterLandlock(native, architecture)
  const seccomp = enterSeccomp(native, architecture)
  native.close()
  return {
    noNewPrivileges: hardening.length === 0,
    landlock: landlock.ok ? { abi: landlock.abi, everyThread: landlock.everyThread } : null,
    seccomp: seccomp.ok,
    problems: [
      ...limits,
      ...hardening,
      ...(landlock.ok ? [] : [landlock.reason]),
      ...(seccomp.ok ? [] : [seccomp.reason]),
    ],
  }
}
