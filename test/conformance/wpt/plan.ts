// Which files of the web platform tests are run, and what is known of those that fail.

export interface Folder {
  readonly name: string
  readonly files: readonly string[]
  /** How many of the tests that apply pass at least, in percent. */
  readonly atLeast: number
}

/** Files that need a page are not among them: `.any.js` runs anywhere, a `.window.js` where it is named here. */
export const FOLDERS: readonly Folder[] = [
  {
    name: 'url',
    files: ['url/*.any.js', 'url/toascii.window.js', 'url/IdnaTestV2.window.js', 'url/IdnaTestV2-removed.window.js'],
    atLeast: 84,
  },
  {
    name: 'encoding',
    files: ['encoding/*.any.js', 'encoding/legacy-*/**/*.any.js', 'encoding/single-byte-decoder.window.js'],
    atLeast: 99,
  },
  { name: 'html/webappapis/atob', files: ['html/webappapis/atob/*.any.js'], atLeast: 99 },
  { name: 'html/webappapis/structured-clone', files: ['html/webappapis/structured-clone/*.any.js'], atLeast: 99 },
  { name: 'html/webappapis/microtask-queuing', files: ['html/webappapis/microtask-queuing/*.any.js'], atLeast: 99 },
  { name: 'hr-time', files: ['hr-time/*.any.js'], atLeast: 99 },
  { name: 'user-timing', files: ['user-timing/*.any.js'], atLeast: 99 },
  {
    name: 'WebCryptoAPI',
    files: ['WebCryptoAPI/**/*.any.js'],
    atLeast: 99,
  },
  {
    name: 'streams',
    files: ['streams/**/*.any.js'],
    atLeast: 99,
  },
  { name: 'compression', files: ['compression/*.any.js', 'compression/*.window.js'], atLeast: 99 },
  { name: 'encoding/streams', files: ['encoding/streams/*.any.js'], atLeast: 99 },
  { name: 'urlpattern', files: ['urlpattern/*.any.js'], atLeast: 93 },
  { name: 'dom', files: ['dom/events/*.any.js', 'dom/abort/*.any.js'], atLeast: 99 },
  { name: 'webidl', files: ['webidl/**/*.any.js'], atLeast: 97 },
  { name: 'FileAPI', files: ['FileAPI/*.any.js', 'FileAPI/blob/*.any.js', 'FileAPI/file/*.any.js'], atLeast: 99 },
  { name: 'fetch/api/headers', files: ['fetch/api/headers/*.any.js'], atLeast: 99 },
  { name: 'fetch/api/body', files: ['fetch/api/body/*.any.js'], atLeast: 99 },
  { name: 'fetch/api/request', files: ['fetch/api/request/*.any.js'], atLeast: 99 },
  { name: 'fetch/api/response', files: ['fetch/api/response/*.any.js'], atLeast: 99 },
  { name: 'fetch/data-urls', files: ['fetch/data-urls/*.any.js'], atLeast: 99 },
]

/**
 * What is known of tests that do not pass. `foreign`: the test is of something that is not there, and does not count.
 * `failure`: it counts, and is expected. The first that fits a failed test is the one that is meant.
 */
export interface Known {
  readonly kind: 'foreign' | 'failure'
  readonly file: RegExp
  readonly test: RegExp
  /** What the failure says. */
  readonly says?: RegExp
  readonly reason: string
}

const ANY = /^/u

