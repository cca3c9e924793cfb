import type { SettingsPreview } from '@shared/doctor'
import type { Found } from './look-up'

/** What a person types to change a file and to make the daemon take it, kind by kind. */
export function commandsFor(
  { place, daemon }: Pick<Found, 'place' | 'daemon'>,
  path: string,
  effect: SettingsPreview['effect'],
): string[] {
  const quoted = /^[\w./:@-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
  switch (place.kind) {
    case 'rootful':
    case 'remote':
    case 'vm': {
      // A dockerd that systemd did not start (its own --config-file) is told by its process id.
      const reload =
        daemon && daemon.configFile !== null
          ? `sudo kill -HUP ${daemon.pid}`
          : 'sudo systemctl reload docker'
      return [`sudoedit ${quoted}`, ...(effect === 'at-once' ? [] : [reload])]
    }
    case 'rootless':
      return [
        `\${EDITOR:-vi} ${quoted}`,
        ...(effect === 'at-once' ? [] : ['systemctl --user reload docker']),
      ]
    case 'windows':
      return [`notepad "${path}"`, ...(effect === 'at-once' ? [] : ['Restart-Service docker'])]
    case 'podman':
      return [path.startsWith('/etc/') ? `sudoedit ${quoted}` : `\${EDITOR:-vi} ${quoted}`]
    case 'podman-machine':
      return ['podman machine ssh', `sudo vi ${quoted}`]
    case 'colima':
      return [`\${EDITOR:-vi} ${quoted}`, 'colima restart']
    case 'orbstack':
      return [`\${EDITOR:-vi} ${quoted}`, 'orb restart docker']
    case 'desktop':
    case 'container':
    case 'bundled':
      return []
  }
}
