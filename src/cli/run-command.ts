// What the program does once it has been loaded: read the command and do what it says.
import { diagnose } from './diagnose.ts'
import { explainOnConsole } from './egress-command.ts'
import { machineFacts } from './machine-facts.ts'
import { readCommand } from './read-command.ts'
import { serve } from './serve.ts'
import { VERSION } from './version.ts'

/** Resolves with the exit code. */
export async function runCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const command = readCommand({ argv, env, facts: machineFacts() })
  switch (command.name) {
    case 'help':
      process.stdout.write(command.text)
      return 0
    case 'version':
      process.stdout.write(`${VERSION}\n`)
      return 0
    case 'invalid':
      process.stderr.write(command.text)
      return 1
    case 'doctor':
      return diagnose(command.config)
    case 'serve':
      return serve(command.config, env)
    case 'egress-explain':
      return explainOnConsole(command.config, command.explain)
    case 'build': {
      const { runBuild } = await import('../builder/run-build.ts')
      return runBuild(command)
    }
    case 'dev': {
      const { develop } = await import('./develop.ts')
      return develop(command.folder, command.config, env)
    }
    case 'bench': {
      const { runBench } = await import('./run-bench.ts')
      return runBench(command.args)
    }
    default:
      return command satisfies never
  }
}
