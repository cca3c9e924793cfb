import browse from './browse'
import build from './build'
import common from './common'
import containers from './containers'
import doctor from './doctor'
import images from './images'
import push from './push'
import registries from './registries'
import registryServer from './registry-server'
import settings from './settings'
import shell from './shell'
import storage from './storage'
import tasks from './tasks'
import volumes from './volumes'

export default {
  browse,
  build,
  common,
  containers,
  doctor,
  images,
  push,
  registries,
  registryServer,
  settings,
  shell,
  storage,
  tasks,
  volumes,
}
