/** Binds the bridge to the windows: each page has a connection, which ends when the page does. */
import { ipcMain, type WebContents } from 'electron'
import type { ServerMessage } from '@shared/contract'
import { IPC_CHANNEL } from '@shared/preload-api'
import type { Bridge, Connection } from '../bridge'
import { isOurs } from './guard'

export function bindIpc(bridge: Bridge): void {
  const connections = new Map<WebContents, Connection>()
  const connect = (contents: WebContents): Connection => {
    const connection = bridge.connect((message: ServerMessage) => {
      if (!contents.isDestroyed()) contents.send(IPC_CHANNEL, message)
    })
    const end = () => {
      if (connections.get(contents) === connection) connections.delete(contents)
      connection.close()
    }
    contents.once('destroyed', end)
    contents.once('render-process-gone', end)
    // A reload: the page that waited for answers is gone.
    contents.once('did-navigate', end)
    connections.set(contents, connection)
    return connection
  }
  ipcMain.on(IPC_CHANNEL, (event, message: unknown) => {
    const { sender, senderFrame } = event
    if (senderFrame !== sender.mainFrame || !isOurs(senderFrame.url)) return
    const connection = connections.get(sender) ?? connect(sender)
    connection.receive(message)
  })
}
