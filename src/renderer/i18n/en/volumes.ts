export default {
  title: 'Volumes and mounts',
  column: {
    name: 'Volume',
    driver: 'Driver',
    mountpoint: 'On the host',
    usedBy: 'Used by',
    created: 'Created',
  },
  anonymous: 'anonymous',
  anonymousExplain: 'Made without a name; docker rm -v deletes it with its container.',
  unused: 'by no container',
  empty: {
    title: 'No volumes',
    text: 'A volume keeps data outside of containers and images: it survives when its container is removed. Docker makes one with “docker run -v name:/path …”.',
    bundled:
      'The bundled engine has no volumes yet. Switch to a Docker engine at the top left to see its volumes.',
  },
  explain: 'Folders of the host (bind mounts) are shown with each container, under Mounts.',
}
