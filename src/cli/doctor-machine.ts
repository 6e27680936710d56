// What the doctor reads about the machine: kernel, control group, user namespaces.
import { readFileSync } from 'node:fs'
import { arch, release, type } from 'node:os'
import type { Finding } from './doctor-text.ts'

export function describeMachine(): readonly Finding[] {
  return [
    { name: 'Kernel', status: 'info', detail: `${type()} ${release()} on ${arch()}` },
    { name: 'Namespaces', status: 'info', detail: describeUserNamespaces() },
    { name: 'Memory limit', ...describeMemoryLimit() },
  ]
}

function describeUserNamespaces(): string {
  const most = read('/proc/sys/user/max_user_namespaces')
  const allowed = read('/proc/sys/kernel/unprivileged_userns_clone')
  const restricted = read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns')
  if (most === null) return 'this kernel has no user namespaces; bubblewrap works for root only'
  if (most === '0' || allowed === '0') return 'user namespaces are switched off; bubblewrap works for root only'
  if (restricted === '1') return 'AppArmor restricts user namespaces; bubblewrap may need a profile when not root'
  return 'user namespaces are allowed to every user'
}

/** Executors are watched one by one; a limit on all of them together is the operator's to set. */
function describeMemoryLimit(): Pick<Finding, 'status' | 'detail'> {
  const groups = read('/proc/self/cgroup') ?? ''
  const unified = /^0::(?<path>.*)$/mu.exec(groups)?.groups?.['path']
  const legacy = /^\d+:(?:[\w,]+,)?memory(?:,[\w,]+)?:(?<path>.*)$/mu.exec(groups)?.groups?.['path']
  const limit =
    legacy === undefined
      ? (read(`/sys/fs/cgroup${unified ?? ''}/memory.max`) ?? read('/sys/fs/cgroup/memory.max'))
      : (read(`/sys/fs/cgroup/memory${legacy}/memory.limit_in_bytes`) ??
        read('/sys/fs/cgroup/memory/memory.limit_in_bytes'))
  const bytes = Number(limit)
  const version = legacy === undefined ? 'v2' : 'v1'
  const isLimited = limit !== null && Number.isFinite(bytes) && bytes < Number.MAX_SAFE_INTEGER
  return isLimited
    ? {
        status: 'ok',
        detail: `control group ${version}: ${Math.round(bytes / 1024 / 1024)} MB for the service and its executors`,
      }
    : { status: 'info', detail: `control group ${version} sets none; set one (systemd: MemoryMax=, Docker: --memory)` }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}
