/** The bundled engine's own registry, `/lamina/v1/registry-server` (docs/api.md), through dockerode. */
import { z } from 'zod'
import { LAMINA_API } from '@shared/lamina-api'
import {
  certificateInfoSchema,
  ownRegistryGarbageSchema,
  ownRegistryStateSchema,
  type CertificateInfo,
  type OwnRegistryGarbage,
  type OwnRegistryOptions,
  type OwnRegistryState,
} from '@shared/registry-server'
import type { DockerClient } from './client'

const PATH = `${LAMINA_API}/registry-server`
/** A registry of many records takes a while to read; one that ends waits for its requests. */
const LIMIT = 60_000
const COLLECT_LIMIT = 300_000

const usersSchema = z.object({ users: z.array(z.string()) })

export function registryServerState(client: DockerClient): Promise<OwnRegistryState> {
  return client.json({ path: PATH }, ownRegistryStateSchema)
}

export function startRegistryServer(
  client: DockerClient,
  options: OwnRegistryOptions,
): Promise<OwnRegistryState> {
  const request = { method: 'PUT', path: PATH, body: options, timeout: LIMIT } as const
  return client.json(request, ownRegistryStateSchema)
}

export function stopRegistryServer(client: DockerClient): Promise<OwnRegistryState> {
  return client.json({ method: 'DELETE', path: PATH, timeout: LIMIT }, ownRegistryStateSchema)
}

export function collectRegistryGarbage(
  client: DockerClient,
  untagged: boolean,
  signal?: AbortSignal,
): Promise<OwnRegistryGarbage> {
  const path = `${PATH}/gc`
  return client.json(
    { method: 'POST', path, body: { untagged }, signal, timeout: COLLECT_LIMIT },
    ownRegistryGarbageSchema,
  )
}

export async function registryUsers(client: DockerClient, file: string): Promise<string[]> {
  return (await client.json({ path: `${PATH}/users`, query: { file } }, usersSchema)).users
}

export async function putRegistryUser(
  client: DockerClient,
  file: string,
  user: { name: string; password: string },
): Promise<void> {
  await client.text({ method: 'PUT', path: `${PATH}/users`, body: { file, ...user } })
}

export async function deleteRegistryUser(
  client: DockerClient,
  file: string,
  name: string,
): Promise<void> {
  const query = { file, name }
  await client.text({ method: 'DELETE', path: `${PATH}/users`, query, about: { name } })
}

export function readCertificate(client: DockerClient, file: string): Promise<CertificateInfo> {
  return client.json({ path: `${PATH}/tls`, query: { file } }, certificateInfoSchema)
}

export function makeCertificate(
  client: DockerClient,
  folder: string,
  names: string[],
): Promise<CertificateInfo> {
  const request = { method: 'POST', path: `${PATH}/tls`, body: { folder, names } } as const
  return client.json(request, certificateInfoSchema)
}
