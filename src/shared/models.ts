/**
 * What the renderer shows and main answers: plain data, the same shape in every process.
 * Sizes are bytes, times are milliseconds since 1970, ids are full (`sha256:…` for images).
 */
import type { AppError } from './errors'
import type { CopyReport } from './registries'
import type { CleanUpReport, StoreReport } from './storage'

export type EngineKind = 'docker' | 'podman' | 'bundled'
export type EngineState = 'connecting' | 'ready' | 'unreachable'

export interface Engine {
  id: string
  kind: EngineKind
  /** Where it was found: "Docker", "context colima", "Podman", "bundled". */
  name: string
  /** `unix:///var/run/docker.sock`, `tcp://host:2376`, `npipe://…`, `ssh://…`. */
  address: string
  /** What `docker` needs in front of a command to reach this engine: `[]`, or `['-H', address]`. */
  cliArgs: string[]
  state: EngineState
  version: string | null
  apiVersion: string | null
  os: string | null
  arch: string | null
  /** Where the engine keeps images and volumes. */
  rootDir: string | null
  /** The bundled engine creates containers but cannot run them. */
  canRun: boolean
  /** Why it is unreachable. */
  error: AppError | null
}

export interface EnginesState {
  engines: Engine[]
  /** Id of the engine in use, or null before the first one was found. */
  current: string | null
}

export interface ImageSummary {
  id: string
  /** `repository:tag`, familiar form; empty for a dangling image. */
  repoTags: string[]
  repoDigests: string[]
  createdAt: number
  size: number
  /** Names of the containers made from it. */
  usedBy: string[]
}

export interface ImageLayer {
  /** Position among the layers that hold files, 0 at the base; null for a metadata-only step. */
  index: number | null
  /** Digest of the uncompressed tar; null for a metadata-only step. */
  diffId: string | null
  createdBy: string
  comment: string
  createdAt: number
  size: number
}

export interface ImageConfig {
  env: string[]
  cmd: string[]
  entrypoint: string[]
  workingDir: string
  user: string
  exposedPorts: string[]
  volumes: string[]
  labels: Record<string, string>
}

export interface ImageDetails {
  id: string
  repoTags: string[]
  repoDigests: string[]
  createdAt: number
  size: number
  os: string
  architecture: string
  author: string
  comment: string
  config: ImageConfig
  /** Base first. */
  layers: ImageLayer[]
  usedBy: { id: string; name: string; state: ContainerState }[]
  /** As `docker image inspect` prints it. */
  raw: unknown
}

export interface RemovePreview {
  items: {
    /** What was asked for: a tag or an id. */
    reference: string
    /** Tags that go. */
    untagged: string[]
    /** Whether the image itself goes, or other tags keep it. */
    deletesImage: boolean
    /** Bytes of layers that nothing else uses; null where the engine cannot tell. */
    frees: number | null
    /** Containers that stand in the way (stopped ones can be overridden by force). */
    blockers: { id: string; name: string; state: ContainerState }[]
  }[]
  frees: number | null
}

export interface RemoveReport {
  items: { reference: string; untagged: string[]; deleted: string[]; error: AppError | null }[]
}

export type ContainerState =
  'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'

export interface ContainerSummary {
  id: string
  name: string
  image: string
  imageId: string
  command: string
  createdAt: number
  state: ContainerState
  /** Docker's own words: "Up 3 minutes", "Exited (0) 2 hours ago". */
  status: string
}

export interface Mount {
  type: string
  /** Volume name, where it is a volume. */
  name: string | null
  source: string
  destination: string
  mode: string
  rw: boolean
  propagation: string
  driver: string | null
}

export interface ContainerDetails {
  id: string
  name: string
  image: string
  imageId: string
  command: string[]
  entrypoint: string[]
  workingDir: string
  env: string[]
  createdAt: number
  state: ContainerState
  exitCode: number | null
  mounts: Mount[]
  /** `Mounts` exactly as `docker inspect` gives it. */
  rawMounts: unknown
  /** As `docker inspect` prints it. */
  raw: unknown
}

export interface Volume {
  name: string
  driver: string
  mountpoint: string
  createdAt: number | null
  labels: Record<string, string>
  usedBy: { id: string; name: string; destination: string }[]
}

/** A tree of files that can be opened: one layer, a whole image, or a container's changes. */
export type TreeSource =
  | { kind: 'layer'; image: string; layer: number }
  | { kind: 'image'; image: string }
  | { kind: 'changes'; container: string }

export type Change = 'added' | 'changed' | 'deleted'

