// The host that is asked, of the service and of undici alike: small answers, and large ones, each of which tells its number.
// Prints its URL when it listens.
import { LARGE_BYTES } from './fetch-work.ts'
import { listen } from './listen.ts'

const pattern = Buffer.from(Array.from({ length: LARGE_BYTES }, (_, at) => (at * 31) % 256))

listen((request, response) => {
  const [, kind, text] = request.url?.split('/') ?? []
  const number = Number(text)
  if (kind === 'small') {
    const body = `This is the answer to the request number ${number}.`
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length }).end(body)
    return
  }
  const body = Buffer.from(pattern)
  body[LARGE_BYTES - 1] = number % 251
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': body.length }).end(body)
})
