import type { TransferPlanItem } from '@shared/lamina-api'
import type { PushPlan } from '@shared/registries'
import { registryKind, type RegistryKind } from '@shared/registry-kind'

/** The kind of registry that a push goes to, as far as its address and what it says tell. */
export function planKind(address: string, plan: Pick<PushPlan, 'service'> | null): RegistryKind {
  return registryKind(address, plan?.service ?? null)
}

export interface PlanSums {
  /** Of each state: how many, and their bytes as far as they are known. */
  exists: { count: number; bytes: number }
  mount: { count: number; bytes: number }
  send: { count: number; bytes: number }
  /** Of those to send that are not packed yet: at most so many bytes, null where that is not known. */
  unpacked: { count: number; atMost: number | null }
}

/** Adds up what a push would do, layers and config alike. */
export function planSums(items: readonly TransferPlanItem[]): PlanSums {
  const of = (state: TransferPlanItem['state']) => {
    const those = items.filter((item) => item.state === state)
    return { count: those.length, bytes: those.reduce((sum, { size }) => sum + (size ?? 0), 0) }
  }
  const unpacked = items.filter(({ state, size, kind }) => {
    return state === 'send' && size === null && kind === 'layer'
  })
  const known = unpacked.every(({ estimate }) => estimate !== null)
  return {
    exists: of('exists'),
    mount: of('mount'),
    send: of('send'),
    unpacked: {
      count: unpacked.length,
      atMost: known ? unpacked.reduce((sum, { estimate }) => sum + (estimate ?? 0), 0) : null,
    },
  }
}
