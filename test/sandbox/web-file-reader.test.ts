// FileReader and ProgressEvent in isolates: what is read of a blob, in which order it is told, and what ends it.
import { beforeAll, describe, expect, it } from 'vitest'
import { prepareRuns } from './task-run-harness.ts'
import type { AskedRun, StartRun } from './task-run-harness.ts'

let startRun: StartRun
beforeAll(async () => {
  startRun = await prepareRuns()
})

/** What the body of an asynchronous function returns; `read` gives what a new reader ends with. */
async function run(body: string, more: AskedRun = {}): Promise<unknown> {
  const source = `
    const read = (blob, form, ...rest) => new Promise((done) => {
      const reader = new FileReader()
      reader.onloadend = () => done(reader.error ?? reader.result)
      reader['readAs' + form](blob, ...rest)
    })
    const attempt = (act) => { try { return act() } catch (error) { return error.name + ': ' + error.message } }
    const TYPES = ['loadstart', 'progress', 'load', 'abort', 'error', 'loadend']
    const watch = (reader, said, more = () => []) => { for (const type of TYPES) reader.addEventListener(type, (event) => said.push([type, ...more(event)])) }
    async function f() { ${body} }`
  const { value, failure } = await startRun(source, more).settled
  if (value === null) throw new Error(JSON.stringify(failure))
  return JSON.parse(value)
}

describe('a reader', () => {
  it('reads a blob in each form, and a file and a part of one like it', async () => {
    const seen = await run(`
      const blob = new Blob(['h\\u00e9', new Uint8Array([0, 255])], { type: 'Text/Plain' })
      const buffer = await read(blob, 'ArrayBuffer')
      const forms = ['BinaryString', 'DataURL', 'Text']
      const texts = {}
      for (const form of forms) texts[form] = [await read(blob, form), await read(new File([blob], 'n').slice(1, 3), form), await read(new Blob(), form)]
      return [buffer instanceof ArrayBuffer, [...new Uint8Array(buffer)], (await read(new Blob(), 'ArrayBuffer')).byteLength, texts]`)
    const untyped = 'data:application/octet-stream;base64,'
    const texts = {
      BinaryString: ['hÃ©\0ÿ', 'Ã©', ''],
      DataURL: ['data:text/plain;base64,aMOpAP8=', `${untyped}w6k=`, untyped],
      Text: ['hé\0\ufffd', 'é', ''],
    }
    expect(seen).toEqual([true, [104, 195, 169, 0, 255], 0, texts])
  })

  it('gives a buffer that is nobody else’s, the same one each time', async () => {
    const seen = await run(`
      const blob = new Blob(['abc'])
      const reader = new FileReader()
      await new Promise((done) => { reader.onload = done; reader.readAsArrayBuffer(blob) })
      new Uint8Array(reader.result)[0] = 120
      return [reader.result === reader.result, new TextDecoder().decode(reader.result), await blob.text()]`)
    expect(seen).toEqual([true, 'xbc', 'abc'])
  })

  it.each([
    ['the label that is given', `'ISO-8859-2'`, 'text/plain;charset=utf-16le', [0xb1], 'ą'],
    ['the type of the blob', 'undefined', 'text/plain; Charset="windows-1251"', [0xe6], 'ж'],
    ['the type where the label is none', `'no-such'`, 'text/plain;charset=utf-16be', [0, 0x61], 'a'],
    ['nothing that says it', 'undefined', 'text/plain;charset=no-such', [0xc3, 0xa9], 'é'],
    ['a mark of UTF-8', `'utf-16le'`, '', [0xef, 0xbb, 0xbf, 0x61, 0x62], 'ab'],
    ['a mark of UTF-16', `' UTF-8\\n'`, '', [0xfe, 0xff, 0, 0x61], 'a'],
    ['a mark of the other UTF-16', `'latin1'`, '', [0xff, 0xfe, 0x61, 0], 'a'],
    ['an encoding that the web replaces', `'ISO-2022-KR'`, '', [0x61, 0x62], '\ufffd'],
    ['a label that is converted', `{ toString: () => 'koi8-r' }`, '', [0xc1], 'а'],
  ])('takes the encoding of a text from %s', async (_what, label, type, bytes, text) => {
    const blob = `new Blob([new Uint8Array(${JSON.stringify(bytes)})], { type: ${JSON.stringify(type)} })`
    expect(await run(`return read(${blob}, 'Text', ${label})`)).toBe(text)
  })

  it('is what the standard says before, while and after it reads', async () => {
    const seen = await run(`
      const reader = new FileReader()
      const state = () => [reader.readyState, reader.result, reader.error]
      const states = [state()]
      const ended = new Promise((done) => { for (const type of TYPES) reader.addEventListener(type, () => { states.push([type, ...state()]); if (type === 'loadend') done() }) })
      reader.readAsText(new Blob(['ab']))
      states.push(state(), attempt(() => reader.readAsText(new Blob())))
      await ended
      reader.abort()
      states.push(state())
      return [states, FileReader.EMPTY, FileReader.LOADING, reader.DONE, String(reader)]`)
    expect(seen).toEqual([
      [
        [0, null, null],
        [1, null, null],
        'InvalidStateError: FileReader.readAsText: the reader is reading something else',
        ['loadstart', 1, null, null],
        ['progress', 1, null, null],
        ['load', 2, 'ab', null],
        ['loadend', 2, 'ab', null],
        [2, null, null],
      ],
      0,
      1,
      2,
      '[object FileReader]',
    ])
  })
})

