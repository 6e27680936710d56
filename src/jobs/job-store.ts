// The port behind which jobs are kept: in memory now, durable later; hence every answer is a promise.
import type { Job } from './job-state.ts'

export interface JobStore extends AsyncDisposable {
  /** Keeps a new job. False, and nothing kept, when there is no room even after old results are gone. */
  add(job: Job): Promise<boolean>
  /** Puts a later state of a job in place of the earlier one; no effect on a job that is not kept any more. */
  update(job: Job): Promise<void>
  /** Null for a job that never was, or whose time is over. */
  get(id: string): Promise<Job | null>
  remove(id: string): Promise<void>
}
