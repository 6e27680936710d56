// Student's t distribution for whole degrees of freedom, in closed form.

/** The probability that |T| is at most `t`. */
export function probabilityWithin(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees))
  const cos = Math.cos(angle)
  const isOdd = degrees % 2 === 1
  // A finite series: odd degrees begin with cos, even ones with 1; one degree has no terms.
  let term = isOdd ? cos : 1
  let sum = degrees === 1 ? 0 : term
  for (let factor = isOdd ? 3 : 2; factor <= degrees - 2; factor += 2) {
    term *= ((factor - 1) / factor) * cos * cos
    sum += term
  }
  return isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum
}

const T_MAX = 1e6
const STEPS = 100

/** The t within which |T| lies with `confidence`, such as 0.95. Degrees are rounded down, which makes it wider. */
export function criticalT(confidence: number, degrees: number): number {
  const whole = Math.max(1, Math.floor(degrees))
  let low = 0
  let high = T_MAX
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2
    if (probabilityWithin(middle, whole) < confidence) low = middle
    else high = middle
  }
  return (low + high) / 2
}
