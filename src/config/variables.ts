// A setting whose value is a set of variables: a JSON object of texts, of which nothing is shown anywhere.
import * as v from 'valibot'
import type { TextSetting } from './setting.ts'

const MAX_CHARACTERS = 65_536

/** The value is the JSON without blanks, and nothing for no variables. */
export function variables(description: string): TextSetting {
  const allowed = `a JSON object of texts, such as {"NAME":"value"}, with at most ${MAX_CHARACTERS} characters`
  const schema = v.pipe(
    v.string(),
    v.check(
      (text) => text === '' || (text.length <= MAX_CHARACTERS && read(text) !== null),
      `has a value that cannot be used (it is not shown); it must be ${allowed}.`,
    ),
    v.transform((text) => {
      const given = text === '' ? null : read(text)
      return given === null || Object.keys(given).length === 0 ? '' : JSON.stringify(given)
    }),
  )
  return { kind: 'text', description, allowed, schema, isSecret: true, describedDefault: 'none', defaultText: () => '' }
}

function read(text: string): Readonly<Record<string, string>> | null {
  try {
    const value = JSON.parse(text) as unknown
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    const isGood = ([name, one]: [string, unknown]): boolean =>
      typeof one === 'string' && !one.includes('\0') && /^[^\0=]{1,256}$/u.test(name)
    return Object.entries(value).every(isGood) ? (value as Readonly<Record<string, string>>) : null
  } catch {
    return null
  }
}
