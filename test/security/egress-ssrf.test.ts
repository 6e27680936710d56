// Where guest code's requests must not get, by whatever way: each way is first shown to get there without the guard.
import { request as requestPlainly } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAddressCheck } from '../../src/egress/check-address.ts'
import type { CheckAddress } from '../../src/egress/check-address.ts'
import type { NetworkBroker } from '../../src/egress/egress-broker.ts'
import type { Resolve } from '../../src/egress/resolve-host.ts'
import { ANYWHERE, ask, createBroker, policiesOf, toLoopback } from '../support/egress-harness.ts'
import { ADDRESSES, LOOPBACK } from '../support/forbidden-addresses.ts'
import { LoopbackServer } from '../support/loopback-server.ts'

/** This address of loopback stands for a public one: the guard lets it through, and no other. */
const PUBLIC = '127.0.0.2'
const ONLY_PUBLIC = createAddressCheck([PUBLIC])
const toPublic: Resolve = async () => [{ address: PUBLIC, family: 4 }]

let target: LoopbackServer
let outer: LoopbackServer
/** What the outer server answers next. */
let location = ''
let status = 302

beforeAll(async () => {
  target = await LoopbackServer.start((response) => response.end('secret'))
  outer = await LoopbackServer.start((response) => response.writeHead(status, { location }).end(), PUBLIC)
})

afterAll(async () => {
  await target[Symbol.asyncDispose]()
  await outer[Symbol.asyncDispose]()
})

/** A broker with the check that is given, or with its own. */
async function withBroker<T>(
  check: CheckAddress | null,
  resolve: Resolve,
  use: (broker: NetworkBroker) => Promise<T>,
): Promise<T> {
  const { broker } = createBroker({ resolve, ...(check === null ? {} : { checkFor: () => check }) })
  try {
    return await use(broker)
  } finally {
    await broker[Symbol.asyncDispose]()
  }
}

/** Which addresses a request would be connected to if nobody looked after it; nothing is connected to. */
async function wouldConnectTo(url: string, resolve: Resolve): Promise<readonly string[]> {
  const addresses: string[] = []
  const note: CheckAddress = (address) => {
    addresses.push(address)
    return 'what is only noted'
  }
  await withBroker(note, resolve, async (broker) => ask(broker, url))
  return addresses
}

/** A client that reads the URL, and looks at nothing in it. */
async function askPlainly(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  requestPlainly(url, (response) => {
    let body = ''
    response.setEncoding('utf8').on('data', (text: string) => (body += text))
    response.on('end', () => resolve(body))
  })
    .on('error', reject)
    .end()
  return promise
}

describe('this machine', () => {
  test.each(LOOPBACK)('spelled %s is reached without the guard only', async (host) => {
    const url = `http://${host}:${target.port}/admin`
    await withBroker(ANYWHERE, toLoopback, async (broker) =>
      expect(await ask(broker, url)).toMatchObject({ code: 'OK', bytes: Buffer.from('secret') }),
    )
    const before = target.connections
    const got = await withBroker(null, toLoopback, async (broker) => ask(broker, url))
    expect(got).toMatchObject({ code: 'EGRESS_DENIED', failure: { message: expect.stringContaining('this machine') } })
    expect(target.connections).toBe(before)
  })

  test.each(['0.0.0.0', '0', '0x0', '127.255.255.254'])(
    '%s leads to it too, and is reached without the guard only',
    async (host) => {
      const all = await LoopbackServer.start((response) => response.end('secret'), '0.0.0.0')
      const url = `http://${host}:${all.port}/`
      await withBroker(ANYWHERE, toLoopback, async (broker) => expect((await ask(broker, url)).code).toBe('OK'))
      const before = all.connections
      expect((await withBroker(null, toLoopback, async (broker) => ask(broker, url))).code).toBe('EGRESS_DENIED')
      expect(all.connections).toBe(before)
      await all[Symbol.asyncDispose]()
    },
  )
})

