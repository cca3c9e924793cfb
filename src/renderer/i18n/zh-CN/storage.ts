import type en from '../en/storage'

const messages: typeof en = {
  title: '存储',
  link: '存储：哪些内容占用磁盘',
  usage: '磁盘占用',
  kind: {
    images: '镜像',
    containers: '容器',
    volumes: '卷',
  },
  of: {
    images: '{count} 个镜像，共 {size}',
    containers: '{count} 个容器，共 {size}',
    volumes: '{count} 个卷，共 {size}',
  },
  reclaimable: '可回收',
  explain:
    '可回收指没有容器使用的部分：没有容器的镜像、未运行的容器、未被挂载的卷。多个镜像共享的层只计一次。',
  store: {
    title: '内置引擎的存储',
    explain:
      '检查会读取每个数据块并与其摘要比对，不做任何修改。回收会删除没有镜像和容器引用的内容。',
    check: '检查存储',
    checking: '检查中…',
    collect: '回收垃圾',
    collecting: '回收中…',
    counted: '检查统计',
    blobs: '数据块',
    layers: '层',
    images: '镜像',
    references: '引用',
    sound: '全部完好：内容齐全，且与名称一致。',
    problems: '{count} 个问题',
    cancelled: '检查已取消。',
    nothing: '没有垃圾。',
    freed: '已删除 {count} 个数据块，释放 {size}。',
  },
  problem: {
    blob: '数据块',
    layer: '层',
    image: '镜像',
    reference: '引用',
    index: '文件列表',
    file: '文件',
  },
}

export default messages
