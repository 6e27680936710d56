// A time as Python's `datetime.now().isoformat()` writes it: local, without a zone, with microseconds.

/** @param time milliseconds since 1970, with a fraction. */
export function naiveLocalTime(time: number): string {
  const date = new Date(time)
  const day = `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
  const clock = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`
  const microseconds = date.getMilliseconds() * 1_000 + Math.floor((time % 1) * 1_000)
  return `${day}T${clock}.${pad(microseconds, 6)}`
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, '0')
}
