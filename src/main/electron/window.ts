/** The window: sandboxed, without Node, as large and where it was last time. */
import { join } from 'node:path'
import { BrowserWindow, screen, type Rectangle } from 'electron'
import { z } from 'zod'
import { JsonFile } from '../services/json-file'
import { PAGE } from './scheme'

const schema = z.object({
  x: z.number().optional(),
  y: z.number().optional(),
  width: z.number(),
  height: z.number(),
  maximized: z.boolean(),
})
type WindowState = z.output<typeof schema>

const FIRST: WindowState = { width: 1280, height: 800, maximized: false }
const SMALLEST = { width: 900, height: 600 }

export interface WindowOptions {
  home: string
  /** Paths of the preload script and of the icon. */
  preload: string
  icon: string
}

export async function openWindow({ home, preload, icon }: WindowOptions): Promise<BrowserWindow> {
  const file = new JsonFile(join(home, 'window.json'), schema)
  const state = onScreen(await file.read(FIRST))
  const window = new BrowserWindow({
    ...state,
    minWidth: SMALLEST.width,
    minHeight: SMALLEST.height,
    title: 'Lamina',
    icon,
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  })
  if (state.maximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('close', () => {
    const keep = { ...window.getNormalBounds(), maximized: window.isMaximized() }
    // A window that opens elsewhere next time is no reason to keep this one open.
    file.write(keep).catch(() => undefined)
  })
  await window.loadURL(PAGE)
  return window
}

/** Without its place where no screen shows it any more. */
function onScreen(state: WindowState): WindowState {
  const { x, y, width, height } = state
  const size = {
    width: Math.max(width, SMALLEST.width),
    height: Math.max(height, SMALLEST.height),
    maximized: state.maximized,
  }
  if (x === undefined || y === undefined) return size
  const bounds: Rectangle = { x, y, width, height }
  const area = screen.getDisplayMatching(bounds).workArea
  const seen =
    x < area.x + area.width - 50 &&
    x + width > area.x + 50 &&
    y >= area.y &&
    y < area.y + area.height - 50
  return seen ? { ...size, x, y } : size
}