describe('the console', () => {
  it('shows what a reader and an event of progress are', async () => {
    const { log } = await startRun(`
      const f = () => { const reader = new FileReader(); reader.readAsText(new Blob()); console.log(reader); console.log(new ProgressEvent('a', { loaded: 2 })) }`)
      .settled
    expect(log).toMatch(/^FileReader \{ readyState: 1, result: null, error: null \}\nProgressEvent \{\n/)
    expect(log).toContain('  lengthComputable: false,\n  loaded: 2,\n  total: 0,\n')
  })
})

describe('the events of a reader', () => {
  it('are events of progress of the service itself, with what has been read', async () => {
    const seen = await run(`
      const said = []
      for (const parts of [['abc'], []]) await new Promise((done) => {
        const reader = new FileReader()
        watch(reader, said, (event) => [event.loaded, event.total, event.lengthComputable, event.isTrusted, event.bubbles, event.cancelable, event instanceof ProgressEvent, event.target === reader])
        reader.onloadend = done
        reader.readAsDataURL(new Blob(parts))
      })
      return said`)
    const rest = [true, false, false, true, true]
    expect(seen).toEqual([
      ['loadstart', 0, 3, true, ...rest],
      ['progress', 3, 3, true, ...rest],
      ['load', 3, 3, true, ...rest],
      ['loadend', 3, 3, true, ...rest],
      ['loadstart', 0, 0, false, ...rest],
      ['load', 0, 0, false, ...rest],
      ['loadend', 0, 0, false, ...rest],
    ])
  })

  it('are tasks: what follows from one in microtasks is over before the next, and other timers come in between', async () => {
    const seen = await run(`
      const said = []
      const reader = new FileReader()
      const ended = new Promise((done) => { reader.onloadend = done })
      for (const type of TYPES) reader.addEventListener(type, async () => { said.push(type); for (let n = 0; n < 5; n++) await null; said.push('after ' + type) })
      reader.readAsText(new Blob(['a']))
      for (let n = 0; n < 50; n++) await null
      said.push('microtasks')
      await ended
      for (let n = 0; n < 9; n++) await null
      return said`)
    const told = ['loadstart', 'progress', 'load', 'loadend'].flatMap((type) => [type, `after ${type}`])
    expect(seen).toEqual(['microtasks', ...told])
  })

  it('of two readers come in the order in which they were asked for', async () => {
    const seen = await run(`
      const said = []
      await Promise.all(['a', 'b'].map((name) => new Promise((done) => {
        const reader = new FileReader()
        watch(reader, said, () => [name])
        reader.onloadend = done
        reader.readAsText(new Blob([name]))
      })))
      return said.map((pair) => pair.join(' '))`)
    expect(seen).toEqual(['loadstart', 'progress', 'load', 'loadend'].flatMap((type) => [`${type} a`, `${type} b`]))
  })

  it('go to the attributes as to listeners, each at the place of its first handler', async () => {
    const seen = await run(`
      const said = []
      const reader = new FileReader()
      const before = TYPES.map((type) => reader['on' + type])
      reader.onload = () => said.push('never')
      reader.addEventListener('load', () => said.push('listener'))
      reader.onload = function (event) { said.push(['handler', this === reader, event.type]) }
      reader.onprogress = () => said.push('never')
      reader.onprogress = null
      reader.onloadstart = { handleEvent() { said.push('never') } }
      const after = [typeof reader.onload, reader.onprogress, typeof reader.onloadstart]
      reader.onabort = 5
      await new Promise((done) => { reader.onloadend = done; reader.readAsText(new Blob(['a'])) })
      return [before, after, reader.onabort, said]`)
    expect(seen).toEqual([
      Array(6).fill(null),
      ['function', null, 'object'],
      null,
      [['handler', true, 'load'], 'listener'],
    ])
  })

  it('are told whatever a listener throws', async () => {
    const seen = await run(`
      const said = []
      const reader = new FileReader()
      reader.onloadstart = () => { throw new Error('broken') }
      watch(reader, said)
      await new Promise((done) => { reader.onloadend = done; reader.readAsText(new Blob()) })
      return said.flat()`)
    expect(seen).toEqual(['loadstart', 'load', 'loadend'])
  })

  it('of a reading that a listener to the one before has begun take the place of its end', async () => {
    const seen = await run(`
      const said = []
      const reader = new FileReader()
      watch(reader, said, () => [reader.result])
      await new Promise((done) => {
        reader.onload = () => { reader.onload = null; reader.onloadend = done; reader.readAsText(new Blob(['bb'])) }
        reader.readAsText(new Blob(['a']))
      })
      return said`)
    expect(seen).toEqual([
      ['loadstart', null],
      ['progress', null],
      ['load', 'a'],
      ['loadstart', null],
      ['progress', null],
      ['load', 'bb'],
      ['loadend', 'bb'],
    ])
  })
})

describe('a reader that has tasks to come', () => {
  it('takes no place of a timer, and cannot be stopped as one', async () => {
    const seen = await run(`
      const timers = []
      try { for (;;) timers.push(setTimeout(() => 0, 60_000)) } catch {}
      const all = Promise.all(Array.from({ length: 100 }, (_, at) => read(new Blob([String(at)]), 'Text')))
      for (let id = 0; id < 20_000; id++) clearTimeout(id)
      return [timers.length, (await all).length]`)
    expect(seen).toEqual([10_000, 100])
  })

  it('lets timers come in between that are due', async () => {
    const seen = await run(`
      let isOver = false
      const reader = new FileReader()
      let rounds = 0
      reader.onload = () => { rounds++; if (!isOver) reader.readAsText(new Blob()) }
      reader.readAsText(new Blob())
      await new Promise((done) => setTimeout(done, 5))
      isOver = true
      return rounds > 0`)
    expect(seen).toBe(true)
  })
})

describe('a reading that is aborted', () => {
  it('is told so at once, and nothing of it comes later', async () => {
    const seen = await run(`
      const said = []
      const reader = new FileReader()
      watch(reader, said, (event) => [event.loaded, event.total, reader.readyState])
      reader.abort()
      reader.readAsText(new Blob(['abc']))
      reader.abort()
      said.push('aborted', reader.readyState, reader.result, reader.error)
      reader.abort()
      await new Promise((done) => setTimeout(done, 20))
      return said`)
    expect(seen).toEqual([['abort', 0, 3, 2], ['loadend', 0, 3, 2], 'aborted', 2, null, null])
  })

  it.each(['loadstart', 'progress', 'load'])('in the event %s leaves room for another one', async (type) => {
    const seen = await run(`
      const said = []
      const reader = new FileReader()
      watch(reader, said)
      await new Promise((done) => {
        reader.on${type} = () => {
          reader.on${type} = null
          reader.abort()
          reader.onloadend = () => done()
          reader.readAsText(new Blob(['next']))
        }
        reader.readAsText(new Blob(['first']))
      })
      return [said.flat().join(' '), reader.result]`)
    const aborted = {
      loadstart: 'loadstart abort loadend',
      progress: 'loadstart progress abort loadend',
      load: 'loadstart progress load',
    }[type]
    expect(seen).toEqual([`${aborted} loadstart progress load loadend`, 'next'])
  })

  it('by a listener to its abort that reads again is not told as ended', async () => {
    const seen = await run(`
      const said = []
      const reader = new FileReader()
      watch(reader, said)
      reader.onabort = () => reader.readAsText(new Blob(['next']))
      reader.readAsText(new Blob(['first']))
      reader.abort()
      await new Promise((done) => { reader.onloadend = done })
      return [said.flat(), reader.result]`)
    expect(seen).toEqual([['abort', 'loadstart', 'progress', 'load', 'loadend'], 'next'])
  })
})

describe('a reader refuses', () => {
  it('what is no blob, and to be what it is not', async () => {
    const seen = await run(`
      const reader = new FileReader()
      const { get } = Object.getOwnPropertyDescriptor(FileReader.prototype, 'onload')
      return [
        attempt(() => reader.readAsText()), attempt(() => reader.readAsText('a')), attempt(() => reader.readAsDataURL({ __proto__: Blob.prototype })),
        attempt(() => reader.readAsText(new Blob(), Symbol('s'))).slice(0, 10), reader.readyState,
        attempt(() => FileReader()).slice(0, 10), attempt(() => FileReader.prototype.abort.call({})), attempt(() => get.call(new EventTarget())),
        attempt(() => FileReader.prototype.readyState), attempt(() => structuredClone(reader)).slice(0, 15)]`)
    const illegal = 'TypeError: Illegal invocation: this is not a FileReader'
    expect(seen).toEqual([
      'TypeError: FileReader.readAsText: 1 argument is required, but only 0 present',
      'TypeError: FileReader.readAsText: the argument must be a Blob',
      'TypeError: FileReader.readAsDataURL: the argument must be a Blob',
      'TypeError:',
      0,
      'TypeError:',
      illegal,
      illegal,
      illegal,
      'DataCloneError:',
    ])
  })

  it('with an event what has no room in memory, and goes on', async () => {
    const seen = await run(
      `
      const said = []
      const reader = new FileReader()
      watch(reader, said)
      const kept = new Uint8Array(3 * 2 ** 23)
      const blob = new Blob([kept])
      await new Promise((done) => { reader.onloadend = done; reader.readAsArrayBuffer(blob) })
      const { error, result } = reader
      return [said.flat(), error instanceof DOMException, error.name, error.message, result, kept.length, await read(new Blob(['a']), 'Text')]`,
      { limits: { memoryMb: 64 } },
    )
    expect(seen).toEqual([
      ['loadstart', 'progress', 'error', 'loadend'],
      true,
      'NotReadableError',
      'FileReader.readAsArrayBuffer: no result could be made of 25165824 bytes',
      null,
      25_165_824,
      'a',
    ])
  })
})

describe('the classes', () => {
  it('can be extended, and are made without what a program has put above them', async () => {
    const seen = await run(`
      class Own extends FileReader { name = 'own' }
      class Event2 extends ProgressEvent {}
      const mine = new Own()
      const kinds = [mine instanceof Own, mine instanceof FileReader, mine instanceof EventTarget, mine.name, new Event2('a', { total: 2 }).total]
      Object.setPrototypeOf(FileReader, function () { return {} })
      Object.setPrototypeOf(ProgressEvent, class { constructor() { throw new Error('mine') } })
      return [kinds, await read(new Blob(['a']), 'Text')]`)
    expect(seen).toEqual([[true, true, true, 'own', 2], 'a'])
  })

  it('of events of progress take what the standard does', async () => {
    const seen = await run(`
      const event = new ProgressEvent('p', { lengthComputable: 1, loaded: '2.5', total: 2 ** 60, cancelable: true })
      const none = new ProgressEvent('q', null)
      const { get } = Object.getOwnPropertyDescriptor(ProgressEvent.prototype, 'loaded')
      return [
        event.type, event.lengthComputable, event.loaded, event.total, event.cancelable, event.isTrusted, none.lengthComputable, none.loaded, none.total, String(event),
        attempt(() => new ProgressEvent()).slice(0, 10), attempt(() => new ProgressEvent('a', { loaded: NaN })), attempt(() => new ProgressEvent('a', { total: 1n })).slice(0, 10),
        attempt(() => get.call(new Event('a'))), Object.keys(ProgressEvent.prototype)]`)
    expect(seen).toEqual([
      'p',
      true,
      2.5,
      2 ** 60,
      true,
      false,
      false,
      0,
      0,
      '[object ProgressEvent]',
      'TypeError:',
      "TypeError: ProgressEvent: 'loaded' must be a finite number",
      'TypeError:',
      'TypeError: Illegal invocation: this is not a ProgressEvent',
      ['lengthComputable', 'loaded', 'total'],
    ])
  })
})
