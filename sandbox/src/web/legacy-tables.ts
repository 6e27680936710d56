// The tables of the older encodings, which the snapshot's scripts leave for the group that decodes with them.
import { defineValue, getGlobal, jsonParse, objectKeys } from '../intrinsics.ts'

interface Tables {
  readonly workerIsolateTables0: () => string
  readonly workerIsolateTables1: () => string
}

const { workerIsolateTables0, workerIsolateTables1 } = getGlobal() as Tables

/** By the name of the encoding; fresh objects, which the library takes apart. */
export function readLegacyTables(): object {
  const tables = jsonParse(workerIsolateTables0()) as object
  const others = jsonParse(workerIsolateTables1()) as object
  const names = objectKeys(others)
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as keyof object
    defineValue(tables, name, others[name])
  }
  return tables
}
