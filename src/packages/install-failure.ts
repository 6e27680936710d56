// The failures of an installation as values that a client can act on.
import { groupDigits } from '../core/group-digits.ts'
import type { Failure } from '../errors.ts'
import type { FromInstallTool, InstallLimits } from '../ipc/install-messages.ts'
import type { ProcessEnd } from '../tool-client/tool-process.ts'

export interface InstallBounds extends InstallLimits {
  readonly deadlineMs: number
  readonly residentMb: number
}

export const INSTALL_CANCELLED: Failure = {
  code: 'CANCELLED',
  message: 'The request was cancelled before its dependencies were installed.',
}

export const INSTALLER_UNAVAILABLE: Failure = {
  code: 'EXECUTORS_UNAVAILABLE',
  message: 'No process that installs packages can be started.',
}

export const NOTHING_NAMED: Failure = {
  code: 'DEPENDENCY_REFUSED',
  message: 'The request names no dependency, so that there is nothing to install.',
}

export const SWITCHED_OFF: Failure = {
  code: 'DEPENDENCY_REFUSED',
  message: 'This service installs no packages: its operator has switched that off.',
}

export const STORE_UNUSABLE: Failure = {
  code: 'INTERNAL',
  message: 'The folder of installed packages cannot be used; the log has the details.',
}

export const STORE_FULL: Failure = {
  code: 'QUEUE_FULL',
  message: 'The room for installed packages is taken by those that are in use.',
}

export const BROKE_CONTRACT: Failure = {
  code: 'DEPENDENCY_FAILED',
  message: 'The dependencies left the installer with an answer that it may not give.',
}

/** Whatever the process has left is not what it may leave. */
export const UNSOUND: Failure = {
  code: 'DEPENDENCY_FAILED',
  message: 'What was installed holds something else than folders and files, and is not used.',
}

export function describeInstallQueue(limit: number, used: number): Failure {
  const message = `${groupDigits(used)} installations of packages wait already; the limit is ${groupDigits(limit)}.`
  return { code: 'QUEUE_FULL', message, limit, used }
}

export function describeFailed({ reason, message }: Extract<FromInstallTool, { type: 'failed' }>): Failure {
  switch (reason) {
    case 'refused':
      return { code: 'DEPENDENCY_REFUSED', message }
    case 'failed':
      return { code: 'DEPENDENCY_FAILED', message }
    case 'registry':
      return { code: 'REGISTRY_UNAVAILABLE', message }
    default:
      return reason satisfies never
  }
}

const UNITS = { packages: 'packages', bytes: 'bytes', files: 'files' } as const

export function describeInstallTooMuch(
  { what, used }: Extract<FromInstallTool, { type: 'too-much' }>,
  bounds: InstallBounds,
): Failure {
  const limit = bounds[what]
  const message = `The dependencies are at least ${groupDigits(used)} ${UNITS[what]}; the limit is ${groupDigits(limit)}.`
  return { code: 'LIMIT_DEPENDENCIES', message, limit, used }
}

export function describeInstallEnd({ cause, detail, used }: ProcessEnd, bounds: InstallBounds): Failure {
  switch (cause) {
    case 'deadline': {
      const limit = bounds.deadlineMs
      const message = `Installing the dependencies took longer than the limit of ${groupDigits(limit)} ms.`
      return { code: 'LIMIT_DEPENDENCIES', message, limit, used }
    }
    case 'memory': {
      const limit = bounds.residentMb
      const message = `Installing the dependencies took ${groupDigits(used)} MB of memory; the limit is ${groupDigits(limit)}.`
      return { code: 'LIMIT_DEPENDENCIES', message, limit, used }
    }
    case 'killed':
      return {
        code: 'LIMIT_DEPENDENCIES',
        message: 'The installer was killed while it worked, most likely because memory ran out.',
      }
    case 'crashed':
      return { code: 'DEPENDENCY_FAILED', message: `The dependencies crashed the installer (${detail}).` }
    case 'contract':
      return { code: 'DEPENDENCY_FAILED', message: 'The dependencies left the installer unable to answer.' }
    case 'asked':
      return INSTALL_CANCELLED
    default:
      return cause satisfies never
  }
}
