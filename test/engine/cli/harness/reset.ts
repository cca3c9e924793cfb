import { z } from 'zod'
import { callApi, callJson } from './http'

const containers = z.array(z.object({ Id: z.string() })).nullable()
const images = z.array(z.object({ Id: z.string() })).nullable()
const volumes = z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullish() })

/**
 * Removes every container, volume and image of an engine that belongs to these tests alone. Rejects
 * when something will not go.
 */
export async function reset(socketPath: string): Promise<void> {
  const remove = (path: string) => callApi(socketPath, 'DELETE', path)
  const left = containers.parse(await callJson(socketPath, 'GET', '/containers/json?all=1')) ?? []
  for (const { Id } of left) await remove(`/containers/${Id}?force=1&v=1`)
  const kept = volumes.parse(await callJson(socketPath, 'GET', '/volumes')).Volumes ?? []
  for (const { Name } of kept) await remove(`/volumes/${Name}?force=1`)
  let answer = ''
  // Parents go after their children, so a few rounds may be needed.
  for (let round = 0; round < 12; round++) {
    const stored = images.parse(await callJson(socketPath, 'GET', '/images/json?all=1')) ?? []
    if (stored.length === 0) return
    for (const { Id } of stored) answer = (await remove(`/images/${Id}?force=1`)).body
  }
  throw new Error(`${socketPath}: images are left that cannot be removed: ${answer}`)
}
