// The program worker-isolate: reads the command, does what it says, and owns the signals.
import { diagnose } from './cli/diagnose.ts'
import { machineFacts } from './cli/machine-facts.ts'
import { readCommand } from './cli/read-command.ts'
import { serve } from './cli/serve.ts'
import { VERSION } from './cli/version.ts'

const command = readCommand({ argv: process.argv.slice(2), env: process.env, facts: machineFacts() })
switch (command.name) {
  case 'help':
    process.stdout.write(command.text)
    break
  case 'version':
    process.stdout.write(`${VERSION}\n`)
    break
  case 'invalid':
    process.stderr.write(command.text)
    process.exitCode = 1
    break
  case 'doctor':
    process.exitCode = await diagnose(command.config)
    break
  case 'serve':
    process.exitCode = await serve(command.config)
    break
  default:
    command satisfies never
}
