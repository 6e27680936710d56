// The failures of an installation as values that a client can act on.
import { groupDigits } from '../core/group-digits.ts'
import type { Failure } from '../errors.ts'
import type { FromInstallTool, InstallLimits } from '../ipc/install-messages.ts'
import { describeToolEnd } from '../tool-client/describe-tool-end.ts'
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

export function describeInstallEnd(end: ProcessEnd, bounds: InstallBounds): Failure {
  return describeToolEnd(end, bounds, {
    codes: { limit: 'LIMIT_DEPENDENCIES', work: 'DEPENDENCY_FAILED' },
    work: 'Installing the dependencies',
    killed: 'The installer was killed while it worked',
    culprit: 'The dependencies',
    tool: 'the installer',
    asked: INSTALL_CANCELLED,
  })
}
