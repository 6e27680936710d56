// Puts the web globals on the global object. Functions are there from the start and load their group when they are called;
// classes and objects are made when they are first read.
import { getGlobal, installGlobal } from '../intrinsics.ts'
import { decodeText, encodeText } from './base64.ts'
import { createCryptoGlobals } from './crypto.ts'
import { createEncodingGlobals } from './encoding.ts'
import { createFileGlobals } from './files/form-data.ts'
import { cloneValue } from './gateways.ts'
import { createHeadersGlobals } from './headers.ts'
import { needArguments } from './interface.ts'
import { installLazyGlobals } from './lazy-globals.ts'
import { createNavigatorGlobals } from './navigator.ts'
import { createPerformanceGlobals } from './performance.ts'
import { createUrlGlobals } from './url/url.ts'

/** @param report what is done with an error that nobody catches. */
export function installWebGlobals(report: (error: unknown) => void): void {
  installGlobal('self', getGlobal())
  const functions = {
    atob(_data: unknown) {
      return decodeText(arguments[0], arguments.length)
    },
    btoa(_data: unknown) {
      return encodeText(arguments[0], arguments.length)
    },
    structuredClone(value: unknown, options: unknown = undefined) {
      needArguments(arguments.length, 1, 'structuredClone')
      return cloneValue(value, options)
    },
    reportError(error: unknown) {
      needArguments(arguments.length, 1, 'reportError')
      report(error)
    },
  }
  for (const name in functions) installGlobal(name, functions[name as 'atob'])
  installLazyGlobals(['TextEncoder', 'TextDecoder'], createEncodingGlobals)
  installLazyGlobals(['URL', 'URLSearchParams'], createUrlGlobals)
  installLazyGlobals(['Headers'], createHeadersGlobals)
  installLazyGlobals(['Blob', 'File', 'FormData'], createFileGlobals)
  installLazyGlobals(['Crypto', 'crypto'], createCryptoGlobals)
  installLazyGlobals(['Navigator', 'navigator'], createNavigatorGlobals)
  installLazyGlobals(
    ['Performance', 'PerformanceEntry', 'PerformanceMark', 'PerformanceMeasure', 'performance'],
    createPerformanceGlobals,
  )
}
