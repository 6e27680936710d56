// Runs the one program of a worker thread. CommonJS, since that is what starts quickest.
'use strict'
const { parentPort, workerData } = require('node:worker_threads')
const { runInThisContext } = require('node:vm')

runInThisContext(workerData.code)
parentPort.postMessage(runInThisContext(workerData.name)(...workerData.args))
