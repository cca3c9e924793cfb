/**
 * What the preload exposes as `window.lamina`: messages of the contract in both directions, and
 * nothing else. In the browser mode the same messages travel over a WebSocket at `/ws`, one JSON
 * text frame each.
 */
import type { ClientMessage, ServerMessage } from './contract'

export interface LaminaBridge {
  /** Sends a call or a cancel to main. */
  send(message: ClientMessage): void
  /** Hears every result and event; the returned function stops it. */
  onMessage(listener: (message: ServerMessage) => void): () => void
}

/** Path of the WebSocket in the browser mode. */
export const WEB_SOCKET_PATH = '/ws'
/** `POST /upload?name=…` with the file as body answers with a `FileHandle`. */
export const UPLOAD_PATH = '/upload'
/** `GET /download/<handle id>` gives what a task wrote to a handle of `files.save`. */
export const DOWNLOAD_PATH = '/download'
/** Electron: the one IPC channel, both ways. */
export const IPC_CHANNEL = 'lamina'
