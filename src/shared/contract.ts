/**
 * The one contract between the renderer and main: names, inputs (checked by zod at the border),
 * outputs and events. Both ends are typed from it; `main/bridge.ts` binds it to IPC or a WebSocket.
 *
 * To add a call: a line here, a function in the service of its noun, a method used by a store.
 */
import { z } from 'zod'
import type * as d from './doctor'
import type * as m from './models'
import type * as r from './registries'
import * as o from './registry-server'
import type * as s from './storage'

interface CallSpec<I extends z.ZodType, O> {
  input: I
  /** Only a type: nothing is stored here. */
  output?: O
}

/** Declares a call: `call<Output>()(inputSchema)`. */
function call<O>() {
  return <I extends z.ZodType>(input: I): CallSpec<I, O> => ({ input })
}

const none = z.strictObject({})
const id = z.string().min(1).max(512)
const byId = z.strictObject({ id })
const reference = z.string().min(1).max(512)
const path = z.string().max(4096)
const file = z.string().min(1).max(128)
const references = z.array(reference).min(1).max(10_000)

const treeSource = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('layer'), image: id, layer: z.int().min(0).max(1000) }),
  z.strictObject({ kind: z.literal('image'), image: id }),
  z.strictObject({ kind: z.literal('changes'), container: id }),
])

const registryInput = z.strictObject({
  address: z.string().min(1).max(255),
  protocol: z.enum(['https', 'http']),
  username: z.string().max(255).nullable(),
  /** Goes in once and never comes back; null keeps the one that is kept. */
  password: z.string().max(4096).nullable(),
  /** Where to keep it; without it, in the best place that there is. */
  keep: z.enum(['docker-helper', 'keychain', 'memory', 'docker-config']).optional(),
})

const tag = z.string().min(1).max(128)
const tags = z.array(tag).max(10_000)
const platform = z.string().min(1).max(64)
const inRepository = z.strictObject({ id, repository: z.string().min(1).max(512) })
const copyInput = inRepository.extend({
  /** Null: all of them. */
  tags: tags.min(1).nullable(),
  /** `all`: an index goes as a whole; else this one of it. */
  platform,
  to: inRepository,
})

const hostOrUrl = z.string().min(1).max(2048)

const settingsChange = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('list'),
    key: z.enum(['insecure-registries', 'registry-mirrors']),
    values: z.array(hostOrUrl).max(1000),
  }),
  z.strictObject({
    kind: z.literal('certificate'),
    address: z
      .string()
      .max(255)
      .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*(?::\d{1,5})?$/),
    pem: z
      .string()
      .max(65_536)
      .regex(/^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n?$/),
  }),
])

