/** The menu bar, in both languages. It holds what the system expects; the rest is in the page. */
import { Menu, type MenuItemConstructorOptions } from 'electron'

export type Language = 'zh' | 'en'

const LABELS = {
  zh: {
    file: '文件',
    quit: '退出',
    edit: '编辑',
    undo: '撤销',
    redo: '重做',
    cut: '剪切',
    copy: '复制',
    paste: '粘贴',
    selectAll: '全选',
    view: '视图',
    reload: '重新加载',
    zoomIn: '放大',
    zoomOut: '缩小',
    resetZoom: '实际大小',
    fullScreen: '全屏',
    developer: '开发者工具',
    window: '窗口',
    minimize: '最小化',
    close: '关闭',
  },
  en: {
    file: 'File',
    quit: 'Quit',
    edit: 'Edit',
    undo: 'Undo',
    redo: 'Redo',
    cut: 'Cut',
    copy: 'Copy',
    paste: 'Paste',
    selectAll: 'Select All',
    view: 'View',
    reload: 'Reload',
    zoomIn: 'Zoom In',
    zoomOut: 'Zoom Out',
    resetZoom: 'Actual Size',
    fullScreen: 'Full Screen',
    developer: 'Developer Tools',
    window: 'Window',
    minimize: 'Minimize',
    close: 'Close',
  },
} satisfies Record<Language, Record<string, string>>

export function setMenu(language: Language): void {
  const t = LABELS[language]
  const separator: MenuItemConstructorOptions = { type: 'separator' }
  const mac: MenuItemConstructorOptions[] =
    process.platform === 'darwin' ? [{ role: 'appMenu' }] : []
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...mac,
      { label: t.file, submenu: [{ role: 'quit', label: t.quit }] },
      {
        label: t.edit,
        submenu: [
          { role: 'undo', label: t.undo },
          { role: 'redo', label: t.redo },
          separator,
          { role: 'cut', label: t.cut },
          { role: 'copy', label: t.copy },
          { role: 'paste', label: t.paste },
          { role: 'selectAll', label: t.selectAll },
        ],
      },
      {
        label: t.view,
        submenu: [
          { role: 'reload', label: t.reload },
          separator,
          { role: 'resetZoom', label: t.resetZoom },
          { role: 'zoomIn', label: t.zoomIn },
          { role: 'zoomOut', label: t.zoomOut },
          separator,
          { role: 'togglefullscreen', label: t.fullScreen },
          { role: 'toggleDevTools', label: t.developer },
        ],
      },
      {
        label: t.window,
        submenu: [
          { role: 'minimize', label: t.minimize },
          { role: 'close', label: t.close },
        ],
      },
    ]),
  )
}
