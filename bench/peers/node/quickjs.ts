// quickjs-emscripten: a runtime of QuickJS, compiled to WebAssembly, for each request. Values pass as JSON text.
import { servePeer } from './serve-peer.ts'

interface Handle {
  dispose(): void
}

interface QuickContext extends Handle {
  readonly undefined: Handle
  evalCode(source: string): unknown
  unwrapResult(result: unknown): Handle
  newString(text: string): Handle
  callFunction(call: Handle, self: Handle, ...args: readonly Handle[]): unknown
  getString(handle: Handle): string
}

interface QuickRuntime extends Handle {
  newContext(): QuickContext
}

interface QuickModule {
  getQuickJS(): Promise<{ newRuntime(): QuickRuntime }>
}

// Its types are there only where the peers are installed.
const name: string = 'quickjs-emscripten'
const module = (await import(name)) as QuickModule
const quick = await module.getQuickJS()

servePeer((source, entry) => {
  const runtime = quick.newRuntime()
  const context = runtime.newContext()
  context.unwrapResult(context.evalCode(source)).dispose()
  const call = context.unwrapResult(context.evalCode(`(args) => JSON.stringify(${entry}(...JSON.parse(args)))`))
  return {
    call(args) {
      const given = context.newString(JSON.stringify(args))
      const result = context.unwrapResult(context.callFunction(call, context.undefined, given))
      const text = context.getString(result)
      given.dispose()
      result.dispose()
      return JSON.parse(text) as unknown
    },
    close() {
      call.dispose()
      context.dispose()
      runtime.dispose()
    },
  }
})