export const KNOWN: readonly Known[] = [
  {
    kind: 'foreign',
    file: ANY,
    test: ANY,
    says: /\b(?:document|XMLHttpRequest|FileReader|PerformanceObserver|MessageChannel|VideoFrame) is not defined/u,
    reason: 'uses an interface that is not there',
  },
  { kind: 'foreign', file: /toascii/u, test: /\(using <a/u, reason: 'is of the elements a and area' },
  {
    kind: 'foreign',
    file: ANY,
    test: ANY,
    says: /sabConstructor is not|WebAssembly is not defined/u,
    reason: 'is of SharedArrayBuffer or WebAssembly, which are taken away',
  },
  { kind: 'foreign', file: /^compression/u, test: /brotli/u, reason: 'is of brotli, which is refused by name' },
  {
    kind: 'foreign',
    file: /^compression/u,
    test: ANY,
    says: /There is no file \/media/u,
    reason: 'compresses a film that the checkout may be without',
  },
  {
    kind: 'foreign',
    file: /owning-type/u,
    test: ANY,
    reason: "is of streams of the type 'owning', which were proposed and are no part of the standard",
  },
  {
    kind: 'foreign',
    file: /^fetch\//u,
    test: ANY,
    says: /is no absolute URL|'\/' is no URL|onload is not/u,
    reason: 'asks a server, or is relative to a page; how code fetches is tested in test/integration',
  },
  {
    kind: 'foreign',
    file: /request-cache|request-keepalive|request-error|headers-no-cors|forbidden|header-setcookie/u,
    test: /RequestCache|cache|no-cors|forbidden|keepalive/iu,
    reason: 'is of what browsers do to protect their users from pages',
  },
  { kind: 'foreign', file: /fileReader/u, test: ANY, reason: 'is of FileReader' },
  { kind: 'foreign', file: /send-file-formdata/u, test: ANY, reason: 'sends a form over the network' },
  {
    kind: 'foreign',
    file: /idlharness/u,
    test: /idl_test setup/u,
    says: /Unexpected global object/u,
    reason: 'the harness knows pages and workers only, and has no test but this one left then',
  },
  { kind: 'foreign', file: /hr-time\/basic/u, test: /extends EventTarget/u, reason: 'is of events of performance' },
  {
    kind: 'failure',
    file: /cshake|kmac/u,
    test: ANY,
    says: /outputLength/u,
    reason: 'the draft has renamed the parameter `length` to `outputLength` since, and Node.js has the new name',
  },
  { kind: 'foreign', file: /supports\.tentative/u, test: ANY, reason: 'is of SubtleCrypto.supports, which is a draft' },
  { kind: 'foreign', file: /WebCryptoAPI\/historical/u, test: ANY, reason: 'is of pages that are not secure' },
  {
    kind: 'failure',
    file: /urlpattern-generate/u,
    test: ANY,
    says: /generate is not a function|invalid port pattern/u,
    reason: 'the library has no generate, which is a draft',
  },
  {
    kind: 'failure',
    file: /urlpattern\.(?:https\.)?any/u,
    test: /^Pattern: \[(?:\{"(?:pathname":"(?::a|test\/:a|\/\(\[)|port":"80"|hostname":"bad|protocol":"http",)|"https:\/\/\{sub)/u,
    reason:
      'the library has names beyond the first plane, ports and hosts as an older standard had them, and no sets in expressions',
  },
  { kind: 'foreign', file: ANY, test: /ShadowRealm/u, reason: 'is of ShadowRealm' },
  {
    kind: 'failure',
    file: /response-consume-empty/u,
    test: /empty FormData response body as text/u,
    reason: 'a form without entries ends with its boundary all the same, as the standard encodes it',
  },
  {
    kind: 'failure',
    file: /url\/idlharness/u,
    test: /existence and properties of interface object/u,
    reason: 'the global is an accessor until it is first read',
  },
  {
    kind: 'failure',
    file: /piping\/general-addition/u,
    test: /enqueue\(\) must not synchronously call write/u,
    reason: 'the library of streams writes at once where the standard wants a microtask between',
  },
  {
    kind: 'failure',
    file: /^url\//u,
    test: /^(?:[\0-\x7f]*xn--[\0-\x7f]*|ToASCII\("[\0-\x7f]*"\).*)$/iu,
    reason:
      'the standard takes domains in ASCII as they are, also with labels that are no valid Punycode, since its domain parser falls back to ASCII; Node.js does the same',
  },
]
