// Serves one session in a process: the source first, then arguments, each a line of JSON. Answers leave on descriptor 3.
'use strict'
const { writeSync } = require('node:fs')
const { createInterface } = require('node:readline')
const { runInThisContext } = require('node:vm')

let call = null
createInterface({ input: process.stdin }).on('line', async (line) => {
  try {
    const message = JSON.parse(line)
    if (call === null) {
      runInThisContext(message.source)
      call = runInThisContext(message.entry)
      return
    }
    say({ result: await call(...message) })
  } catch (error) {
    say({ error: String(error) })
  }
})

/** The pipe blocks, so that whatever the size all of it is written. */
function say(reply) {
  const bytes = Buffer.from(`${JSON.stringify(reply)}\n`)
  for (let at = 0; at < bytes.length;) at += writeSync(3, bytes, at)
}
