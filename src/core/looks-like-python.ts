// Guesses whether source that does not compile is Python, so that the error can say which languages this build runs.

/** Languages show themselves early; this bounds the work. */
const MAX_CHARACTERS = 64 * 1024
/** What a line starts with tells the language; the rest of a long line is looked at for its last character only. */
const MAX_LINE_CHARACTERS = 200

/** How much more a sign counts that the other language has no use for. */
const STRONG = 2
const WEAK = 1

/** Anchored, or without repetition of anything that repeats: each takes time linear in the line. */
const PYTHON: readonly (readonly [weight: number, sign: RegExp])[] = [
  [STRONG, /^(?:async )?def [^\s()[\]:]+ ?[([]/],
  [STRONG, /^class [^\s()[\]:{]+(?:[([].*)?:/],
  [STRONG, /^from [\w.]+ import\b/],
  [STRONG, /^import [\w.]+(?: as \w+)?(?:, ?[\w.]+(?: as \w+)?)*$/],
  [STRONG, /^(?:if|elif|while|for|with|except|async for|async with)\b[^{}]*:$/],
  [STRONG, /^(?:else|try|finally|except):/],
  [STRONG, /^(?:raise [A-Z]|return (?:None|True|False|not)\b|pass$|print ["'])/],
  [STRONG, /"""|'''/],
  [WEAK, /\b(?:None|True|False|self\.\w|lambda\b)/],
  [WEAK, /\bf["']|\bis not\b|\bnot in\b/],
  [WEAK, /^# /],
]

const JAVASCRIPT: readonly (readonly [weight: number, sign: RegExp])[] = [
  [STRONG, /^(?:export |import .*\bfrom ?["']|import ["'{*]|interface \w|enum \w)/],
  [STRONG, /^(?:const|let|var|async function|function)\b ?[\w$[{*]/],
  [STRONG, /\) ?\{$|=> ?[{(]?$/],
  [WEAK, /^(?:\/\/|\/\*|\*)/],
  [WEAK, /;$|=>|===|!==|&&|\|\||\bnew \w|\bnull\b|\bundefined\b/],
]

function score(line: string, signs: readonly (readonly [weight: number, sign: RegExp])[]): number {
  return signs.reduce((sum, [weight, sign]) => (sign.test(line) ? sum + weight : sum), 0)
}

/** Long lines keep their beginning and their last character. */
function shorten(line: string): string {
  const text = line.trim()
  return text.length <= MAX_LINE_CHARACTERS ? text : text.slice(0, MAX_LINE_CHARACTERS) + text.slice(-1)
}

/** True when the signs of Python outweigh those of JavaScript. Takes time linear in the first 64 Ki characters. */
export function looksLikePython(source: string): boolean {
  let python = 0
  let javascript = 0
  for (const line of source.slice(0, MAX_CHARACTERS).split(/[\r\n]/)) {
    const text = shorten(line)
    if (text === '') continue
    python += score(text, PYTHON)
    javascript += score(text, JAVASCRIPT)
  }
  return python >= STRONG && python > javascript
}
