// A request understood: which code to run and with what, values still in the form in which they came.

export const VALUE_FORMATS = ['json', 'cloudpickle'] as const
export type ValueFormat = (typeof VALUE_FORMATS)[number]

export const LANGUAGES = ['javascript', 'typescript'] as const
export type Language = (typeof LANGUAGES)[number]

/**
 * Arguments as text that the host never decodes: the JSON object `{"args":[…],"kwargs":{…}}`.
 * In `json` format the members are the values themselves; in `cloudpickle` each is a base64 pickle.
 */
export interface EncodedValues {
  readonly format: ValueFormat
  readonly text: string
}

export interface LiveSource {
  readonly mode: 'live'
  readonly language: Language
  readonly code: string
}

/** One call of one function of a submitted source. */
export interface Invocation {
  readonly kind: 'function'
  readonly source: LiveSource
  readonly name: string
  readonly input: EncodedValues
}
