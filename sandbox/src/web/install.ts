// Puts the web globals on the global object. Functions are there from the start and load their group when they are called;
// classes and objects are made when they are first read.
import { getGlobal, installGlobal } from '../intrinsics.ts'
import { decodeText, encodeText } from './base64.ts'
import { createCryptoGlobals } from './crypto.ts'
import { createEncodingGlobals } from './encoding.ts'
import { callGlobalTarget } from './events/global-target.ts'
import { createFetchGlobals } from './fetch/classes.ts'
import { startFetch } from './fetch/fetch.ts'
import { createFileReaderGlobals } from './files/file-reader.ts'
import { createFileGlobals } from './files/form-data.ts'
import { cloneValue, loadEventKinds, loadSubtleGlobals, loadUrlGlobals } from './gateways.ts'
import { needArguments } from './interface.ts'
import { installLazyGlobals } from './lazy-globals.ts'
import { createMessageGlobals } from './messages/message-port.ts'
import { createNavigatorGlobals } from './navigator.ts'
import { createPerformanceGlobals } from './performance.ts'
import { createProcessGlobals } from './process.ts'
import { createCompressionGlobals } from './streams/compression.ts'
import { createStreamGlobals } from './streams/globals.ts'
import { createTextStreamGlobals } from './streams/text-streams.ts'
import { createUrlPatternGlobals } from './url-pattern-group.ts'
import { noteUse } from './used-tier.ts'

/** @param report what is done with an error that nobody catches. */
export function installWebGlobals(report: (error: unknown) => void): void {
  installGlobal('self', getGlobal())
  const functions = {
    atob(_data: unknown) {
      noteUse('atob')
      return decodeText(arguments[0], arguments.length)
    },
    btoa(_data: unknown) {
      noteUse('btoa')
      return encodeText(arguments[0], arguments.length)
    },
    structuredClone(value: unknown, options: unknown = undefined) {
      needArguments(arguments.length, 1, 'structuredClone')
      noteUse('structuredClone')
      return cloneValue(value, options)
    },
    fetch(input: unknown, init: unknown = undefined) {
      return startFetch(input, init, arguments.length)
    },
    reportError(error: unknown) {
      needArguments(arguments.length, 1, 'reportError')
      report(error)
    },
    addEventListener(_type: unknown, _callback: unknown) {
      return callGlobalTarget('addEventListener', arguments)
    },
    removeEventListener(_type: unknown, _callback: unknown) {
      return callGlobalTarget('removeEventListener', arguments)
    },
    dispatchEvent(_event: unknown) {
      return callGlobalTarget('dispatchEvent', arguments)
    },
  }
  for (const name in functions) installGlobal(name, functions[name as 'atob'])
  installLazyGlobals(NAMES, load)
  installLazyGlobals(STREAM_NAMES, loadStreams)
}

const NAMES = [
  'TextEncoder',
  'TextDecoder',
  'URL',
  'URLSearchParams',
  'URLPattern',
  'Headers',
  'Request',
  'Response',
  'Blob',
  'File',
  'FormData',
  'FileReader',
  'ProgressEvent',
  'Crypto',
  'crypto',
  'CryptoKey',
  'SubtleCrypto',
  'CustomEvent',
  'ErrorEvent',
  'MessageChannel',
  'MessageEvent',
  'MessagePort',
  'PromiseRejectionEvent',
  'Navigator',
  'navigator',
  'process',
  'Performance',
  'PerformanceEntry',
  'PerformanceMark',
  'PerformanceMeasure',
  'performance',
]

/** The groups that are made, by their first names. */
const made = { __proto__: null } as unknown as Record<string, object>

function load(name: string): object {
  switch (name) {
    case 'TextEncoder':
    case 'TextDecoder':
      return (made['TextEncoder'] ??= createEncodingGlobals())
    case 'URL':
    case 'URLSearchParams':
      return loadUrlGlobals()
    case 'URLPattern':
      return (made['URLPattern'] ??= createUrlPatternGlobals())
    case 'Headers':
    case 'Request':
    case 'Response':
      return (made['Headers'] ??= createFetchGlobals())
    case 'Blob':
    case 'File':
    case 'FormData':
      return (made['Blob'] ??= createFileGlobals())
    case 'FileReader':
    case 'ProgressEvent':
      return (made['FileReader'] ??= createFileReaderGlobals())
    case 'Crypto':
    case 'crypto':
      return (made['Crypto'] ??= createCryptoGlobals())
    case 'CryptoKey':
    case 'SubtleCrypto':
      return loadSubtleGlobals()
    case 'CustomEvent':
    case 'ErrorEvent':
    case 'MessageEvent':
    case 'PromiseRejectionEvent':
      return loadEventKinds()
    case 'MessageChannel':
    case 'MessagePort':
      return (made['MessageChannel'] ??= createMessageGlobals())
    case 'Navigator':
    case 'navigator':
      return (made['Navigator'] ??= createNavigatorGlobals())
    case 'process':
      return (made['process'] ??= createProcessGlobals())
    default:
      return (made['Performance'] ??= createPerformanceGlobals())
  }
}

const STREAM_NAMES = [
  'ByteLengthQueuingStrategy',
  'CompressionStream',
  'CountQueuingStrategy',
  'DecompressionStream',
  'ReadableByteStreamController',
  'ReadableStream',
  'ReadableStreamBYOBReader',
  'ReadableStreamBYOBRequest',
  'ReadableStreamDefaultController',
  'ReadableStreamDefaultReader',
  'TextDecoderStream',
  'TextEncoderStream',
  'TransformStream',
  'TransformStreamDefaultController',
  'WritableStream',
  'WritableStreamDefaultController',
  'WritableStreamDefaultWriter',
]

function loadStreams(name: string): object {
  switch (name) {
    case 'CompressionStream':
    case 'DecompressionStream':
      return (made['CompressionStream'] ??= createCompressionGlobals())
    case 'TextDecoderStream':
    case 'TextEncoderStream':
      return (made['TextEncoderStream'] ??= createTextStreamGlobals())
    default:
      return (made['ReadableStream'] ??= createStreamGlobals())
  }
}
