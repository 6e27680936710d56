// The thread that has the job database open: takes what has come, does it in one transaction, answers all of it at once.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { readCalls, writeAnswers } from './flat-messages.ts'
import { GroupCommit } from './group-commit.ts'
import { JobTable } from './job-table.ts'
import { takeFromResult } from './large-texts.ts'
import { LogFlusher } from './log-flusher.ts'
import { MEMORY_FILE } from './messages.ts'
import type { Answer, Call, FromThread, Kept, ThreadOptions, ToThread } from './messages.ts'
import { damaged, describeRefusal, openDatabase } from './open-database.ts'
import type { OpenDatabase } from './open-database.ts'

const GROUP_CALLS = 512
/** Answers with large texts that the front has not taken yet; above it nothing further is done. */
const UNTAKEN_BYTES = 32 * 1024 * 1024

class DatabaseThread {
  readonly #port: MessagePort
  readonly #opened: OpenDatabase
  readonly #file: string
  readonly #group: GroupCommit
  #calls: Call[] = []
  #untakenBytes = 0

  constructor(port: MessagePort, opened: OpenDatabase, options: ThreadOptions) {
    this.#port = port
    this.#opened = opened
    this.#file = options.file
    const { file, sync } = options
    const log = sync === 'full' || file === MEMORY_FILE ? null : new LogFlusher(file)
    this.#group = new GroupCommit(opened.database, new JobTable(opened.database, options), file, log)
    port.on('message', (message: ToThread) => this.#work(message))
  }

  get kept(): Kept {
    return this.#group.kept
  }

  #work(message: ToThread): void {
    this.#hear(message)
    try {
      this.#hearAll()
      while (this.#calls.length > 0 && this.#untakenBytes <= UNTAKEN_BYTES) {
        this.#answerGroup()
        this.#hearAll()
      }
    } catch (error) {
      this.#calls = []
      post(this.#port, { type: 'lost', message: damaged(this.#file, error) })
      this.#opened[Symbol.dispose]()
      this.#port.close()
    }
  }

  #hear(message: ToThread): void {
    if (message.type === 'calls') this.#calls.push(...readCalls(message.calls))
    else this.#untakenBytes -= message.bytes
  }

  /** What has come meanwhile, which the event loop would bring only after this turn. */
  #hearAll(): void {
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
      this.#hear(next.message as ToThread)
    }
  }

  #answerGroup(): void {
    const answers = this.#group.run(this.#calls.slice(0, GROUP_CALLS))
    const done = this.#calls.slice(0, answers.length)
    this.#calls = this.#calls.slice(answers.length)
    for (const answer of answers) if (answer.type === 'done') this.#untakenBytes += answer.bytes
    const isLast = done.some(({ operation }) => operation.type === 'close')
    if (isLast) this.#opened[Symbol.dispose]()
    post(this.#port, { type: 'answers', answers: writeAnswers(answers), ...this.kept }, buffersOf(done, answers))
    if (isLast) this.#port.close()
  }
}

/** @param answers of the calls, one for each. */
function buffersOf(calls: readonly Call[], answers: readonly Answer[]): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = []
  calls.forEach(({ operation }, index) => {
    const answer = answers[index]
    if (answer?.type === 'done' && answer.bytes > 0) takeFromResult(operation.type, answer.result, buffers)
  })
  return buffers
}

function post(port: MessagePort, message: FromThread, buffers: ArrayBuffer[] = []): void {
  port.postMessage(message, buffers)
}

function start(port: MessagePort, options: ThreadOptions): void {
  const result = openDatabase(options)
  const first: FromThread = result.ok
    ? listen(port, result.opened, options)
    : { type: 'refused', message: result.message }
  post(port, first)
  if (first.type === 'refused') port.close()
}

function listen(port: MessagePort, opened: OpenDatabase, options: ThreadOptions): FromThread {
  try {
    const { kept } = new DatabaseThread(port, opened, options)
    return { type: 'opened', kept }
  } catch (error) {
    opened[Symbol.dispose]()
    return { type: 'refused', message: describeRefusal(options.file, error) }
  }
}

if (parentPort !== null) start(parentPort, workerData as ThreadOptions)
