// Where each request to the platform goes: the URLs of its variables with what upstream's worker puts into them.
import { JOB_PLACEHOLDER } from './platform-environment.ts'
import type { PlatformConfig } from './platform-environment.ts'

export interface Unfit {
  /** What was looked at. */
  readonly check: string
  readonly reason: string
}

export interface PlatformUrls {
  /** Whether more than one job can be asked for at once. */
  readonly takesBatches: boolean
  /** Null when the platform's URLs do not tell where stop signals are. */
  readonly stop: string | null
  take(wanted: number, isBusy: boolean): string
  done(jobId: string, isStream: boolean): string
  /** Null when there is no place for chunks. */
  stream(jobId: string): string | null
  /** Null when the platform wants no pings. */
  ping(jobIds: readonly string[], version: string, unfit?: Unfit): string | null
}

const TAKE = 'job-take'
/** One segment of the path, which the other two routes replace; the host and the query stay what they are. */
const TAKE_SEGMENT = /^([a-z]+:\/\/[^/?]+(?:\/[^/?]+)*?\/)job-take(?=[/?])/iu

/** Ids of jobs are the platform's, and are put in percent-encoded: each is one segment, whatever it holds. */
export function createPlatformUrls(config: PlatformConfig): PlatformUrls {
  const { takeUrl, doneUrl, streamUrl, pingUrl } = config
  const replaceTake = (segment: string): string | null =>
    TAKE_SEGMENT.test(takeUrl) ? takeUrl.replace(TAKE_SEGMENT, `$1${segment}`) : null
  const batch = replaceTake(`${TAKE}-batch`)
  const ofJob = (url: string, jobId: string): string => url.replaceAll(JOB_PLACEHOLDER, () => encodeURIComponent(jobId))
  return {
    takesBatches: batch !== null,
    stop: replaceTake('job-stop'),
    take(wanted, isBusy) {
      const inProgress = `job_in_progress=${isBusy ? 1 : 0}`
      return wanted > 1 && batch !== null ? `${batch}&batch_size=${wanted}&${inProgress}` : `${takeUrl}&${inProgress}`
    },
    done: (jobId, isStream) => `${ofJob(doneUrl, jobId)}&isStream=${isStream}`,
    stream: (jobId) => (streamUrl === null ? null : `${ofJob(streamUrl, jobId)}&isStream=false`),
    ping(jobIds, version, unfit) {
      if (pingUrl === null) return null
      const parameters = [
        ...(jobIds.length === 0 ? [] : [['job_id', jobIds.join(',')]]),
        ['runpod_version', version],
        ...(unfit === undefined ? [] : [['status', 'unhealthy'], ...Object.entries(unfit)]),
      ]
      return parameters.reduce((url, [name, value = '']) => `${url}&${name}=${encodeURIComponent(value)}`, pingUrl)
    },
  }
}
