/**
 * Choosing files. In Electron main opens the dialog; in the browser the page uploads and downloads.
 * Either way the page holds only handles.
 */
import type { FileHandle } from '@shared/models'
import { DOWNLOAD_PATH, UPLOAD_PATH } from '@shared/preload-api'
import { ApiError, call } from './api'
import { folderTar } from './lib/folder-tar'

interface PickOptions {
  purpose: 'archive' | 'rootfs' | 'any'
  multiple?: boolean
  /** Upload only: bytes sent and bytes in all. */
  onProgress?: (sent: number, total: number) => void
  signal?: AbortSignal
}

const ACCEPT = {
  archive: '.tar,.tgz,.gz,.zst',
  rootfs: '.tar,.tgz,.gz,.xz,.bz2,.zst',
  any: '',
}

/** Whether dialogs belong to the operating system (Electron) and not to the browser. */
export const hasNativeDialogs = (): boolean => window.lamina !== undefined

/** Lets the user choose files; an empty list when dismissed. */
export async function pickFiles(options: PickOptions): Promise<FileHandle[]> {
  const { purpose, multiple = false } = options
  if (hasNativeDialogs()) return call('files.open', { purpose, multiple })
  const files = await chooseInBrowser(ACCEPT[purpose], { multiple })
  const total = files.reduce((sum, file) => sum + file.size, 0)
  const handles: FileHandle[] = []
  let before = 0
  for (const file of files) {
    handles.push(
      await upload(file, (sent) => options.onProgress?.(before + sent, total), options.signal),
    )
    before += file.size
  }
  return handles
}

/** A folder that was chosen to be built from. */
export interface PickedFolder {
  name: string
  /** In the browser: of a tar of its files. */
  handle: FileHandle
}

/**
 * Lets the user choose a folder; null when dismissed. A browser gives its files, without their rights:
 * they go up as a tar, without those that `.dockerignore` leaves out (but with `dockerfile`).
 */
export async function pickFolder(
  dockerfile: string,
  options: Pick<PickOptions, 'onProgress' | 'signal'> = {},
): Promise<PickedFolder | null> {
  if (hasNativeDialogs()) {
    const [handle] = await call('files.open', { purpose: 'folder', multiple: false })
    return handle ? { name: handle.name, handle } : null
  }
  const files = await chooseInBrowser('', { folder: true })
  if (files.length === 0) return null
  const { name, tar } = await folderTar(files, dockerfile)
  const archive = new File([tar], `${name}.tar`)
  const { onProgress, signal } = options
  const handle = await upload(archive, (sent) => onProgress?.(sent, archive.size), signal)
  return { name, handle }
}

/** Where to write a file; null when dismissed. In the browser it is fetched with `download`. */
export function saveFile(name: string): Promise<FileHandle | null> {
  return call('files.save', { name })
}

/** Fetches what a task wrote to a handle of `saveFile`; nothing to do in Electron. */
export function download(file: FileHandle): void {
  if (hasNativeDialogs()) return
  const link = document.createElement('a')
  link.href = `${DOWNLOAD_PATH}/${encodeURIComponent(file.id)}`
  link.download = file.name
  link.click()
}

function chooseInBrowser(accept: string, { multiple = false, folder = false }): Promise<File[]> {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = accept
  input.multiple = multiple
  input.webkitdirectory = folder
  // In the page, so that a test (and an assistive tool) can reach it.
  input.hidden = true
  input.dataset.testid = 'file-input'
  document.body.append(input)
  return new Promise((resolve) => {
    const end = (files: File[]) => {
      input.remove()
      resolve(files)
    }
    input.addEventListener('change', () => end([...(input.files ?? [])]))
    input.addEventListener('cancel', () => end([]))
    input.click()
  })
}

/** `XMLHttpRequest`, because `fetch` tells nothing while a body is being sent. */
function upload(
  file: File,
  onProgress: (sent: number) => void,
  signal?: AbortSignal,
): Promise<FileHandle> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const fail = (code: 'app_unreachable' | 'cancelled', cause: string | null) =>
      reject(new ApiError({ code, params: {}, cause }))
    request.open('POST', `${UPLOAD_PATH}?name=${encodeURIComponent(file.name)}`)
    request.responseType = 'json'
    request.upload.onprogress = ({ loaded }) => onProgress(loaded)
    request.onload = () => {
      if (request.status === 200) resolve(request.response as FileHandle)
      else if (isErrorBody(request.response)) reject(new ApiError(request.response.error))
      else fail('app_unreachable', `HTTP ${request.status}`)
    }
    request.onerror = () => fail('app_unreachable', null)
    request.onabort = () => fail('cancelled', null)
    signal?.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file)
  })
}

function isErrorBody(body: unknown): body is { error: ApiError['error'] } {
  return typeof body === 'object' && body !== null && 'error' in body
}
