import type en from '../en/volumes'

const messages: typeof en = {
  title: '卷与挂载',
  column: {
    name: '卷',
    driver: '驱动',
    mountpoint: '主机上的位置',
    usedBy: '使用者',
    created: '创建时间',
  },
  anonymous: '匿名',
  anonymousExplain: '创建时未命名；docker rm -v 会随容器一起删除。',
  unused: '没有容器使用',
  empty: {
    title: '没有卷',
    text: '卷把数据放在容器和镜像之外，删除容器后仍然保留。用“docker run -v 名称:/路径 …”可以创建。',
    bundled: '内置引擎还没有卷。可在左上角切换到 Docker 引擎查看。',
  },
  explain: '主机目录（bind 挂载）在各容器的“挂载”页中列出。',
}

export default messages
