/**
 * The doctor for registries and Docker's own settings (daemon.json): what was found, what can be
 * changed, and what a change did. Plain data.
 */
import type { RegistryProbe } from './models'

/** Which engine's settings they are, as far as their place and the way to change them differ. */
export type SettingsKind =
  | 'rootful'
  | 'rootless'
  | 'desktop'
  | 'windows'
  | 'orbstack'
  | 'colima'
  | 'vm'
  | 'podman'
  | 'podman-machine'
  | 'remote'
  | 'container'
  | 'bundled'

/** Why Lamina does not change the settings itself. The last four are of the file. */
export type SettingsObstacle =
  | 'bundled'
  | 'podman'
  | 'desktop'
  | 'vm'
  | 'remote'
  | 'container'
  | 'no-rights'
  | 'bom'
  | 'comments'
  | 'broken'
  | 'flag'

/** What the daemon works with now, from `GET /info`. */
export interface LiveSettings {
  /** Hosts that it takes for insecure. */
  insecure: string[]
  /** Networks that it takes for insecure: 127.0.0.0/8. */
  insecureNetworks: string[]
  mirrors: string[]
  httpProxy: string
  httpsProxy: string
  noProxy: string
}

export interface DaemonSettings {
  /** What it is: Docker, Podman, Lamina (the bundled one). */
  engine: string
  kind: SettingsKind
  /** The file that the daemon reads; null where there is none. */
  path: string | null
  /** Whether the path was read from the daemon's own process, and not from what is usual. */
  certain: boolean
  exists: boolean
  /** The daemon's process, where it runs on this machine and could be found. */
  pid: number | null
  obstacle: SettingsObstacle | null
  /** What is wrong with the file, in the parser's words. */
  detail: string | null
  /** What the file says; null where it says nothing, or cannot be read. */
  configured: { insecure: string[] | null; mirrors: string[] | null }
  /** Null where the engine does not tell (Podman, the bundled one). */
  live: LiveSettings | null
  undo: SettingsUndo | null
}

/** The last change that Lamina made and that can be taken back. */
export interface SettingsUndo {
  id: string
  path: string
  /** Null: there was no file. */
  backup: string | null
  at: number
}

export type SettingsChange =
  | {
      kind: 'list'
      key: 'insecure-registries' | 'registry-mirrors'
      values: string[]
    }
  | {
      /** certs.d/ADDRESS/ca.crt */
      kind: 'certificate'
      address: string
      pem: string
    }

export interface DiffLine {
  kind: 'same' | 'added' | 'removed'
  text: string
}

export interface SettingsPreview {
  path: string
  /** Where the old file is kept; null where there is none. */
  backup: string | null
  /** The whole new text. */
  after: string
  diff: DiffLine[]
  /** Fingerprint of what is there now: a change is made to exactly this. */
  base: string
  check: SettingsCheck
  /** What makes the daemon take it. */
  effect: 'sighup' | 'restart' | 'at-once'
  obstacle: SettingsObstacle | null
  /** What does the same in a terminal. */
  commands: string[]
}

export interface SettingsCheck {
  /** `dockerd --validate`, or the JSON and the names of its keys. */
  by: 'dockerd' | 'keys'
  /** In English, as dockerd says it; none: it is sound. */
  problems: string[]
  /** Keys that Lamina does not know; a newer dockerd may. */
  unknown: string[]
}

export interface SettingsReport {
  path: string
  backup: string | null
  /**
   * `live`: the daemon works with it, /info shows it. `restart`: it must be restarted or reloaded by
   * hand. `refused`: it was told and did not take it. `at-once`: nothing need be told.
   */
  effect: 'live' | 'restart' | 'refused' | 'at-once'
  commands: string[]
  settings: DaemonSettings
}

/** What is wrong; the interface has a sentence and advice for each. */
export type Fault =
  | 'healthy'
  | 'speaks-http'
  | 'scheme-in-list'
  | 'not-reloaded'
  | 'unknown-authority'
  | 'wrong-name'
  | 'expired'
  | 'not-yet-valid'
  | 'certificate'
  | 'wrong-port'
  | 'not-registry'
  | 'refused'
  | 'name-unknown'
  | 'timeout'
  | 'proxy'
  | 'unreachable'
  | 'daemon-only'
  | 'other'

/** How one protocol was answered. */
export interface Look {
  outcome:
    | 'registry'
    | 'not-registry'
    | 'other-protocol'
    | 'certificate'
    | 'refused'
    | 'name-unknown'
    | 'timeout'
    | 'unreachable'
  auth: RegistryProbe['auth'] | null
  /** How long it took. */
  ms: number
  /** The raw error; '' without one. */
  message: string
}

export interface CertificateFacts {
  subject: string
  issuer: string
  /** Names and addresses that it is made out to. */
  names: string[]
  validFrom: number
  validTo: number
  /** SHA-256, as openssl prints it. */
  fingerprint: string
  /** What a client must trust: the topmost certificate that the server shows, PEM. */
  authority: string
  /** Whether that one is a root, so that trusting it is enough. */
  complete: boolean
}

export interface Diagnosis {
  address: string
  fault: Fault
  /** For the sentence of the fault. */
  params: Record<string, string>
  /** What Lamina itself sees. */
  https: Look
  http: Look
  /** What the daemon says when it is asked to go there; null where it cannot be asked. */
  daemon: { reached: boolean; message: string } | null
  certificate: CertificateFacts | null
  /** Where on the same host a registry does answer. */
  alternatives: { address: string; protocol: 'https' | 'http' }[]
  /** The protocol by which Lamina itself reaches it; null: it does not. */
  direct: 'https' | 'http' | null
  change: SettingsChange | null
  settings: DaemonSettings
}

export interface MirrorProbe {
  url: string
  /** `alive`: it resolves an image. `empty`: a registry, but it gives no image. `dead`: no registry. */
  state: 'alive' | 'empty' | 'dead'
  /** ms for GET /v2/; null where it did not answer. */
  ms: number | null
  /** What it resolved. */
  image: string | null
  digest: string | null
  message: string
}