export const calls = {
  'app.info': call<m.AppInfo>()(none),
  /** Opens an allow-listed page (documentation, a registry's console) in the system's browser. */
  'app.openExternal': call<void>()(z.strictObject({ url: z.url().max(2048) })),
  'settings.get': call<m.Settings>()(none),
  'settings.set': call<m.Settings>()(
    z.strictObject({
      language: z.enum(['system', 'zh-CN', 'en']).optional(),
      theme: z.enum(['system', 'light', 'dark']).optional(),
    }),
  ),

  'engines.state': call<m.EnginesState>()(none),
  'engines.use': call<m.EnginesState>()(byId),
  /** Looks for engines again. */
  'engines.refresh': call<m.EnginesState>()(none),

  'images.list': call<m.ImageSummary[]>()(none),
  'images.inspect': call<m.ImageDetails>()(byId),
  'images.tag': call<void>()(z.strictObject({ id, reference })),
  'images.previewRemove': call<m.RemovePreview>()(z.strictObject({ references })),
  'images.remove': call<m.RemoveReport>()(z.strictObject({ references, force: z.boolean() })),
  /** Each of these answers with a task's id at once. */
  'images.pull': call<string>()(z.strictObject({ reference })),
  /**
   * Tags `image` as `reference` when it is not, then pushes. With `direct` Lamina pushes itself and the
   * daemon only gives the image: it gets no name, and what it thinks of the registry does not matter.
   */
  'images.push': call<string>()(z.strictObject({ image: id, reference, direct: z.boolean() })),
  /** What that push would do, and who would see the image; nothing is changed anywhere. */
  'images.planPush': call<r.PushPlan>()(z.strictObject({ image: id, reference })),
  'images.save': call<string>()(z.strictObject({ references, file })),
  'images.load': call<string>()(z.strictObject({ file })),
  'images.import': call<string>()(
    z.strictObject({ file, reference, message: z.string().max(4096) }),
  ),
  /** The engine fetches the address itself. */
  'images.importUrl': call<string>()(
    z.strictObject({
      url: z.url({ protocol: /^https?$/ }).max(2048),
      reference,
      message: z.string().max(4096),
    }),
  ),
  'images.build': call<string>()(
    z.strictObject({
      /** A folder, or an archive of one. */
      context: file,
      /** Path of the Dockerfile in it. */
      dockerfile: path.min(1),
      reference,
      args: z
        .array(z.strictObject({ name: z.string().min(1).max(255), value: z.string().max(65_536) }))
        .max(1000),
      /** The stage to stop after; empty: the last one. */
      target: z.string().max(255),
      noCache: z.boolean(),
    }),
  ),

  'containers.list': call<m.ContainerSummary[]>()(none),
  'containers.inspect': call<m.ContainerDetails>()(byId),
  'containers.create': call<{ id: string }>()(
    z.strictObject({
      image: id,
      name: z.string().max(255),
      /** Empty: the image's own command. */
      command: z.array(z.string().max(65_536)).max(1024),
    }),
  ),
  'containers.start': call<void>()(byId),
  'containers.stop': call<void>()(byId),
  'containers.remove': call<void>()(
    z.strictObject({ id, force: z.boolean(), volumes: z.boolean() }),
  ),
  'containers.commit': call<string>()(
    z.strictObject({
      id,
      reference,
      author: z.string().max(1024),
      message: z.string().max(4096),
      pause: z.boolean(),
    }),
  ),
  /** Copies chosen files into a folder of the container (a task). */
  'containers.putFiles': call<string>()(
    z.strictObject({ id, path, files: z.array(file).min(1).max(1000) }),
  ),
  /** The bundled engine only. */
  'containers.deleteFile': call<void>()(z.strictObject({ id, path: path.min(1) })),

  'volumes.list': call<m.Volume[]>()(none),

  /** What `docker system df` tells of the engine in use; it may read every volume. */
  'storage.usage': call<s.StorageUsage>()(none),
  /** Images with their layers, containers and volumes, with their sizes: what a clean-up is chosen from. */
  'storage.contents': call<s.StorageContents>()(none),
  /**
   * Removes exactly these (a task): an image only while it has no other names than those that were
   * shown, nothing by force.
   */
  'storage.cleanUp': call<string>()(
    z.strictObject({
      containers: z.array(id).max(100_000),
      images: z
        .array(z.strictObject({ id, references: z.array(reference).max(10_000) }))
        .max(100_000),
      volumes: z.array(id).max(100_000),
    }),
  ),
  /** Reads and verifies the bundled engine's whole store (a task, with a `report`). */
  'storage.check': call<string>()(none),
  /** Removes from the bundled engine's store what nothing refers to: blobs, and bytes given back. */
  'storage.collect': call<{ removed: number; freed: number }>()(none),

  'trees.open': call<m.OpenedTree>()(z.strictObject({ source: treeSource })),
  'trees.children': call<m.TreePage>()(
    z.strictObject({
      tree: id,
      path,
      offset: z.int().min(0),
      limit: z.int().min(1).max(1000),
    }),
  ),
  /** Entries anywhere in the tree whose path matches (a substring, or a glob with * and ?). */
  'trees.search': call<m.TreePage>()(
    z.strictObject({
      tree: id,
      query: z.string().min(1).max(256),
      limit: z.int().min(1).max(1000),
    }),
  ),

  'registries.list': call<m.Registry[]>()(none),
  /** With `check`, only after signing in with it has worked. */
  'registries.save': call<m.Registry>()(
    registryInput.extend({ id: id.nullable(), check: z.boolean().optional() }),
  ),
  /** Forgets the password, wherever it is kept; the registry stays in the list. */
  'registries.signOut': call<m.Registry>()(byId),
  /** Logins of docker's for registries that are not in the list. */
  'registries.found': call<m.FoundLogin[]>()(none),
  'registries.remove': call<void>()(byId),
  /** Tries an address before or after it is saved. */
  'registries.test': call<m.RegistryProbe>()(registryInput.extend({ id: id.nullable() })),
  'registries.repositories': call<{ repositories: string[]; next: string | null }>()(
    z.strictObject({ id, after: z.string().max(512).nullable(), limit: z.int().min(1).max(1000) }),
  ),
  'registries.tags': call<string[]>()(inRepository),
  /** Repositories that were pushed to, pulled from, looked at or added by hand, sorted. */
  'registries.known': call<string[]>()(byId),
  'registries.addKnown': call<void>()(inRepository),
  'registries.forgetKnown': call<void>()(inRepository),
  /** What stands under a tag: two or three small requests to the registry. */
  'registries.tagDetails': call<r.TagDetails>()(inRepository.extend({ tag })),
  /** Digests of tags, which a registry does not count as pulls; null where it does not tell. */
  'registries.digests': call<Record<string, string | null>>()(inRepository.extend({ tags })),
  /** `reference` is a tag or a digest; `platform` chooses one of an index, null: this machine's. */
  'registries.image': call<r.RemoteImage>()(
    inRepository.extend({ reference: z.string().min(1).max(256), platform: platform.nullable() }),
  ),
  'registries.siblings': call<r.TagSiblings>()(inRepository.extend({ tag })),
  /** `digest` is the one that was shown: a tag that stands for another one by now stays. */
  'registries.deleteTag': call<r.DeletedTag>()(
    inRepository.extend({
      tag,
      digest: z.string().min(1).max(256),
      siblings: z.enum(['keep', 'remove']),
    }),
  ),
  /** Says what a copy would replace; nothing is changed. */
  'registries.previewCopy': call<r.CopyPreview>()(copyInput),
  /** Reads the manifests and asks the target for each blob: of few tags at a time. */
  'registries.measureCopy': call<r.CopySize>()(copyInput),
  /** Copies tags to another registry or repository (a task, with a `copies` report). */
  'registries.copy': call<string>()(copyInput),
  /** Copies all repositories with all their tags (a task). */
  'registries.copyAll': call<string>()(z.strictObject({ id, to: id })),
  /** Where a password for a new registry would be kept. */
  /** The registry of one's own: what it is set to, whether it runs, who may use it. */
  'registryServer.view': call<o.RegistryServerView>()(none),
  /** Keeps the settings; one that runs is started anew with them. */
  'registryServer.save': call<o.RegistryServerView>()(o.registryServerSettingsSchema),
  'registryServer.start': call<o.RegistryServerView>()(none),
  'registryServer.stop': call<o.RegistryServerView>()(none),
  'registryServer.collect': call<o.OwnRegistryGarbage>()(z.strictObject({ untagged: z.boolean() })),
  /** Adds a user, or gives a new password; of it, the bcrypt hash is kept. */
  'registryServer.addUser': call<o.RegistryServerView>()(
    z.strictObject({ name: o.userNameSchema, password: o.newPasswordSchema }),
  ),
  'registryServer.removeUser': call<o.RegistryServerView>()(
    z.strictObject({ name: o.userNameSchema }),
  ),
  /** Makes the certificate anew; clients have to be given the new one. */
  'registryServer.renewCertificate': call<o.RegistryServerView>()(none),
  /** The real registry image on the daemon in use. */
  'registryContainer.view': call<o.RegistryContainerView>()(none),
  /** Runs it at a port of loopback (makes the container at the first time), and adds it to the list. */
  'registryContainer.start': call<o.RegistryContainerView>()(
    z.strictObject({ port: z.int().min(1).max(65_535) }),
  ),
  'registryContainer.stop': call<o.RegistryContainerView>()(none),
  /** Makes an image of the docker-registry of this machine, where none can be pulled. */
  'registryContainer.makeImage': call<o.RegistryContainerView>()(none),
  'registries.secretStore': call<m.SecretStore>()(none),
  /** Where a password for this host can be kept, the best first. */
  'registries.secretStores': call<m.SecretStore[]>()(
    z.strictObject({ address: z.string().max(255) }),
  ),

  /** Why a registry does not work from here: probes it, asks the daemon, reads its settings. */
  'doctor.diagnose': call<d.Diagnosis>()(z.strictObject({ address: hostOrUrl })),
  /** Whether a mirror of Docker Hub answers and gives an image. */
  'mirrors.probe': call<d.MirrorProbe>()(z.strictObject({ url: hostOrUrl })),
  /** Docker's own settings (daemon.json) of the engine in use. */
  'daemon.settings': call<d.DaemonSettings>()(none),
  'daemon.preview': call<d.SettingsPreview>()(z.strictObject({ change: settingsChange })),
  /** Writes and reloads; `base` is the preview's, so that nothing else is overwritten. */
  'daemon.apply': call<d.SettingsReport>()(
    z.strictObject({ change: settingsChange, base: z.string().max(64) }),
  ),
  /** Takes a change back, when nobody changed the file since. */
  'daemon.undo': call<d.SettingsReport>()(byId),

  'tasks.list': call<m.Task[]>()(none),
  'tasks.cancel': call<void>()(byId),
  /** Stops a `pausable` task until it is resumed; what arrived is kept. */
  'tasks.pause': call<void>()(byId),
  'tasks.resume': call<void>()(byId),
  /** What a task has said so far; more comes with `task.logged`. */
  'tasks.log': call<m.TaskLog>()(byId),
  /** Forgets the tasks that have ended. */
  'tasks.clear': call<void>()(none),

  /** Electron: the open dialog. The browser uploads instead, and gets the same handles. */
  'files.open': call<m.FileHandle[]>()(
    z.strictObject({
      purpose: z.enum(['archive', 'rootfs', 'any', 'folder']),
      multiple: z.boolean(),
    }),
  ),
  /** Electron: the save dialog (null when dismissed). The browser gets a handle to download from. */
  'files.save': call<m.FileHandle | null>()(z.strictObject({ name: z.string().min(1).max(255) })),
} as const