describe('an address', () => {
  test.each(ADDRESSES)('%s is %s and %s, and would be connected to', async (host, address, why) => {
    for (const scheme of ['http', 'https']) {
      const url = `${scheme}://${host}/latest/meta-data`
      expect(await wouldConnectTo(url, toPublic)).toEqual([address])
      const got = await withBroker(null, toPublic, async (broker) => ask(broker, url))
      expect(got).toMatchObject({
        code: 'EGRESS_DENIED',
        failure: { message: expect.stringContaining(`it leads to ${why}`) },
      })
    }
  })

  test.each([
    '[fe80::1%25eth0]',
    '[::1%25lo]',
    '127.0.0.1%00',
    '1.2.3.4.5',
    '[::1',
    'a b',
    '',
    '%2f127.0.0.1',
    '256.256.256.256',
  ])('that is none, %s, is no URL', async (host) => {
    const { code, failure } = await withBroker(ANYWHERE, toLoopback, async (broker) => ask(broker, `http://${host}/`))
    expect({ code, message: failure?.message }).toEqual({
      code: 'EGRESS_DENIED',
      message: 'The request has a URL that is none.',
    })
  })
})

describe('a name', () => {
  test.each([
    ['metadata.google.internal', '169.254.169.254'],
    ['instance-data.ec2.internal', 'fd00:ec2::254'],
    ['metadata.azure.example', '168.63.129.16'],
    ['metadata.alibaba.example', '100.100.100.200'],
    ['localtest.example', '127.0.0.1'],
    ['six.example', '::1'],
    ['mapped.example', '::ffff:169.254.169.254'],
    ['nat64.example', '64:ff9b::7f00:1'],
    ['xn--bcher-kva.example', '10.0.0.1'],
    ['bücher.example', '10.0.0.1'],
    ['trailing.example.', '192.168.0.1'],
    ['broadcast.example', '255.255.255.255'],
    ['multicast.example', '239.255.255.250'],
    ['zone.example', 'fe80::1%eth0'],
    ['octal.example', '0177.0.0.1'],
    ['hex.example', '0x7f000001'],
    ['line.example', '127.0.0.1\n'],
    ['empty.example', ''],
  ])('%s that leads to %j is not connected to, and would be', async (name, address) => {
    const lying: Resolve = async () => [{ address, family: address.includes(':') ? 6 : 4 }]
    expect(await wouldConnectTo(`https://${name}/`, lying)).toEqual([address])
    expect((await withBroker(null, lying, async (broker) => ask(broker, `https://${name}/`))).code).toBe(
      'EGRESS_DENIED',
    )
  })

  test.each([
    ['a public one and then this machine', [PUBLIC, '127.0.0.1']],
    ['this machine and then a public one', ['127.0.0.1', PUBLIC]],
    ['two public ones with this machine between', [PUBLIC, '127.0.0.1', PUBLIC]],
  ])('that leads to %s is not connected to, and would be', async (_, addresses) => {
    const mixed: Resolve = async () => addresses.map((address) => ({ address, family: 4 }))
    const url = `http://mixed.example:${target.port}/`
    await withBroker(ANYWHERE, mixed, async (broker) => expect((await ask(broker, url)).code).toBe('OK'))
    const before = target.connections
    expect((await withBroker(ONLY_PUBLIC, mixed, async (broker) => ask(broker, url))).code).toBe('EGRESS_DENIED')
    expect(target.connections).toBe(before)
  })

  test('that leads elsewhere at every second look is connected to as it was looked at', async () => {
    let looks = 0
    const rebinding: Resolve = async () => [{ address: (looks += 1) % 2 === 1 ? PUBLIC : '127.0.0.1', family: 4 }]
    const url = `http://rebinding.example:${target.port}/`
    // Whoever looks once to check, and connects by the name, gets to this machine.
    const [first] = await rebinding('rebinding.example')
    expect(ONLY_PUBLIC(first?.address ?? '')).toBeNull()
    await withBroker(ANYWHERE, rebinding, async (broker) => expect((await ask(broker, url)).code).toBe('OK'))
    const before = target.connections
    looks = 0
    await withBroker(ONLY_PUBLIC, rebinding, async (broker) => {
      // Nobody listens at the public one.
      expect((await ask(broker, url)).code).toBe('EGRESS_FAILED')
      expect(looks).toBe(1)
      expect((await ask(broker, url)).code).toBe('EGRESS_DENIED')
    })
    expect(target.connections).toBe(before)
  })

  test('is said to lead where it must not without the address', async () => {
    const lying: Resolve = async () => [{ address: '10.1.2.3', family: 4 }]
    const got = await withBroker(null, lying, async (broker) => ask(broker, 'https://inner.example/'))
    expect(got.failure?.message).toBe('inner.example may not be asked: it leads to a private network.')
  })
})

