// A program of its own beside the guest program: URLPattern, which a library has. No guest but the one that uses it can be
// misled by what it does here. The URLs that it takes apart are the guest program's (`sandbox/lazy-groups.ts` sees to that).
import { URLPattern } from 'urlpattern-polyfill/urlpattern'
import { defineHidden, shapeInterface } from './interface.ts'
import { createGenerate } from './url-pattern/generate.ts'

export function createUrlPatternGlobals(): object {
  defineHidden(URLPattern.prototype, 'generate', createGenerate(URLPattern))
  shapeInterface(URLPattern, 'URLPattern')
  return { __proto__: null, URLPattern }
}
