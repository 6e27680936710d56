// Every setting of the service: the one table from which the schema, environment variables, flags, --help and docs come.
import type * as v from 'valibot'
import { EGRESS } from './egress-settings.ts'
import { JOBS, PLATFORM, WEBHOOKS } from './job-settings.ts'
import { PACKAGES } from './package-settings.ts'
import { HOST_RULES, choice, integer, onOff, text } from './setting.ts'
import type { Setting } from './setting.ts'
import { SOURCE_SETTINGS, TYPESCRIPT } from './source-settings.ts'
import { variables } from './variables.ts'

const KIB = 1_024
const MIB = 1_024 * KIB
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

const SERVICE = {
  port: integer({
    description: 'Port that the service listens on; 0 takes any free port.',
    default: 8_000,
    min: 0,
    max: 65_535,
  }),
  host: text({
    description: 'Address that the service binds to; one that is not loopback needs `API_KEY` or `--insecure`.',
    default: '127.0.0.1',
    allowed: 'a host name or an IP address',
    pattern: /^[\w.:%-]{1,253}$/u,
  }),
  apiKey: text({
    description: 'Key that every request must carry as `Authorization: Bearer <key>`.',
    default: '',
    describedDefault: 'none',
    allowed: 'at most 512 visible ASCII characters without spaces',
    pattern: /^[\u0021-\u007e]{0,512}$/u,
    isSecret: true,
  }),
  metricsKey: text({
    description: 'Key that reads `/metrics` beside `API_KEY`, and nothing else.',
    default: '',
    describedDefault: 'none',
    allowed: 'at most 512 visible ASCII characters without spaces',
    pattern: /^[\u0021-\u007e]{0,512}$/u,
    isSecret: true,
  }),
  insecure: onOff({
    description: 'Lets a service without `API_KEY` bind to an address that other machines can reach.',
  }),
  logLevel: choice({
    description: 'The least severe log lines that are written.',
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
  }),
  dataDir: text({
    description: 'Folder of one service: `jobs.sqlite` with its jobs, archives of deployments, and installed packages.',
    default: 'data',
    allowed: 'a path',
    pattern: /^[^\0]{1,4096}$/u,
  }),
  deployment: text({
    description:
      'Folder or tar archive of the deployment that is served; without it the variables of the platform decide.',
    default: '',
    describedDefault: 'none',
    allowed: 'a path',
    pattern: /^[^\0]{0,4096}$/u,
  }),
  adminKey: text({
    description: 'Key of the admin routes, which do not exist without it; it must differ from `API_KEY`.',
    default: '',
    describedDefault: 'none',
    allowed: 'at most 512 visible ASCII characters without spaces',
    pattern: /^[\u0021-\u007e]{0,512}$/u,
    isSecret: true,
  }),
  executeLive: onOff({
    description:
      'Lets `/execute` run code that comes with the request also where a load-balanced deployment is served.',
  }),
  workerId: text({
    description: 'Name of this worker in answers.',
    default: '',
    describedDefault: 'host name of the machine',
    allowed: 'at most 64 letters, digits, dots, underscores and hyphens',
    pattern: /^[\w.-]{0,64}$/u,
  }),
  drainMs: integer({
    description: 'How long a service that is told to stop waits for running tasks.',
    default: 35_000,
    min: 0,
    max: DAY_MS,
    unit: 'ms',
  }),
}

const TASK_LIMITS = {
  memoryMb: integer({
    description: 'V8 heap of one task.',
    default: 128,
    min: 8,
    max: 4_096,
    unit: 'MB',
  }),
  cpuMs: integer({
    description: 'Processor time of one task.',
    default: 5_000,
    min: 10,
    max: DAY_MS,
    unit: 'ms',
  }),
  wallMs: integer({
    description: 'Time from the start of one task to its end, waiting included.',
    default: 30_000,
    min: 10,
    max: DAY_MS,
    unit: 'ms',
  }),
  wallMsMax: integer({
    description: "The most that a job's `policy.executionTimeout` may give in place of `WALL_MS`.",
    default: 600_000,
    min: 10,
    max: DAY_MS,
    unit: 'ms',
  }),
  guestEnv: variables(
    'Variables that all submitted code finds in `process.env`; the `env` of a resource in the manifest counts more.',
  ),
  inputBytes: integer({
    description: 'Request body of `/execute` and `/run`, and the input inside it.',
    default: 10 * MIB,
    min: KIB,
    max: 256 * MIB,
    unit: 'bytes',
  }),
  runsyncInputBytes: integer({
    description: 'Request body of `/runsync`, and the input inside it.',
    default: 20 * MIB,
    min: KIB,
    max: 256 * MIB,
    unit: 'bytes',
  }),
  outputBytes: integer({
    description: 'Encoded result of one task.',
    default: 10 * MIB,
    min: KIB,
    max: 256 * MIB,
    unit: 'bytes',
  }),
  logBytes: integer({
    description: 'Printed text of one task that is kept; what exceeds it is cut.',
    default: 256 * KIB,
    min: 0,
    max: 16 * MIB,
    unit: 'bytes',
  }),
}

