/**
 * The registry as a process of its own: `npm run registry`. SIGTERM and SIGINT let requests end, for
 * ten seconds at most.
 */
import { LaminaError, sentence, toAppError } from '@shared/errors'
import packageJson from '../../../../package.json'
import { keepHeapSmall } from '../../process/heap'
import { isLoopback } from './listen-address'
import { readOptions, USAGE } from './options'
import { RegistryStore } from './registry-store'
import { startRegistryServer, type RegistryServerOptions } from './server'

async function main(): Promise<void> {
  const command = readOptions(process.argv.slice(2))
  if (command.run === 'help') process.stdout.write(USAGE)
  else if (command.run === 'collect') await collect(command.root, command.untagged)
  else await serve({ ...command.options, log: warn })
}

async function serve(options: RegistryServerOptions): Promise<void> {
  keepHeapSmall()
  const server = await startRegistryServer(options)
  let ending = false
  const end = () => {
    // A second signal does not wait.
    if (ending) process.exit(1)
    ending = true
    server.close().then(() => process.exit(0), fail)
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  if (options.htpasswd && !options.tls && !isLoopback(options.address.host)) {
    warn(
      'passwords cross the network unencrypted: give --tls-cert and --tls-key, or put https before it',
    )
  }
  const mode = options.readOnly ? ' (read-only)' : ''
  process.stdout.write(
    `Lamina's registry ${packageJson.version} listens at ${server.url}${mode}, keeps ${options.root}\n`,
  )
}

async function collect(root: string, untagged: boolean): Promise<void> {
  const store = await RegistryStore.open(root, warn)
  try {
    // Nobody pushes while the root is ours: nothing has to be waited for.
    const { unlinked, removed, freed } = await store.collect({ grace: -1, untagged })
    process.stdout.write(
      `${unlinked} left their repositories; ${removed} files removed, ${freed} bytes freed\n`,
    )
  } finally {
    await store.close()
  }
}

function warn(line: string): void {
  process.stderr.write(`lamina registry: ${line}\n`)
}

function fail(error: unknown): void {
  const { what, next } = sentence(toAppError(error), 'en')
  warn(error instanceof LaminaError ? `${what} ${next}` : String(error))
  process.exit(1)
}

main().catch(fail)
