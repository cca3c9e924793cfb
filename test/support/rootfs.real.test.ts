import { expect, it, onTestFinished } from 'vitest'
import { sharedDaemon } from './daemon'
import { debianRootfs } from './rootfs'

it('makes a real Debian in which packages can be installed', { timeout: 600_000 }, async () => {
  const daemon = sharedDaemon()
  const image = 'rootfs-test:1'
  await daemon.dockerOk(['import', await debianRootfs(), image], { timeout: 300_000 })
  onTestFinished(async () => {
    await daemon.docker(['rmi', '-f', image])
  })
  const install = 'apt-get update -qq && apt-get install -y -qq net-tools && ifconfig lo'
  const args = ['run', '--rm', '--network', 'host', image, 'sh', '-c', install]
  expect(await daemon.dockerOk(args, { timeout: 300_000 })).toContain('127.0.0.1')
})
