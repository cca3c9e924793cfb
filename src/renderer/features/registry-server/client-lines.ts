/** What is to be typed on each machine that uses the registry; nothing of it is translated. */
import { quoteWord } from '@/lib/shell-words'

export interface ClientLines {
  /** Null without users. */
  login: string | null
  push: string
  /** What Docker wants before that; null: nothing. */
  docker: string | null
  podman: string | null
  skopeo: string | null
}

export interface ClientOptions {
  /** As clients name it: `192.168.1.10:5000`. */
  address: string
  /** PEM; null over plain http. */
  pem: string | null
  user: string | null
}

const IMAGE = 'team/app:1'

export function clientLines({ address, pem, user }: ClientOptions): ClientLines {
  const login = user === null ? null : `docker login ${address} -u ${quoteWord(user)}`
  const push = `docker tag IMAGE ${address}/${IMAGE}\ndocker push ${address}/${IMAGE}`
  if (pem !== null) {
    return {
      ...{ login, push },
      // podman and skopeo look there, too (containers-certs.d(5)).
      docker: keepAuthority(`/etc/docker/certs.d/${address}`, pem),
      podman: null,
      skopeo: `skopeo copy --dest-cert-dir FOLDER docker-daemon:IMAGE docker://${address}/${IMAGE}`,
    }
  }
  if (isLoopback(address)) {
    return { login, push, docker: null, podman: null, skopeo: null }
  }
  return {
    ...{ login, push },
    docker: `"insecure-registries": ["${address}"]`,
    podman: `podman push --tls-verify=false IMAGE ${address}/${IMAGE}`,
    skopeo: `skopeo copy --dest-tls-verify=false docker-daemon:IMAGE docker://${address}/${IMAGE}`,
  }
}

/** One command that needs no file from here. */
function keepAuthority(folder: string, pem: string): string {
  const file = quoteWord(`${folder}/ca.crt`)
  return `sudo mkdir -p ${quoteWord(folder)} && sudo tee ${file} >/dev/null <<'END'\n${pem.trim()}\nEND`
}

function isLoopback(address: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\]):\d+$/.test(address)
}
