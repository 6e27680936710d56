// The TypeScript tool process: strips types from one source at a time, for one tenant, until its parent ends it or is gone.
import { stripTypeScriptTypes } from 'node:module'
import { Socket } from 'node:net'
import { setPriority } from 'node:os'
import process from 'node:process'
import { Worker } from 'node:worker_threads'
import { encodeFrame, FrameReader } from '../ipc/frame.ts'
import type { FromStripTool, StripRequest } from '../ipc/strip-messages.ts'
import { locateFailure } from './locate-failure.ts'

const NICENESS = 10
const PARENT_POLL_MS = 200
const MAX_REASON_CHARACTERS = 512
const BYTE_ORDER_MARK = '\u{FEFF}'

/** Everything this process shares with the thread that watches over it. */
interface WatchData {
  /** 0 while the process waits for its socket, 1 while it strips and hears nothing. */
  readonly busy: Int32Array
  readonly parent: number
  readonly pollMs: number
}

/**
 * Ends the process when its parent dies while a long strip keeps the main thread from seeing the socket close.
 * Runs in a thread of its own, from its own text, so that the thread has no file to read: it may name nothing of this file.
 */
function watchParent(): void {
  const { workerData } = process.getBuiltinModule('node:worker_threads')
  const { busy, parent, pollMs } = workerData as WatchData
  for (;;) {
    Atomics.wait(busy, 0, 0)
    if (Atomics.wait(busy, 0, 1, pollMs) === 'timed-out' && process.ppid !== parent)
      process.kill(process.pid, 'SIGKILL')
  }
}

function endProcess(): void {
  process.kill(process.pid, 'SIGKILL')
}

function stackOf(source: string): string | null {
  try {
    stripTypeScriptTypes(source, { mode: 'strip' })
    return null
  } catch (error) {
    return error instanceof Error ? (error.stack ?? '') : ''
  }
}

function strip(source: string): string {
  const code = stripTypeScriptTypes(source, { mode: 'strip' })
  // The stripper swallows a byte order mark, which would move the first line by one column.
  return source.startsWith(BYTE_ORDER_MARK) && code.length === source.length - 1 ? BYTE_ORDER_MARK + code : code
}

function describeRejection(id: number, source: string, error: unknown): FromStripTool {
  const { code, message = '', stack = '' } = error as { code?: string; message?: string; stack?: string }
  const reason = (message.split('\n', 1)[0] ?? '').slice(0, MAX_REASON_CHARACTERS)
  const rejection =
    code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
      ? 'unsupported'
      : code === 'ERR_INVALID_TYPESCRIPT_SYNTAX'
        ? 'invalid'
        : 'broken'
  const place = rejection === 'broken' ? null : locateFailure(stack, source, stackOf, reason)
  return {
    type: 'rejected',
    id,
    rejection,
    reason,
    line: place?.line ?? null,
    column: place?.column ?? null,
  }
}

function answer(id: number, source: string): Buffer {
  try {
    return encodeFrame({ type: 'stripped', id }, [strip(source)])
  } catch (error) {
    return encodeFrame(describeRejection(id, source, error))
  }
}

/** Gives up what only the start needed: root, when a uid is given, every file, and more threads. */
function confine(uid: number): void {
  if (uid > 0) {
    process.setgroups?.([])
    process.setgid?.(uid)
    process.setuid?.(uid)
  }
  process.permission.drop('fs')
  process.permission.drop('worker')
}

function main(): void {
  const socket = new Socket({ fd: 3 })
  const busy = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const setBusy = (value: 0 | 1): void => {
    Atomics.store(busy, 0, value)
    Atomics.notify(busy, 0)
  }
  const watchData: WatchData = { busy, parent: process.ppid, pollMs: PARENT_POLL_MS }
  const watcher = new Worker(`(${watchParent.toString()})()`, {
    eval: true,
    workerData: watchData,
  })
  watcher.on('error', endProcess)
  watcher.on('exit', endProcess)

  const reader = new FrameReader(() => Number.MAX_SAFE_INTEGER)
  socket.on('data', (chunk: Buffer) => {
    for (const { header, parts } of reader.push(chunk)) {
      const [source = ''] = parts
      setBusy(1)
      const frame = answer((header as StripRequest).id, source)
      setBusy(0)
      socket.write(frame)
    }
  })
  socket.on('error', endProcess)
  socket.on('close', endProcess)

  setPriority(NICENESS)
  // The first call loads the stripper; a request does not wait for that.
  stripTypeScriptTypes('let loaded: true', { mode: 'strip' })
  confine(Number(process.argv[2] ?? 0))
  socket.write(encodeFrame({ type: 'ready' } satisfies FromStripTool))
}

main()
