/**
 * Every Debian or Ubuntu package that Lamina's scripts ask for, and what it is for. Of `names` the
 * first that apt knows is taken (Ubuntu 24.04 has renamed some). `command`, `library` or `files`
 * (any of them) tell that it is there, whoever has installed it.
 */

/** For the window: libraries that the Electron binary is linked with. */
export const WINDOW_PACKAGES = [
  { names: ['libgtk-3-0t64', 'libgtk-3-0'], library: 'libgtk-3.so.0', for: 'the window' },
  { names: ['libnss3'], library: 'libnss3.so', for: 'certificates in Chromium' },
  { names: ['libasound2t64', 'libasound2'], library: 'libasound.so.2', for: 'sound in Chromium' },
  { names: ['libgbm1'], library: 'libgbm.so.1', for: 'drawing' },
]

/** For the tests: real daemons, real registries, real browsers. */
export const TEST_PACKAGES = [
  ...WINDOW_PACKAGES,
  { names: ['docker.io'], command: 'dockerd', for: 'the daemon that tests run against' },
  { names: ['docker-cli', 'docker.io'], command: 'docker', for: 'its command line' },
  { names: ['iptables'], command: 'iptables', for: 'dockerd, which does not start without it' },
  { names: ['iproute2'], command: 'ip', for: 'a network bridge for each dockerd' },
  {
    names: ['cgroupfs-mount'],
    files: ['/sys/fs/cgroup/memory', '/sys/fs/cgroup/cgroup.controllers'],
    for: 'containers, where no init has mounted the cgroups',
  },
  { names: ['util-linux'], command: 'setpriv', for: 'services that end with their test' },
  { names: ['docker-registry'], command: 'docker-registry', for: 'the registry tests push to' },
  { names: ['apache2-utils'], command: 'htpasswd', for: 'its password files' },
  { names: ['openssl'], command: 'openssl', for: 'its certificates' },
  { names: ['skopeo'], command: 'skopeo', for: 'a second client, which checks what we write' },
  { names: ['podman'], command: 'podman', for: 'a client that pushes and pulls in its own way' },
  { names: ['umoci'], command: 'umoci', for: 'a third one, which unpacks layers as we merge them' },
  { names: ['debootstrap'], command: 'debootstrap', for: 'a real Debian root file system' },
  { names: ['busybox-static'], command: 'busybox', for: 'a small root file system' },
  {
    names: ['golang-docker-credential-helpers'],
    command: 'docker-credential-pass',
    for: "Docker's own keeper of passwords",
  },
  { names: ['pass'], command: 'pass', for: 'what it keeps them in' },
  { names: ['gnupg'], command: 'gpg', for: 'what that encrypts with' },
  { names: ['procps'], command: 'pgrep', for: 'finding a process that a test ends' },
  { names: ['zstd'], command: 'zstd', for: 'archives that tests make' },
  { names: ['bzip2'], command: 'bzip2', for: 'archives that tests make' },
  { names: ['xz-utils'], command: 'xz', for: 'archives that tests make' },
  { names: ['strace'], command: 'strace', for: 'the proof that all that is kept is synced' },
  { names: ['e2fsprogs'], command: 'mkfs.ext4', for: 'a small disk that tests fill' },
  { names: ['mount'], command: 'mount', for: 'mounting it' },
  { names: ['xvfb'], command: 'Xvfb', for: 'a display where there is none' },
  {
    names: ['chromium', 'chromium-browser'],
    command: 'chromium',
    for: 'a browser for the browser mode',
  },
  {
    names: ['fonts-noto-cjk'],
    files: ['/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'],
    for: 'Chinese on the pages',
  },
]
