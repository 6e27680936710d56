// One setting in words: its default and what it allows, for --help and for the docs.
import type { Setting } from '../config/setting.ts'

/** What a value may be, such as `8 to 4096, or 0 for off`. */
export function describeAllowed(setting: Setting): string {
  switch (setting.kind) {
    case 'integer': {
      const off = setting.off === undefined ? '' : `, or ${setting.off} for off`
      return `${setting.min} to ${setting.max}${off}`
    }
    case 'switch':
      return 'true or false'
    case 'choice':
      return setting.choices.join(', ')
    case 'text':
      return setting.allowed
    default:
      return setting satisfies never
  }
}

/** Defaults that depend on the machine are described, not computed. */
export function describeDefault(setting: Setting): string {
  return setting.describedDefault ?? setting.defaultText({ cores: 1 })
}

export function unitOf(setting: Setting): string | null {
  return setting.kind === 'integer' ? (setting.unit ?? null) : null
}
