// What the docs say of each metric beside what it is: when somebody should be told.

/** By name; null for those that are there to be looked at. */
export const METRIC_ALERTS: Readonly<Record<string, string | null>> = {
  worker_isolate_requests_total:
    'the share of `code="INTERNAL"` above 0; of `EXECUTOR_LOST`, `QUEUE_FULL`, `QUEUE_TIMEOUT` and `BUFFERS_FULL` above what clients bear',
  worker_isolate_request_duration_seconds: 'the quantile that you promise',
  worker_isolate_phase_duration_seconds: '`phase="queue"` above what clients bear: executors are missing',
  worker_isolate_task_cpu_seconds: null,
  worker_isolate_tasks_total: 'a share of `isolate="cold"`: isolates are not made ahead fast enough',
  worker_isolate_code_cache_uses_total: null,
  worker_isolate_task_heap_bytes: null,
  worker_isolate_jobs_ended_total: '`status="FAILED"` with other codes than `GUEST_THREW`',
  worker_isolate_executors_ended_total:
    'a rate of other reasons than recycling and idleness: hostile code, or a machine without memory',
  worker_isolate_isolates_retired_total: 'a rate of `limit` or `memory`: a function that does not fit its limits',
  worker_isolate_executors: 'none with `state="idle"` or `state="busy"` for minutes',
  worker_isolate_isolates: null,
  worker_isolate_queue_waiting: null,
  worker_isolate_queue_oldest_seconds: 'more than half of `QUEUE_MS`',
  worker_isolate_jobs: null,
  worker_isolate_jobs_oldest_seconds: 'more than jobs may wait',
  worker_isolate_jobs_accepted_total: null,
  worker_isolate_jobs_retried_total: null,
  worker_isolate_jobs_found_total: '`fate="interrupted"` above 0: nobody knows what their code has done',
  worker_isolate_webhook_posts_total: 'a rate of `failed`',
  worker_isolate_webhooks_given_up_total: 'any increase: a client was not told of its job',
  worker_isolate_egress_requests_total:
    'a rate of `outcome="denied"`: hostile code or a rule that is missing; of `reason="address"`: somebody tries to reach your network',
  worker_isolate_egress_bytes_total: 'a rate of `direction="sent"` that nobody can explain',
  worker_isolate_egress_head_duration_seconds: null,
  worker_isolate_egress_requests_open: null,
  worker_isolate_budget_used:
    '`worker_isolate_budget_used / worker_isolate_budget_limit > 0.9`, but of those where something makes room',
  worker_isolate_budget_limit: null,
  worker_isolate_front_resident_bytes: 'what the machine has for it',
  worker_isolate_front_cpu_seconds_total: 'a rate near 1: the front process is full',
  worker_isolate_front_event_loop_delay_seconds:
    '`quantile="0.99"` above 0.1 for minutes: everything waits for the front process',
  worker_isolate_front_connections_refused_total: 'any increase',
}
