// Settings of jobs: how they are kept, how their ends are told, and the platform's queue.
import { HOST_RULES, choice, integer, onOff, text } from './setting.ts'

const MIB = 1_024 * 1_024

export const JOBS = {
  jobStore: choice({
    description:
      'Where jobs are kept: `sqlite` in the file `jobs.sqlite` of `DATA_DIR`, `memory` in the process, with which they end.',
    choices: ['sqlite', 'memory'],
    default: 'sqlite',
  }),
  jobSync: choice({
    description:
      'What a job that was accepted outlives: `normal` the end of the service, however it comes; `full` also a machine that loses power, for which each commit waits for the disk.',
    choices: ['normal', 'full'],
    default: 'normal',
  }),
  jobsMax: integer({
    description:
      'Jobs that are kept, finished ones included; the oldest results go early, and when none is left new jobs are refused with `QUEUE_FULL`.',
    default: 200_000,
    min: 1,
    max: 10_000_000,
  }),
  jobsWaiting: integer({
    description: 'Jobs of one endpoint that may wait; further ones are refused with `QUEUE_FULL`.',
    default: 100_000,
    min: 1,
    max: 10_000_000,
  }),
  atLeastOnce: text({
    description:
      'Endpoints, divided by commas, whose running jobs are run again when the service was killed; `*` is all of them. Those of others end with `JOB_INTERRUPTED`, and have run at most once.',
    default: '',
    describedDefault: 'none',
    allowed: 'endpoint ids divided by commas, or `*`',
    pattern: /^(?:\*|[\w.-]{1,64}(?:, *[\w.-]{1,64})*)?$/u,
  }),
  jobBytes: integer({
    description:
      'Inputs, results and chunks of the jobs that are kept, all together; full is as with `JOBS_MAX`. In memory never more than `BUFFERED_BYTES`.',
    default: 4_096 * MIB,
    min: MIB,
    max: 1_048_576 * MIB,
    unit: 'bytes',
  }),
}

export const WEBHOOKS = {
  webhookAllow: text({
    description:
      'Hosts that webhooks of jobs may be posted to although their addresses are not public, written like those of `EGRESS_ALLOW`.',
    default: '',
    describedDefault: 'none',
    allowed: '[scheme://]host[:port] without a path, divided by commas',
    pattern: HOST_RULES,
  }),
}

export const PLATFORM = {
  platformConcurrency: integer({
    description:
      "Jobs of the platform's queue that run at the same time, at most as many as the executors can run; 0 takes what the deployment says of the function that its queue calls.",
    default: 0,
    describedDefault: "`max_concurrency` of the deployment's queue function, else 1",
    min: 0,
    max: 4_096,
  }),
  honorRefreshWorker: onOff({
    description:
      'Lets the result of a deployed function ask the platform for another worker with `refresh_worker`; whoever can call it can then do so.',
  }),
}
