import { spawn, spawnSync } from 'node:child_process'
import { constants } from 'node:os'
import { PROJECT } from './paths.mjs'

/** An expected failure: its sentence is printed without a stack. */
export class SetupError extends Error {}

/** One line of progress on standard error: standard output is for what was asked for. */
export function say(text) {
  process.stderr.write(`${text}\n`)
}

/** Standard output of a short program, or null when it is missing or fails. */
export function output(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', cwd: PROJECT, ...options })
  return done.error || done.status !== 0 ? null : done.stdout
}

/** Where standard output and standard error of a program go. */
const OUTPUTS = {
  inherit: ['inherit', 'inherit'],
  stderr: [2, 2],
  ignore: ['ignore', 2],
  silent: ['ignore', 'ignore'],
}

/**
 * Runs a program at this terminal and answers with its exit code (128 + n for signal n). Its
 * standard output goes where `stdout` says: 'inherit' (default), 'stderr', 'ignore', or with its
 * errors 'silent'. `timeout` in milliseconds. Ctrl-C reaches it by the terminal; SIGTERM and SIGHUP sent to us are passed on.
 */
export function runHere(command, args, { env, timeout, stdout = 'inherit' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: PROJECT,
      env: { ...process.env, ...env },
      stdio: ['inherit', ...OUTPUTS[stdout]],
      // npm is a script that only a shell can start on Windows.
      shell: process.platform === 'win32' && command === 'npm',
    })
    const pass = (signal) => child.kill(signal)
    const wait = () => {}
    const listeners = { SIGTERM: pass, SIGHUP: pass, SIGINT: wait }
    for (const [signal, listener] of Object.entries(listeners)) process.on(signal, listener)
    const timer = timeout ? setTimeout(() => child.kill('SIGKILL'), timeout) : undefined
    const done = (finish) => {
      clearTimeout(timer)
      for (const [signal, listener] of Object.entries(listeners)) process.off(signal, listener)
      finish()
    }
    child.on('error', (cause) =>
      done(() => reject(new SetupError(`cannot run ${command}: ${cause.message}`))),
    )
    child.on('exit', (code, signal) =>
      done(() => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))),
    )
  })
}

/** Runs `main` and sets the exit code from its answer; an expected failure is one sentence. */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(`lamina: ${error.message}`)
    process.exitCode = 1
  }
}
