// Which files of the web platform tests are run, and what is known of those that fail.

export interface Folder {
  /** Where it is in a checkout. */
  readonly name: string
  /** How many of the tests that apply pass at least, in percent. */
  readonly atLeast: number
}

export const FOLDERS: readonly Folder[] = [
  { name: 'url', atLeast: 99 },
  { name: 'encoding', atLeast: 99 },
  { name: 'streams', atLeast: 99 },
  { name: 'compression', atLeast: 99 },
  { name: 'dom/abort', atLeast: 99 },
  { name: 'dom/events', atLeast: 99 },
  { name: 'FileAPI', atLeast: 99 },
  { name: 'WebCryptoAPI', atLeast: 99 },
  { name: 'console', atLeast: 99 },
  { name: 'hr-time', atLeast: 93 },
  { name: 'html/webappapis/timers', atLeast: 99 },
  { name: 'html/webappapis/structured-clone', atLeast: 99 },
  { name: 'urlpattern', atLeast: 99 },
  { name: 'fetch/api/headers', atLeast: 99 },
  { name: 'fetch/api/body', atLeast: 99 },
  { name: 'fetch/api/response', atLeast: 99 },
  { name: 'fetch/api/request', atLeast: 98 },
  { name: 'fetch/data-urls', atLeast: 99 },
  { name: 'html/webappapis/atob', atLeast: 99 },
  { name: 'html/webappapis/microtask-queuing', atLeast: 99 },
  { name: 'user-timing', atLeast: 99 },
  { name: 'webidl', atLeast: 97 },
]

/** Below a folder. `.any.js` is for every global object, `.window.js` for that of a page, of which some tests need no more than a name. */
export const SCRIPTS = '**/*.{any,window}.js'
/** What only a page or a worker runs. Each is one test that fails, where all tests of a folder are counted: only a page knows how many it has. */
export const PAGES = '**/*.{html,htm,xhtml,xht,svg,worker.js}'
/** What is part of a test, and none by itself. */
export const PARTS = /(?:^|\/)(?:resources?|support|tools)\/|-ref\.|\.sub\.js$/u

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
    says: /\b(?:document|[wW]indow|XMLHttpRequest|PerformanceObserver|MutationObserver|BroadcastChannel|postMessage|VideoFrame|Worker|Image) is not defined/u,
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
  {
    kind: 'foreign',
    file: /^compression/u,
    test: ANY,
    says: /'\/media\/[^']+' is no absolute URL/u,
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
  {
    kind: 'foreign',
    file: /FileAPI\/idlharness/u,
    test: /^URL interface: member (?:create|revoke)ObjectURL/u,
    reason: 'wants no URLs of blobs where the harness sees a service worker, in which there are none',
  },
  { kind: 'foreign', file: /idlharness-shadowrealm/u, test: ANY, reason: 'is of ShadowRealm' },
  {
    kind: 'foreign',
    file: /event-global/u,
    test: ANY,
    reason: 'is of the event that pages find in a global variable',
  },
  {
    kind: 'foreign',
    file: /request-headers/u,
    test: /^Adding invalid|is filtering headers/u,
    reason: 'is of what browsers do to protect their users from pages',
  },
  {
    kind: 'foreign',
    file: /idlharness/u,
    test: /^(?:Window|WorkerGlobalScope) interface/u,
    reason: 'is of the global object of a page or a worker',
  },
  {
    kind: 'foreign',
    file: /idlharness/u,
    test: /^FileList interface/u,
    reason: 'is of elements that take files',
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
  { kind: 'foreign', file: ANY, test: /ShadowRealm/u, reason: 'is of ShadowRealm' },
  {
    kind: 'failure',
    file: /(?:response|request)-consume-empty/u,
    test: /empty FormData (?:response|request) body as text/u,
    reason: 'a form without entries ends with its boundary all the same, as the standard encodes it',
  },
  {
    kind: 'failure',
    file: /request-disturbed/u,
    test: /even if body is not used/u,
    reason: 'the standard takes the body of a request only where no other is given',
  },
  {
    kind: 'failure',
    file: /global-(?:immutable-prototype|mutable-prototype|object-implicit-this-value)/u,
    test: ANY,
    reason: 'the global object is that of the engine, with functions that need no receiver',
  },
  {
    kind: 'failure',
    file: /idlharness/u,
    test: /existence and properties of interface object/u,
    says: /should not have a getter/u,
    reason: 'the global is an accessor until it is first read',
  },
  {
    kind: 'failure',
    file: /textdecoder-copy/u,
    test: /SharedArrayBuffer/u,
    says: /must be a buffer or a view/u,
    reason: 'shared memory is taken by way of a view only',
  },
  {
    kind: 'failure',
    file: /hr-time\/idlharness/u,
    test: /prototype object$/u,
    says: /EventTarget/u,
    reason: 'performance has no events',
  },
  {
    kind: 'failure',
    file: /piping\/general-addition/u,
    test: /enqueue\(\) must not synchronously call write/u,
    reason: 'the library of streams writes at once where the standard wants a microtask between',
  },
  {
    kind: 'foreign',
    file: /^url\//u,
    test: /^(?:[\0-\x7f]*xn--[\0-\x7f]*|ToASCII\("[\0-\x7f]*"\).*)$/iu,
    says: /did not throw|assert_equals: expected/u,
    reason:
      'is of the standard before June 2026, which takes domains in ASCII as they are since then, also with labels that are no valid Punycode, since its domain parser falls back to ASCII; Node.js does the same',
  },
]
