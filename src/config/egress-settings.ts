// Settings of requests that submitted code makes to other hosts.
import { choice, integer, text } from './setting.ts'

const KIB = 1_024
const MIB = 1_024 * KIB

export const EGRESS = {
  egressPolicy: text({
    description:
      'Which hosts submitted code may ask: `public` for every public host at ports 80 and 443, or a JSON file of rules (`docs/egress.md`); without it none.',
    default: '',
    describedDefault: 'none',
    allowed: '`public` or a path',
    pattern: /^[^\0]{0,4096}$/u,
  }),
  egressRequests: integer({
    description: 'Requests that one task may make; each redirect is one.',
    default: 50,
    min: 1,
    max: 100_000,
  }),
  egressRequestsAtOnce: integer({
    description: 'Requests of one task that may be in progress; further ones wait.',
    default: 16,
    min: 1,
    max: 1_024,
  }),
  egressSentBytes: integer({
    description: 'Bodies that one task sends, all together.',
    default: 32 * MIB,
    min: KIB,
    max: 65_536 * MIB,
    unit: 'bytes',
  }),
  egressReceivedBytes: integer({
    description: 'Heads and bodies that one task gets, all together; compressed ones count before and after.',
    default: 64 * MIB,
    min: KIB,
    max: 65_536 * MIB,
    unit: 'bytes',
  }),
  egressTenantMax: integer({
    description: 'Requests of one tenant that may be in progress; further ones fail.',
    default: 256,
    min: 1,
    max: 10_000,
  }),
  egressMax: integer({
    description: 'Requests that may be in progress, all together; further ones fail.',
    default: 256,
    min: 1,
    max: 10_000,
  }),
  egressLog: choice({
    description: 'Which of these requests have a log line: `all`, only those `denied` or failed, or `none`.',
    choices: ['all', 'denied', 'none'],
    default: 'all',
  }),
}
