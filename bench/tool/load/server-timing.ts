// The header `Server-Timing`: what a target says of its own time.

/** Names with milliseconds; entries without a duration are left out. */
export function parseServerTiming(header: string): readonly (readonly [string, number])[] {
  if (header === '') return []
  return header.split(',').flatMap((entry) => {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim())
    const duration = parameters.find((parameter) => parameter.startsWith('dur='))?.slice('dur='.length)
    const ms = Number(duration)
    return name === '' || duration === undefined || !Number.isFinite(ms) ? [] : [[name, ms] as const]
  })
}
