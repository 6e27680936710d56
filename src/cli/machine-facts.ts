// What defaults depend on that differs from machine to machine.
import { availableParallelism } from 'node:os'
import type { Facts } from '../config/setting.ts'

export function machineFacts(): Facts {
  return { cores: availableParallelism() }
}
