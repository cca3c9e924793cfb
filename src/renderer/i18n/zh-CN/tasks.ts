import type en from '../en/tasks'

const messages: typeof en = {
  title: '任务',
  running: '进行中',
  ended: '已结束',
  drawer: '任务',
  all: '查看全部',
  clear: '清除已结束',
  cancel: '取消任务',
  closeDrawer: '关闭任务面板',
  empty: '没有进行中的任务，也没有已结束的任务。',
  emptyAction: '去看镜像',
  onEngine: '引擎 {engine}',
  took: '用时 {time}',
  bytesOf: '{done} / {total}',
  itemsMore: '还有 {count} 项',
  itemsLess: '收起',
  openImage: '打开镜像',
  downloadFile: '下载 {name}',
  digest: '摘要',
  loaded: '已载入',
  kind: {
    pull: '拉取',
    push: '推送',
    save: '导出',
    load: '载入',
    import: '导入',
    commit: '提交',
    index: '读取文件',
    'copy-files': '复制文件',
  },
  state: {
    running: '进行中',
    done: '完成',
    failed: '失败',
    cancelled: '已取消',
  },
  item: {
    waiting: '等待',
    working: '进行中',
    done: '完成',
    exists: '已存在',
    failed: '失败',
  },
}

export default messages
