import { describe, expect, test } from 'vitest'
import { createAddressCheck } from '../../src/egress/check-address.ts'
import { resolveHost } from '../../src/egress/resolve-host.ts'
import type { Resolve } from '../../src/egress/resolve-host.ts'

const check = createAddressCheck([])

/** Spellings of addresses in URLs, each with what it leads to. */
const SPELLINGS: readonly (readonly [url: string, why: string])[] = [
  ['http://127.0.0.1/', 'this machine'],
  ['http://127.1/', 'this machine'],
  ['http://127.255.255.254/', 'this machine'],
  ['http://2130706433/', 'this machine'],
  ['http://0x7f000001/', 'this machine'],
  ['http://0x7f.0x0.0x0.0x1/', 'this machine'],
  ['http://017700000001/', 'this machine'],
  ['http://0177.0.0.01/', 'this machine'],
  ['http://127.0.0.1./', 'this machine'],
  ['http://127%2e0.0.1/', 'this machine'],
  ['http://①②⑦.0.0.1/', 'this machine'],
  ['http://127。0。0。1/', 'this machine'],
  ['http://0/', 'this machine'],
  ['http://0.0.0.0/', 'this machine'],
  ['http://[::]/', 'this machine'],
  ['http://[::1]/', 'this machine'],
  ['http://[0:0:0:0:0:0:0:1]/', 'this machine'],
  ['http://10.0.0.1/', 'a private network'],
  ['http://172.16.0.1/', 'a private network'],
  ['http://172.31.255.255/', 'a private network'],
  ['http://192.168.1.1/', 'a private network'],
  ['http://[fd00:ec2::254]/', 'a private network'],
  ['http://[fc00::1]/', 'a private network'],
  ['http://[fec0::1]/', 'a private network'],
  ['http://169.254.169.254/', 'a link-local address'],
  ['http://2852039166/', 'a link-local address'],
  ['http://0xa9.0xfe.0xa9.0xfe/', 'a link-local address'],
  ['http://[fe80::1]/', 'a link-local address'],
  ['http://[febf::1]/', 'a link-local address'],
  ['http://168.63.129.16/', 'a metadata service'],
  ['http://100.100.100.200/', 'a carrier network'],
  ['http://100.64.0.1/', 'a carrier network'],
  ['http://100.127.255.255/', 'a carrier network'],
  ['http://192.0.0.192/', 'a reserved address'],
  ['http://192.0.2.1/', 'a reserved address'],
  ['http://192.88.99.1/', 'a reserved address'],
  ['http://198.18.0.1/', 'a reserved address'],
  ['http://198.19.255.255/', 'a reserved address'],
  ['http://198.51.100.1/', 'a reserved address'],
  ['http://203.0.113.1/', 'a reserved address'],
  ['http://240.0.0.1/', 'a reserved address'],
  ['http://255.255.255.255/', 'a reserved address'],
  ['http://224.0.0.1/', 'a multicast address'],
  ['http://239.255.255.250/', 'a multicast address'],
  ['http://[ff02::1]/', 'a multicast address'],
  ['http://[::ffff:127.0.0.1]/', 'a translated address'],
  ['http://[::ffff:a9fe:a9fe]/', 'a translated address'],
  ['http://[0:0:0:0:0:ffff:7f00:1]/', 'a translated address'],
  ['http://[::ffff:8.8.8.8]/', 'a translated address'],
  ['http://[::127.0.0.1]/', 'a translated address'],
  ['http://[64:ff9b::7f00:1]/', 'a translated address'],
  ['http://[64:ff9b:1::7f00:1]/', 'a translated address'],
  ['http://[2002:7f00:1::]/', 'a translated address'],
  ['http://[2002:a9fe:a9fe::1]/', 'a translated address'],
  ['http://[2001:0:53aa:64c::1]/', 'a translated address'],
  ['http://[2001:20::1]/', 'a reserved address'],
  ['http://[2001:db8::1]/', 'a reserved address'],
  ['http://[3fff::1]/', 'a reserved address'],
  ['http://[100::1]/', 'a reserved address'],
  ['http://[5f00::1]/', 'a reserved address'],
  ['http://[4000::1]/', 'a reserved address'],
]

async function verdict(hostname: string, answers: readonly string[] = [], by = check): Promise<unknown> {
  const resolve: Resolve = async () => answers.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  const resolved = await resolveHost(hostname, by, resolve)
  if (resolved.ok) return resolved.addresses.map(({ address }) => address)
  return resolved.reason === 'refused' ? resolved.why : resolved.reason
}

describe('an address', () => {
  test.each(SPELLINGS)('%s leads to %s and is refused', async (url, why) => {
    expect(await verdict(new URL(url).hostname)).toBe(why)
  })

  test.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '192.0.1.1', '198.20.0.1', '223.255.255.255'])(
    '%s is public',
    async (address) => {
      expect(await verdict(address)).toEqual([address])
    },
  )

  test.each(['2606:4700::1111', '2a00:1450::1', '2001:4860:4860::8888', '2003::1'])('%s is public', async (address) => {
    expect(await verdict(`[${address}]`)).toEqual([address])
  })

  test.each(['', 'x', '1.2.3', '::1%lo', 'fe80::1%eth0', '2606:4700::1%eth0', '010.8.8.8'])('%j is none', (text) => {
    expect(check(text)).toBe('no address')
  })
})

describe('a name', () => {
  test('that leads to public addresses is resolved to all of them', async () => {
    expect(await verdict('a.example', ['8.8.8.8', '2606:4700::1'])).toEqual(['8.8.8.8', '2606:4700::1'])
  })

  test.each([
    [['127.0.0.1'], 'this machine'],
    [['8.8.8.8', '10.0.0.1'], 'a private network'],
    [['2606:4700::1', '::ffff:169.254.169.254'], 'a translated address'],
    [['8.8.8.8', 'fe80::1%eth0'], 'no address'],
    [['8.8.8.8', 'a.example'], 'no address'],
  ])('of which one answer is refused is refused: %j', async (answers, why) => {
    expect(await verdict('a.example', answers)).toBe(why)
  })

  test('without an address, or whose resolution fails, is unknown', async () => {
    expect(await verdict('a.example', [])).toBe('unknown')
    const resolved = await resolveHost('a.example', check, () => Promise.reject(new Error('no server')))
    expect(resolved).toEqual({ ok: false, reason: 'unknown' })
  })
})

describe('what the operator names', () => {
  const own = createAddressCheck(['127.0.0.1', '10.1.0.0/16', '::1', 'fd00:1::/32'])

  test.each(['127.0.0.1', '10.1.255.255', '::1', 'fd00:1::5', '8.8.8.8'])('%s may be connected to', (address) => {
    expect(own(address)).toBeNull()
  })

  test.each(['127.0.0.2', '10.2.0.1', '::ffff:127.0.0.1', '::127.0.0.1', 'fd00:2::5', '169.254.169.254'])(
    '%s may not, because it is not in it',
    (address) => {
      expect(own(address)).not.toBeNull()
    },
  )

  test.each(['10.0.0.0/33', '10.0.0/8', 'localhost', '::/129', '', '10.0.0.0/', '10.0.0.0/8/8'])(
    '%j is refused',
    (range) => {
      expect(() => createAddressCheck([range])).toThrow('is no address and no range')
    },
  )
})
