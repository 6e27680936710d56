// What comes of converting one argument: text for the call, bytes, or pydantic's words for what is wrong.

export type Converted =
  | { readonly ok: true; readonly kind: 'json'; readonly text: string }
  | { readonly ok: true; readonly kind: 'bytes'; readonly base64: string }
  | { readonly ok: false; readonly type: string; readonly msg: string }

export function json(text: string): Converted {
  return { ok: true, kind: 'json', text }
}

export function wrong(type: string, msg: string): Converted {
  return { ok: false, type, msg }
}
