// How a setting is called outside: its environment variable and its flag, both made from its key.
import type { Setting } from './setting.ts'
import { SETTING_KEYS, SETTINGS } from './settings.ts'
import type { SettingKey } from './settings.ts'

/** `memoryMb` → `MEMORY_MB`. */
export function environmentName(key: SettingKey): string {
  return splitWords(key).join('_').toUpperCase()
}

/** `memoryMb` → `memory-mb`, without the two hyphens before it; null for a secret, which has no flag. */
export function flagName(key: SettingKey): string | null {
  return isSecret(key) ? null : splitWords(key).join('-')
}

export function isSecret(key: SettingKey): boolean {
  const setting: Setting = SETTINGS[key]
  return setting.isSecret ?? false
}

/** Null when no setting has this flag. */
export function keyOfFlag(flag: string): SettingKey | null {
  return SETTING_KEYS.find((key) => flagName(key) === flag) ?? null
}

function splitWords(key: SettingKey): readonly string[] {
  return key.split(/(?=[A-Z])/u).map((word) => word.toLowerCase())
}
