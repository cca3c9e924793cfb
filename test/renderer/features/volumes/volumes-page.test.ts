import { LaminaError } from '@shared/errors'
import { afterEach, describe, expect, it } from 'vitest'
import VolumesPage from '@/features/volumes/VolumesPage.vue'
import { useVolumesStore } from '@/stores/volumes'
import { ENGINE, fakeMain } from '../../support/fake-main'
import { mountPage, settle, type Mounted } from '../../support/mount-page'

const main = fakeMain()
let page: Mounted
afterEach(() => page.unmount())

describe('the volumes page', () => {
  it('lists again when a volume or a container comes or goes', async () => {
    main.answer({ 'volumes.list': () => [] })
    page = await mountPage(VolumesPage)
    expect(page.exists('empty-state')).toBe(true)
    main.answer({
      'volumes.list': () => [
        {
          name: 'dbdata',
          driver: 'local',
          mountpoint: '/var/lib/docker/volumes/dbdata/_data',
          createdAt: 1,
          labels: {},
          usedBy: [{ id: 'c1', name: 'db', destination: '/var/lib/mysql' }],
        },
      ],
    })
    main.emit('resource.changed', { kind: 'container' })
    await new Promise((resolve) => setTimeout(resolve, 200))
    await settle()
    expect(useVolumesStore().items).toHaveLength(1)
    expect(page.exists('empty-state')).toBe(false)
  })

  it('says where volumes are to be found from the bundled engine', async () => {
    const bundled = { ...ENGINE, kind: 'bundled' as const, canRun: false }
    main.answer({ 'engines.state': () => ({ engines: [bundled], current: bundled.id }) })
    page = await mountPage(VolumesPage)
    expect(page.text('empty-state')).toContain('bundled engine')
  })

  it('shows an error with a way to try again', async () => {
    main.answer({
      'volumes.list': () => {
        throw new LaminaError('engine_refused', { message: 'no' })
      },
    })
    page = await mountPage(VolumesPage)
    expect(page.find('error-notice').dataset.code).toBe('engine_refused')
  })
})
