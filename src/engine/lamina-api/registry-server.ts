/** `/lamina/v1/registry-server`: the registry inside the engine, its users and its certificate. */
import { z } from 'zod'
import { LaminaError } from '@shared/errors'
import { LAMINA_API } from '@shared/lamina-api'
import {
  hostNameSchema,
  newPasswordSchema,
  ownRegistryOptionsSchema,
  userNameSchema,
} from '@shared/registry-server'
import type { ApiRequest } from '../docker-api/http/request'
import type { Route } from '../docker-api/http/router'
import { listUsers, putUser, removeUser } from '../registry/server/auth/user-file'
import { makeCertificate, readCertificate } from '../registry/server/certificate'
import type { OwnRegistry } from '../registry/server/own-registry'

const BASE = `${LAMINA_API}/registry-server`

const collectSchema = z.strictObject({ untagged: z.boolean().default(false) })
const userSchema = z.strictObject({
  file: z.string().min(1),
  name: userNameSchema,
  password: newPasswordSchema,
})
const certificateSchema = z.strictObject({
  folder: z.string().min(1),
  names: z.array(hostNameSchema).min(1).max(100),
})

export function registryServerRoutes(registry: OwnRegistry): Route[] {
  const route = (
    method: Route['method'],
    path: string,
    work: (request: ApiRequest) => Promise<unknown>,
  ): Route => ({
    method,
    pattern: `${BASE}${path}`,
    handler: async (request, response) => response.json(200, await work(request)),
  })
  return [
    route('GET', '', () => registry.state()),
    route('PUT', '', async (request) => {
      await registry.start(await request.json(ownRegistryOptionsSchema))
      return registry.state()
    }),
    route('DELETE', '', async () => {
      await registry.stop()
      return registry.state()
    }),
    route('POST', '/gc', async (request) => registry.collect(await request.json(collectSchema))),
    route('GET', '/users', async (request) => usersOf(file(request))),
    route('PUT', '/users', async (request) => {
      const { file, name, password } = await request.json(userSchema)
      await putUser(file, name, password)
      return usersOf(file)
    }),
    route('DELETE', '/users', async (request) => {
      const name = request.text('name')
      if (!(await removeUser(file(request), name))) throw new LaminaError('not_found', { name })
      return usersOf(file(request))
    }),
    route('GET', '/tls', (request) => readCertificate(file(request))),
    route('POST', '/tls', async (request) => {
      const { folder, names } = await request.json(certificateSchema)
      return makeCertificate(folder, names)
    }),
  ]
}

const usersOf = async (file: string) => ({ users: await listUsers(file) })

function file(request: ApiRequest): string {
  const path = request.text('file')
  if (path === '')
    throw new LaminaError('invalid_input', { field: 'file', reason: 'it is missing' })
  return path
}