describe('a URL that is read in two ways', () => {
  test.each([
    ['a user name that looks like a host', 'http://public.example@HOST/'],
    ['a user name and a password', 'http://public.example:80@HOST/'],
    ['an empty user name', 'http://:x@HOST/'],
    ['an encoded at sign in a user name', 'http://public.example%40@HOST/'],
  ])('with %s is refused, and leads to this machine', async (_, form) => {
    const url = form.replace('HOST', `127.0.0.1:${target.port}`)
    expect(await askPlainly(url)).toBe('secret')
    const before = target.connections
    for (const check of [ANYWHERE, null]) {
      const got = await withBroker(check, toLoopback, async (broker) => ask(broker, url))
      expect(got).toMatchObject({ code: 'EGRESS_DENIED', failure: { message: expect.stringContaining('user name') } })
    }
    expect(target.connections).toBe(before)
  })

  test.each([
    ['a backslash before what looks like the host', 'http://HOST\\@public.example/'],
    ['two backslashes for slashes', 'http:\\\\HOST\\public.example'],
    ['no slashes at all', 'http:HOST/public.example'],
    ['four slashes', 'http:////HOST/public.example'],
    ['a tab in the host', 'http://12\t7.0.0.1:PORT/'],
    ['a line end in the scheme', 'ht\ntp://HOST/'],
    ['a fragment that looks like the host', 'http://HOST#@public.example/'],
    ['a query that looks like the host', 'http://HOST?@public.example/'],
    ['spaces around it', ' http://HOST/ '],
    ['a soft hyphen in the host', 'http://127.0.0\u00ad.1:PORT/'],
    ['a scheme in capitals', 'HTTP://HOST/'],
    ['a port with zeros', 'http://127.0.0.1:0PORT/'],
  ])('with %s leads to this machine, and is refused there', async (_, form) => {
    const url = form.replace('HOST', `127.0.0.1:${target.port}`).replace('PORT', String(target.port))
    const got = await withBroker(ANYWHERE, toPublic, async (broker) => ask(broker, url))
    expect(got).toMatchObject({ code: 'OK', bytes: Buffer.from('secret') })
    const before = target.connections
    expect((await withBroker(null, toPublic, async (broker) => ask(broker, url))).code).toBe('EGRESS_DENIED')
    expect(target.connections).toBe(before)
  })

  test.each([
    'file:///etc/hostname',
    'ftp://127.0.0.1/',
    'gopher://127.0.0.1:6379/_FLUSHALL',
    'data:,secret',
    'blob:x',
    'unix:/run/docker.sock',
    'ws://127.0.0.1/',
    'jar:http://a!/b',
    'javascript:1',
    'http+unix://%2frun%2fdocker.sock/',
  ])('of another scheme, %s, is refused', async (url) => {
    const got = await withBroker(ANYWHERE, toLoopback, async (broker) => ask(broker, url))
    expect(got).toMatchObject({
      code: 'EGRESS_DENIED',
      failure: { message: expect.stringContaining('neither http nor https') },
    })
  })
})

