// URLPattern where the library is older than the standard, and what it has not. The rest is in the web platform tests.
import { describe, expect, it } from 'vitest'
import { useWebGuests } from './web-guest.ts'

const { run } = useWebGuests()

/** What `generate` says to each of these, or the name of the error. */
async function generated(...calls: readonly string[]): Promise<unknown> {
  const tries = calls.map((call) => `() => ${call}`)
  return run(`
    const of = (init, component, groups) => new URLPattern(init).generate(component, groups)
    return [${tries.join(', ')}].map((one) => { try { return one() } catch (error) { return error.name + ': ' + error.message } })`)
}

describe('URLPattern.generate', () => {
  it('gives the text of a component with its names filled in, encoded for its place', async () => {
    expect(
      await generated(
        `of({ pathname: '/books/:id/:part' }, 'pathname', { id: 'é 1', part: '..' })`,
        `of({ pathname: '/a\\\\:b{/:c}' }, 'pathname', { c: 'x?y#z' })`,
        `of('mine://host/:a', 'pathname', { a: ' ü ' })`,
        `of({ protocol: 'http{s}', hostname: ':sub.example.:tld' }, 'hostname', { sub: 'BÜCHER', tld: 'com' })`,
        `of({ protocol: ':p' }, 'protocol', { p: 'HTTPS' })`,
        `of({ port: '80:rest' }, 'port', { rest: '90' })`,
        `of({ username: ':u', password: 'x:p' }, 'username', { u: 'a b' }) + of({ password: 'x:p' }, 'password', { p: '/' })`,
        `of({ search: 'q=:q' }, 'search', { q: 'a b#' }) + of({ hash: ':h' }, 'hash', { h: '<' })`,
        `of({ pathname: '/:𠀀' }, 'pathname', { 𠀀: 7 })`,
      ),
    ).toEqual([
      '/books/%C3%A9%201/..',
      '/a:b/x%3Fy%23z',
      '/ %C3%BC ',
      'xn--bcher-kva.example.com',
      'https',
      '8090',
      'a%20bx%2F',
      'q=a%20b%23%3C',
      '/7',
    ])
  })

  it('refuses what stands for several texts, and values that have no place there', async () => {
    const many = 'TypeError: URLPattern.generate: the pattern of the component stands for more than one text'
    expect(
      await generated(
        `of({ pathname: '/*' }, 'pathname', {})`,
        `of({ pathname: '/(a|b)' }, 'pathname', { 0: 'a' })`,
        `of({ pathname: '/:a(x+)' }, 'pathname', { a: 'x' })`,
        `of({ pathname: '/:a?' }, 'pathname', { a: 'x' })`,
        `of({ pathname: '{/a}+' }, 'pathname', {})`,
        `of({}, 'hash', {})`,
      ),
    ).toEqual([many, many, many, many, many, many])
    expect(
      await generated(
        `of({ pathname: '/:a' }, 'pathname', {})`,
        `of({ pathname: '/:a' }, 'pathname', { a: 'x/y' })`,
        `of({ pathname: '/:a' }, 'pathname', { a: '' })`,
        `of({ hostname: ':a.b' }, 'hostname', { a: 'x.y' })`,
        `of({ hostname: ':a.b' }, 'hostname', { a: 'x@y' })`,
        `of({ port: ':a' }, 'port', { a: '65536' })`,
        `of({ pathname: '/' }, 'path', {})`,
        `of({ pathname: '/' }, 'pathname')`,
        `of({ pathname: '/' }, 'pathname', 1)`,
        `URLPattern.prototype.generate.call({}, 'pathname', {})`,
      ),
    ).toEqual([
      `TypeError: URLPattern.generate: there is no value for 'a'`,
      `TypeError: URLPattern.generate: 'x/y' cannot be a value there`,
      `TypeError: URLPattern.generate: '' cannot be a value there`,
      `TypeError: URLPattern.generate: 'x.y' cannot be a value there`,
      `TypeError: Invalid hostname 'x@y'`,
      `TypeError: Invalid port '65536'`,
      `TypeError: URLPattern.generate: 'path' is no component`,
      `TypeError: URLPattern.generate: the groups must be an object`,
      `TypeError: URLPattern.generate: the groups must be an object`,
      expect.stringContaining('TypeError: '),
    ])
  })

  it('is a method as Web IDL has them, and fills a pattern with very many names', async () => {
    expect(
      await run(`
        const { generate } = URLPattern.prototype
        const names = Array.from({ length: 2000 }, (_, index) => 'n' + index)
        const text = new URLPattern({ pathname: '/:' + names.join('/:') }).generate('pathname', Object.fromEntries(names.map((name) => [name, 'v'])))
        return [generate.name, generate.length, Object.keys(URLPattern.prototype).includes('generate'), text.length]`),
    ).toEqual(['generate', 2, true, 4000])
  })
})

describe('a URLPattern', () => {
  it('has names beyond the first plane, sets in expressions, and ports and hosts as the parser of URLs takes them', async () => {
    expect(
      await run(`
        const groups = (init, input) => new URLPattern(init).exec(input)?.pathname.groups
        const tests = (init, input) => new URLPattern(init).test(input)
        return [
          groups({ pathname: '/:\\u{20000}\\u{10450}' }, { pathname: '/a' }),
          tests({ pathname: '/([[a-z]--a])' }, { pathname: '/a' }), tests({ pathname: '/([[a-z]--a])' }, { pathname: '/b' }),
          tests({ port: '80' }, { port: '8\\t0x' }), new URLPattern({ protocol: 'http', port: '80 ' }).port,
          tests({ protocol: 'wss', port: '' }, { protocol: 'wss', port: '443' }),
          new URLPattern({ hostname: 'a\\nB#c' }).hostname, new URLPattern({ hostname: 'ü.org/x' }).hostname]`),
    ).toEqual([{ 𠀀𐑐: 'a' }, false, true, true, '80', true, 'ab', 'xn--tda.org'])
  })

  it('refuses what it refused', async () => {
    expect(
      await run(`
        const inits = [{ pathname: '/(é)' }, { pathname: '/(a' }, { pathname: '/()' }, { pathname: '/((a))' }, { pathname: '/(?a)' }, { pathname: '/:' },
          { pathname: 'a\\\\' }, { port: 'x' }, { port: '70000' }, { hostname: 'a b' }, { hostname: '%' }, { hostname: 'xn--ü' }, { pathname: '/(a\\\\' }]
        return inits.map((init) => { try { return new URLPattern(init).pathname } catch (error) { return error.name } })`),
    ).toEqual(Array.from({ length: 13 }, () => 'TypeError'))
  })
})
