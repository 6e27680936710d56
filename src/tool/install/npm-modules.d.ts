// What is used of npm's own modules, which come without types.

declare module '@npmcli/arborist' {
  interface ArboristNode {
    readonly location: string
    readonly name: string
    readonly packageName: string | null
    readonly version: string
    readonly resolved: string | null
    readonly integrity: string | null
    readonly isRoot: boolean
    readonly isLink: boolean
    readonly optional: boolean
    readonly inBundle: boolean
  }
  class Arborist {
    constructor(options: Readonly<Record<string, unknown>>)
    buildIdealTree(options: { readonly add: readonly string[] }): Promise<unknown>
    readonly idealTree: { readonly inventory: ReadonlyMap<string, ArboristNode> }
  }
  export { Arborist }
  export type { ArboristNode }
}

declare module 'npm-registry-fetch' {
  interface RegistryResponse {
    readonly body: NodeJS.ReadableStream & { destroy(error?: Error): unknown }
  }
  function fetch(url: string, options: Readonly<Record<string, unknown>>): Promise<RegistryResponse>
  export { fetch as default }
}