const QUEUE = {
  waiting: integer({
    description: 'Requests that may wait for an executor; further ones are refused with `QUEUE_FULL`.',
    default: 1_000,
    min: 1,
    max: 100_000,
  }),
  queueMs: integer({
    description: 'How long a request may wait for an executor before it ends with `QUEUE_TIMEOUT`.',
    default: 30_000,
    min: 1,
    max: DAY_MS,
    unit: 'ms',
  }),
  bufferedBytes: integer({
    description: 'Bodies, queued inputs and unsent answers that the front process holds, all together.',
    default: 256 * MIB,
    min: MIB,
    max: 65_536 * MIB,
    unit: 'bytes',
  }),
  connectionsMax: integer({
    description: 'Connections that clients may have open at the same time; further ones are closed without an answer.',
    default: 2_000,
    min: 8,
    max: 100_000,
  }),
  uploadMs: integer({
    description: 'How long a request body may take to arrive.',
    default: 30_000,
    min: 100,
    max: HOUR_MS,
    unit: 'ms',
  }),
}

const EXECUTORS = {
  executorsMin: integer({
    description: 'Executor processes that are kept for the code of the service even when nothing runs.',
    default: 1,
    min: 1,
    max: 512,
  }),
  executorsMax: integer({
    description: 'The most tasks that run at the same time: each has an executor process to itself.',
    default: ({ cores }) => Math.min(Math.max(2, cores), 512),
    describedDefault: 'number of processors, at least 2',
    min: 1,
    max: 512,
  }),
  moduleExecutorsMax: integer({
    description: 'The most executor processes that serve deployments, beside those of `EXECUTORS_MAX`.',
    default: 32,
    min: 1,
    max: 400,
  }),
  executorsPerDeployment: integer({
    description: 'The most executor processes that serve one deployment.',
    default: ({ cores }) => Math.min(Math.max(2, cores), 64),
    describedDefault: 'number of processors, at least 2',
    min: 1,
    max: 400,
  }),
  instanceExecutorsMax: integer({
    description: 'The most executor processes that hold instances of classes, beside the others.',
    default: 4,
    min: 1,
    max: 64,
  }),
  executorsSpare: integer({
    description: 'Started executor processes beside the others that wait to replace one.',
    default: 1,
    min: 0,
    max: 8,
  }),
  isolatesReady: integer({
    description: 'Unused isolates that each executor keeps ready for the next tasks.',
    default: 4,
    min: 1,
    max: 64,
  }),
  executorMaxTasks: integer({
    description: 'An executor is replaced after so many tasks.',
    default: 2_000,
    min: 1,
    max: 1_000_000_000,
    off: 0,
  }),
  executorMaxAgeMs: integer({
    description: 'An executor that has run a task is replaced after so long.',
    default: HOUR_MS,
    min: 1_000,
    max: 30 * DAY_MS,
    unit: 'ms',
  }),
  heartbeatMs: integer({
    description: 'How often each executor must answer a ping; one that misses is killed and replaced.',
    default: 1_000,
    min: 100,
    max: 60_000,
    unit: 'ms',
  }),
  executorUidBase: integer({
    description: 'First of the 1000 user ids that executors change to, one each, when the service runs as root.',
    default: 210_000,
    min: 1_000,
    max: 4_294_966_295,
    off: 0,
  }),
  executorJit: choice({
    description:
      "V8's compilers for submitted code: `maglev` leaves out TurboFan (`--no-turbofan`), which is less attack surface at 1 to 1.7 times the time; `none` interprets (`--jitless`) at 1 to 14 times, without WebAssembly.",
    choices: ['full', 'maglev', 'none'],
    default: 'maglev',
  }),
  confinement: choice({
    description:
      'How executor processes are confined: `bubblewrap` (namespaces, and all of `self`), `self` (Landlock and seccomp), `permission` (only the permission model of Node.js, no boundary for native code), `auto` for the strongest that works here.',
    choices: ['auto', 'bubblewrap', 'self', 'permission'],
    default: 'auto',
  }),
  guestWasm: onOff({
    description:
      'Gives submitted code WebAssembly, SharedArrayBuffer, Atomics and resizable buffers; their memory is outside the heap limit, so that only the kill at the resident size of the process bounds it.',
  }),
}