export interface TreeSummary {
  /** Handle for `trees.children`. */
  tree: string
  entries: number
  bytes: number
  added: number
  changed: number
  deleted: number
}

export type FileType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'char' | 'block' | 'fifo'

export interface TreeNode {
  name: string
  /** From the root, without a leading slash. */
  path: string
  type: FileType
  /** null: unchanged, listed only because something below it changed. */
  change: Change | null
  /** Of a file; of a directory, the sum of the files below it. Null where unknown (a deletion). */
  size: number | null
  /** Entries directly below. */
  children: number
  /** Permission bits with setuid, setgid and sticky; null where unknown. */
  mode: number | null
  uid: number | null
  gid: number | null
  mtime: number | null
  linkTarget: string | null
}

export interface TreePage {
  nodes: TreeNode[]
  /** Children in all, of which `nodes` is a part. */
  total: number
}

/** A tree is ready at once when it was indexed before; else a task makes the index. */
export type OpenedTree =
  { state: 'ready'; summary: TreeSummary } | { state: 'indexing'; task: string }

export type TaskKind =
  | 'pull'
  | 'push'
  | 'save'
  | 'load'
  | 'import'
  | 'build'
  | 'commit'
  | 'index'
  | 'copy-files'
  | 'check'
  | 'clean-up'
  | 'copy'
/** `paused`: it rests until it is resumed or cancelled. */
export type TaskState = 'running' | 'paused' | 'done' | 'failed' | 'cancelled'
export type TaskItemState = 'waiting' | 'working' | 'done' | 'exists' | 'failed'

export interface TaskItem {
  /** Layer id or file name. */
  id: string
  state: TaskItemState
  /** The engine's word for what happens now: "Downloading", "Pushing", "Extracting". */
  status: string
  done: number
  /** Null while unknown. */
  total: number | null
  /** What `done` and `total` count, where it is not bytes. */
  unit?: 'things'
}

export interface TaskResult {
  imageId?: string
  reference?: string
  digest?: string
  /** Names of what was loaded. */
  references?: string[]
  /** A saved file: in the browser it is fetched under this id. */
  file?: FileHandle
  summary?: TreeSummary
  /** Of a check. */
  report?: StoreReport
  /** Of a clean-up. */
  cleanUp?: CleanUpReport
  /** Of a copy between registries. */
  copies?: CopyReport
}

/** A line of what a task has to say; `step` begins a step of a build. */
export interface LogLine {
  kind: 'step' | 'detail' | 'output' | 'error'
  text: string
}

/** A part of a task's log. Old lines are forgotten when there are too many: `from` is the first one's number. */
export interface TaskLog {
  from: number
  lines: LogLine[]
}

export interface Task {
  id: string
  kind: TaskKind
  /** What it is about: an image, a file, a container. */
  subject: string
  /** Name of the engine that does it. */
  engine: string
  state: TaskState
  /** Whether it can be paused, and goes on where it stood. */
  pausable: boolean
  items: TaskItem[]
  startedAt: number
  endedAt: number | null
  error: AppError | null
  result: TaskResult | null
}

/** Where a password is kept. */
export type SecretStore =
  | { kind: 'docker-helper'; name: string }
  | { kind: 'keychain' }
  | { kind: 'memory' }
  | { kind: 'docker-config' }

/** A login that `docker login` left on this machine. */
export interface FoundLogin {
  address: string
  username: string
  store: SecretStore
}

export interface Registry {
  id: string
  /** Host with port: `registry.example.com`, `192.168.1.10:5000`. */
  address: string
  protocol: 'https' | 'http'
  username: string | null
  /** Null without a password. */
  secret: SecretStore | null
  /** The one that runs in Lamina itself: it is in the list while it runs. */
  own: boolean
}

export interface RegistryProbe {
  auth: 'none' | 'basic' | 'bearer'
  /** Whether the given user and password were accepted; null without them. */
  signedIn: boolean | null
  /** Whether `_catalog` may be read. */
  catalog: boolean
}

/** A file that the user chose; the path stays in main. */
export interface FileHandle {
  id: string
  name: string
  size: number | null
}

export interface Settings {
  language: 'system' | 'zh-CN' | 'en'
  theme: 'system' | 'light' | 'dark'
}

export interface AppInfo {
  version: string
  mode: 'electron' | 'browser'
  /** Null in the browser mode. */
  electron: { version: string; chrome: string; source: 'official' | 'fallback' | 'custom' } | null
  node: string
  platform: string
  /** Everything that the app keeps lies here. */
  home: string
  /** The system's language: 'zh-CN', 'en-US'. */
  locale: string
}

export type ResourceKind = 'image' | 'container' | 'volume' | 'network'
