/** Requests to handlers: users first, then the route, then the method; and every failure as JSON. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { LaminaError } from '@shared/errors'
import { Fault } from '../faults'
import { isRepositoryName } from '../names'
import type { RegistryStore } from '../registry-store'
import type { Users } from '../auth/users'
import { deleteBlob, getBlob } from './blobs'
import { ClientGone } from './body'
import { listReferrers, listRepositories, listTags } from './discovery'
import { answer, answerJson, type Exchange } from './exchange'
import { deleteManifest, getManifest, putManifest } from './manifests'
import { parseRoute, splitTarget, type Route } from './route'
import { cancelUpload, patchUpload, putUpload, startUpload, uploadStatus } from './uploads'

export interface HandlerOptions {
  store: RegistryStore
  /** Null: everybody may do everything. */
  users: Users | null
  readOnly: boolean
  /** Told of failures that are not the client's. */
  onFailure: (error: unknown, request: { method: string; path: string }) => void
}

const METHODS: Record<Route['kind'], readonly string[]> = {
  base: ['GET', 'HEAD'],
  catalog: ['GET', 'HEAD'],
  tags: ['GET', 'HEAD'],
  referrers: ['GET', 'HEAD'],
  blob: ['GET', 'HEAD', 'DELETE'],
  manifest: ['GET', 'HEAD', 'PUT', 'DELETE'],
  uploads: ['POST'],
  upload: ['GET', 'HEAD', 'PATCH', 'PUT', 'DELETE'],
}

export function createHandler(options: HandlerOptions): RequestListener {
  return (req, res) => {
    try {
      const signedIn = options.users?.check(req.headers.authorization) ?? true
      const work = signedIn === true ? dispatch(options, req, res) : null
      if (work) work.catch((error: unknown) => fail(options, req, res, error))
      else if (signedIn !== true) void admit(options, req, res, signedIn)
    } catch (error) {
      fail(options, req, res, error)
    }
  }
}

/** Goes on when the password has been compared. */
async function admit(
  options: HandlerOptions,
  req: IncomingMessage,
  res: ServerResponse,
  signedIn: false | Promise<boolean>,
): Promise<void> {
  try {
    if (!(await signedIn)) {
      throw new Fault('UNAUTHORIZED', {
        headers: ['WWW-Authenticate', 'Basic realm="Lamina registry"'],
      })
    }
    await dispatch(options, req, res)
  } catch (error) {
    fail(options, req, res, error)
  }
}

/** Throws, or answers with a promise when the work goes on. */
function dispatch(
  { store, readOnly }: HandlerOptions,
  req: IncomingMessage,
  res: ServerResponse,
): void | Promise<void> {
  const target = splitTarget(req.url ?? '')
  const route = target && parseRoute(target.path)
  if (!target || !route) {
    const detail = { path: req.url, reason: 'there is no such route' }
    throw new Fault('UNSUPPORTED', { status: 404, detail })
  }
  const method = req.method ?? ''
  const known = METHODS[route.kind]
  const reading = method === 'GET' || method === 'HEAD'
  if (!known.includes(method) || (readOnly && !reading)) {
    const allowed = readOnly ? known.filter((name) => name === 'GET' || name === 'HEAD') : known
    throw new Fault('UNSUPPORTED', {
      headers: ['Allow', allowed.join(', ')],
      detail: readOnly ? { method, reason: 'this registry is read-only' } : { method },
    })
  }
  const exchange = { req, res, query: target.query, store }
  if (!('name' in route)) {
    return route.kind === 'base' ? answerJson(exchange, {}) : listRepositories(exchange)
  }
  if (!isRepositoryName(route.name)) {
    throw new Fault('NAME_INVALID', { detail: { name: route.name } })
  }
  if (route.kind === 'tags') return listTags(exchange, route.name)
  if (route.kind === 'uploads') return startUpload(exchange, route.name)
  return named(exchange, route, method)
}

function named(
  exchange: Exchange,
  { kind, name, reference }: Extract<Route, { reference: string }>,
  method: string,
): void | Promise<void> {
  switch (kind) {
    case 'referrers':
      return listReferrers(exchange, name, reference)
    case 'blob':
      if (method === 'DELETE') return deleteBlob(exchange, name, reference)
      return getBlob(exchange, name, reference)
    case 'manifest':
      if (method === 'PUT') return putManifest(exchange, name, reference)
      if (method === 'DELETE') return deleteManifest(exchange, name, reference)
      return getManifest(exchange, name, reference)
    case 'upload':
      if (method === 'PATCH') return patchUpload(exchange, name, reference)
      if (method === 'PUT') return putUpload(exchange, name, reference)
      if (method === 'DELETE') return cancelUpload(exchange, name, reference)
      return uploadStatus(exchange, name, reference)
  }
}

function fail(
  { onFailure }: HandlerOptions,
  req: IncomingMessage,
  res: ServerResponse,
  error: unknown,
): void {
  if (error instanceof ClientGone) return void res.destroy()
  const fault = error instanceof Fault ? error : storageFault(error)
  if (!(error instanceof Fault)) onFailure(error, { method: req.method ?? '', path: req.url ?? '' })
  // An answer that has begun cannot become another one: it is cut short, which its length shows.
  if (res.headersSent) return void res.destroy()
  const headers = ['Content-Type', 'application/json', ...fault.headers]
  answer({ req, res }, fault.status, headers, fault.body())
}

/** A failure of our own: what it was is in the log, and not the client's to see. */
function storageFault(error: unknown): Fault {
  const isFull = error instanceof LaminaError && error.code === 'disk_full'
  return new Fault('UNKNOWN', isFull ? { status: 507, detail: 'the disk is full' } : {})
}
