import { spawn } from 'node:child_process'

export interface RunResult {
  stdout: string
  stderr: string
  /** Exit code; -1 when the process was ended by a signal (see `signal`). */
  code: number
  signal: NodeJS.Signals | null
}

export interface RunOptions {
  cwd?: string
  /** Added to this process's environment; undefined removes a name. */
  env?: Record<string, string | undefined>
  /** Bytes for standard input; without it standard input is empty. */
  input?: string | Buffer
  /** Milliseconds before the process is killed and the promise rejects (default 120,000). */
  timeout?: number
}

/**
 * Runs a program to its end, without a shell. Resolves whatever the exit code is; rejects when the
 * program cannot be started (the message names it) or when the timeout passes.
 */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const timeout = options.timeout ?? 120_000
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, timeout)
    child.on('error', (cause) => {
      clearTimeout(timer)
      reject(new Error(`cannot run ${command}: ${cause.message}`, { cause }))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const result = {
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8'),
        code: code ?? -1,
        signal,
      }
      if (late) {
        const said = `${result.stdout}${result.stderr}`.slice(-2000)
        reject(new Error(`${[command, ...args].join(' ')}: not done in ${timeout} ms\n${said}`))
      } else resolve(result)
    })
    // A program that does not read its input closes the pipe: that is its own business.
    child.stdin.on('error', () => {})
    child.stdin.end(options.input)
  })
}

/** Runs a program and answers with its standard output; rejects with all it said when it fails. */
export async function runOk(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await run(command, args, options)
  if (result.code !== 0) {
    const line = [command, ...args].join(' ')
    throw new Error(`${line}: exit ${result.code}\n${result.stdout}${result.stderr}`)
  }
  return result.stdout
}

/** The lines of an output in an order of their own: Docker lists what was made in one second by chance. */
export function sortedLines(output: string): string[] {
  return output.split('\n').sort()
}