describe('a redirect', () => {
  const HERE = '127.0.0.1:PORT'
  test.each([
    ...[301, 302, 303, 307, 308].map((one) => [one, `http://${HERE}/admin`] as const),
    [302, `//${HERE}/admin`],
    [302, `http:\\\\${HERE}/admin`],
    [302, `/\\${HERE}/admin`],
    [302, 'http://2130706433:PORT/admin'],
    [302, 'http://0x7f.1:PORT/admin'],
    [302, 'http://①②⑦.0.0.1:PORT/admin'],
    [302, 'http://localhost.:PORT/admin'],
    [307, 'http://127.1:PORT/admin'],
    [308, 'http://inner.example:PORT/admin'],
  ] as const)('with status %i to %s is not followed, and would be', async (code, to) => {
    status = code
    location = Buffer.from(to.replace('PORT', String(target.port)), 'utf8').toString('latin1')
    const resolve: Resolve = async (name) => (name === 'outer.example' ? toPublic(name) : toLoopback(name))
    const url = `http://outer.example:${outer.port}/`
    const open = await withBroker(ANYWHERE, resolve, async (broker) => ask(broker, url))
    expect(open).toMatchObject({ code: 'OK', head: { isRedirected: true, status: 200 }, bytes: Buffer.from('secret') })
    const before = target.connections
    const asked = outer.asked.length
    const closed = await withBroker(ONLY_PUBLIC, resolve, async (broker) => ask(broker, url))
    expect(closed).toMatchObject({
      code: 'EGRESS_DENIED',
      failure: { message: expect.stringContaining('this machine') },
    })
    expect([target.connections, outer.asked.length]).toEqual([before, asked + 1])
  })

  test.each([
    ['file:///etc/hostname', 'neither http nor https'],
    ['data:text/plain,secret', 'neither http nor https'],
    ['ftp://127.0.0.1/', 'neither http nor https'],
    ['javascript:1', 'neither http nor https'],
    ['http://user:pass@127.0.0.1:1/', 'user name'],
    ['http://[::1', 'no URL'],
  ])('to %s is not followed, whatever addresses are allowed', async (to, why) => {
    status = 302
    location = to
    const got = await withBroker(ANYWHERE, toPublic, async (broker) =>
      ask(broker, `http://outer.example:${outer.port}/`),
    )
    expect(got).toMatchObject({ code: 'EGRESS_DENIED', failure: { message: expect.stringContaining(why) } })
  })

  test('that leads back for ever ends after twenty, where a client without a bound goes on', async () => {
    status = 302
    location = '/again'
    const url = `http://outer.example:${outer.port}/`
    const asked = outer.asked.length
    const got = await withBroker(ONLY_PUBLIC, toPublic, async (broker) => ask(broker, url))
    expect(got).toMatchObject({
      code: 'EGRESS_DENIED',
      failure: { message: 'The request is redirected more than 20 times.' },
    })
    expect(outer.asked.length - asked).toBe(21)
  })

  test('is decided anew by the rules: by host, by port, by path and by method', async () => {
    const policies = policiesOf({
      rules: [
        { allow: `http://outer.example:${outer.port}`, methods: ['GET', 'POST'], paths: ['/from'] },
        { allow: `http://outer.example:${outer.port}`, methods: ['PUT'] },
        { allow: `http://outer.example:${outer.port}`, methods: ['GET'], paths: ['/to'] },
      ],
    })
    const { broker, records } = createBroker({ resolve: toPublic, checkFor: () => ONLY_PUBLIC, policies })
    const from = `http://outer.example:${outer.port}/from`
    status = 307
    const tries: readonly (readonly [string, string])[] = [
      [`http://other.example:${outer.port}/to`, 'GET'],
      [`http://outer.example:${target.port}/to`, 'GET'],
      ['/else', 'GET'],
      ['/to', 'POST'],
    ]
    for (const [to, method] of tries) {
      location = to
      // oxlint-disable-next-line no-await-in-loop -- one server answers one thing at a time
      const got = await ask(broker, from, { method })
      expect(got).toMatchObject({ code: 'EGRESS_DENIED', failure: { message: expect.stringContaining('no rule') } })
    }
    expect(records.map(({ rule, redirects }) => [rule, redirects])).toEqual(tries.map(() => [null, 1]))
    await broker[Symbol.asyncDispose]()
  })

  test('takes the headers of its origin along to no other', async () => {
    status = 307
    const headers = [
      ['authorization', 'Bearer guest'],
      ['cookie', 'a=b'],
      ['x-own', '1'],
    ] as const
    location = `${target.url}/`
    await withBroker(ANYWHERE, toPublic, async (broker) => ask(broker, `${outer.url}/`, { headers }))
    expect(outer.asked.at(-1)?.headers).toMatchObject(Object.fromEntries(headers))
    const { authorization, cookie, ...rest } = target.asked.at(-1)?.headers ?? {}
    expect([authorization, cookie, rest['x-own']]).toEqual([undefined, undefined, '1'])
  })
})

describe('a port', () => {
  test.each([22, 25, 110, 6_379, 11_211, 3_306, 8_080, 65_535])(
    '%i of a public host is no port of the web',
    async (port) => {
      const url = `http://public.example:${port}/`
      expect(await wouldConnectTo(url, toPublic)).toEqual([PUBLIC])
      const { broker } = createBroker({ policies: policiesOf({ rules: [{ allow: 'public' }] }), resolve: toPublic })
      expect((await ask(broker, url)).code).toBe('EGRESS_DENIED')
      await broker[Symbol.asyncDispose]()
    },
  )
})