export interface Events {
  'engines.changed': m.EnginesState
  /** Something of this kind changed on the engine in use: fetch again. */
  'resource.changed': { kind: m.ResourceKind }
  'registries.changed': Record<string, never>
  'settings.changed': m.Settings
  'task.changed': m.Task
  /** New lines of a task's log. */
  'task.logged': { id: string } & m.TaskLog
  /** Tasks went from the list. */
  'tasks.cleared': { ids: string[] }
}

export type CallName = keyof typeof calls
export type CallInput<N extends CallName> = z.output<(typeof calls)[N]['input']>
export type CallOutput<N extends CallName> = NonNullable<
  (typeof calls)[N] extends CallSpec<z.ZodType, infer O> ? { value: O } : never
>['value']
export type EventName = keyof Events

/** What a handler is told beside its input. */
export interface CallContext {
  /** Aborts when the caller cancels or goes away. */
  signal: AbortSignal
}

export type Handlers = {
  [N in CallName]: (input: CallInput<N>, context: CallContext) => Promise<CallOutput<N>>
}

/** Messages of both bindings (IPC and WebSocket). */
export type ClientMessage =
  { type: 'call'; id: number; name: string; input: unknown } | { type: 'cancel'; id: number }

export type ServerMessage =
  | { type: 'result'; id: number; ok: true; value: unknown }
  | { type: 'result'; id: number; ok: false; error: import('./errors').AppError }
  | { type: 'event'; name: EventName; payload: unknown }
