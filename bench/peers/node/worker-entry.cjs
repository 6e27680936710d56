// Serves one session in a worker thread. CommonJS, since that is what starts quickest.
'use strict'
const { parentPort, workerData } = require('node:worker_threads')
const { runInThisContext } = require('node:vm')

runInThisContext(workerData.source)
const call = runInThisContext(workerData.entry)
parentPort.on('message', async (args) => {
  try {
    parentPort.postMessage({ result: await call(...args) })
  } catch (error) {
    parentPort.postMessage({ error: String(error) })
  }
})
