/**
 * Docker's credential helpers: `docker-credential-X get|store|erase|list`
 * (github.com/docker/docker-credential-helpers, README, "Development"). What they are told goes
 * through stdin, never through arguments, which every user of the machine can read.
 */
import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import { z } from 'zod'

const credentialsSchema = z.object({ Username: z.string(), Secret: z.string() })
const listSchema = z.record(z.string(), z.string())
export type HelperCredentials = z.output<typeof credentialsSchema>

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/
/** A helper may ask the person for the key ring's password. */
const LIMIT = 60_000
/** Applications started from the Dock have none of these in their PATH. */
const MAC_PATHS = [
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/Applications/Docker.app/Contents/Resources/bin',
]

type Environment = Readonly<Record<string, string | undefined>>

export class DockerHelper {
  private working: Promise<boolean> | null = null

  constructor(
    /** `pass`, `osxkeychain`, `desktop`, …: the X above. */
    readonly name: string,
    private readonly env: Environment,
  ) {}

  /** Whether the helper is installed and set up (asked once). */
  works(): Promise<boolean> {
    this.working ??= this.run('list', '').then(
      () => true,
      () => false,
    )
    return this.working
  }

  /** Null where the helper has none for this server. */
  async get(server: string): Promise<HelperCredentials | null> {
    try {
      const found = credentialsSchema.parse(JSON.parse(await this.run('get', server)))
      // The helper for pass answers an erased entry with empty strings.
      return found.Secret === '' ? null : found
    } catch {
      return null
    }
  }

  /** User names by server; empty where the helper cannot tell. */
  async list(): Promise<Record<string, string>> {
    try {
      return listSchema.parse(JSON.parse(await this.run('list', '')))
    } catch {
      return {}
    }
  }

  async store(server: string, credentials: HelperCredentials): Promise<void> {
    await this.run('store', JSON.stringify({ ServerURL: server, ...credentials }))
  }

  async erase(server: string): Promise<void> {
    await this.run('erase', server)
  }

  /** Runs the helper; its output is never part of an error, for it may hold a secret. */
  private run(verb: 'get' | 'store' | 'erase' | 'list', input: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (!NAME.test(this.name)) {
        reject(new Error('not the name of a credential helper'))
        return
      }
      const child = spawn(`docker-credential-${this.name}`, [verb], {
        env: helperEnvironment(this.env),
        stdio: ['pipe', 'pipe', 'ignore'],
        timeout: LIMIT,
        windowsHide: true,
      })
      const chunks: Buffer[] = []
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
      child.stdin.on('error', () => undefined) // it may end before it has read everything
      child.on('error', reject)
      child.on('close', (code) => {
        if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'))
        else reject(new Error(`docker-credential-${this.name} ${verb} ended with ${code}`))
      })
      child.stdin.end(input)
    })
  }
}

function helperEnvironment(env: Environment): NodeJS.ProcessEnv {
  if (process.platform !== 'darwin') return { ...env }
  return { ...env, PATH: [env.PATH ?? '', ...MAC_PATHS].join(delimiter) }
}