const OTHER_RESOURCES = {
  remoteCalls: integer({
    description: 'Calls of functions of other resources that one task of a deployment may make.',
    default: 64,
    min: 1,
    max: 1_024,
    off: 0,
  }),
  remoteCallsMax: integer({
    description: 'Calls of functions of other resources that may be in progress, all together.',
    default: 256,
    min: 1,
    max: 10_000,
  }),
  remoteBytes: integer({
    description: 'Arguments and answers of the calls of other resources that one task makes, all together.',
    default: 32 * MIB,
    min: KIB,
    max: 1_024 * MIB,
    unit: 'bytes',
  }),
  resourceUrls: text({
    description:
      'URLs of resources as `name=URL`, divided by commas; they win over `resources_endpoints` of the manifest, and their hosts count as listed in `EGRESS_ALLOW`.',
    default: '',
    describedDefault: 'none',
    allowed: 'name=URL with http or https URLs, divided by commas',
    pattern: /^(?:[^\s,=]+=https?:\/\/[^\s,]+(?:, *[^\s,=]+=https?:\/\/[^\s,]+)*)?$/u,
  }),
  egressAllow: text({
    description:
      'Hosts that may be asked although their addresses are not public, such as `http://127.0.0.1:8001` or `*.internal:8443`, divided by commas; without a scheme https is meant, without a port that of the scheme.',
    default: '',
    describedDefault: 'none',
    allowed: '[scheme://]host[:port] without a path, divided by commas',
    pattern: HOST_RULES,
  }),
  remoteApiKey: text({
    description:
      'Key that goes with calls of other resources as `Authorization: Bearer <key>`, to hosts that are listed and, on the platform, to its own.',
    default: '',
    describedDefault: '`API_KEY`; on the platform `RUNPOD_API_KEY`',
    allowed: 'at most 512 visible ASCII characters without spaces',
    pattern: /^[\u0021-\u007e]{0,512}$/u,
    isSecret: true,
  }),
}

const INSTANCES = {
  instancesMax: integer({
    description:
      'Instances of classes that one tenant may have; each has an isolate of up to `MEMORY_MB`, and the one that was used least recently makes room.',
    default: 64,
    min: 1,
    max: 10_000,
  }),
  instanceIdleMs: integer({
    description: 'An instance that is not called for so long ends.',
    default: 600_000,
    min: 100,
    max: 30 * DAY_MS,
    unit: 'ms',
  }),
}

/** Sections of `--help` and of the docs, in order. */
export const SECTIONS = [
  { title: 'Service', settings: SERVICE },
  { title: 'Limits of a task', settings: TASK_LIMITS },
  { title: 'Queue and buffers', settings: QUEUE },
  { title: 'Jobs', settings: JOBS },
  { title: 'Executors', settings: EXECUTORS },
  { title: 'Instances of classes', settings: INSTANCES },
  { title: 'Calls of other resources', settings: OTHER_RESOURCES },
  { title: 'Requests to other hosts', settings: EGRESS },
  { title: "The platform's queue", settings: PLATFORM },
  { title: 'Webhooks', settings: WEBHOOKS },
  { title: 'TypeScript', settings: TYPESCRIPT },
  { title: 'Bundles of submitted source', settings: SOURCE_SETTINGS },
  { title: 'npm packages', settings: PACKAGES },
] as const satisfies readonly { readonly title: string; readonly settings: Readonly<Record<string, Setting>> }[]

export const SETTINGS = {
  ...SERVICE,
  ...TASK_LIMITS,
  ...QUEUE,
  ...JOBS,
  ...EXECUTORS,
  ...INSTANCES,
  ...OTHER_RESOURCES,
  ...EGRESS,
  ...PLATFORM,
  ...WEBHOOKS,
  ...TYPESCRIPT,
  ...SOURCE_SETTINGS,
  ...PACKAGES,
} as const

export type SettingKey = keyof typeof SETTINGS

/** The configuration of the service: every setting by its key, checked and with defaults filled in. */
export type Config = {
  readonly [Key in SettingKey]: v.InferOutput<(typeof SETTINGS)[Key]['schema']>
}

export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[]
