/** GET /version and GET /info in the shapes of Docker's API 1.41. */
import { arch, cpus, hostname, release, totalmem } from 'node:os'
import type { Services } from '../services'
import { API_VERSION, MIN_API_VERSION } from '../version'

/** Go's names of processors. */
const GOARCH: Record<string, string> = { x64: 'amd64', ia32: '386', arm64: 'arm64', arm: 'arm' }
const UNAME: Record<string, string> = {
  x64: 'x86_64',
  ia32: 'i686',
  arm64: 'aarch64',
  arm: 'armv7l',
}

export function versionShape(version: string) {
  const architecture = GOARCH[arch()] ?? arch()
  return {
    Platform: { Name: `Lamina ${version}` },
    Components: [
      {
        Name: 'Engine',
        Version: version,
        Details: {
          ApiVersion: API_VERSION,
          Arch: architecture,
          BuildTime: '',
          Experimental: 'false',
          GitCommit: '',
          GoVersion: '',
          KernelVersion: release(),
          MinAPIVersion: MIN_API_VERSION,
          NodeVersion: process.versions.node,
          Os: 'linux',
        },
      },
    ],
    Version: version,
    ApiVersion: API_VERSION,
    MinAPIVersion: MIN_API_VERSION,
    GitCommit: '',
    GoVersion: '',
    Os: 'linux',
    Arch: architecture,
    KernelVersion: release(),
    BuildTime: '',
  }
}

export function infoShape({ id, version, store, containers, insecureRegistries }: Services) {
  const count = containers.list().length
  const insecure = [...insecureRegistries].sort()
  const index = (name: string, secure: boolean, official: boolean) => ({
    Name: name,
    Mirrors: [],
    Secure: secure,
    Official: official,
  })
  return {
    ID: id,
    Containers: count,
    ContainersRunning: 0,
    ContainersPaused: 0,
    ContainersStopped: count,
    Images: store.images.list().length,
    Driver: 'lamina',
    DriverStatus: [
      ['Content addressed', 'true'],
      ['Runs containers', 'false'],
    ],
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'null'],
      Authorization: null,
      Log: ['json-file'],
    },
    // Limits are kept as they are given; clients warn where they would be dropped.
    MemoryLimit: true,
    SwapLimit: true,
    KernelMemory: true,
    CpuCfsPeriod: true,
    CpuCfsQuota: true,
    CPUShares: true,
    CPUSet: true,
    PidsLimit: true,
    IPv4Forwarding: true,
    BridgeNfIptables: true,
    BridgeNfIp6tables: true,
    Debug: false,
    NFd: 0,
    OomKillDisable: true,
    NGoroutines: 0,
    SystemTime: new Date().toISOString(),
    LoggingDriver: 'json-file',
    CgroupDriver: 'none',
    NEventsListener: 0,
    KernelVersion: release(),
    OperatingSystem: `Lamina's bundled engine (${process.platform})`,
    OSVersion: '',
    OSType: 'linux',
    Architecture: UNAME[arch()] ?? arch(),
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: {
      AllowNondistributableArtifactsCIDRs: [],
      AllowNondistributableArtifactsHostnames: [],
      InsecureRegistryCIDRs: ['127.0.0.0/8'],
      IndexConfigs: {
        ...Object.fromEntries(insecure.map((host) => [host, index(host, false, false)])),
        'docker.io': index('docker.io', true, true),
      },
      Mirrors: [],
    },
    NCPU: cpus().length,
    MemTotal: totalmem(),
    GenericResources: null,
    DockerRootDir: store.root,
    HttpProxy: process.env.HTTP_PROXY ?? '',
    HttpsProxy: process.env.HTTPS_PROXY ?? '',
    NoProxy: process.env.NO_PROXY ?? '',
    Name: hostname(),
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: version,
    Runtimes: {},
    DefaultRuntime: '',
    Swarm: {
      NodeID: '',
      NodeAddr: '',
      LocalNodeState: 'inactive',
      ControlAvailable: false,
      Error: '',
      RemoteManagers: null,
    },
    LiveRestoreEnabled: false,
    Isolation: '',
    InitBinary: '',
    ContainerdCommit: { ID: '', Expected: '' },
    RuncCommit: { ID: '', Expected: '' },
    InitCommit: { ID: '', Expected: '' },
    SecurityOptions: [],
    Warnings: null,
  }
}
