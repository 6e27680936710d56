// Guesses whether JavaScript that does not compile is TypeScript, so that the error can say how to send it.

/** Types show themselves early; this bounds the work. */
const MAX_CHARACTERS = 64 * 1024

/** Each is anchored, or of bounded length. */
const SIGNS: readonly RegExp[] = [
  // A parameter, a variable, a member or a result that has a type: not `?:` of an expression, and not an entry of an object.
  /[(,]\s{0,9}(?:\.\.\.)?[\w$]{1,99}\??\s{0,9}:\s{0,9}(?:string|number|boolean|bigint|any|unknown|void|never|object|[A-Z][\w$.]{0,99})\b/u,
  /\b(?:const|let|var)\s{1,9}[\w$]{1,99}\s{0,9}:\s{0,9}[\w${[(]/u,
  /\)\s{0,9}:\s{0,9}(?:string|number|boolean|bigint|any|unknown|void|never|Promise\s{0,9}<|[A-Z][\w$.]{0,99})[^;,]{0,99}(?:\{|=>)/u,
  /^\s{0,99}(?:export\s{1,9})?(?:interface|enum|namespace|abstract class|declare)\s{1,9}[\w$]/mu,
  /^\s{0,99}(?:export\s{1,9})?type\s{1,9}[\w$]{1,99}(?:<[^>\n]{0,99}>)?\s{0,9}=/mu,
  /\b(?:import|export)\s{1,9}type\b|\bas\s{1,9}(?:const|any|unknown|string|number)\b|\b(?:private|public|protected|readonly)\s{1,9}[\w$]{1,99}/u,
]

/** Takes time linear in the first 64 Ki characters. */
export function looksLikeTypescript(source: string): boolean {
  const start = source.slice(0, MAX_CHARACTERS)
  return SIGNS.some((sign) => sign.test(start))
}
