import { describe, expect, it } from 'vitest'
import { usageOf } from '../../../src/main/docker/storage'
import { diskUsageSchema } from '../../../src/main/docker/wire'

const read = (wire: unknown) => usageOf(diskUsageSchema.parse(wire))

describe('usageOf', () => {
  it('adds up the lists as docker system df does', () => {
    const usage = read({
      LayersSize: 1000,
      Images: [
        { Size: 600, SharedSize: 100, Containers: 1 },
        { Size: 500, SharedSize: 100, Containers: 0 },
        { Size: 50, SharedSize: -1, Containers: 2 },
      ],
      Containers: [
        { State: 'running', SizeRw: 7 },
        { State: 'exited', SizeRw: 5 },
        { State: 'created' },
      ],
      Volumes: [
        { UsageData: { Size: 40, RefCount: 1 } },
        { UsageData: { Size: 20, RefCount: 0 } },
        { UsageData: { Size: -1, RefCount: -1 } },
        {},
      ],
    })
    expect(usage).toEqual({
      images: { count: 3, size: 1000, reclaimable: 500 },
      containers: { count: 3, size: 12, reclaimable: 5 },
      volumes: { count: 4, size: 60, reclaimable: 20 },
    })
  })

  it('takes the sums of API 1.52, and an engine that has nothing', () => {
    const one = { ActiveCount: 1, TotalCount: 2, TotalSize: 30, Reclaimable: 10 }
    const sums = { count: 2, size: 30, reclaimable: 10 }
    expect(read({ ImageUsage: one, ContainerUsage: one, VolumeUsage: one })).toEqual({
      images: sums,
      containers: sums,
      volumes: sums,
    })
    const none = { count: 0, size: 0, reclaimable: 0 }
    expect(read({ LayersSize: 0, Images: null, Containers: null, Volumes: null })).toEqual({
      images: none,
      containers: none,
      volumes: none,
    })
  })
})
