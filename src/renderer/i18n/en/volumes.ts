export default {
  title: 'Volumes and mounts',
  search: 'Filter by name, container or path',
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
  copyMountpoint: 'Copy the path of {name}',
  empty: {
    title: 'No volumes',
    text: 'A volume keeps data outside of containers and images: it survives when its container is removed. Docker makes one with “docker run -v name:/path …”.',
    bundled:
      'The bundled engine has no volumes yet. Switch to a Docker engine at the top left to see its volumes.',
  },
  noMatch: 'No volume matches this search.',
  clearSearch: 'Clear the search',
  count: '{count} volume | {count} volumes',
  explain: 'Folders of the host (bind mounts) are shown with each container, under Mounts.',
}
