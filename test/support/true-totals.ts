// The totals of a job database, reckoned from its texts and not from what its rows say of them.

/** One row, of the shape that the store counts in. */
export const TRUE_TOTALS = `
  SELECT count(*) AS jobs, coalesce(sum(bytes), 0) AS bytes,
    coalesce(sum(evictable), 0) AS evictableJobs, coalesce(sum(evictable * bytes), 0) AS evictableBytes
  FROM (
    SELECT status NOT IN ('IN_QUEUE', 'IN_PROGRESS') AND webhook_due_at IS NULL AS evictable,
      512 + coalesce(length(webhook), 0) + coalesce(length(error), 0)
        + coalesce((SELECT length(value) FROM output WHERE output.seq = job.seq), 0)
        + coalesce((SELECT length(head) + length(code) + length(input) FROM input WHERE input.seq = job.seq), 0)
        + coalesce((SELECT sum(64 + length(value)) FROM chunk WHERE chunk.seq = job.seq), 0) AS bytes
    FROM job
  )`
