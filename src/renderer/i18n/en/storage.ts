export default {
  title: 'Storage',
  link: 'Storage: what takes room on the disk',
  usage: 'Room on the disk',
  kind: {
    images: 'Images',
    containers: 'Containers',
    volumes: 'Volumes',
  },
  of: {
    images: '{count} image takes {size} | {count} images take {size}',
    containers: '{count} container takes {size} | {count} containers take {size}',
    volumes: '{count} volume takes {size} | {count} volumes take {size}',
  },
  reclaimable: 'reclaimable',
  explain:
    'Reclaimable is what is used by no container: images without containers, containers that do not run, volumes that none mounts. Layers that several images share are counted once.',
  store: {
    title: 'The bundled engine’s store',
    explain:
      'The check reads every blob and compares it with its digest; it changes nothing. Collecting removes what no image and no container refers to.',
    check: 'Check the store',
    checking: 'Checking…',
    collect: 'Collect garbage',
    collecting: 'Collecting…',
    counted: 'Counted by the check',
    blobs: 'Blobs',
    layers: 'Layers',
    images: 'Images',
    references: 'References',
    sound: 'All sound: everything is there, and is what its name says.',
    problems: '{count} problem | {count} problems',
    cancelled: 'The check was cancelled.',
    nothing: 'There was no garbage.',
    freed:
      'Removed {count} blob and gave back {size}. | Removed {count} blobs and gave back {size}.',
  },
  problem: {
    blob: 'Blob',
    layer: 'Layer',
    image: 'Image',
    reference: 'Reference',
    index: 'File list',
    file: 'File',
  },
}
