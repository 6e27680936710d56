// Where a client wants the end of its job posted: a URL that may be asked, as far as that can be told by looking at it.

export type ParsedWebhook =
  | { readonly ok: true; readonly url: string | null }
  /** @property problem a sentence for the client. */
  | { readonly ok: false; readonly problem: string }

const CHARACTERS_MAX = 2_048

/** @param value null for none. Whether its host may be asked is decided when it is asked. */
export function parseWebhook(value: unknown): ParsedWebhook {
  if (value === null) return { ok: true, url: null }
  if (typeof value !== 'string') return refused('Input should be a valid string')
  if (value.length > CHARACTERS_MAX) {
    return refused(`The URL has ${value.length} characters; the limit is ${CHARACTERS_MAX}`)
  }
  const url = URL.parse(value)
  if (url === null) return refused('Input should be a valid URL')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refused('The URL should begin with http or https')
  if (url.username !== '' || url.password !== '') return refused('The URL should not hold a user name or a password')
  return { ok: true, url: value }
}

function refused(problem: string): ParsedWebhook {
  return { ok: false, problem }
}
