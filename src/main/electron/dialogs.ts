/** The system's file dialogs. */
import { BrowserWindow, dialog, type FileFilter } from 'electron'
import type { Dialogs, OpenPurpose } from '../services/platform'
import type { Language } from './menu'

const TEXTS = {
  zh: {
    open: {
      archive: '选择归档文件',
      rootfs: '选择根文件系统 tar',
      any: '选择文件',
      folder: '选择构建目录',
    },
    save: '保存镜像',
    tar: 'tar 归档',
    all: '所有文件',
  },
  en: {
    open: {
      archive: 'Choose an archive',
      rootfs: 'Choose a root file system as tar',
      any: 'Choose files',
      folder: 'Choose the folder to build from',
    },
    save: 'Save the image',
    tar: 'tar archives',
    all: 'All files',
  },
}

const EXTENSIONS: Record<OpenPurpose, string[]> = {
  archive: ['tar', 'tgz', 'gz', 'zst'],
  rootfs: ['tar', 'tgz', 'gz', 'xz', 'bz2', 'zst'],
  any: [],
  folder: [],
}

export function nativeDialogs(language: () => Language): Dialogs {
  const filters = (purpose: OpenPurpose): FileFilter[] => {
    const all = { name: TEXTS[language()].all, extensions: ['*'] }
    if (EXTENSIONS[purpose].length === 0) return [all]
    return [{ name: TEXTS[language()].tar, extensions: EXTENSIONS[purpose] }, all]
  }
  return {
    async open(purpose, multiple) {
      const kind = purpose === 'folder' ? 'openDirectory' : 'openFile'
      const properties = multiple ? ([kind, 'multiSelections'] as const) : ([kind] as const)
      const { canceled, filePaths } = await dialog.showOpenDialog(owner(), {
        title: TEXTS[language()].open[purpose],
        filters: filters(purpose),
        properties: [...properties],
      })
      return canceled ? [] : filePaths
    },
    async save(name) {
      const { canceled, filePath } = await dialog.showSaveDialog(owner(), {
        title: TEXTS[language()].save,
        defaultPath: name,
        filters: filters('archive'),
      })
      return canceled || !filePath ? null : filePath
    },
  }
}

/** Calls come from a window, so there is one. */
function owner(): BrowserWindow {
  const window = BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows()[0]
  if (window === undefined) throw new Error('a file dialog without a window')
  return window
}
